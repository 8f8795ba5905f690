// The picture at rest, large, to be drawn on: strokes and boxes in the picture's own coordinates,
// whatever part of it is seen, and at whatever size.

import { element, say } from "../view/element.js";
import { t } from "../text/text.js";
import { View, fromFraction, toFraction } from "./places.js";

/** @typedef {import("./places.js").Point} Point */
/** @typedef {import("./places.js").Rect} Rect */
/** @typedef {import("../../../shared_schema/multiplane").Stroke} Stroke */
/** @typedef {import("../../../shared_schema/multiplane").Area} Area */

/** What is drawn on the picture and not carried out yet. @typedef {{strokes: Stroke[], box: Area | null, colour: Colour}} Mark */

/** @typedef {"add" | "take"} Colour */

/** @typedef {"stroke" | "box" | "none"} Pen */

/**
 * @typedef {object} Shown
 * @property {[number, number]} size  of the picture, px
 * @property {Rect} area  the artist's part of it, px
 * @property {HTMLCanvasElement | null} picture
 * @property {Pen} pen
 * @property {number} width  of the brush, as a share of the area's width
 * @property {Colour} colour
 * @property {Mark[]} marks
 * @property {string} message
 */

/**
 * @typedef {object} Actions
 * @property {(stroke: Stroke) => void} stroke
 * @property {(box: Area) => void} box
 * @property {(factor: number) => void} brush  larger or smaller
 * @property {(at: Point) => void} pick  a place of the picture that was pressed without a pen, px
 * @property {() => void} leave  no layer is to be chosen
 * @property {() => void} zoomed
 */

const COLOURS = { add: "rgba(90, 220, 130, .55)", take: "rgba(255, 90, 70, .55)" };
const LEAST_PX = 2; // of the screen: what is nearer to the last point adds nothing
const LEAST_BOX = 0.004; // of the picture
const MOST_POINTS = 4000;
const STEP = 1.25;

export class Easel {
  /** @type {Shown | null} */
  #shown = null;
  /** @type {View | null} */
  #view = null;
  /** What is being drawn, in fractions. @type {Point[]} */
  #points = [];
  /** @type {"draw" | "pan" | ""} */
  #doing = "";
  /** Where the pointer was last, canvas px. @type {Point | null} */
  #pointer = null;
  #isSpace = false;
  #due = false;
  #sizes = new ResizeObserver(() => this.#resized());

  /** @param {Actions} actions */
  constructor(actions) {
    this.actions = actions;
    this.canvas = element("canvas", {
      class: "easel-canvas", tabindex: "0", role: "img", "aria-label": t("easel.label"),
      onpointerdown: (/** @type {Event} */ event) => this.#pressed(/** @type {PointerEvent} */ (event)),
      onpointermove: (/** @type {Event} */ event) => this.#moved(/** @type {PointerEvent} */ (event)),
      onpointerup: (/** @type {Event} */ event) => this.#released(/** @type {PointerEvent} */ (event)),
      onpointercancel: () => this.#drop(),
      onpointerleave: () => this.#left(),
      onwheel: (/** @type {Event} */ event) => this.#wheeled(/** @type {WheelEvent} */ (event)),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onkeyup: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === " ") this.#space(false);
      },
      onclick: (/** @type {Event} */ event) => event.stopPropagation(), // it is no button to play
    });
    const button = (/** @type {string} */ name, /** @type {string} */ text, /** @type {() => void} */ press) =>
      element("button", {
        type: "button", class: "easel-zoom-button", "aria-label": name, title: name,
        onclick: (/** @type {Event} */ event) => {
          event.stopPropagation();
          press();
        },
      }, text);
    this.percent = element("output", { class: "easel-percent", "aria-label": t("easel.zoom") });
    this.message = element("p", { class: "easel-message", role: "status", hidden: true });
    this.busy = element("progress", { class: "easel-busy", "aria-label": t("easel.busy"), hidden: true });
    this.element = element("div", { class: "easel" },
      this.canvas, this.busy, this.message,
      element("div", { class: "easel-zoom", role: "group", "aria-label": t("easel.zoom") },
        button(t("easel.smaller"), "−", () => this.#zoom(1 / STEP)), this.percent,
        button(t("easel.larger"), "+", () => this.#zoom(STEP)),
        button(t("easel.fit"), "⤢", () => this.#fit())));
    this.#sizes.observe(this.canvas);
  }

  /** Canvas px for one px of the picture. */
  get scale() {
    return this.#view ? this.#view.scale : 1;
  }

  /** @param {Shown} shown */
  show(shown) {
    const before = this.#shown;
    this.#shown = shown;
    if (!before || before.size[0] !== shown.size[0] || before.size[1] !== shown.size[1]) {
      this.#view = new View(shown.size, this.#canvasSize());
    }
    this.canvas.dataset.pen = shown.pen;
    this.message.hidden = shown.message === "";
    say(this.message, shown.message);
    this.#draw();
  }

  /** @param {boolean} isBusy @param {number | null} part  0..1; null: nobody knows */
  showBusy(isBusy, part) {
    this.busy.hidden = !isBusy;
    if (part === null) this.busy.removeAttribute("value");
    else this.busy.value = part;
  }

  close() {
    this.#sizes.disconnect();
  }

  /** @returns {Point} */
  #canvasSize() {
    const { clientWidth, clientHeight } = this.canvas;
    const dense = Math.max(1, devicePixelRatio);
    return [Math.max(1, Math.round(clientWidth * dense)), Math.max(1, Math.round(clientHeight * dense))];
  }

  #resized() {
    if (this.#view) this.#view.resize(this.#canvasSize());
    this.#draw();
    this.actions.zoomed();
  }

  /** @param {number} factor @param {Point} [at] */
  #zoom(factor, at) {
    if (!this.#view) return;
    this.#view.zoom(factor, at);
    this.#draw();
    this.actions.zoomed();
  }

  #fit() {
    if (!this.#view) return;
    this.#view.fit();
    this.#draw();
  }

  /** @param {MouseEvent} event @returns {Point}  canvas px */
  #place(event) {
    const box = this.canvas.getBoundingClientRect();
    return [
      (event.clientX - box.left) * this.canvas.width / box.width,
      (event.clientY - box.top) * this.canvas.height / box.height,
    ];
  }

  /** @param {Point} at  canvas px @returns {Point} */
  #fraction(at) {
    const shown = /** @type {Shown} */ (this.#shown);
    return toFraction(/** @type {View} */ (this.#view).toPicture(at), shown.area);
  }

  /** @param {PointerEvent} event */
  #pressed(event) {
    if (!this.#shown || !this.#view || !this.#shown.picture) return;
    const isPan = event.button === 1 || (event.button === 0 && this.#isSpace);
    if (event.button !== 0 && !isPan) return;
    event.preventDefault();
    event.stopPropagation();
    this.canvas.focus({ preventScroll: true });
    this.canvas.setPointerCapture(event.pointerId);
    this.#pointer = this.#place(event);
    if (isPan || (this.#shown.pen === "none" && !this.#view.isFitting)) {
      this.#doing = "pan";
    } else if (this.#shown.pen === "none") {
      this.actions.pick(this.#view.toPicture(this.#pointer));
    } else {
      this.#doing = "draw";
      this.#points = [this.#fraction(this.#pointer)];
    }
    this.#draw();
  }

  /** @param {PointerEvent} event */
  #moved(event) {
    if (!this.#shown || !this.#view) return;
    // All the way that a quick hand went since the last event.
    const way = this.#doing === "draw" && event.getCoalescedEvents ? event.getCoalescedEvents() : [];
    for (const one of way.length > 0 ? way : [event]) {
      const at = this.#place(one);
      const last = this.#pointer;
      if (this.#doing === "pan" && last) this.#view.pan(at[0] - last[0], at[1] - last[1]);
      if (this.#doing === "draw") this.#drawTo(at);
      this.#pointer = at;
    }
    this.#draw();
  }

  /** @param {Point} at */
  #drawTo(at) {
    const shown = /** @type {Shown} */ (this.#shown);
    const place = this.#fraction(at);
    if (shown.pen === "box") {
      this.#points = [this.#points[0], place];
      return;
    }
    const [x, y] = this.#onCanvas(this.#points[this.#points.length - 1]);
    if (Math.hypot(at[0] - x, at[1] - y) >= LEAST_PX && this.#points.length < MOST_POINTS) this.#points.push(place);
  }

  /** @param {PointerEvent} event */
  #released(event) {
    const shown = this.#shown;
    const wasDrawing = this.#doing === "draw";
    const points = this.#points;
    if (wasDrawing && shown) this.#drawTo(this.#place(event));
    const box = boxOf(this.#points);
    this.#drop();
    if (!wasDrawing || !shown) return;
    if (shown.pen === "stroke") this.actions.stroke({ points, width: shown.width });
    else if (box.width > LEAST_BOX && box.height > LEAST_BOX) this.actions.box(box);
  }

  /** Nothing is being drawn. */
  #drop() {
    this.#doing = "";
    this.#points = [];
    this.#draw();
  }

  #left() {
    if (this.#doing !== "") return;
    this.#pointer = null;
    this.#draw();
  }

  /** @param {WheelEvent} event */
  #wheeled(event) {
    if (!this.#view) return;
    if (event.ctrlKey || event.metaKey) {
      event.preventDefault();
      this.#zoom(Math.exp(-event.deltaY / 300), this.#place(event));
    } else if (!this.#view.isFitting) {
      event.preventDefault();
      this.#view.pan(-event.deltaX, -event.deltaY);
      this.#draw();
    }
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const { key } = event;
    const pan = { ArrowLeft: [40, 0], ArrowRight: [-40, 0], ArrowUp: [0, 40], ArrowDown: [0, -40] }[key];
    if (key === "Escape" && this.#doing === "draw") this.#drop();
    else if (key === "Escape") this.actions.leave();
    else if (key === "+" || key === "=") this.#zoom(STEP);
    else if (key === "-") this.#zoom(1 / STEP);
    else if (key === "0") this.#fit();
    else if (key === "[") this.actions.brush(1 / STEP);
    else if (key === "]") this.actions.brush(STEP);
    else if (key === " ") this.#space(true);
    else if (pan && this.#view) {
      this.#view.pan(pan[0], pan[1]);
      this.#draw();
    } else return;
    event.preventDefault();
    event.stopPropagation();
  }

  /** @param {boolean} isDown */
  #space(isDown) {
    this.#isSpace = isDown;
    this.canvas.classList.toggle("pans", isDown);
  }

  /** @param {Point} fraction @returns {Point}  canvas px */
  #onCanvas(fraction) {
    const shown = /** @type {Shown} */ (this.#shown);
    return /** @type {View} */ (this.#view).toCanvas(fromFraction(fraction, shown.area));
  }

  /** Soon, once for all that has changed. */
  #draw() {
    if (this.#due) return;
    this.#due = true;
    requestAnimationFrame(() => {
      this.#due = false;
      this.#drawNow();
    });
  }

  #drawNow() {
    const [shown, view] = [this.#shown, this.#view];
    if (!shown || !view) return;
    const { canvas } = this;
    const [width, height] = this.#canvasSize();
    if (canvas.width !== width || canvas.height !== height) {
      Object.assign(canvas, { width, height });
      view.resize([width, height]);
    }
    const into = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
    into.clearRect(0, 0, width, height);
    const [x, y] = view.toCanvas([0, 0]);
    if (shown.picture) {
      into.imageSmoothingEnabled = view.scale < 4;
      into.imageSmoothingQuality = "high";
      into.drawImage(shown.picture, x, y, shown.size[0] * view.scale, shown.size[1] * view.scale);
    }
    for (const { strokes, box, colour } of shown.marks) {
      for (const stroke of strokes) this.#line(into, stroke.points, stroke.width ?? 0.01, COLOURS[colour]);
      if (box) this.#frame(into, box, COLOURS[colour]);
    }
    if (this.#doing === "draw" && shown.pen === "stroke") {
      this.#line(into, this.#points, shown.width, COLOURS[shown.colour]);
    } else if (this.#doing === "draw") {
      this.#frame(into, boxOf(this.#points), COLOURS[shown.colour]);
    }
    if (this.#pointer && shown.pen === "stroke" && !this.#isSpace) this.#tip(into, this.#pointer);
    canvas.dataset.drawn = shown.picture ? "yes" : "";
    say(this.percent, `${Math.round(100 * view.scale / Math.max(1, devicePixelRatio))} %`);
  }

  /**
   * @param {CanvasRenderingContext2D} into
   * @param {Array<[number, number]>} points
   * @param {number} width
   * @param {string} colour
   */
  #line(into, points, width, colour) {
    const shown = /** @type {Shown} */ (this.#shown);
    into.strokeStyle = colour;
    into.lineCap = into.lineJoin = "round";
    into.lineWidth = Math.max(1, width * shown.area[2] * this.scale);
    into.beginPath();
    const [first, ...rest] = points.map((point) => this.#onCanvas(point));
    into.moveTo(...first);
    into.lineTo(first[0] + 0.01, first[1]); // a dab, too
    for (const point of rest) into.lineTo(...point);
    into.stroke();
  }

  /** @param {CanvasRenderingContext2D} into @param {Area} box @param {string} colour */
  #frame(into, box, colour) {
    const [left, top] = this.#onCanvas([box.x, box.y]);
    const [right, bottom] = this.#onCanvas([box.x + box.width, box.y + box.height]);
    into.strokeStyle = colour.replace(".55", "1");
    into.lineWidth = 2 * Math.max(1, devicePixelRatio);
    into.strokeRect(left, top, right - left, bottom - top);
  }

  /** How large the brush is. @param {CanvasRenderingContext2D} into @param {Point} at */
  #tip(into, at) {
    const shown = /** @type {Shown} */ (this.#shown);
    const radius = Math.max(1, shown.width * shown.area[2] * this.scale / 2);
    for (const [colour, width] of /** @type {Array<[string, number]>} */ ([["#000", 3], ["#fff", 1]])) {
      into.strokeStyle = colour;
      into.lineWidth = width * Math.max(1, devicePixelRatio);
      into.beginPath();
      into.arc(at[0], at[1], radius, 0, 2 * Math.PI);
      into.stroke();
    }
  }
}

/** @param {Point[]} points  two corners, in any order @returns {Area} */
function boxOf(points) {
  if (points.length < 2) return { x: 0, y: 0, width: 0, height: 0 };
  const [[x, y], [right, bottom]] = [points[0], points[points.length - 1]];
  return { x: Math.min(x, right), y: Math.min(y, bottom), width: Math.abs(right - x), height: Math.abs(bottom - y) };
}
