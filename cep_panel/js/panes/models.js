// The models that there are: which are here, what they need, and downloads that may be paused.

import { keep, recall } from "../state/keep.js";
import { lastingOf, sizeOf } from "../text/amounts.js";
import { t } from "../text/text.js";
import { fromServer } from "../trouble.js";
import { element, say } from "../view/element.js";
import { troubleText } from "../view/notices.js";

/** @typedef {import("../../../shared_schema/multiplane").ModelView} ModelView */
/** @typedef {import("../../../shared_schema/multiplane").ModelFit} ModelFit */

/** @typedef {import("../server/connection.js").Answers} Answers */

/** How far a download is. `began`: bytes and ms, for its pace.
 * @typedef {{done: number, total: number, began: {done: number, time: number}}} Download */

const PACE_MS = 3000;
const MACHINE = "machine";
/** What a model is for, by its kind; of all others: to cut. @type {Record<string, import("../text/text.js").Key>} */
const USES = { picture: "models.pictures", depth: "models.depth" };

export class ModelsPane {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  #isShown = false;
  #wasOnline = false;
  #stopHearing = () => undefined;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.machine = element("p", { class: "quiet-text" });
    this.list = element("ul", { class: "rows models" });
    this.element = element("div", { class: "page-part" }, this.machine, this.list);
    this.#stopHearing = panel.onEvent(({ type, data }) => {
      if (type === "model") this.#heard(data);
    });
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show({ page, online }) {
    const isShown = page === "models";
    if (isShown && online && (!this.#isShown || !this.#wasOnline)) this.panel.attempt(() => this.#load());
    this.#isShown = isShown;
    this.#wasOnline = online;
    for (const row of this.#rows.values()) row.offline(!online);
  }

  close() {
    this.#stopHearing();
  }

  async #load() {
    const { url = "" } = this.panel.connection.link.place ?? {};
    const kept = /** @type {{url?: string, said?: Answers["machine.get"]} | null} */ (recall(MACHINE));
    const known = kept?.url === url ? kept.said : undefined;
    if (!known && !this.machine.textContent) say(this.machine, t("models.looking"));
    const { models } = await this.panel.connection.ask("models.list");
    for (const model of models) this.#rowOf(model).show(model);
    for (const name of [...this.#rows.keys()]) {
      if (!models.some((model) => model.name === name)) {
        this.#rows.get(name)?.root.remove();
        this.#rows.delete(name);
      }
    }
    // The server looks at it anew each time, which takes seconds; it rarely changes.
    if (known) this.#showMachine(known);
    const said = await this.panel.connection.ask("machine.get");
    keep(MACHINE, { url, said });
    this.#showMachine(said);
  }

  /** @param {Answers["machine.get"]} said */
  #showMachine({ machine, models: fits }) {
    const memory = sizeOf(machine.device_memory);
    const [device, ram] = [machine.device_name, sizeOf(machine.memory)];
    const text = machine.device === "cuda" ? t("models.machine.gpu", { device, memory, ram }) : t("models.machine", { device, memory });
    say(this.machine, `${text} ${t("models.disk", { free: sizeOf(machine.disk_free) })}`);
    for (const fit of fits) this.#rows.get(fit.name)?.fits(fit, machine.device_memory);
  }

  /** @param {import("../../../shared_schema/multiplane").ModelChanged} said */
  #heard({ model, done, total, error }) {
    const row = this.#rows.get(model.name);
    if (!row) return;
    row.progressed(model.pulling ? done : null, total);
    row.show(model);
    if (error) row.failed(fromServer(error));
    else if (model.installed && row.wasPulling) this.panel.announce(t("models.ready", { model: model.title }));
    row.wasPulling = model.pulling;
    for (const other of this.#rows.values()) {
      if (other.model.needs?.includes(model.name)) other.show(other.model);
    }
  }

  /** What a model needs and is not there. @param {ModelView} model */
  #lacking({ needs = [] }) {
    return needs.flatMap((name) => this.#rows.get(name)?.model ?? []).filter((one) => !one.installed);
  }

  /** @param {ModelView} model */
  #rowOf(model) {
    let row = this.#rows.get(model.name);
    if (!row) {
      const { connection } = this.panel;
      const name = model.name;
      row = new Row(model, {
        pull: (licence, lacking) => this.panel.attempt(async () => {
          const licences = Object.fromEntries(lacking.map((one) => [one.name, one.licence]));
          await connection.ask("models.pull", { model: name, licence, licences });
        }),
        lacking: (own) => this.#lacking(own),
        pause: () => this.panel.attempt(async () => {
          await connection.ask("models.stop", { model: name });
        }),
        remove: () => this.panel.attempt(async () => {
          await connection.ask("models.remove", { model: name });
          this.panel.announce(t("models.removed", { model: model.title }));
        }),
        openUrl: this.panel.host.openUrl,
      });
      this.#rows.set(name, row);
      this.list.append(row.root);
    }
    return row;
  }
}

/**
 * @typedef {object} Actions
 * @property {(licence: string, lacking: ModelView[]) => void} pull  lacking: what it needs, and is shown too
 * @property {(own: ModelView) => ModelView[]} lacking
 * @property {() => void} pause
 * @property {() => void} remove
 * @property {((url: string) => void) | undefined} openUrl
 */

/** What is agreed to before a model is downloaded. @param {ModelView} model */
function priceOf({ licence, bytes, licence_url: url }) {
  return { licence: url ? `${licence} (${url})` : licence, size: sizeOf(bytes) };
}

/** One model. */
class Row {
  /** @type {Download | null} */
  #download = null;
  /** What is asked before it is done. @type {"" | "pull" | "remove"} */
  #asking = "";
  #model;
  #actions;
  wasPulling = false;

  /**
   * @param {ModelView} model
   * @param {Actions} actions
   */
  constructor(model, actions) {
    this.#model = model;
    this.#actions = actions;
    this.state = element("p", { class: "row-state" });
    this.fit = element("p", { class: "quiet-text fit" }, t("models.fits.looking"));
    this.progress = element("progress", { max: "1", "aria-label": t("models.progress", { model: model.title }), hidden: true });
    this.trouble = element("div", { role: "alert" });
    const named = (/** @type {"models.pull" | "models.resume" | "models.pause" | "models.cancel" | "models.remove"} */ key, /** @type {() => void} */ act) =>
      element("button", { type: "button", "aria-label": `${t(key)}: ${model.title}`, onclick: act }, t(key));
    this.pull = named("models.pull", () => this.#ask("pull"));
    this.resume = named("models.resume", () => {
      if (actions.lacking(this.#model).some((one) => !one.pulling)) this.#ask("pull");
      else actions.pull(this.#model.licence, actions.lacking(this.#model));
    });
    this.pause = named("models.pause", actions.pause);
    this.cancel = named("models.cancel", actions.remove);
    this.remove = named("models.remove", () => this.#ask("remove"));
    this.question = element("p", {});
    this.yes = element("button", {
      type: "button",
      onclick: () => {
        const asked = this.#asking;
        this.#ask("");
        if (asked === "pull") actions.pull(this.#model.licence, actions.lacking(this.#model));
        else actions.remove();
      },
    });
    const no = element("button", { type: "button", class: "quiet", onclick: () => this.#ask("") }, t("models.not"));
    this.confirm = element("div", { class: "confirm", role: "group", "aria-label": model.title, hidden: true },
      this.question, element("div", { class: "actions" }, this.yes, no));
    this.confirm.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      this.#ask("");
    });
    this.buttons = element("div", { class: "actions" }, this.pull, this.resume, this.pause, this.cancel, this.remove);
    const licence = model.licence_url
      ? element("a", { href: model.licence_url, target: "_blank", rel: "noreferrer", onclick: (/** @type {Event} */ event) => {
        if (!actions.openUrl) return;
        event.preventDefault();
        actions.openUrl(String(model.licence_url));
      } }, model.licence)
      : model.licence;
    this.root = element("li", { class: "row", "data-model": model.name },
      element("div", { class: "row-head" }, element("strong", {}, model.title),
        element("span", { class: "badge" }, t(USES[model.kind] ?? "models.cutting"))),
      ...(model.about ? [element("p", {}, model.about)] : []),
      element("p", { class: "quiet-text" }, `${t("models.licence")} `, licence,
        ...(model.bytes ? [` · ${sizeOf(model.bytes)}`] : [])),
      this.fit, this.state, this.progress, this.trouble, this.confirm,
      this.buttons);
  }

  get model() {
    return this.#model;
  }

  /** @param {ModelView} model */
  show(model) {
    this.#model = model;
    const lacks = this.#actions.lacking(model).length > 0;
    const { installed, pulling, there, removable, bytes } = model;
    const isBegun = !installed && !pulling && (there > 0 || removable);
    const had = this.root.contains(document.activeElement);
    this.root.dataset.state = installed ? "installed" : pulling ? "pulling" : isBegun ? "paused" : "missing";
    this.pull.hidden = (installed && !lacks) || pulling || isBegun || bytes === 0 || this.#asking === "pull";
    this.resume.hidden = !isBegun || this.#asking === "pull";
    this.pause.hidden = !pulling;
    this.cancel.hidden = !(pulling || isBegun);
    this.remove.hidden = !(installed && removable) || this.#asking === "remove";
    this.buttons.hidden = [...this.buttons.children].every((one) => one instanceof HTMLElement && one.hidden);
    this.progress.hidden = !(pulling || isBegun);
    if (isBegun) this.progress.value = bytes ? Math.min(1, there / bytes) : 0;
    if (pulling) this.trouble.replaceChildren();
    say(this.state, this.#stateText(model, isBegun));
    // A button that goes while it has the focus hands it on.
    if (had && !this.root.contains(document.activeElement)) this.#firstButton()?.focus();
  }

  /**
   * @param {number | null | undefined} done  bytes; null: it has ended
   * @param {number | null | undefined} total
   */
  progressed(done, total) {
    if (done === null || done === undefined || !total) {
      if (done === null) this.#download = null;
      return;
    }
    const began = this.#download?.began ?? { done, time: Date.now() };
    this.#download = { done, total, began };
    this.progress.value = done / total;
  }

  /** @param {ModelFit} fit @param {number} memory  bytes that there are */
  fits({ placement, memory: needed }, memory) {
    const values = { needed: sizeOf(needed), memory: sizeOf(memory) };
    this.root.dataset.fits = placement ?? "no";
    say(this.fit, placement === "full" ? t("models.fits", values)
      : placement === "model offload" || placement === "text encoder freed"
        ? t("models.fits.offload", values)
        : placement === "group offload" ? t("models.fits.slow", values) : t("models.fits.not", values));
  }

  /** @param {import("../trouble.js").Trouble} trouble */
  failed(trouble) {
    this.trouble.replaceChildren(troubleText(trouble));
  }

  /** @param {boolean} isOffline */
  offline(isOffline) {
    for (const button of this.root.querySelectorAll("button")) button.disabled = isOffline;
  }

  /** @param {ModelView} model @param {boolean} isBegun */
  #stateText({ installed, pulling, there, bytes }, isBegun) {
    const [lacking] = this.#actions.lacking(this.#model);
    if (installed && lacking) return t("models.lacks", { model: lacking.title });
    if (installed) return bytes === 0 ? t("models.bundled") : t("models.installed");
    if (isBegun) return t("models.paused", { done: sizeOf(there), total: sizeOf(bytes) });
    if (!pulling) return t("models.missing");
    const download = this.#download;
    if (!download) return t("models.waiting");
    const seconds = (Date.now() - download.began.time) / 1000;
    const pace = seconds * 1000 < PACE_MS ? 0 : (download.done - download.began.done) / seconds;
    const text = t("models.pulling", { done: sizeOf(download.done), total: sizeOf(download.total) });
    return pace > 0 ? `${text} · ${t("left.about", { time: lastingOf((download.total - download.done) / pace) })}` : text;
  }

  /** @param {"" | "pull" | "remove"} what */
  #ask(what) {
    const had = this.root.contains(document.activeElement);
    this.#asking = what;
    const { bytes, installed } = this.#model;
    this.confirm.hidden = what === "";
    say(this.question, what === "pull"
      ? [
        ...(installed ? [] : [t("models.agree", priceOf(this.#model))]),
        ...this.#actions.lacking(this.#model).map((one) => t("models.agree.needs", { model: one.title, ...priceOf(one) })),
      ].join(" ")
      : t("models.remove.sure", { size: sizeOf(bytes) }));
    say(this.yes, t(what === "pull" ? "models.agree.yes" : "models.remove"));
    this.show(this.#model);
    if (what !== "") this.yes.focus();
    else if (had) this.#firstButton()?.focus();
  }

  #firstButton() {
    return [this.pause, this.resume, this.pull, this.remove].find((button) => !button.hidden);
  }
}
