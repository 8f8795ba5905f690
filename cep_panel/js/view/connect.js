// Whether there is a server, and the ways to one.

import { t } from "../text/text.js";
import { byId, say } from "./element.js";
import { troubleText } from "./notices.js";

/** @typedef {import("../server/connection.js").Link} Link */

/**
 * @typedef {object} Actions
 * @property {() => void} connect
 * @property {(url: string, typed: string) => Promise<void>} pair
 * @property {(folder: string) => void} useFolder
 * @property {() => void} forget
 */

/** The button in the bar, and the section that it opens. */
export class ConnectView {
  #wanted = false;
  #hadFocus = false;
  #countdown = 0;

  /**
   * @param {{readsFiles: boolean, url: string | null, folder: string}} ways  readsFiles: the host
   *   finds the token by itself. url: of the server that served this page. folder: as chosen
   * @param {Actions} actions
   */
  constructor(ways, actions) {
    this.ways = ways;
    this.button = byId("link");
    this.section = byId("connect");
    byId("pair").hidden = ways.readsFiles;
    byId("data").hidden = byId("by-code").hidden = !ways.readsFiles;
    byId("by-code").addEventListener("click", () => {
      byId("pair").hidden = false;
      byId("by-code").hidden = true;
      byId("code").focus();
    });
    byId("url-field").hidden = ways.url !== null;
    byId("data-folder").value = ways.folder;
    this.button.addEventListener("click", () => {
      this.#wanted = this.section.hidden;
      this.#showSection(this.#wanted);
    });
    byId("pair").addEventListener("submit", async (/** @type {Event} */ event) => {
      event.preventDefault();
      const url = ways.url ?? (byId("url").value.trim() || byId("url").placeholder);
      await actions.pair(url.replace(/\/+$/, ""), byId("code").value);
    });
    byId("data").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      actions.useFolder(byId("data-folder").value.trim());
    });
    byId("forget").addEventListener("click", actions.forget);
  }

  /** @param {Link} link */
  show(link) {
    clearInterval(this.#countdown);
    this.button.dataset.kind = link.kind;
    this.#sayLink(textOf(link, link.seconds));
    if (link.kind === "waiting") this.#count(link);
    byId("forget").hidden = link.place?.isPaired !== true;
    if (link.kind === "open") {
      byId("code").value = "";
      this.#wanted = false;
    }
    this.#explain(link);
    const helpless = link.kind === "refused" || link.kind === "waiting";
    // A form that goes while it has the focus hands it to what it was about.
    this.#hadFocus ||= this.section.contains(document.activeElement);
    if (link.kind !== "connecting") this.#showSection(this.#wanted || helpless);
    if (link.kind === "open") {
      const lost = document.activeElement === document.body || this.section.contains(document.activeElement);
      if (this.#hadFocus && lost) this.button.focus();
      this.#hadFocus = false;
    }
    const isIdle = document.activeElement === document.body;
    if (link.kind === "refused" && !byId("pair").hidden && isIdle) byId("code").focus();
  }

  /** @param {string} text */
  #sayLink(text) {
    say(byId("link-text"), text);
    this.button.title = text;
  }

  /** Said once: every further attempt has the same reason. @param {Link} link */
  #explain({ kind, place, trouble }) {
    const why = byId("connect-why");
    const key = trouble ? `${trouble.message} ${trouble.file}` : String(place?.url);
    if (kind === "connecting" || why.dataset.key === key) return;
    why.dataset.key = key;
    why.replaceChildren(trouble ? troubleText(trouble) : t("connect.to", { url: String(place?.url) }));
  }

  /** @param {Link} link */
  #count(link) {
    let left = link.seconds;
    this.#countdown = window.setInterval(() => {
      left = Math.max(0, left - 1);
      this.#sayLink(textOf(link, left));
    }, 1000);
  }

  /** @param {boolean} shown */
  #showSection(shown) {
    this.section.hidden = !shown;
    this.button.setAttribute("aria-expanded", String(shown));
  }
}

/**
 * @param {Link} link
 * @param {number} seconds
 */
function textOf(link, seconds) {
  switch (link.kind) {
    case "open":
      return t("link.open");
    case "connecting":
      return t("link.connecting");
    case "waiting":
      return seconds > 0 ? t("link.waiting", { seconds }) : t("link.connecting");
    default:
      return t("link.refused");
  }
}
