// A shot that plays in the page with the numbers of its manifest: the panel's stage, and the page
// that lies beside a storyboard's shots.

import { setMoving, setStill } from "./clock.js";
import { mix, mixAll, smooth } from "./easing.js";
import { Planes, pictureOf } from "./planes.js";
import { Scene, placed } from "./scene.js";

/** @typedef {import("./scene.js").Shown} Shown */
/** @typedef {import("./scene.js").Standing} Standing */
/** @typedef {import("./scene.js").LayerPlace} LayerPlace */
/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./camera.js").KeyedCamera} KeyedCamera */

/**
 * film: as the camera sees it. fan: the layers apart in space. depth: the same as film, each layer
 * as bright as it is near.
 * @typedef {"film" | "fan" | "depth"} Mode
 */

/**
 * What happens at the end of the film. again: it begins anew. swing: a move that does not come back
 * by itself goes back softly. stop: it stays.
 * @typedef {"again" | "swing" | "stop"} AtEnd
 */

/** Where a layer's picture is. @typedef {(file: string, layer: FileLayer) => string | Promise<string>} UrlOf */

/** A layer with its file. @typedef {Standing & {file: string}} FileLayer */

/** What of a manifest the player reads to load its pictures. @typedef {Omit<Shown, "layers"> & {layers: FileLayer[]}} ShownFiles */

const HOLD_S = 0.6;
const RETURN_S = 0.7;
const FAN_S = 0.6;

/**
 * Events, all without more than their names: `frame` (another one is shown), `play`, `pause`,
 * `mode`, `pictures` (all of them are there), `failed` (a picture could not be loaded; `error` is
 * why).
 */
export class Player extends EventTarget {
  /** rest: at the first frame. back: on the way there. @type {"rest" | "play" | "back" | "still"} */
  #motion = "rest";
  #frame = 0;
  /** Seconds since the film, or its way back, began. */
  #seconds = 0;
  /** Where the way back began. */
  #from = 0;
  #fanned = 0;
  /** @type {Mode} */
  #mode = "film";
  /** @type {Scene | null} */
  #scene = null;
  #load = 0;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  /** @type {Planes} */
  #planes;
  #sizes = new ResizeObserver(() => this.#planes.measure());

  /** @param {HTMLElement} element  what it fills; it should have the comp's aspect ratio */
  constructor(element) {
    super();
    this.element = element;
    this.#planes = new Planes(element);
    /** @type {AtEnd} */
    this.atEnd = "again";
    /** Why a picture could not be loaded last. @type {unknown} */
    this.error = null;
    this.#sizes.observe(this.#planes.lens);
  }

  /** The frame that is shown, from 0; a fraction while it plays. */
  get frame() {
    return this.#frame;
  }

  /** Seconds from the film's beginning. */
  get time() {
    return this.#scene ? this.#frame / this.#scene.fps : 0;
  }

  get frames() {
    return this.#scene ? this.#scene.frames : 0;
  }

  get fps() {
    return this.#scene ? this.#scene.fps : 0;
  }

  get isPlaying() {
    return this.#motion === "play";
  }

  /** Whether it is anywhere but at rest at its first frame. */
  get isLive() {
    return this.#motion !== "rest" || this.#fanned > 0;
  }

  /** The numbers of the shot; null before `load`. */
  get scene() {
    return this.#scene;
  }

  /** The camera that is seen through. @returns {Camera | null} */
  get camera() {
    return this.#scene ? this.#cameraOf(this.#scene) : null;
  }

  /** The planes' elements, back to front: each has its layer's id in `data-id`, and an <img>. */
  get planes() {
    return this.#planes.elements;
  }

  /**
   * Another shot. Settles when all its pictures are there; what an earlier call still loads is
   * dropped.
   * @param {{manifest: ShownFiles, urlOf: UrlOf}} shot
   */
  async load({ manifest, urlOf }) {
    this.#motion = "rest";
    this.#frame = 0;
    this.#seconds = 0;
    for (const plane of this.#planes.elements) forget(plane);
    await this.setLayers(manifest, urlOf);
  }

  /** Take over planes that are in the page already, with their pictures. @param {Shown} shown */
  adopt(shown) {
    this.#set(new Scene(shown));
  }

  /**
   * Other layers of the shot, at the same frame. A plane keeps its picture until its new one is
   * there. Settles as `load`.
   * @param {ShownFiles} manifest
   * @param {UrlOf} urlOf
   */
  async setLayers(manifest, urlOf) {
    this.#load += 1;
    const load = this.#load;
    this.#set(new Scene(manifest));
    const planes = this.#planes.elements;
    const loaded = await Promise.all(manifest.layers.map(async (layer, index) => {
      try {
        const url = await urlOf(layer.file, layer);
        if (this.#load !== load || pictureOf(planes[index]).src === url) return true;
        const picture = new Image();
        picture.src = url;
        await picture.decode();
        if (this.#load !== load) return true;
        pictureOf(planes[index]).src = url;
        shade(planes[index], this.#mode === "depth" ? layer.depth : null);
        return true;
      } catch (error) {
        if (this.#load === load) this.error = error;
        return this.#load !== load;
      }
    }));
    if (this.#load !== load) return;
    this.#planes.measure();
    this.#tell(loaded.every(Boolean) ? "pictures" : "failed");
  }

  /**
   * Another camera for the same layers, at once; with the places that they have for it.
   * @param {KeyedCamera} camera
   * @param {LayerPlace[]} [places]
   */
  setCamera(camera, places = []) {
    const scene = this.#scene;
    if (!scene) return;
    const { width, height, fps, frames, picture } = scene;
    const comp = { width, height, fps, duration_frames: frames };
    this.#set(new Scene({ comp, camera, picture, layers: placed(scene.layers, places) }));
  }

  play() {
    if (!this.#scene) return;
    if (this.atEnd === "stop" && this.#frame >= this.#scene.frames - 1) this.#frame = 0;
    this.#seconds = this.#frame / this.#scene.fps;
    this.#motion = "play";
    this.#tell("play");
    setMoving(this);
  }

  /** Stay where it is. */
  pause() {
    const wasPlaying = this.isPlaying;
    this.#motion = "still";
    if (wasPlaying) this.#tell("pause");
    this.#show();
  }

  /** Go back to the first frame, softly. */
  goBack() {
    if (this.#motion === "rest" || this.#motion === "still") return;
    this.#motion = "back";
    this.#from = this.#frame;
    this.#seconds = 0;
    this.#tell("pause");
    setMoving(this);
  }

  /** Show a frame and stay there. @param {number} frame  may be a fraction; kept within the film */
  seek(frame) {
    this.pause();
    this.#frame = Math.min(Math.max(frame, 0), Math.max(0, this.frames - 1));
    this.#show();
  }

  get mode() {
    return this.#mode;
  }

  set mode(mode) {
    if (mode === this.#mode) return;
    this.#mode = mode;
    if (this.#calm.matches) this.#fanned = this.#fannedWanted;
    this.#shadeAll();
    this.#tell("mode");
    setMoving(this);
    this.#show();
  }

  get #fannedWanted() {
    return this.#mode === "fan" ? 1 : 0;
  }

  /** Show these layers clearly, and the others faintly. @param {string[] | null} ids  null: all as they are */
  light(ids) {
    this.element.classList.toggle("lit", ids !== null);
    for (const plane of this.#planes.elements) {
      plane.classList.toggle("on", ids !== null && ids.includes(String(plane.dataset.id)));
    }
  }

  /** Leave layers out of the picture. @param {string[]} ids */
  hide(ids) {
    for (const plane of this.#planes.elements) {
      plane.classList.toggle("left-out", ids.includes(String(plane.dataset.id)));
    }
  }

  /** What is seen, for readers of the screen; "" where words beside it say that. @param {string} text */
  name(text) {
    const { lens } = this.#planes;
    lens.setAttribute("aria-hidden", String(text === ""));
    if (text === "") lens.removeAttribute("role");
    else lens.setAttribute("role", "img");
    lens.setAttribute("aria-label", text);
  }

  /** Nothing of it moves or listens any more. */
  close() {
    this.#load += 1;
    setStill(this);
    this.#sizes.disconnect();
  }

  /**
   * Move on; called by the clock.
   * @param {number} seconds
   * @returns {boolean}  whether it goes on
   */
  step(seconds) {
    const scene = this.#scene;
    if (!scene) return false;
    if (this.#motion === "play") this.#playOn(scene, seconds);
    else if (this.#motion === "back") this.#goOnBack(seconds);
    const [goal, away] = [this.#fannedWanted, seconds / FAN_S];
    this.#fanned = goal > this.#fanned
      ? Math.min(goal, this.#fanned + away) : Math.max(goal, this.#fanned - away);
    this.#show();
    return this.#motion === "play" || this.#motion === "back" || this.#fanned !== goal;
  }

  /** @param {Scene} scene @param {number} seconds */
  #playOn({ fps, frames, period }, seconds) {
    const last = frames - 1;
    this.#seconds += seconds;
    const at = this.#seconds * fps;
    if (this.atEnd === "stop") {
      this.#frame = Math.min(at, last);
      if (at >= last) this.pause();
    } else if (this.atEnd === "again") {
      this.#frame = Math.min(at % frames, last);
    } else if (period > 0) {
      this.#frame = at % period;
    } else {
      const length = last / fps;
      const cycle = this.#seconds % (length + HOLD_S + RETURN_S);
      const back = Math.max(0, cycle - length - HOLD_S) / RETURN_S;
      this.#frame = Math.min(cycle * fps, last) * (1 - smooth(back));
    }
  }

  /** @param {number} seconds */
  #goOnBack(seconds) {
    this.#seconds += seconds;
    const done = this.#calm.matches ? 1 : Math.min(1, this.#seconds / RETURN_S);
    this.#frame = this.#from * (1 - smooth(done));
    if (done < 1) return;
    this.#motion = "rest";
    this.#frame = 0;
  }

  /** @param {Scene} scene */
  #set(scene) {
    this.#scene = scene;
    this.#frame = Math.min(this.#frame, scene.frames - 1);
    this.#planes.set(scene);
    this.#shadeAll();
    this.#show();
  }

  #shadeAll() {
    const layers = this.#scene ? this.#scene.layers : [];
    this.#planes.elements.forEach((plane, index) =>
      shade(plane, this.#mode === "depth" ? layers[index].depth : null));
  }

  /** @param {Scene} scene @returns {Camera} */
  #cameraOf(scene) {
    const film = scene.cameraAt(this.#frame);
    if (this.#fanned === 0) return film;
    const [out, t] = [scene.fan.camera, smooth(this.#fanned)];
    return {
      position: mixAll(film.position, out.position, t),
      aim: mixAll(film.aim, out.aim, t),
      zoom: mix(film.zoom, out.zoom, t),
      roll: mix(film.roll, 0, t),
      focus: film.focus,
      aperture: mix(film.aperture, 0, t),
    };
  }

  #show() {
    const scene = this.#scene;
    if (!scene) return;
    this.#planes.show(scene, this.#cameraOf(scene), smooth(this.#fanned));
    this.#tell("frame");
  }

  /** @param {string} event */
  #tell(event) {
    this.dispatchEvent(new Event(event));
  }
}

/** A plane without its picture. @param {HTMLElement} plane */
function forget(plane) {
  pictureOf(plane).removeAttribute("src");
}

/**
 * A plane as a flat shape, as bright as it is near.
 * @param {HTMLElement} plane
 * @param {number | null} nearness  null: as it is painted
 */
function shade(plane, nearness) {
  const known = plane.querySelector(".shade");
  if (nearness === null || !pictureOf(plane).src) {
    if (known) known.remove();
    plane.classList.remove("shaded");
    return;
  }
  const made = known instanceof HTMLElement ? known : document.createElement("i");
  made.className = "shade";
  const level = Math.round(255 * nearness);
  made.style.backgroundColor = `rgb(${level}, ${level}, ${level})`;
  made.style.setProperty("-webkit-mask-image", `url("${pictureOf(plane).src}")`);
  plane.classList.add("shaded");
  if (!known) plane.append(made);
}
