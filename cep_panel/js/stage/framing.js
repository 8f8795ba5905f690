// What the camera shows at the start and at the end of its move, as two rectangles on the picture:
// drawn, moved and resized with the pointer or the keys.

import { element } from "../view/element.js";
import { t } from "../text/text.js";

/** @typedef {import("../board/camera.js").Rect} Rect */
/** @typedef {{start: Rect, end: Rect}} Rects */
/** @typedef {"start" | "end"} End */

const LEAST = 0.05; // of the frame
const STEP = 0.01;
const MANY = 10;
const MOST = 4; // frames that the view is wide

export class FramingTool {
  /** @type {Rects} */
  #rects = { start: { x: 0, y: 0, width: 1, height: 1 }, end: { x: 0, y: 0, width: 1, height: 1 } };
  /** How many frames the view is wide. */
  #wide = 1;

  /** @param {(rects: Rects, isDone: boolean) => void} changed  isDone: nobody is drawing any more */
  constructor(changed) {
    this.changed = changed;
    this.frame = element("div", { class: "framing-frame", "aria-hidden": "true" });
    /** @type {Record<End, HTMLElement>} */
    this.boxes = { start: this.#box("start"), end: this.#box("end") };
    this.element = element("div", { class: "framing" }, this.frame, this.boxes.start, this.boxes.end);
  }

  /**
   * @param {Rects} rects
   * @param {number} wide  how many frames the view is wide: what lies around the frame is seen, too
   */
  show(rects, wide) {
    this.#rects = rects;
    this.#wide = Math.min(wide, MOST);
    this.#place(this.frame, { x: 0, y: 0, width: 1, height: 1 });
    this.frame.hidden = this.#wide < 1.001;
    for (const end of /** @type {End[]} */ (["start", "end"])) {
      const rect = shaped(rects[end]);
      this.#place(this.boxes[end], rect);
      const other = rects[end === "start" ? "end" : "start"];
      this.boxes[end].style.zIndex = rect.width < shaped(other).width ? "1" : "0"; // the smaller can be grabbed, too
      const percent = (/** @type {number} */ value) => Math.round(100 * value);
      this.boxes[end].setAttribute("aria-valuetext", t("framing.where", {
        x: percent(rect.x), y: percent(rect.y), size: percent(rect.width),
      }));
      this.boxes[end].setAttribute("aria-valuenow", String(percent(rect.width)));
    }
  }

  /** @param {End} end */
  #box(end) {
    const grip = (/** @type {string} */ corner) => element("i", { class: `framing-grip ${corner}`, "data-corner": corner });
    const name = t(end === "start" ? "framing.start" : "framing.end");
    return element("div", {
      class: `framing-box ${end}`, tabindex: "0", role: "slider", "aria-label": name, title: t("framing.help"),
      "aria-valuemin": String(100 * LEAST), "aria-valuemax": String(100 * MOST),
      onpointerdown: (/** @type {Event} */ event) => this.#grabbed(/** @type {PointerEvent} */ (event), end),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event, end),
      onclick: (/** @type {Event} */ event) => event.stopPropagation(),
    }, element("span", { class: "framing-name" }, name), ...["nw", "ne", "sw", "se"].map(grip));
  }

  /** @param {HTMLElement} box @param {Rect} rect */
  #place(box, { x, y, width, height }) {
    const on = (/** @type {number} */ value) => `${100 * (0.5 + (value - 0.5) / this.#wide)}%`;
    Object.assign(box.style, {
      left: on(x), top: on(y), width: `${100 * width / this.#wide}%`, height: `${100 * height / this.#wide}%`,
    });
  }

  /** @param {PointerEvent} event @param {End} end */
  #grabbed(event, end) {
    if (event.button !== 0) return;
    event.preventDefault();
    event.stopPropagation();
    const box = this.boxes[end];
    box.focus();
    const corner = event.target instanceof HTMLElement ? event.target.dataset.corner : undefined;
    const before = shaped(this.#rects[end]);
    const { width, height } = this.element.getBoundingClientRect();
    const from = [event.clientX, event.clientY];
    let isDrawn = false;
    const move = (/** @type {PointerEvent} */ to) => {
      const x = (to.clientX - from[0]) / width * this.#wide;
      const y = (to.clientY - from[1]) / height * this.#wide;
      isDrawn = isDrawn || x !== 0 || y !== 0;
      if (isDrawn) this.#change(end, corner ? resized(before, corner, x, y) : moved(before, x, y), false);
    };
    const done = () => {
      box.removeEventListener("pointermove", move);
      box.removeEventListener("pointerup", done);
      box.removeEventListener("pointercancel", done);
      if (isDrawn) this.#change(end, this.#rects[end], true);
    };
    box.setPointerCapture(event.pointerId);
    box.addEventListener("pointermove", move);
    box.addEventListener("pointerup", done);
    box.addEventListener("pointercancel", done);
  }

  /** @param {KeyboardEvent} event @param {End} end */
  #pressed(event, end) {
    const step = event.shiftKey ? STEP * MANY : STEP;
    const rect = shaped(this.#rects[end]);
    /** @type {Record<string, [number, number]>} */
    const ways = { ArrowLeft: [-step, 0], ArrowRight: [step, 0], ArrowUp: [0, -step], ArrowDown: [0, step] };
    const size = { "+": step, "=": step, PageUp: step, "-": -step, PageDown: -step }[event.key];
    if (ways[event.key]) this.#change(end, moved(rect, ...ways[event.key]), true);
    else if (size !== undefined) this.#change(end, grown(rect, size), true);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {End} end @param {Rect} rect @param {boolean} isDone */
  #change(end, rect, isDone) {
    const inside = kept(rect, this.#wide);
    this.#rects = { ...this.#rects, [end]: inside };
    this.show(this.#rects, this.#wide);
    this.changed(this.#rects, isDone);
  }
}

/** The smallest rectangle of the frame's shape around one: what the camera shows. @param {Rect} rect @returns {Rect} */
export function shaped({ x, y, width, height }) {
  const size = Math.max(width, height);
  return { x: x + (width - size) / 2, y: y + (height - size) / 2, width: size, height: size };
}

/** @param {Rect} rect @param {number} x @param {number} y @returns {Rect} */
function moved(rect, x, y) {
  return { ...rect, x: rect.x + x, y: rect.y + y };
}

/**
 * By a corner: the opposite one stays, and the shape.
 * @param {Rect} rect
 * @param {string} corner
 * @param {number} x
 * @param {number} y
 * @returns {Rect}
 */
function resized(rect, corner, x, y) {
  const [west, north] = [corner.includes("w"), corner.includes("n")];
  const size = Math.max(LEAST, rect.width + ((west ? -x : x) + (north ? -y : y)) / 2);
  return {
    x: west ? rect.x + rect.width - size : rect.x,
    y: north ? rect.y + rect.height - size : rect.y,
    width: size,
    height: size,
  };
}

/** About its middle. @param {Rect} rect @param {number} by @returns {Rect} */
function grown(rect, by) {
  const size = Math.max(LEAST, rect.width + by);
  const off = (rect.width - size) / 2;
  return { x: rect.x + off, y: rect.y + off, width: size, height: size };
}

/**
 * Within what is seen, with numbers that people would write.
 * @param {Rect} rect
 * @param {number} wide
 * @returns {Rect}
 */
function kept(rect, wide) {
  const size = Math.min(Math.max(rect.width, LEAST), wide);
  const [low, high] = [0.5 - wide / 2, 0.5 + wide / 2 - size];
  const at = (/** @type {number} */ value) => round(Math.min(Math.max(value, low), high));
  return { x: at(rect.x), y: at(rect.y), width: round(size), height: round(size) };
}

/** @param {number} value */
function round(value) {
  return Math.round(value * 1000) / 1000;
}
