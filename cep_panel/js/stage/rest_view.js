// The picture as it lies before the camera at rest, with what there is of it around the frame:
// what rectangles are drawn on.

import { boxOf, placed } from "../player/scene.js";

/** @typedef {import("../../../shared_schema/multiplane").Manifest} Manifest */
/** @typedef {import("../../../shared_schema/multiplane").LayerPlace} LayerPlace */
/** @typedef {import("../player/camera.js").KeyedCamera} KeyedCamera */

const MOST = 4;

/**
 * How many frames wide the view has to be to show the whole picture: 1 and more.
 * @param {Manifest} manifest
 * @param {LayerPlace[]} places
 */
export function widthOfAll({ comp, camera, layers }, places) {
  const [ground] = placed(layers, places);
  const { x, y, z, width, height } = boxOf(ground);
  const k = (camera.zoom + z) / camera.zoom;
  const [across, down] = [comp.width / 2, comp.height / 2];
  const reach = Math.max(
    (across - x) / k / across, (x + width - across) / k / across,
    (down - y) / k / down, (y + height - down) / k / down,
  );
  return Math.min(MOST, Math.max(1, reach));
}

/**
 * @param {Manifest} manifest
 * @param {number} wide  frames
 * @returns {KeyedCamera & {preset: string}}
 */
export function restCamera({ comp, camera }, wide) {
  const [x, y] = [comp.width / 2, comp.height / 2];
  const still = (/** @type {number[]} */ value) => [{ frame: 0, value, ease_in: null, ease_out: null }];
  return {
    preset: "static",
    zoom: camera.zoom,
    keyframes: {
      position: still([x, y, -camera.zoom]),
      point_of_interest: still([x, y, 0]),
      zoom: still([camera.zoom / wide]),
    },
  };
}
