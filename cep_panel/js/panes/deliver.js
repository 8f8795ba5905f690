// What the host makes of comps that were imported: films by Media Encoder, a template, precomps.

import { t } from "../text/text.js";
import { element, say } from "../view/element.js";

/** @typedef {import("../text/text.js").Key} Key */
/** @typedef {import("../../hosts/adapter.js").Delivery} Delivery */
/** @typedef {NonNullable<import("../../hosts/adapter.js").EncoderRequest["what"]>} What */

/** @type {What[]} */
const WHATS = ["master", "shots", "all"];

export class DeliverPane {
  #isAsking = false;
  #isAsked = false;
  #isImported = false;
  #storyboard = "";
  #shot = "";

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.what = element("select", { id: "deliver-what" },
      ...WHATS.map((what) => element("option", { value: what }, t(/** @type {Key} */ (`deliver.what.${what}`)))));
    this.template = element("select", { id: "deliver-template" }, element("option", { value: "" }, t("deliver.template.usual")));
    this.start = element("input", { type: "checkbox", id: "deliver-start" });
    this.send = element("button", { type: "button", id: "deliver-send", onclick: () => this.#send() }, t("deliver.send"));
    this.mogrt = element("button", { type: "button", id: "deliver-mogrt", onclick: () => this.#export() });
    this.precompose = element("button", { type: "button", id: "deliver-precompose", onclick: () => this.#precompose() });
    this.details = element("details", { id: "deliver", ontoggle: () => this.#toggled() },
      element("summary", {}, t("deliver.title")),
      element("div", { class: "fields" },
        element("div", { class: "field list" }, element("label", { for: "deliver-what" }, t("deliver.what")), this.what),
        element("div", { class: "field" }, element("label", { for: "deliver-template" }, t("deliver.template")), this.template)),
      element("label", { class: "check" }, this.start, t("deliver.start")),
      element("div", { class: "page-bar" }, this.send),
      element("p", { class: "hint" }, t("deliver.help")),
      element("div", { class: "page-bar" }, this.mogrt, this.precompose));
    this.element = element("div", { class: "page-part" }, this.details);
    this.element.hidden = panel.host.delivery === undefined;
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show({ known, imports, selected, importing }) {
    if (this.element.hidden) return;
    this.#storyboard = known?.job.title ?? "";
    this.#shot = selected;
    const busy = this.#isAsking || importing !== null;
    const isThere = (/** @type {string} */ shot) => known !== null && imports.nameOf(known.job.job, shot) !== "";
    this.#isImported = [...(known?.shots?.keys() ?? [])].some(isThere);
    this.send.disabled = busy || !this.#isImported;
    this.mogrt.disabled = busy || !isThere(selected);
    this.precompose.disabled = busy || !isThere(selected);
    say(this.mogrt, t("deliver.mogrt", { shot: selected }));
    say(this.precompose, t("deliver.precompose", { shot: selected }));
    if (!busy) this.#ask();
  }

  close() {}

  /** What could not be told is asked for again when the part is opened again. */
  #toggled() {
    if (this.details.open) this.#ask();
    else if (this.template.options.length === 1) this.#isAsked = false;
  }

  /** The output modules, once the part is open: only the host tells them, and only of a comp. */
  #ask() {
    if (!this.details.open || this.#isAsked || !this.#isImported) return;
    this.#isAsked = true;
    this.#do(async (delivery) => {
      const names = await delivery.outputModules();
      this.template.append(...names.map((name) => element("option", { value: name }, name)));
    });
  }

  #send() {
    this.#do(async (delivery) => {
      const { comps, folder } = await delivery.queueInEncoder({
        storyboard: this.#storyboard,
        what: /** @type {What} */ (this.what.value),
        template: this.template.value || undefined,
        start: this.start.checked,
      });
      this.panel.announce(t("deliver.sent", { n: comps.length, folder }));
    });
  }

  #export() {
    this.#do(async (delivery) => {
      const { comp, folder } = await delivery.exportTemplate({ shot: this.#shot, storyboard: this.#storyboard });
      this.panel.announce(t("deliver.mogrt.done", { comp, folder }));
    });
  }

  #precompose() {
    this.#do(async (delivery) => {
      const { comp, made } = await delivery.precompose({ shot: this.#shot, storyboard: this.#storyboard });
      this.panel.announce(t("deliver.precompose.done", { n: made.length, comp }));
    });
  }

  /** @param {(delivery: Delivery) => Promise<void>} work */
  #do(work) {
    const { delivery } = this.panel.host;
    if (!delivery || this.#isAsking) return;
    this.#isAsking = true;
    this.panel.draw();
    this.panel.attempt(async () => {
      try {
        await work(delivery);
      } finally {
        this.#isAsking = false;
      }
    });
  }
}
