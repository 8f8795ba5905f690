// Where there is no server: what is wrong and what to press, and the button that starts it.

import { t } from "../text/text.js";
import { troubleOf } from "../trouble.js";
import { element, say } from "../view/element.js";
import { troubleText } from "../view/notices.js";

/** What is wrong, by the trouble's code. @type {Record<string, import("../text/text.js").Key>} */
const WHY = {
  "server.not_running": "start.not_running",
  "server.no_token": "start.not_running",
  "server.gone": "start.gone",
  "server.not_ours": "start.not_ours",
  "protocol.version": "start.version",
  "server.running": "start.in_use",
  "server.port": "start.port",
  "server.not_installed": "start.not_installed",
  "server.start_slow": "start.slow",
};
/** With these a start helps. */
const STARTABLE = new Set(["server.not_running", "server.no_token", "server.gone", "server.not_ours", "server.start_failed"]);

export class StartingPane {
  #isStarting = false;
  /** Whether a program to start was found; null: not known yet. @type {boolean | null} */
  #can = null;
  #hasTried = false;
  /** Of the last start. @type {import("../trouble.js").Trouble | null} */
  #failure = null;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.why = element("p", { class: "start-why", role: "status" });
    this.button = element("button", { type: "button", class: "primary", onclick: () => this.#start() }, t("start.button"));
    this.progress = element("progress", { "aria-label": t("start.starting"), hidden: true });
    this.trouble = element("div", { role: "alert" });
    this.again = element("button", { type: "button", onclick: () => panel.connection.connect() }, t("start.again"));
    this.element = element("div", { class: "starting", hidden: true }, this.why, this.trouble, this.progress,
      element("div", { class: "actions" }, this.button, this.again));
  }

  show() {
    const { kind, trouble } = this.panel.connection.link;
    if (kind === "open") {
      this.#failure = null;
      this.#hasTried = true; // who stops the server does not want it started again
    }
    const isHelpless = kind === "waiting" || kind === "refused";
    this.element.hidden = !(isHelpless || this.#isStarting);
    if (isHelpless && trouble) this.#offer(trouble);
    this.button.disabled = this.#isStarting;
    this.progress.hidden = !this.#isStarting;
    this.again.hidden = this.#isStarting;
  }

  close() {}

  /** @param {import("../trouble.js").Trouble} trouble */
  #offer(trouble) {
    const { host, places, own } = this.panel;
    const { code } = this.#failure ?? trouble;
    const canHelp = STARTABLE.has(code) || STARTABLE.has(trouble.code);
    const starts = host.startServer !== undefined && canHelp;
    if (starts && this.#can === null && host.canStartServer) {
      this.#can = false;
      host.canStartServer(places.folder || undefined).then((can) => {
        this.#can = can;
        if (can && own.startsServer && !this.#hasTried && !this.#isStarting) this.#start();
        this.panel.draw();
      }, () => undefined);
    }
    const isOffered = starts && this.#can === true;
    this.button.hidden = !isOffered;
    // What the button does needs no terminal.
    document.body.dataset.starts = isOffered ? "yes" : "no";
    const key = this.#isStarting ? "start.starting" : WHY[code];
    const how = isOffered ? "" : !canHelp ? "" : host.startServer ? t("start.how.install")
      : host.name.endsWith("-uxp") ? t("start.how.uxp") : t("start.how.browser");
    say(this.why, [key ? t(key) : "", this.#isStarting ? "" : how].filter(Boolean).join(" "));
  }

  async #start() {
    const { host, places, connection } = this.panel;
    if (this.#isStarting || !host.startServer) return;
    this.#isStarting = true;
    this.#hasTried = true;
    this.#failure = null;
    this.trouble.replaceChildren();
    this.panel.announce(t("start.starting"));
    this.show();
    try {
      await host.startServer(places.folder || undefined);
      this.panel.announce(t("start.started"));
    } catch (thrown) {
      this.#failure = troubleOf(thrown);
      this.trouble.replaceChildren(troubleText(this.#failure));
      this.panel.announce(this.#failure.message);
    }
    this.#isStarting = false;
    if (!connection.isOpen) await connection.connect();
    this.panel.draw();
  }
}
