// A shot's layers fanned out in space, as plates of glass one behind the other; deliver/fan.py has
// the same view for its pictures.

import { axesOf, project } from "./camera.js";

/** @typedef {import("./camera.js").Camera} Camera */

const YAW = -38 * Math.PI / 180; // the camera stands to the left of the stack
const PITCH = 12 * Math.PI / 180; // and above it
const GAP_OF_WIDTH = 0.42; // between plates
const MARGIN = 0.94;
const ROUNDS = 4;

/**
 * A camera that sees `count` plates, and their depths, back to front; px.
 * @param {number} count
 * @param {[number, number]} plate  a plate's size; its middle stands at x = y = 0
 * @param {[number, number]} size  of the frame
 * @returns {{camera: Camera, depths: number[]}}
 */
export function fanView(count, plate, size) {
  const gap = GAP_OF_WIDTH * plate[0];
  const depths = Array.from({ length: count }, (_, index) => (count - 1) / 2 * gap - index * gap);
  return { camera: fitting(depths, plate, size), depths };
}

/**
 * A camera at the fan's angle that shows all plates, as large as the frame allows.
 * @param {number[]} depths
 * @param {[number, number]} plate
 * @param {[number, number]} size
 * @returns {Camera}
 */
function fitting(depths, plate, size) {
  const corners = depths.flatMap((z) => [-1, 1].flatMap((x) =>
    [-1, 1].map((y) => [x * plate[0] / 2, y * plate[1] / 2, z])));
  const distance = 4 * Math.max(...corners.map((corner) => Math.hypot(...corner)));
  /** @type {Camera} */
  let camera = {
    position: [Math.sin(YAW) * Math.cos(PITCH), -Math.sin(PITCH), -Math.cos(YAW) * Math.cos(PITCH)]
      .map((value) => value * distance),
    aim: [0, 0, 0], zoom: 1000, roll: 0, focus: 0, aperture: 0,
  };
  for (let round = 0; round < ROUNDS; round += 1) {
    const seen = corners.map((corner) => project(camera, corner, ...size));
    const low = [0, 1].map((axis) => Math.min(...seen.map((point) => point[axis])));
    const high = [0, 1].map((axis) => Math.max(...seen.map((point) => point[axis])));
    const [x, y] = [0, 1].map((axis) => (low[axis] + high[axis] - size[axis]) / 2 * distance / camera.zoom);
    const [right, down] = axesOf(camera);
    const shifted = (/** @type {number[]} */ from) => from.map((value, i) => value + right[i] * x + down[i] * y);
    const fill = Math.max(...[0, 1].map((axis) => (high[axis] - low[axis]) / size[axis]));
    camera = {
      ...camera,
      position: shifted(camera.position),
      aim: shifted(camera.aim),
      zoom: camera.zoom * MARGIN / fill,
    };
  }
  return camera;
}
