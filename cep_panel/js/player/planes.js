// Planes in the page: one element for each layer, moved in CSS's 3D. The page's lens has
// `perspective: zoom` about its middle. CSS's z points at the viewer, ours away; so with
// F = diag(1, 1, -1) the world stands at T(W/2, H/2, zoom) (F A F) T(F(-C)) for a camera at C with
// the axes A, and a plane's corner at F P. A point that is d before the camera is then drawn
// zoom / d large, as `stage.camera.project` has it. `--u` is the length of one px of the comp.

import { axesOf, blurOn } from "./camera.js";
import { mix, mixAll } from "./easing.js";

/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./scene.js").Scene} Scene */

const RIM = 2; // px of the page; browsers let a picture's outermost px fade
const LEAST_BLUR = 0.5; // px of the lens's disc on the screen; less is not seen

/** @param {number} value */
const px = (value) => `calc(${value.toFixed(6)}*var(--u))`;

/** @param {number} x @param {number} y @param {number} z */
const shift = (x, y, z) => `translate3d(${px(x)},${px(y)},${px(z)})`;

export class Planes {
  /** @type {HTMLElement[]} */
  #planes = [];
  /** Px of the world that the lowest layer goes on past its edges. */
  #margin = 0;
  #unit = 1; // px of the page for one of the comp
  /** @type {Scene | null} */
  #scene = null;

  /** @param {HTMLElement} element  what is filled; a lens that it has already is taken over */
  constructor(element) {
    const lens = element.querySelector(".lens");
    this.isOwn = !(lens instanceof HTMLElement);
    this.lens = lens instanceof HTMLElement ? lens : made("div", "lens");
    const world = this.lens.querySelector(".world");
    this.world = world instanceof HTMLElement ? world : made("div", "world");
    this.#planes = [.../** @type {NodeListOf<HTMLElement>} */ (this.world.querySelectorAll(".plane"))];
    if (!this.isOwn) return;
    this.lens.setAttribute("aria-hidden", "true");
    this.lens.append(this.world);
    element.prepend(this.lens);
  }

  get elements() {
    return this.#planes;
  }

  /**
   * As many planes as the scene has layers, in their sizes.
   * @param {Scene} scene
   */
  set(scene) {
    this.#scene = scene;
    const known = new Map(this.#planes.map((plane) => [plane.dataset.id, plane]));
    if (this.isOwn) {
      this.#planes = scene.layers.map(({ id }) => known.get(id) || blankPlane(id));
      this.world.replaceChildren(...this.#planes);
    }
    this.#planes.forEach((plane, index) => {
      const { width, height } = scene.boxes[index];
      plane.dataset.id = scene.layers[index].id;
      plane.dataset.layer = String(index);
      plane.style.width = px(width);
      plane.style.height = px(height);
      plateOf(plane, scene, index);
    });
    this.#margin = scene.margin();
    this.measure();
  }

  /** See how large the page shows it. */
  measure() {
    if (!this.#scene) return;
    const wide = this.lens.clientWidth;
    this.#unit = wide / this.#scene.width;
    if (this.isOwn) this.lens.style.setProperty("--u", `${this.#unit}px`);
    const [ground] = this.#planes;
    const isGround = this.#scene.layers[0].kind === "background";
    if (!ground || !isGround) return;
    // A picture that the page itself holds would be in it twice for the rim's sake.
    const rim = this.isOwn ? RIM : 0;
    edge(pictureOf(ground), Math.max(rim, Math.ceil(this.#margin * this.#unit)));
  }

  /**
   * Show what this camera sees.
   * @param {Scene} scene
   * @param {Camera} camera
   * @param {number} fanned  0 as filmed .. 1 fanned out
   */
  show(scene, camera, fanned) {
    const [r, d, f] = axesOf(camera);
    const [x, y, z] = camera.position;
    this.lens.style.perspective = px(camera.zoom);
    this.world.style.transform =
      `${shift(scene.width / 2, scene.height / 2, camera.zoom)} matrix3d(${[
        r[0], d[0], -f[0], 0, r[1], d[1], -f[1], 0, -r[2], -d[2], f[2], 0, 0, 0, 0, 1,
      ].map((value) => value.toFixed(9)).join(",")}) ${shift(-x, -y, z)}`;
    this.world.style.setProperty("--fanned", fanned.toFixed(3));
    this.#planes.forEach((plane, index) => {
      const [own, out] = [scene.boxes[index], scene.fan.planes[index]];
      const [left, top, deep] = mixAll([own.x, own.y, own.z], [out.x, out.y, out.z], fanned);
      plane.style.transform =
        shift(left, top, -deep) + (fanned > 0 ? ` scale(${mix(1, out.scale, fanned).toFixed(6)})` : "");
      const { sigma, seen } = blurOn(camera, own.z);
      pictureOf(plane).style.filter = seen * 4 >= LEAST_BLUR ? `blur(${px(sigma)})` : "";
    });
  }
}

/** @param {HTMLElement} plane @returns {HTMLImageElement} */
export function pictureOf(plane) {
  return /** @type {HTMLImageElement} */ (plane.querySelector("img"));
}

/**
 * Repeat a picture's outermost pixels around it, so that no edge of it fades.
 * @param {HTMLImageElement} picture
 * @param {number} wide  px of the page; whole, because borders are
 */
function edge(picture, wide) {
  const { style } = picture;
  style.boxSizing = "content-box";
  style.left = style.top = `${-wide}px`;
  style.border = wide > 0 ? `${wide}px solid transparent` : "";
  style.borderImage = wide > 0 && picture.src ? `url("${picture.src}") 1` : "";
}

/** @param {string} id */
function blankPlane(id) {
  const plane = made("div", "plane");
  const picture = document.createElement("img");
  picture.alt = "";
  picture.draggable = false;
  picture.decoding = "async";
  plane.append(made("i", "plate"), picture);
  plane.dataset.id = id;
  return plane;
}

/**
 * The whole picture's outline about a layer, which shows when it is fanned out.
 * @param {HTMLElement} plane
 * @param {Scene} scene
 * @param {number} index
 */
function plateOf(plane, { layers, picture }, index) {
  const [x, y, wide, high] = layers[index].bbox;
  const plate = plane.querySelector(".plate");
  if (!(plate instanceof HTMLElement)) return;
  plate.style.left = `${-100 * x / wide}%`;
  plate.style.top = `${-100 * y / high}%`;
  plate.style.width = `${100 * picture[0] / wide}%`;
  plate.style.height = `${100 * picture[1] / high}%`;
}

/** @param {"div" | "i"} tag @param {string} name */
function made(tag, name) {
  const element = document.createElement(tag);
  element.className = name;
  return element;
}
