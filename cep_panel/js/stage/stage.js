// The stage: the selected shot as it plays, with its time below. Tools draw on `overlay`, listen to
// `player`, and show other layers or another camera on it.

import { Places } from "../player/places.js";
import { Player } from "../player/player.js";
import { element, say } from "../view/element.js";
import { t } from "../text/text.js";

/** @typedef {import("./made_shots.js").MadeShot} MadeShot */
/** @typedef {import("./made_shots.js").MadeShots} MadeShots */
/** @typedef {import("../player/player.js").ShownFiles} ShownFiles */
/** @typedef {import("../player/player.js").UrlOf} UrlOf */
/** @typedef {import("../player/camera.js").KeyedCamera} KeyedCamera */
/** @typedef {import("../../../shared_schema/multiplane").LayerPlace} LayerPlace */

/**
 * A frame at which there is something to see. text: what, in a sentence. places: where in the frame,
 * as shares of it: x, y, width, height. label: what, in a word, beside each place.
 * @typedef {{frame: number, text: string, label?: string, places?: [number, number, number, number][]}} Mark
 */

/** What is shown in place of the shot's own. @typedef {{camera: KeyedCamera & {preset: string}, layers: LayerPlace[]}} OtherCamera */

const SHAPES = { play: "M4 2.5v11l9-5.5z", pause: "M4 3h3v10H4zM9 3h3v10H9z", loop: "M4 6.5h7.5L9.5 4m2 2.5-2 2.5M12 9.5H4.5l2 2.5m-2-2.5 2-2.5" };
const MANY = 10; // frames, with Shift
const QUIET_MS = 300;
const LEAST_WIDTH = 320; // px; a stage that is not seen yet has none

/** Events: `shot` (another shot, or another result of it, is on the stage; `made` is it). */
export class Stage extends EventTarget {
  /** @type {MadeShot | null} */
  #made = null;
  /** @type {{manifest: ShownFiles, urlOf: UrlOf} | null} */
  #otherLayers = null;
  /** @type {OtherCamera | null} */
  #otherCamera = null;
  /** @type {Mark[]} */
  #marks = [];
  #width = 0;
  #timer = 0;
  #sizes = new ResizeObserver(() => this.#sized());
  /** Keys that nothing else is meant by go to the stage where it is seen. @param {KeyboardEvent} event */
  #pressedAnywhere = (event) => {
    if (event.target === document.body && this.isSeen) this.#pressed(event);
  };

  /** @param {MadeShots} shots */
  constructor(shots) {
    super();
    this.shots = shots;
    /** Told of pictures of shots that are being painted. @type {(job: string, shot: string, picture: Blob) => void} */
    this.onPreview = () => undefined;
    this.picture = element("div", { class: "stage-picture", onclick: () => this.#clicked() });
    this.player = new Player(this.picture);
    /** Over the picture, of its size: for tools to draw on. */
    this.overlay = element("div", { class: "stage-overlay" });
    /** Over the picture, too: where in this frame something is marked. Beside the time stands what. */
    this.places = new Places();
    this.still = element("canvas", { class: "stage-still", hidden: true });
    this.message = element("p", { class: "stage-message", role: "status" });
    this.picture.append(this.still, this.message, this.overlay, this.places.element);
    this.toggle = element("button", { class: "icon", type: "button", onclick: () => this.#playOrPause() });
    this.slider = element("input", {
      type: "range", class: "stage-time", min: "0", max: "0", step: "1", value: "0", "aria-label": t("stage.frame"),
      oninput: () => this.player.seek(Number(this.slider.value)),
    });
    this.marks = element("div", { class: "stage-marks" });
    this.clock = element("span", { class: "stage-clock" }); // no output: it would be read out with every frame
    this.loop = element("button", {
      class: "icon", type: "button", "aria-pressed": "true", "aria-label": t("stage.loop"), title: t("stage.loop"),
      onclick: () => this.#setLoop(this.player.atEnd !== "again"),
    }, drawing(SHAPES.loop));
    this.bar = element("div", { class: "stage-bar" },
      this.toggle, element("div", { class: "stage-line" }, this.marks, this.slider), this.clock, this.loop);
    this.element = element("section", {
      class: "stage-view", tabindex: "0", "aria-label": t("stage.label"),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
    }, this.picture, this.bar);
    for (const kind of ["play", "pause"]) this.player.addEventListener(kind, () => this.#nameToggle());
    this.player.addEventListener("frame", () => this.#tick());
    this.player.addEventListener("mode", () => this.picture.classList.toggle("is-fan", this.player.mode === "fan"));
    this.player.addEventListener("pictures", () => this.#came());
    this.player.addEventListener("failed", () => {
      this.#came();
      this.say(t("stage.no_pictures"));
    });
    document.addEventListener("keydown", this.#pressedAnywhere);
    this.#sizes.observe(this.picture);
    this.#nameToggle();
    this.clear("");
  }

  /** Whether the page shows it; a stage that nobody sees need not be fetched for. */
  get isSeen() {
    return this.element.offsetParent !== null;
  }

  /** The finished shot that is on the stage. */
  get made() {
    return this.#made;
  }

  /**
   * Put a finished shot on the stage; another result of the same shot takes its place at the same
   * frame.
   * @param {MadeShot} made
   */
  async show(made) {
    const before = this.#made;
    if (before === made) return;
    const isSame = before !== null && before.job === made.job && before.shot === made.shot;
    this.#made = made;
    this.#otherLayers = null;
    this.#otherCamera = null;
    Object.assign(this.element.dataset, { result: made.result, camera: made.manifest.camera.preset });
    const { width, height, duration_frames: frames } = made.manifest.comp;
    this.player.name(made.manifest.original_prompt || made.shot);
    this.picture.style.setProperty("aspect-ratio", `${width} / ${height}`);
    this.picture.style.setProperty("--shape", String(width / height));
    this.slider.max = String(frames - 1);
    this.still.hidden = true;
    this.bar.hidden = false;
    this.picture.classList.add("has-shot");
    this.picture.classList.toggle("is-coming", !isSame);
    this.say(isSame ? "" : t("layers.loading"));
    this.#width = this.#widthNow();
    const shot = { manifest: made.manifest, urlOf: this.shots.urlsOf(made, this.#width) };
    const loaded = isSame ? this.player.setLayers(shot.manifest, shot.urlOf) : this.player.load(shot);
    this.dispatchEvent(new Event("shot"));
    await loaded;
  }

  /**
   * No shot to play: a sentence in its place.
   * @param {string} text
   * @param {[number, number]} [size]  of the storyboard
   */
  clear(text, size) {
    const wasMade = this.#made !== null;
    this.#made = null;
    this.#otherLayers = null;
    this.#otherCamera = null;
    delete this.element.dataset.result;
    if (wasMade) this.player.pause();
    this.picture.classList.remove("has-shot", "is-coming");
    if (size) {
      this.picture.style.setProperty("aspect-ratio", `${size[0]} / ${size[1]}`);
      this.picture.style.setProperty("--shape", String(size[0] / size[1]));
    }
    this.still.hidden = true;
    this.bar.hidden = true;
    this.mark([]);
    this.say(text);
    if (wasMade) this.dispatchEvent(new Event("shot"));
  }

  /**
   * A picture of a shot that is not finished, or whose layers are not there yet.
   * @param {(canvas: HTMLCanvasElement) => Promise<void>} draw
   */
  async showStill(draw) {
    if (!this.isWaiting) return;
    await draw(this.still);
    if (this.isWaiting) this.still.hidden = false;
  }

  /** Whether there is nothing that could play. */
  get isWaiting() {
    return this.#made === null || this.picture.classList.contains("is-coming");
  }

  /** The layers' pictures are there, or will not come. */
  #came() {
    if (!this.picture.classList.contains("is-coming")) return;
    this.picture.classList.remove("is-coming");
    this.still.hidden = true;
    this.say("");
  }

  /** A sentence over the picture; "" for none. @param {string} text */
  say(text) {
    say(this.message, text);
    this.message.hidden = text === "";
  }

  /**
   * Layers in place of the shot's own, such as corrected ones that are not filmed yet; null: its own.
   * @param {{manifest: ShownFiles, urlOf: UrlOf} | null} other
   */
  async showLayers(other) {
    this.#otherLayers = other;
    await this.#again();
  }

  /**
   * A camera in place of the shot's own, with the layers' places for it; null: its own. At once.
   * @param {OtherCamera | null} other
   */
  showCamera(other) {
    if (other === this.#otherCamera) return;
    this.#otherCamera = other;
    if (!this.#made) return;
    const { camera, layers } = other || { camera: this.#made.manifest.camera, layers: this.#shown.layers };
    this.element.dataset.camera = camera.preset;
    this.player.setCamera(camera, layers.map((layer) => ({ ...layer, z: layer.position[2] })));
  }

  /**
   * Frames at which there is something to see, as marks on the time, and over the picture while they
   * are shown.
   * @param {Mark[]} marks
   */
  mark(marks) {
    const last = Math.max(1, Number(this.slider.max));
    const key = JSON.stringify([marks, last]);
    if (this.marks.dataset.key === key) return;
    this.marks.dataset.key = key;
    this.#marks = marks;
    this.marks.replaceChildren(...marks.map(({ frame, text }) => {
      const mark = element("button", {
        class: "stage-mark", type: "button", title: text, "aria-label": text, onclick: () => this.player.seek(frame),
      });
      mark.style.left = `${100 * frame / last}%`;
      return mark;
    }));
    this.places.show(marks, Math.round(this.player.frame));
  }

  close() {
    document.removeEventListener("keydown", this.#pressedAnywhere);
    clearTimeout(this.#timer);
    this.#sizes.disconnect();
    this.player.close();
  }

  get #shown() {
    const made = /** @type {MadeShot} */ (this.#made);
    return this.#otherLayers ? this.#otherLayers.manifest : made.manifest;
  }

  /** The same in other pictures. */
  async #again() {
    const made = this.#made;
    if (!made) return;
    const { manifest, urlOf } = this.#otherLayers || {
      manifest: made.manifest, urlOf: this.shots.urlsOf(made, this.#width),
    };
    const loaded = this.player.setLayers(manifest, urlOf);
    const other = this.#otherCamera;
    if (other) this.player.setCamera(other.camera, other.layers);
    await loaded;
  }

  #widthNow() {
    return Math.ceil(Math.max(LEAST_WIDTH, this.picture.clientWidth) * Math.max(1, devicePixelRatio));
  }

  /** A larger stage wants larger pictures, once it stays so. */
  #sized() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      const width = this.#widthNow();
      if (width <= this.#width) return;
      this.#width = width;
      if (!this.#otherLayers) this.#again();
    }, QUIET_MS);
  }

  #playOrPause() {
    if (!this.#made) return;
    if (this.player.isPlaying) this.player.seek(Math.round(this.player.frame));
    else this.player.play();
  }

  /** The picture is a large button, unless a tool draws on it. */
  #clicked() {
    this.element.focus({ preventScroll: true });
    if (this.overlay.childElementCount === 0) this.#playOrPause();
  }

  /** @param {boolean} on */
  #setLoop(on) {
    this.player.atEnd = on ? "again" : "stop";
    this.loop.setAttribute("aria-pressed", String(on));
  }

  /** @param {KeyboardEvent} event */
  #pressed(event) {
    const { target, key } = event;
    if (event.ctrlKey || event.metaKey || event.altKey || !this.#made) return;
    const isBar = target === this.element || target === this.slider || target === document.body;
    const step = event.shiftKey ? MANY : 1;
    const at = Math.round(this.player.frame);
    const to = { ArrowLeft: at - step, ArrowRight: at + step, Home: 0, End: this.player.frames }[key];
    if (key === " " && isBar) this.#playOrPause();
    else if (to !== undefined && isBar) this.player.seek(to);
    else return;
    event.preventDefault();
  }

  #nameToggle() {
    const { isPlaying } = this.player;
    const name = t(isPlaying ? "stage.pause" : "stage.play");
    this.toggle.replaceChildren(drawing(isPlaying ? SHAPES.pause : SHAPES.play));
    this.toggle.setAttribute("aria-label", name);
    this.toggle.title = name;
  }

  #tick() {
    const { player } = this;
    const frame = Math.round(player.frame);
    this.places.show(this.#marks, frame);
    this.slider.value = String(frame);
    const text = t("stage.clock", { seconds: player.time.toFixed(2), frame, last: player.frames - 1 });
    say(this.clock, text);
    this.slider.setAttribute("aria-valuetext", text);
  }
}

/** @param {string} path */
function drawing(path) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  const line = document.createElementNS("http://www.w3.org/2000/svg", "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
