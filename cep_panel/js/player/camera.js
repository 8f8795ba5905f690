// The camera of a manifest at any instant, and what it sees, as stage/camera.py has it: x right,
// y down, z away from the viewer, lengths in px of the comp.

import { valueAt } from "./easing.js";

/** @typedef {import("../../../shared_schema/multiplane").CameraEntry} CameraEntry */
/** @typedef {[number, number, number]} Vector */

/**
 * @typedef {object} Camera
 * @property {number[]} position
 * @property {number[]} aim  the point of interest
 * @property {number} zoom
 * @property {number} roll  degrees
 * @property {number} focus  distance of what is sharp
 * @property {number} aperture  0: everything is sharp
 */

/** How the camera is keyed; a manifest's `camera` has it. @typedef {Pick<CameraEntry, "zoom" | "keyframes">} KeyedCamera */

const SEAM = 1e-3; // px; two cameras nearer than this show the same picture

/**
 * @param {KeyedCamera} keyed
 * @param {number} frame  may be a fraction
 * @param {number} fps
 * @returns {Camera}
 */
export function cameraAt({ zoom, keyframes }, frame, fps) {
  /** @param {string} name @param {number[]} otherwise @param {boolean} [isSpatial] */
  const value = (name, otherwise, isSpatial = false) => {
    const keys = (keyframes || {})[name] || [];
    return keys.length > 0 ? valueAt(keys, frame, fps, isSpatial) : otherwise;
  };
  return {
    position: value("position", [0, 0, -zoom], true),
    aim: value("point_of_interest", [0, 0, 0], true),
    zoom: value("zoom", [zoom])[0],
    roll: value("roll", [0])[0],
    focus: value("focus_distance", [0])[0],
    aperture: value("aperture", [0])[0],
  };
}

/**
 * Right, down and forward directions of a camera; `stage.camera.view_axes`.
 * @param {Pick<Camera, "position" | "aim" | "roll">} camera
 * @returns {number[][]}
 */
export function axesOf({ position, aim, roll }) {
  const towards = aim.map((value, i) => value - position[i]);
  const far = Math.hypot(...towards);
  const f = far > 1e-9 ? towards.map((value) => value / far) : [0, 0, 1];
  const span = Math.hypot(f[2], f[0]);
  const r = span > 1e-9 ? [f[2] / span, 0, -f[0] / span] : [1, 0, 0];
  const d = [f[1] * r[2] - f[2] * r[1], f[2] * r[0] - f[0] * r[2], f[0] * r[1] - f[1] * r[0]];
  const [c, s] = [Math.cos(roll * Math.PI / 180), Math.sin(roll * Math.PI / 180)];
  return [r.map((v, i) => c * v + s * d[i]), r.map((v, i) => c * d[i] - s * v), f];
}

/**
 * Where a point of the world is on the screen, px of a frame of this size.
 * @param {Camera} camera
 * @param {number[]} point
 * @param {number} width
 * @param {number} height
 * @returns {[number, number]}
 */
export function project(camera, point, width, height) {
  const [r, d, f] = axesOf(camera);
  const away = point.map((value, i) => value - camera.position[i]);
  const along = (/** @type {number[]} */ axis) => axis.reduce((sum, value, i) => sum + value * away[i], 0);
  const scale = camera.zoom / along(f);
  return [width / 2 + along(r) * scale, height / 2 + along(d) * scale];
}

/**
 * A blur of the lens as a Gaussian: its standard deviation on a plane, in px of the world.
 * `stage.camera.Camera.blur` is the diameter of the disc, four times as large.
 * @param {Camera} camera
 * @param {number} z  of the plane
 */
export function blurOn({ position, focus, aperture, zoom }, z) {
  const distance = z - position[2];
  if (!(aperture > 0 && focus > 0 && distance > 0)) return { sigma: 0, seen: 0 };
  const sigma = aperture * Math.abs(distance - focus) / focus / 4;
  return { sigma, seen: sigma * zoom / Math.max(distance, 1) };
}

/**
 * Frames after which a move that loops is where it began; 0 for any other.
 * @param {KeyedCamera} keyed
 * @param {number} frames
 * @param {number} fps
 */
export function periodOf(keyed, frames, fps) {
  const numbers = (/** @type {number} */ frame) => {
    const { position, aim, zoom, roll, focus, aperture } = cameraAt(keyed, frame, fps);
    return [...position, ...aim, zoom, roll, focus, aperture];
  };
  const first = numbers(0);
  const away = (/** @type {number} */ frame) =>
    Math.max(...numbers(frame).map((value, i) => Math.abs(value - first[i])));
  const back = [frames, frames - 1].find((frame) => frame > 0 && away(frame) < SEAM);
  if (back === undefined) return 0;
  for (let frame = 1; frame < frames; frame += 1) if (away(frame) > SEAM) return back;
  return 0;
}
