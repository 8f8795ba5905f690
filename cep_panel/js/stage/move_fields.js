// What can be said of a camera move besides its name: fields for those that count for its preset.

import { EASY } from "../board/camera.js";
import { element, say } from "../view/element.js";
import { takeNumbers } from "../view/numbers.js";
import { t } from "../text/text.js";
import { textInWords } from "../text/told.js";

/** @typedef {import("../board/camera.js").Move} Move */
/** @typedef {import("../../../shared_schema/multiplane").CameraView} Preset */

const RANDOM = 2 ** 32;

export class MoveFields {
  /** @type {Move | null} */
  #move = null;

  /** @param {(change: Partial<Move>, key: string) => void} changed  key: of the field */
  constructor(changed) {
    this.changed = changed;
    this.amount = ranged("camera.amount", 0, 10, 0.05, (amount) => changed({ amount }, "amount"));
    this.unit = element("p", { class: "hint" });
    this.direction = element("select", { onchange: () => this.#setDirection(this.direction.value) });
    this.degrees = element("input", {
      type: "number", min: "-360", max: "360", step: "any", "aria-label": t("camera.degrees"), placeholder: "°",
    });
    takeNumbers(this.degrees, { changed: (degrees) => this.#setDirection(degrees ?? ""), now: () => this.#degrees, atEnd: true });
    this.focus = element("select", { onchange: () => this.#setFocus() });
    this.focusTo = element("select", { "aria-label": t("camera.focus_to"), onchange: () => this.#setFocus() });
    this.easeIn = ranged("camera.ease_in", 0, 100, 1, (value) => this.#setEase({ in: value }));
    this.easeOut = ranged("camera.ease_out", 0, 100, 1, (value) => this.#setEase({ out: value }));
    this.start = seconds("camera.start", (start) => changed({ start: start || 0 }, "start"));
    this.duration = seconds("camera.duration", (duration) => changed({ duration: duration || null }, "duration"));
    this.loop = element("input", { type: "checkbox", onchange: () => changed({ loop: this.loop.checked }, "loop") });
    this.seed = element("button", {
      type: "button", onclick: () => changed({ seed: Math.floor(Math.random() * RANDOM) }, "seed"),
    }, t("camera.another_way"));
    this.rows = {
      amount: element("div", { class: "camera-field" }, this.amount.element, this.unit),
      direction: field("camera.direction", element("div", { class: "camera-two" }, this.direction, this.degrees), this.direction),
      focus: field("camera.focus", element("div", { class: "camera-two" }, this.focus, this.focusTo), this.focus),
      ease: element("div", { class: "camera-field" }, this.easeIn.element, this.easeOut.element),
      time: element("div", { class: "camera-field camera-two" }, this.start.element, this.duration.element),
      loop: element("div", { class: "camera-field" }, element("label", { class: "camera-check" }, this.loop, t("camera.loop"))),
      seed: element("div", { class: "camera-field" }, this.seed),
    };
    this.element = element("div", { class: "camera-fields" }, ...Object.values(this.rows));
  }

  /**
   * @param {Move} move
   * @param {Preset} preset
   * @param {string[]} layers  names, the nearest first
   * @param {number} length  of the shot, seconds
   */
  show(move, preset, layers, length) {
    this.#move = move;
    const { directions = [], degrees = false, strongest = 10, takes = [], unit = "", loops = false } = preset;
    const { rows } = this;
    rows.amount.hidden = strongest === 0;
    rows.direction.hidden = directions.length === 0;
    rows.focus.hidden = !takes.includes("focus");
    rows.ease.hidden = !takes.includes("ease");
    rows.seed.hidden = !takes.includes("seed");
    rows.time.hidden = strongest === 0;
    rows.loop.hidden = loops || strongest === 0;
    this.amount.show(move.amount, strongest);
    say(this.unit, unit === "" ? "" : t("camera.unit", { unit }));
    const isAngle = typeof move.direction === "number";
    options(this.direction, [
      ["", t("camera.usual", { what: textInWords(directions[0] || "") })],
      ...directions.slice(1).map((one) => /** @type {[string, string]} */ ([one, textInWords(one)])),
    ], isAngle ? "" : move.direction === directions[0] ? "" : String(move.direction ?? ""));
    this.degrees.hidden = !degrees;
    if (document.activeElement !== this.degrees) this.degrees.value = this.#degrees;
    const [from = "", to = ""] = move.focus;
    const names = [...new Set([...layers, ...move.focus])].map((one) => /** @type {[string, string]} */ ([one, one]));
    options(this.focus, [["", t("camera.focus_usual")], ...names], from);
    this.focusTo.hidden = preset.name !== "rack_focus" || from === "";
    options(this.focusTo, [["", t("camera.focus_to")], ...names.filter(([name]) => name !== from)], to);
    this.easeIn.show(move.ease.in, 100);
    this.easeOut.show(move.ease.out, 100);
    this.loop.checked = move.loop;
    this.start.show(move.start === 0 ? "" : String(move.start), "0", length);
    this.duration.show(move.duration === null ? "" : String(move.duration), t("camera.to_end"), length);
  }

  /** The direction as an angle; "" for another one. */
  get #degrees() {
    const direction = this.#move?.direction;
    return typeof direction === "number" ? String(direction) : "";
  }

  /** @param {string | number} value */
  #setDirection(value) {
    this.changed({ direction: value === "" ? null : value }, "direction");
  }

  #setFocus() {
    const names = [this.focus.value, this.focusTo.hidden ? "" : this.focusTo.value];
    this.changed({ focus: this.focus.value === "" ? [] : names.filter((one) => one !== "") }, "focus");
  }

  /** @param {{in?: number, out?: number}} change */
  #setEase(change) {
    // The slider has whole numbers; After Effects' "easy ease" is a third.
    const whole = (/** @type {number} */ value) => (Math.round(EASY) === value ? EASY : value);
    const ease = this.#move ? this.#move.ease : { in: EASY, out: EASY };
    const { in: first = ease.in, out: last = ease.out } = change;
    this.changed({ ease: { in: whole(first), out: whole(last) } }, "ease");
  }
}

/**
 * A slider with its number.
 * @param {import("../text/text.js").Key} key
 * @param {number} least
 * @param {number} most
 * @param {number} step
 * @param {(value: number) => void} changed
 */
function ranged(key, least, most, step, changed) {
  const slider = element("input", {
    type: "range", min: String(least), max: String(most), step: String(step), oninput: () => {
      number.value = slider.value;
      changed(Number(slider.value));
    },
  });
  const number = element("input", { type: "number", min: String(least), max: String(most), step: "any", "aria-label": t(key) });
  const label = element("label", {}, t(key), slider);
  const row = element("div", { class: "camera-ranged" }, label, number);
  takeNumbers(number, {
    changed: (given) => {
      if (given === null) number.value = slider.value;
      else changed(given);
      slider.value = number.value;
    },
    now: () => slider.value,
    atEnd: true,
    below: row,
  });
  return {
    element: row,
    /** @param {number} value @param {number} top */
    show(value, top) {
      slider.max = number.max = String(top);
      if (Number(slider.value) !== value) slider.value = String(value);
      if (document.activeElement !== number) number.value = String(Number(value.toPrecision(3)));
    },
  };
}

/**
 * Seconds, or nothing.
 * @param {import("../text/text.js").Key} key
 * @param {(seconds: number | null) => void} changed
 */
function seconds(key, changed) {
  const input = element("input", { type: "number", min: "0", step: "0.1" });
  const label = element("label", {}, t(key), input);
  let shown = "";
  takeNumbers(input, { changed, now: () => shown, atEnd: true, below: label });
  return {
    element: element("div", { class: "camera-seconds" }, label),
    /** @param {string} value @param {string} otherwise @param {number} length */
    show(value, otherwise, length) {
      shown = value;
      input.max = String(length);
      input.placeholder = otherwise;
      if (document.activeElement !== input) input.value = value;
    },
  };
}

/** @param {import("../text/text.js").Key} key @param {HTMLElement} inside @param {HTMLElement} control */
function field(key, inside, control) {
  control.setAttribute("aria-label", t(key));
  return element("div", { class: "camera-field" }, element("span", { class: "camera-label" }, t(key)), inside);
}

/** @param {HTMLSelectElement} list @param {Array<[string, string]>} entries @param {string} chosen */
function options(list, entries, chosen) {
  const key = JSON.stringify(entries);
  if (list.dataset.key !== key) {
    list.dataset.key = key;
    list.replaceChildren(...entries.map(([value, text]) => element("option", { value }, text)));
  }
  if (list.value !== chosen) list.value = chosen;
}
