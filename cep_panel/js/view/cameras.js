// Lists of camera presets. A list is filled when somebody looks at it: a storyboard has hundreds.

import { element } from "./element.js";
import { presetTitle } from "./words.js";

/** @typedef {import("../../../shared_schema/multiplane").CameraView} Preset */

/** The presets that the server knows. */
export class Cameras {
  /** @type {Preset[]} */
  presets = [];

  /** Whether a button of the pointer is down. */
  #isPressed = false;

  constructor() {
    document.addEventListener("pointerdown", () => { this.#isPressed = true; }, true);
    for (const end of ["pointerup", "pointercancel"]) {
      document.addEventListener(end, () => { this.#isPressed = false; }, true);
    }
  }

  /**
   * A list for one shot.
   * @param {string} label  for readers of the screen
   * @param {(name: string) => void} chosen  "" for the first entry of a list with `inherit`
   * @returns {HTMLSelectElement}
   */
  list(label, chosen) {
    const list = element("select", { "aria-label": label, onchange: () => chosen(list.value) });
    const fill = () => {
      // It is as wide as what is chosen, and stays so while it is open.
      list.style.flexBasis = list.style.flexBasis || `${Math.floor(list.getBoundingClientRect().width)}px`;
      this.#fill(list);
    };
    list.addEventListener("focus", fill);
    list.addEventListener("pointerdown", fill);
    const empty = () => {
      if (document.activeElement === list) return;
      const { value = "", inherit = "" } = list.dataset;
      list.replaceChildren(...chosenOnly(value, inherit));
      list.value = value;
      list.style.flexBasis = "";
    };
    list.addEventListener("blur", () => {
      // Pressing a button beside it takes the focus: it must not move before it is let go.
      if (this.#isPressed) document.addEventListener("pointerup", () => setTimeout(empty), { capture: true, once: true });
      else empty();
    });
    return list;
  }

  /**
   * Show what is chosen.
   * @param {HTMLSelectElement} list
   * @param {string} name  a preset's
   * @param {string} [inherit]  text of a first entry that means none of its own
   */
  show(list, name, inherit) {
    if (list.dataset.value === name && list.dataset.inherit === (inherit ?? "")) return;
    list.dataset.value = name;
    list.dataset.inherit = inherit ?? "";
    if (document.activeElement === list) this.#fill(list);
    else list.replaceChildren(...chosenOnly(name, inherit ?? ""));
    list.value = name;
    list.title = this.#description(name);
  }

  /** Fill a list that is always seen. @param {HTMLSelectElement} list @param {string} name */
  showAll(list, name) {
    const key = `${name} ${this.presets.length}`;
    if (list.dataset.shown === key) return;
    list.dataset.shown = key;
    list.dataset.value = name;
    list.dataset.inherit = "";
    this.#fill(list);
    list.title = this.#description(name);
  }

  /** @param {HTMLSelectElement} list */
  #fill(list) {
    const { value = "", inherit = "" } = list.dataset;
    if (list.options.length > this.presets.length) return;
    list.replaceChildren(...options(this.presets, value, inherit));
    list.value = value;
  }

  /** @param {string} name */
  #description(name) {
    return this.presets.find((one) => one.name === name)?.description ?? "";
  }
}

/**
 * For a list that nobody looks at: it is no wider than what it says.
 * @param {string} name
 * @param {string} inherit
 */
function chosenOnly(name, inherit) {
  return options([], name, name === "" ? inherit : "");
}

/**
 * @param {Preset[]} presets
 * @param {string} name  always among them
 * @param {string} inherit
 * @returns {HTMLOptionElement[]}
 */
function options(presets, name, inherit) {
  const made = presets.map((one) =>
    element("option", { value: one.name, title: one.description }, presetTitle(one.name)));
  if (inherit !== "") made.unshift(element("option", { value: "" }, inherit));
  if (name !== "" && !presets.some((one) => one.name === name)) {
    made.push(element("option", { value: name }, presetTitle(name)));
  }
  return made;
}
