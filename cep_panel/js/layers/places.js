// Where things are: px of the picture, fractions of the artist's part of it as edits have them, and
// px of the canvas that shows a part of the picture.

/** @typedef {[number, number]} Point */
/** @typedef {[number, number, number, number]} Rect  x, y, width, height */

const LARGEST = 32; // canvas px of one px of the picture

/** What of the picture is seen: the canvas's middle, and how large it is shown. */
export class View {
  /**
   * @param {Point} size  of the picture, px
   * @param {Point} canvas  px
   */
  constructor(size, canvas) {
    this.size = size;
    this.canvas = canvas;
    /** Canvas px of one px of the picture; it fits. */
    this.scale = this.fitting;
    /** @type {Point} */
    this.middle = [size[0] / 2, size[1] / 2];
  }

  get fitting() {
    const [width, height] = this.size;
    return Math.min(this.canvas[0] / width, this.canvas[1] / height) || 1;
  }

  get isFitting() {
    return this.scale <= this.fitting * 1.001;
  }

  /** The same part in a canvas of another size. @param {Point} canvas */
  resize(canvas) {
    const wasFitting = this.isFitting;
    this.canvas = canvas;
    if (wasFitting || this.scale < this.fitting) this.fit();
    else this.#keepInside();
  }

  fit() {
    this.scale = this.fitting;
    this.middle = [this.size[0] / 2, this.size[1] / 2];
  }

  /**
   * Larger or smaller, around a place of the canvas that stays where it is.
   * @param {number} factor
   * @param {Point} [at]  canvas px; without: the middle
   */
  zoom(factor, at = [this.canvas[0] / 2, this.canvas[1] / 2]) {
    const before = this.toPicture(at);
    this.scale = Math.min(Math.max(this.scale * factor, this.fitting), Math.max(LARGEST, this.fitting));
    const after = this.toPicture(at);
    this.middle = [this.middle[0] + before[0] - after[0], this.middle[1] + before[1] - after[1]];
    this.#keepInside();
  }

  /** @param {number} x  canvas px @param {number} y */
  pan(x, y) {
    this.middle = [this.middle[0] - x / this.scale, this.middle[1] - y / this.scale];
    this.#keepInside();
  }

  /** @param {Point} at  canvas px @returns {Point}  px of the picture */
  toPicture([x, y]) {
    return [
      this.middle[0] + (x - this.canvas[0] / 2) / this.scale,
      this.middle[1] + (y - this.canvas[1] / 2) / this.scale,
    ];
  }

  /** @param {Point} at  px of the picture @returns {Point}  canvas px */
  toCanvas([x, y]) {
    return [
      (x - this.middle[0]) * this.scale + this.canvas[0] / 2,
      (y - this.middle[1]) * this.scale + this.canvas[1] / 2,
    ];
  }

  /** No more emptiness beside the picture than there has to be. */
  #keepInside() {
    for (const axis of /** @type {const} */ ([0, 1])) {
      const half = this.canvas[axis] / 2 / this.scale;
      const side = this.size[axis];
      this.middle[axis] = half * 2 >= side ? side / 2 : Math.min(Math.max(this.middle[axis], half), side - half);
    }
  }
}

/**
 * @param {Point} at  px of the picture
 * @param {Rect} area  the artist's part of it
 * @returns {Point}  fractions of the area, as edits have them
 */
export function toFraction([x, y], [left, top, width, height]) {
  return [rounded((x - left) / width), rounded((y - top) / height)];
}

/**
 * @param {Point} at  fractions
 * @param {Rect} area
 * @returns {Point}  px of the picture
 */
export function fromFraction([x, y], [left, top, width, height]) {
  return [left + x * width, top + y * height];
}

/** As exact as a hundredth of a px of the largest picture, and within what edits may say. @param {number} value */
function rounded(value) {
  return Math.min(2, Math.max(-1, Math.round(value * 1e5) / 1e5));
}
