// The shots one after the other, each as long as it lasts: below the stage where there is room. The end
// of a shot is dragged to another time. Below them, how loud the soundtrack is.

import { fieldsOf, shotsOf } from "../board/document.js";
import { aboutShot } from "../board/shot.js";
import { fileName, soundtrackOf } from "../board/files.js";
import { secondsOf } from "../board/work.js";
import { t } from "../text/text.js";
import { element, say } from "../view/element.js";
import { Pictures } from "../view/pictures.js";
import { lasting } from "../view/words.js";

/** @typedef {import("../panel.js").Panel} Panel */
/** @typedef {import("./pane.js").PanelState} PanelState */

const PX_A_SECOND = 26;
const LEAST_PX = 46;
const STEP_S = 0.1;
const MOST_S = 600;
const PEAKS_A_SECOND = 20;
const WAVE_PX = 18;
const AT_ONCE = 40; // shots that are built without a pause

export class FilmStripPane {
  /** @type {Frame[]} */
  #frames = [];
  /** @type {Readonly<PanelState> | null} */
  #state = null;
  #timer = 0;
  #heard = "";
  /** Of the soundtrack, 0 to 255, from where it begins. @type {Uint8Array | null} */
  #peaks = null;

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.list = element("ol", { class: "frames", "aria-label": t("strip.label") });
    this.total = element("p", { class: "quiet-text" });
    this.track = element("span", { class: "quiet-text strip-track", dir: "auto" });
    this.silence = element("button", {
      type: "button", class: "icon", title: t("strip.soundtrack.remove"), "aria-label": t("strip.soundtrack.remove"),
      onclick: () => panel.editing.silence(),
    }, "×");
    this.below = element("div", { class: "strip-below" }, this.total, this.track, this.silence);
    this.element = element("div", { class: "strip" }, this.list, this.below);
    this.pictures = new Pictures(this.list);
  }

  /** @param {Readonly<PanelState>} state */
  show(state) {
    this.#state = state;
    clearTimeout(this.#timer);
    if (!this.panel.shell.wide.matches || state.page !== "") return;
    const { work } = state;
    const many = work.board.shots.length;
    for (const frame of this.#frames.splice(many)) frame.remove();
    for (let left = AT_ONCE; left > 0 && this.#frames.length < many; left -= 1) {
      const frame = new Frame(this.panel, this.pictures, this.#frames.length);
      this.#frames.push(frame);
      this.list.append(frame.root);
    }
    const { file, offset } = soundtrackOf(work.board);
    this.#listen(file);
    this.list.classList.toggle("heard", file !== "");
    this.silence.hidden = file === "";
    say(this.track, file === "" ? "" : `♪ ${fileName(file, work.names)}`);
    let start = -offset;
    for (const [index, frame] of this.#frames.entries()) {
      frame.show(state);
      frame.hear(this.#peaks, start);
      start += secondsOf(work, index);
    }
    const all = work.board.shots.reduce((/** @type {number} */ sum, _, index) => sum + secondsOf(work, index), 0);
    say(this.total, many === 0 ? "" : t("strip.total", { n: many, time: lasting(all) }));
    if (this.#frames.length < many) {
      this.#timer = window.setTimeout(() => {
        if (this.#state) this.show(this.#state);
      }, 0);
    }
  }

  /** Get how loud it is; of a file that is no upload nobody here knows. @param {string} file */
  async #listen(file) {
    if (file === this.#heard) return;
    this.#heard = file;
    this.#peaks = null;
    if (!file.startsWith("upload:")) return;
    const peaks = await this.panel.files.peaks(file.slice("upload:".length)).catch(() => null);
    if (this.#heard !== file) return;
    this.#peaks = peaks;
    if (this.#state) this.show(this.#state);
  }

  close() {
    clearTimeout(this.#timer);
    for (const frame of this.#frames) frame.remove();
  }
}

/** One shot of the strip; which one is said by its place. */
class Frame {
  #version = "";
  #seconds = 0;
  /** What the wave was drawn of. @type {[Uint8Array | null, number, number]} */
  #wave = [null, 0, 0];

  /**
   * @param {Panel} panel
   * @param {Pictures} pictures
   * @param {number} index
   */
  constructor(panel, pictures, index) {
    this.panel = panel;
    this.pictures = pictures;
    this.index = index;
    this.canvas = element("canvas", { width: "16", height: "9", "aria-hidden": "true" });
    this.time = element("span", { class: "frame-time" });
    this.button = element("button", { type: "button", class: "frame", onclick: () => panel.select(this.id) }, this.canvas, this.time);
    this.end = element("div", {
      class: "frame-end", role: "slider", tabindex: "0", "aria-valuemin": String(STEP_S), "aria-valuemax": String(MOST_S),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onpointerdown: (/** @type {Event} */ event) => this.#drag(/** @type {PointerEvent} */ (event)),
    });
    this.wave = element("canvas", { class: "wave", "aria-hidden": "true", height: String(WAVE_PX) });
    this.root = element("li", {}, this.button, this.wave, this.end);
    this.id = "";
  }

  /** @param {Readonly<PanelState>} state */
  show({ work, known, index }) {
    const shot = shotsOf(work.board)[this.index];
    this.id = String(shot.id ?? "");
    this.#seconds = secondsOf(work, this.index);
    this.root.style.width = `${Math.max(LEAST_PX, this.#seconds * PX_A_SECOND)}px`;
    const time = t("time.seconds", { n: this.#seconds });
    say(this.time, time);
    this.button.title = `${this.index + 1} · ${aboutShot(shot, work.names)}`;
    this.button.setAttribute("aria-label", t("strip.shot", { n: this.index + 1, shot: this.id, time }));
    if (index === this.index) this.button.setAttribute("aria-current", "true");
    else this.button.removeAttribute("aria-current");
    this.end.setAttribute("aria-label", t("step.field", { what: t("field.duration"), shot: this.id }));
    this.end.setAttribute("aria-valuenow", String(this.#seconds));
    this.end.setAttribute("aria-valuetext", time);
    this.#showPicture(known?.shots?.get(this.id)?.result ?? "", fieldsOf(shot).picture);
  }

  /**
   * Draw how loud the soundtrack is while the shot is seen.
   * @param {Uint8Array | null} peaks
   * @param {number} start  s in the soundtrack, of the shot's beginning
   */
  hear(peaks, start) {
    const [before, from, lasted] = this.#wave;
    if (before === peaks && from === start && lasted === this.#seconds) return;
    this.#wave = [peaks, start, this.#seconds];
    const width = Math.round(Math.max(LEAST_PX, this.#seconds * PX_A_SECOND));
    this.wave.width = width; // which empties it too
    const context = this.wave.getContext("2d");
    if (!context || peaks === null) return;
    context.fillStyle = getComputedStyle(this.wave).color;
    for (let x = 0; x < width; x += 1) {
      const at = Math.floor((start + (x / width) * this.#seconds) * PEAKS_A_SECOND);
      const high = Math.max(peaks[at] > 0 ? 1 : 0, Math.round(((peaks[at] ?? 0) / 255) * WAVE_PX));
      context.fillRect(x, (WAVE_PX - high) / 2, 1, high);
    }
  }

  remove() {
    this.pictures.forget(this.canvas);
    this.root.remove();
  }

  /** @param {string} result @param {unknown} picture */
  #showPicture(result, picture) {
    const upload = typeof picture === "string" && picture.startsWith("upload:") ? picture.slice("upload:".length) : "";
    const version = result || upload;
    if (version === this.#version) return;
    this.#version = version;
    if (version !== "") {
      this.pictures.whenSeen(this.canvas, () => this.panel.files.thumbnail(version));
      return;
    }
    this.pictures.forget(this.canvas);
    delete this.canvas.dataset.drawn;
  }

  /** @param {number} seconds */
  #set(seconds) {
    const rounded = Math.min(MOST_S, Math.max(STEP_S, Math.round(seconds / STEP_S) * STEP_S));
    this.panel.editing.set([this.index], "duration", Number(rounded.toFixed(2)));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const by = /** @type {Record<string, number>} */ ({ ArrowRight: STEP_S, ArrowUp: STEP_S, ArrowLeft: -STEP_S, ArrowDown: -STEP_S, PageUp: 1, PageDown: -1 })[event.key];
    if (by === undefined || event.altKey) return;
    event.preventDefault();
    this.#set(this.#seconds + by);
  }

  /** @param {PointerEvent} down */
  #drag(down) {
    if (down.button !== 0) return;
    down.preventDefault();
    const from = this.#seconds;
    this.end.setPointerCapture(down.pointerId);
    const move = (/** @type {PointerEvent} */ event) => this.#set(from + (event.clientX - down.clientX) / PX_A_SECOND);
    this.end.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) {
      this.end.addEventListener(type, () => this.end.removeEventListener("pointermove", move), { once: true });
    }
  }
}
