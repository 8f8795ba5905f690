// Language, colours, and the server: its folders, versions and disk, and a code for another browser.

import { sizeOf, dateOf } from "../text/amounts.js";
import { ENDED } from "../state/jobs.js";
import { LANGUAGES, chooseLanguage, chosenLanguage, t } from "../text/text.js";
import { troubleOf } from "../trouble.js";
import { element, say } from "../view/element.js";
import { chooseTheme } from "../view/theme.js";

/** @typedef {import("../text/text.js").Key} Key */
/** @typedef {import("../state/settings.js").ThemeChoice} ThemeChoice */
/** @typedef {import("../../../shared_schema/multiplane").About} About */

/** @type {Record<ThemeChoice, Key>} */
const THEMES = { host: "settings.theme.host", dark: "settings.theme.dark", light: "settings.theme.light" };

export class SettingsPane {
  #isShown = false;
  #wasOnline = false;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    const { settings, host } = { settings: panel.own, host: panel.host };
    this.language = element("select", { id: "settings-language", onchange: () => {
      chooseLanguage(/** @type {"auto" | "en" | "ja"} */ (this.language.value));
      location.reload();
    } },
    element("option", { value: "auto" }, t("settings.language.auto")),
    ...Object.entries(LANGUAGES).map(([value, name]) => element("option", { value, lang: value }, name)));
    this.language.value = chosenLanguage();
    this.theme = element("select", { id: "settings-theme", onchange: () => {
      settings.theme = /** @type {ThemeChoice} */ (this.theme.value);
      settings.keep();
      chooseTheme(settings.theme);
    } }, ...Object.entries(THEMES).map(([value, key]) => element("option", { value }, t(key))));
    this.theme.value = settings.theme;
    this.starts = element("input", { type: "checkbox", onchange: () => {
      settings.startsServer = this.starts.checked;
      settings.keep();
    } });
    this.starts.checked = settings.startsServer;
    this.facts = element("dl", { class: "facts" });
    this.asking = element("p", { class: "quiet-text", role: "status", hidden: true }, t("settings.asking"));
    this.offline = element("p", { class: "hint" }, t("settings.offline"));
    this.version = element("p", { class: "hint warn", role: "status", hidden: true });
    this.code = element("output", { class: "code", hidden: true });
    this.pair = element("button", { type: "button", onclick: () => this.#pair() }, t("settings.pair"));
    this.stop = element("button", { type: "button", onclick: () => this.#askToStop() }, t("stop.button"));
    this.question = element("p", {});
    this.confirm = element("div", { class: "confirm", role: "group", "aria-label": t("stop.button"), hidden: true },
      this.question,
      element("div", { class: "actions" },
        element("button", { type: "button", onclick: () => this.#stop() }, t("stop.yes")),
        element("button", { type: "button", class: "quiet", onclick: () => this.#leave() }, t("stop.not"))));
    this.confirm.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.#leave();
    });
    const field = (/** @type {Key} */ key, /** @type {HTMLElement} */ at) =>
      element("div", { class: "field" }, element("label", { for: at.id }, t(key)), at);
    this.element = element("div", { class: "page-part" },
      element("h3", {}, t("settings.panel")),
      element("div", { class: "fields" }, field("settings.language", this.language), field("settings.theme", this.theme)),
      element("p", { class: "hint" }, t("settings.import"), " ",
        element("button", { type: "button", class: "quiet", onclick: () => panel.goTo("import") }, t("settings.import.go"))),
      element("h3", {}, t("settings.server")),
      ...(host.startServer ? [element("label", { class: "check" }, this.starts, t("settings.starts"))] : []),
      this.version, this.offline, this.asking, this.facts,
      element("div", { class: "actions" }, this.pair, this.stop), this.confirm, this.code,
      element("p", { class: "hint" }, t("settings.more")));
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show({ page, online }) {
    const isShown = page === "settings";
    if (isShown && online && (!this.#isShown || !this.#wasOnline)) this.panel.attempt(() => this.#load());
    if (!isShown || !online) this.code.hidden = this.confirm.hidden = true;
    this.#isShown = isShown;
    this.#wasOnline = online;
    this.pair.disabled = !online;
    this.stop.hidden = !online || !this.#isLocal;
    if (!this.confirm.hidden) say(this.question, this.#consequence());
    this.offline.hidden = online;
    this.facts.hidden = !online;
    if (!online) this.asking.hidden = true;
  }

  close() {}

  async #load() {
    const { connection } = this.panel;
    this.asking.hidden = this.facts.hasChildNodes();
    const about = await connection.ask("server.about").finally(() => { this.asking.hidden = true; });
    this.facts.replaceChildren(...rowsOf(about, connection.link.place?.url ?? "").flatMap(([key, value]) =>
      [element("dt", {}, t(key)), element("dd", { dir: "auto" }, value)]));
    const own = this.panel.version;
    this.version.hidden = own === "" || about.version === own || about.version === "unknown";
    say(this.version, t("settings.versions", { panel: own, server: about.version }));
  }

  /** A server on another computer is stopped there. */
  get #isLocal() {
    return isHere(this.panel.connection.link.place?.url ?? "");
  }

  /** What stopping the server does to what is being made. */
  #consequence() {
    const open = this.panel.jobs.all().filter(({ job }) => !ENDED.has(job.state)).length;
    const how = t(this.panel.host.startServer ? "stop.start_here" : "stop.start_elsewhere");
    return [open > 0 ? t("stop.running", { n: open }) : t("stop.idle"), how].join(" ");
  }

  #askToStop() {
    say(this.question, this.#consequence());
    this.confirm.hidden = false;
    this.confirm.querySelector("button")?.focus();
  }

  #leave() {
    this.confirm.hidden = true;
    this.stop.focus();
  }

  #stop() {
    this.confirm.hidden = true;
    this.panel.attempt(async () => {
      try {
        await this.panel.connection.ask("server.stop");
      } catch (error) {
        if (troubleOf(error).code !== "server.gone") throw error; // it has gone before it answered
      }
      this.panel.announce(t("stop.stopping"));
    });
  }

  #pair() {
    this.panel.attempt(async () => {
      const { code, url, valid_s: seconds } = await this.panel.connection.ask("pair.code");
      this.code.hidden = false;
      this.code.replaceChildren(
        element("strong", {}, code),
        element("p", {}, t("settings.pair.how", { n: Math.round(seconds / 60) })),
        element("p", { class: "place" }, url));
    });
  }
}

/** Whether an address is of this computer. @param {string} url */
function isHere(url) {
  try {
    return /^(?:127\.\d+\.\d+\.\d+|localhost|\[::1\])$/.test(new URL(url).hostname);
  } catch {
    return false;
  }
}

/**
 * @param {About} about
 * @param {string} url
 * @returns {Array<[Key, string]>}
 */
function rowsOf(about, url) {
  return [
    ["settings.version", `${about.version} · Python ${about.python} · ${about.system}`],
    ["settings.address", `${url} · ${t("settings.since", { time: dateOf(about.started), pid: String(about.pid) })}`],
    ["settings.data", about.data],
    ["settings.models", about.models],
    ["settings.disk", t("settings.disk.used", { used: sizeOf(about.results), free: sizeOf(about.disk_free), quota: sizeOf(about.quota) })],
    ["settings.log", about.log],
    ["settings.program", about.program.join(" ")],
  ];
}
