// The layers of the shot, the nearest first: what each is, how sure its cut is, and their order by
// drag and keys.

import { element, say } from "../view/element.js";
import { named, t } from "../text/text.js";
import { sureness } from "./doubt.js";
import { isGround } from "./edits.js";

/** @typedef {import("../../../shared_schema/multiplane").LayerEntry} LayerEntry */

/**
 * @typedef {object} Shown
 * @property {LayerEntry[]} layers  back to front
 * @property {string[]} chosen  ids
 * @property {boolean} isMeasured  confidence is a measured chance
 * @property {boolean} canEdit
 * @property {string} version  of the layers' pictures
 * @property {(layer: LayerEntry) => Promise<string>} urlOf  its picture, small
 */

/**
 * @typedef {object} Actions
 * @property {(id: string, isMore: boolean) => void} choose  isMore: besides those that are chosen
 * @property {() => void} leave  none is to be chosen
 * @property {(id: string, name: string) => void} rename
 * @property {(id: string, to: number) => void} move  to: index from the front
 */

const KEYS = ["F2", "Alt+ArrowUp", "Alt+ArrowDown"];
const KEYS_MS = 600; // after the last key

export class LayerList {
  #key = "";
  /** Id of the layer whose name is being written. */
  #naming = "";
  #dragged = "";
  /** @type {Shown | null} */
  #shown = null;

  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.element = element("ul", { class: "layer-list", "aria-label": t("layers.list") });
  }

  /** @param {Shown} shown */
  show(shown) {
    this.#shown = shown;
    const key = JSON.stringify([shown.layers, shown.chosen, shown.isMeasured, shown.canEdit, shown.version, this.#naming]);
    // Who writes a name goes on writing, whatever comes meanwhile.
    if (key === this.#key || (this.#naming !== "" && this.element.querySelector("input"))) return;
    this.#key = key;
    const focused = this.#focused();
    this.element.replaceChildren(...[...shown.layers].reverse().map((layer) => this.#row(shown, layer)));
    if (focused) this.#button(focused)?.focus();
  }

  /** Let the name of a layer be written. @param {string} id */
  name(id) {
    this.#naming = id;
    this.#again();
    const field = this.element.querySelector("input");
    if (field) field.select();
  }

  /** The row of the layer that is chosen, else the first one. @returns {HTMLElement | null} */
  get current() {
    return this.element.querySelector("[aria-pressed=true]") ?? this.element.querySelector("button");
  }

  #again() {
    if (this.#shown) this.show(this.#shown);
  }

  /** The layer whose row has the focus; "" for none. */
  #focused() {
    const { activeElement: at } = document;
    return at instanceof HTMLElement && this.element.contains(at) ? at.closest("li")?.dataset.layer ?? "" : "";
  }

  /** @param {string} id */
  #button(id) {
    const row = [...this.element.children].find((one) => one instanceof HTMLElement && one.dataset.layer === id);
    return row ? row.querySelector("button") : null;
  }

  /** @param {Shown} shown @param {LayerEntry} layer */
  #row(shown, layer) {
    const { id, name } = layer;
    const isChosen = shown.chosen.includes(id);
    const isLowest = isGround(shown.layers, id);
    const { text, isUncertain } = sureness(layer, shown.isMeasured);
    const kind = named("layers.kind.", layer.kind);
    const picture = element("img", { class: "layer-picture", alt: "" });
    shown.urlOf(layer).then((url) => { picture.src = url; }, () => undefined);
    const about = element("span", { class: "layer-about" },
      element("span", { class: "layer-name", dir: "auto" }, name),
      element("span", { class: "layer-kind" }, kind),
      element("span", { class: "layer-sure", "data-doubt": isUncertain ? "yes" : "" }, text));
    const isNaming = this.#naming === id && shown.canEdit;
    const main = isNaming ? this.#field(layer) : element("button", {
      type: "button", class: "layer-button", "aria-pressed": String(isChosen), title: t("layers.row.help"),
      "aria-keyshortcuts": KEYS.join(" "),
      onclick: (/** @type {Event} */ event) => {
        const { ctrlKey, metaKey, shiftKey } = /** @type {MouseEvent} */ (event);
        this.actions.choose(id, ctrlKey || metaKey || shiftKey);
      },
      ondblclick: () => shown.canEdit && this.name(id),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event, id),
    }, picture, about);
    /** @type {HTMLLIElement} */
    const row = element("li", {
      class: "layer-row", "data-layer": id, "data-chosen": isChosen ? "yes" : "",
      draggable: String(shown.canEdit && !isLowest && !isNaming),
      ondragstart: (/** @type {Event} */ event) => this.#drag(/** @type {DragEvent} */ (event), id),
      ondragover: (/** @type {Event} */ event) => this.#over(/** @type {DragEvent} */ (event), row),
      ondragleave: () => { row.dataset.drop = ""; },
      ondragend: () => { this.#dragged = ""; },
      ondrop: (/** @type {Event} */ event) => this.#dropped(/** @type {DragEvent} */ (event), row),
    }, main);
    return row;
  }

  /** @param {LayerEntry} layer */
  #field({ id, name }) {
    const end = (/** @type {boolean} */ isKept) => {
      if (this.#naming !== id) return;
      this.#naming = "";
      const written = field.value.trim();
      this.#again();
      this.#button(id)?.focus();
      if (isKept && written !== "" && written !== name) this.actions.rename(id, written);
    };
    const field = element("input", {
      type: "text", class: "layer-field", value: name, maxlength: "300", dir: "auto", "aria-label": t("layers.name"),
      onblur: () => end(true),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" && event.key !== "Escape") return;
        event.preventDefault();
        event.stopPropagation();
        end(event.key === "Enter");
      },
    });
    return field;
  }

  /** @param {KeyboardEvent} event @param {string} id */
  #pressed(event, id) {
    const shown = this.#shown;
    if (!shown) return;
    const front = [...shown.layers].reverse().map((layer) => layer.id);
    const at = front.indexOf(id);
    const step = { ArrowUp: -1, ArrowDown: 1 }[event.key];
    if (event.key === "F2" && shown.canEdit) this.name(id);
    else if (event.key === "Escape") this.actions.leave();
    else if (step && event.altKey && shown.canEdit) this.actions.move(id, at + step);
    else if (step && front[at + step]) {
      this.#button(front[at + step])?.focus();
      if (!event.ctrlKey && !event.metaKey) this.actions.choose(front[at + step], event.shiftKey);
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {DragEvent} event @param {string} id */
  #drag(event, id) {
    this.#dragged = id;
    if (!event.dataTransfer) return;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", id);
  }

  /** @param {DragEvent} event @param {HTMLElement} row */
  #over(event, row) {
    if (this.#dragged === "" || this.#dragged === row.dataset.layer) return;
    event.preventDefault();
    const { top, height } = row.getBoundingClientRect();
    row.dataset.drop = event.clientY < top + height / 2 ? "before" : "after";
  }

  /** @param {DragEvent} event @param {HTMLElement} row */
  #dropped(event, row) {
    const id = this.#dragged;
    const side = row.dataset.drop;
    row.dataset.drop = "";
    this.#dragged = "";
    if (id === "" || !side || !this.#shown) return;
    event.preventDefault();
    event.stopPropagation();
    const rest = [...this.#shown.layers].reverse().map((layer) => layer.id).filter((one) => one !== id);
    this.actions.move(id, rest.indexOf(String(row.dataset.layer)) + (side === "after" ? 1 : 0));
  }
}

/** What can be set of the one layer that is chosen. */
export class LayerDetails {
  /** @type {LayerEntry | null} */
  #layer = null;
  /** What is to be carried out once no key moves the nearness any more. @type {(() => void) | null} */
  #due = null;
  #timer = 0;
  #isKeyed = false;

  /**
   * @param {{
   *   kind: (id: string, kind: LayerEntry["kind"]) => void,
   *   near: (id: string, nearness: number) => void,
   *   fill: (id: string) => void,
   *   split: (id: string) => void,
   *   merge: () => void,
   *   rename: (id: string) => void,
   * }} actions
   */
  constructor(actions) {
    const id = () => (this.#layer ? this.#layer.id : "");
    this.kind = element("select", {
      onchange: () => actions.kind(id(), /** @type {LayerEntry["kind"]} */ (this.kind.value)),
    }, ...["character", "prop", "background"].map((kind) => element("option", { value: kind }, named("layers.kind.", kind))));
    this.near = element("input", {
      type: "range", min: "0", max: "100", step: "1", "aria-label": t("layers.near"),
      oninput: () => this.#sayNear(),
      onkeydown: () => { this.#isKeyed = true; },
      onpointerdown: () => { this.#isKeyed = false; },
      onchange: () => this.#setNear(actions.near, id()),
      onblur: () => this.#carryOut(),
    });
    this.nearText = element("output", {});
    this.kindField = element("label", { class: "field" }, element("span", {}, t("layers.kind")), this.kind);
    this.nearField = element("label", { class: "field" },
      element("span", { class: "layer-near" }, t("layers.near"), " ", this.nearText), this.near);
    this.renameButton = element("button", { type: "button", onclick: () => actions.rename(id()) }, t("layers.rename"));
    this.fill = element("button", { type: "button", title: t("layers.fill.help"), onclick: () => actions.fill(id()) }, t("layers.fill"));
    this.split = element("button", { type: "button", title: t("layers.split.help"), onclick: () => actions.split(id()) }, t("layers.split"));
    this.merge = element("button", { type: "button", title: t("layers.merge.help"), onclick: () => actions.merge() });
    this.element = element("div", { class: "layer-details" },
      element("div", { class: "fields" }, this.kindField, this.nearField),
      element("div", { class: "actions" }, this.renameButton, this.split, this.fill, this.merge));
  }

  /**
   * @param {LayerEntry[]} layers  back to front
   * @param {string[]} chosen
   * @param {boolean} canEdit
   */
  show(layers, chosen, canEdit) {
    const layer = chosen.length === 1 ? layers.find((one) => one.id === chosen[0]) ?? null : null;
    const isOther = JSON.stringify(layer) !== JSON.stringify(this.#layer);
    this.#layer = layer;
    const isLowest = layer !== null && isGround(layers, layer.id);
    if (isOther) this.#carryOut();
    this.element.hidden = chosen.length === 0;
    this.kindField.hidden = this.nearField.hidden = this.split.hidden = layer === null || isLowest;
    this.renameButton.hidden = this.fill.hidden = layer === null;
    this.merge.hidden = chosen.length < 2;
    say(this.merge, t("layers.merge", { n: chosen.length }));
    for (const one of [this.kind, this.near, this.renameButton, this.fill, this.split, this.merge]) one.disabled = !canEdit;
    if (layer && isOther) {
      this.kind.value = layer.kind;
      this.near.value = String(Math.round(100 * layer.depth));
      this.#sayNear();
    }
  }

  /**
   * Every press of a key is a change of the slider: they are one edit.
   * @param {(id: string, nearness: number) => void} near
   * @param {string} id
   */
  #setNear(near, id) {
    clearTimeout(this.#timer);
    const nearness = Number(this.near.value) / 100;
    this.#due = () => near(id, nearness);
    if (this.#isKeyed) this.#timer = window.setTimeout(() => this.#carryOut(), KEYS_MS);
    else this.#carryOut();
  }

  #carryOut() {
    const due = this.#due;
    this.#due = null;
    clearTimeout(this.#timer);
    if (due) due();
  }

  #sayNear() {
    const text = t("layers.near.percent", { percent: Number(this.near.value) });
    say(this.nearText, text);
    this.near.setAttribute("aria-valuetext", text);
  }
}
