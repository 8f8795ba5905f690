// What an import would bring: new, changed and kept shots, and how the last one went.

import { dateOf } from "../text/amounts.js";
import { lastReport } from "../state/import_report.js";
import { t } from "../text/text.js";
import { element, say } from "../view/element.js";
import { troubleText } from "../view/notices.js";

/** @typedef {import("../text/text.js").Key} Key */
/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {"new" | "changed" | "same" | "unmade"} Fate */

/** @type {Fate[]} */
const FATES = ["new", "changed", "same", "unmade"];
const MOST_LINES = 60;

export class ImportPane {
  #listed = "";
  #told = "";
  #wasShown = false;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.where = element("p", { class: "quiet-text" });
    this.summary = element("p", { class: "import-summary", role: "status" });
    this.trouble = element("div");
    this.list = element("ul", { class: "import-list", "aria-label": t("import.comparison") });
    this.report = element("div", { class: "import-report" });
    this.element = element("div", { class: "page-part" }, ...this.#choices(),
      element("h3", {}, t("import.comparison")), this.where, this.summary, this.trouble, this.list,
      element("h3", {}, t("import.last")), this.report);
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show(state) {
    const { looking } = this.panel;
    looking.see();
    const isShown = state.tab === "import" && state.page === "";
    if (isShown && !this.#wasShown) looking.doubt();
    this.#wasShown = isShown;
    if (!isShown) return;
    this.#compare(state);
    this.#tell();
  }

  close() {}

  /** Choices that only some hosts have. */
  #choices() {
    const { settings, whenMade, host } = this.panel;
    const check = (/** @type {"whenMade" | "opens" | "follows"} */ name, /** @type {Key} */ key) => {
      const box = element("input", { type: "checkbox", id: `import-${name}`, onchange: () => {
        settings[name] = box.checked;
        settings.keep();
      } });
      box.checked = settings[name];
      return element("label", { class: "check" }, box, t(key, { host: this.panel.verbs.title }));
    };
    return [
      ...(whenMade.isOffered ? [check("whenMade", "import.when_made")] : []),
      ...(host.open ? [check("opens", "import.opens")] : []),
      ...(host.active ? [check("follows", "import.follows")] : []),
    ];
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  #compare({ known, imports, importing, abilities, online }) {
    const { looking, host, verbs } = this.panel;
    const job = known?.job.job ?? "";
    const shots = [...(known?.shots?.values() ?? [])].sort((a, b) => a.index - b.index);
    const rows = shots.map((shot) => ({ shot, fate: fateOf(shot, imports.stateOf(job, shot)), name: imports.nameOf(job, shot.id) }));
    const key = JSON.stringify([rows.map(({ shot, fate, name }) => [shot.id, fate, name, Boolean(shot.cut)]), importing, online, looking.trouble?.message]);
    if (key === this.#listed) return;
    this.#listed = key;
    const counts = FATES.map((fate) => [fate, rows.filter((row) => row.fate === fate).length]);
    const parts = counts.filter(([, n]) => n !== 0).map(([fate, n]) => t(/** @type {Key} */ (`import.sum.${fate}`), { n: Number(n) }));
    say(this.summary, rows.length === 0 ? t("import.nothing") : parts.join(" · "));
    say(this.where, rows.length === 0 ? "" : t(imports.isTold(job) ? "import.against.project" : "import.against.session", { host: verbs.title }));
    this.trouble.replaceChildren(...(looking.trouble ? [troubleText(looking.trouble)] : []));
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.key : undefined;
    this.list.replaceChildren(...rows.map(({ shot, fate, name }) => {
      const act = (/** @type {string} */ what, /** @type {Key} */ text, /** @type {() => Promise<void>} */ work) => {
        const button = element("button", {
          type: "button", class: "quiet", "data-key": `${what} ${shot.id}`, "aria-label": `${t(text)}: ${shot.id}`,
          onclick: () => this.panel.attempt(work),
        }, t(text));
        button.disabled = !online || importing !== null;
        return button;
      };
      const canImport = abilities.shots && shot.state === "finished" && fate !== "same";
      const canOpen = host.open !== undefined && name !== "";
      return element("li", { "data-fate": fate, "data-shot": shot.id },
        element("button", { type: "button", class: "name", dir: "auto", "data-key": `select ${shot.id}`, title: shot.id, onclick: () => this.panel.select(shot.id) }, shot.id),
        element("span", { class: "fate" }, t(shot.cut ? "import.waits.film" : /** @type {Key} */ (`import.fate.${fate}`))),
        ...(canImport ? [act("import", fate === "new" ? (host.name === "browser" ? "import.one.download" : "import.one") : "import.one.update", () => this.panel.importShot(shot))] : []),
        ...(canOpen ? [act("open", "import.show", () => looking.open(String(known?.job.title), shot.id))] : []));
    }));
    if (focused === undefined) return;
    const again = [...this.list.querySelectorAll("button")].find((one) => one.dataset.key === focused);
    if (again && !again.disabled) again.focus();
    else this.list.querySelector("button")?.focus();
  }

  #tell() {
    const report = lastReport();
    const key = report?.time ?? "none";
    if (key === this.#told) return;
    this.#told = key;
    if (!report) {
      this.report.replaceChildren(element("p", { class: "hint" }, t("import.last.none")));
      return;
    }
    /** @type {string[]} */
    const lines = [];
    if (report.error) lines.push(t("import.last.no_sequence", { why: sentences(report.error) }));
    else if (report.sequence) lines.push(t("import.last.sequence", { name: report.sequence }));
    if (report.file) lines.push(report.file);
    if (report.advice) lines.push(report.advice);
    for (const shot of report.shots) {
      const state = t(/** @type {Key} */ (`import.state.${shot.state}`));
      lines.push(`${shot.shot}: ${state}${shot.error ? `. ${sentences(shot.error)}` : ""}`);
      const changes = [["import.added", shot.added], ["import.replaced", shot.replaced], ["import.retired", shot.retired]];
      for (const [text, layers] of /** @type {Array<[Key, string[] | undefined]>} */ (changes)) {
        if (layers && layers.length > 0 && shot.state === "updated") lines.push(`${shot.shot}: ${t(text, { layers: layers.join(", ") })}`);
      }
      for (const { layer, what } of shot.kept ?? []) lines.push(`${shot.shot}: ${t("import.kept", { layer, what })}`);
    }
    const shown = lines.slice(0, MOST_LINES);
    if (lines.length > MOST_LINES) shown.push(t("more.count", { n: lines.length - MOST_LINES }));
    this.report.replaceChildren(
      element("p", { class: "quiet-text" }, element("bdi", {}, report.storyboard), ` · ${dateOf(report.time)}`),
      element("ul", { class: "notes-list" }, ...shown.map((line) => element("li", { dir: "auto" }, line))));
  }
}

/**
 * @param {ShotView} shot
 * @param {"no" | "current" | "older"} imported
 * @returns {Fate}
 */
function fateOf(shot, imported) {
  if (shot.state !== "finished") return imported === "no" ? "unmade" : imported === "older" ? "changed" : "same";
  return imported === "no" ? "new" : imported === "older" ? "changed" : "same";
}

/** @param {import("../state/import_report.js").Said} error */
function sentences({ message, file, remedy }) {
  return [message, file, remedy].filter(Boolean).join(" ");
}
