// A shot as planes in space: the numbers of its manifest, as the player moves them.

import { blurOn, cameraAt, periodOf } from "./camera.js";
import { fanView } from "./fan.js";

/** @typedef {import("../../../shared_schema/multiplane").Manifest} Manifest */
/** @typedef {import("../../../shared_schema/multiplane").LayerEntry} LayerEntry */
/** @typedef {import("../../../shared_schema/multiplane").LayerPlace} LayerPlace */
/** @typedef {import("./camera.js").Camera} Camera */
/** @typedef {import("./camera.js").KeyedCamera} KeyedCamera */

/** Where a layer stands, and what of the picture it is. @typedef {Pick<LayerEntry, "id" | "kind" | "bbox" | "depth" | "position" | "anchor" | "scale">} Standing */

/**
 * What of a manifest the player reads. picture: the size, px, of the picture that the layers' boxes
 * lie in; without, what the boxes cover.
 * @typedef {{comp: Manifest["comp"], camera: KeyedCamera, layers: Standing[], picture?: [number, number]}} Shown
 */

/** A plane: its upper left corner and its size, px of the world. @typedef {{x: number, y: number, z: number, width: number, height: number}} Box */

/** @typedef {{x: number, y: number, z: number, scale: number}} FannedPlane */

const EDGE_SIGMAS = 2.5; // how far a blur reaches, in standard deviations

/** @param {Standing} layer @returns {Box} */
export function boxOf({ bbox, position, anchor, scale }) {
  const [sx, sy] = [scale[0] / 100, scale[1] / 100];
  return {
    x: position[0] - anchor[0] * sx,
    y: position[1] - anchor[1] * sy,
    z: position[2],
    width: bbox[2] * sx,
    height: bbox[3] * sy,
  };
}

/** The numbers of one shot. */
export class Scene {
  /** @param {Shown} shown */
  constructor({ comp, camera, layers, picture }) {
    this.width = comp.width;
    this.height = comp.height;
    this.fps = comp.fps;
    this.frames = comp.duration_frames;
    this.camera = camera;
    this.layers = layers;
    this.boxes = layers.map(boxOf);
    /** @type {[number, number]} */
    this.picture = picture || [
      Math.max(...layers.map(({ bbox }) => bbox[0] + bbox[2])),
      Math.max(...layers.map(({ bbox }) => bbox[1] + bbox[3])),
    ];
    /** Frames after which a move that loops begins again; 0 for any other. */
    this.period = periodOf(camera, this.frames, this.fps);
    this.fan = this.#fan();
  }

  /** @param {number} frame  may be a fraction @returns {Camera} */
  cameraAt(frame) {
    return cameraAt(this.camera, frame, this.fps);
  }

  /** The camera that sees the layers fanned out, and each plane's place and size there. */
  #fan() {
    const unit = this.width / this.picture[0];
    const [middle, half] = [[this.width / 2, this.height / 2], this.picture.map((side) => side / 2)];
    const plate = /** @type {[number, number]} */ (this.picture.map((side) => side * unit));
    const { camera, depths } = fanView(this.layers.length, plate, [this.width, this.height]);
    const shifted = (/** @type {number[]} */ [x, y, z]) => [x + middle[0], y + middle[1], z];
    /** @type {FannedPlane[]} */
    const planes = this.layers.map(({ bbox }, index) => ({
      x: middle[0] + (bbox[0] - half[0]) * unit,
      y: middle[1] + (bbox[1] - half[1]) * unit,
      z: depths[index],
      scale: bbox[2] * unit / this.boxes[index].width,
    }));
    return { camera: { ...camera, position: shifted(camera.position), aim: shifted(camera.aim) }, planes };
  }

  /**
   * How far, px of the world, the lowest layer must go on past its edges for the lens's blurs.
   * @returns {number}
   */
  margin() {
    let widest = 0;
    for (let frame = 0; frame < this.frames; frame += 1) {
      widest = Math.max(widest, blurOn(this.cameraAt(frame), this.boxes[0].z).sigma);
    }
    return widest * EDGE_SIGMAS;
  }
}

/**
 * Layers that stand elsewhere, for another camera.
 * @template {Standing} Layer
 * @param {Layer[]} layers
 * @param {LayerPlace[]} places
 * @returns {Layer[]}
 */
export function placed(layers, places) {
  const found = new Map(places.map((place) => [place.id, place]));
  return layers.map((layer) => {
    const place = found.get(layer.id);
    if (!place) return layer;
    const { position, anchor, scale } = place;
    return { ...layer, position, anchor, scale };
  });
}
