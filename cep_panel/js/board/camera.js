// A shot's camera as a move with all its fields, and as short as a storyboard says it.

import { fieldsOf } from "./document.js";
import { USUAL_SHOT } from "./shot.js";

/** @typedef {import("../../../shared_schema/multiplane").CameraMove} CameraMove */
/** @typedef {import("../../../shared_schema/multiplane").FrameRect} FrameRect */

/** @typedef {{x: number, y: number, width: number, height: number}} Rect */

/**
 * A move; what it does not say is as the contract has it.
 * @typedef {object} Move
 * @property {string} preset  FRAMING where it has rectangles
 * @property {number} amount
 * @property {string | number | null} direction
 * @property {{in: number, out: number}} ease
 * @property {{start: Rect, end: Rect} | null} framing
 * @property {string[]} focus  names of layers
 * @property {boolean} loop
 * @property {number | null} seed
 * @property {number} start  seconds that it rests first
 * @property {number | null} duration  seconds that it moves; null: to the shot's end
 * @property {Record<string, unknown>} others  fields that the panel leaves as they are
 */

/** The preset of rectangles. */
export const FRAMING = "framing";
export const EASY = 33.33;
/** @type {Rect} */
export const WHOLE = { x: 0, y: 0, width: 1, height: 1 };
/** What rectangles begin with: the contract's own. @type {{start: Rect, end: Rect}} */
export const USUAL_FRAMING = { start: WHOLE, end: { x: 0.215, y: 0.115, width: 0.65, height: 0.65 } };

/**
 * @param {unknown} camera  as a storyboard has it; undefined: the usual one
 * @returns {Move}
 */
export function moveOf(camera) {
  const given = typeof camera === "string" ? { preset: camera } : fieldsOf(camera);
  const { preset, amount, direction, ease, framing, focus, loop, seed, start: rest, duration, ...others } = given;
  const { start, end } = fieldsOf(framing);
  const isFramed = framing !== undefined && framing !== null;
  return {
    preset: isFramed ? FRAMING : typeof preset === "string" ? preset : USUAL_SHOT.camera,
    amount: typeof amount === "number" ? amount : 1,
    direction: typeof direction === "string" || typeof direction === "number" ? direction : null,
    ease: { in: number(fieldsOf(ease).in, EASY), out: number(fieldsOf(ease).out, EASY) },
    framing: isFramed ? { start: rectOf(start), end: rectOf(end) } : preset === FRAMING ? USUAL_FRAMING : null,
    focus: Array.isArray(focus) ? focus.map(String) : typeof focus === "string" ? [focus] : [],
    loop: loop === true,
    seed: typeof seed === "number" ? seed : null,
    start: number(rest, 0),
    duration: typeof duration === "number" ? duration : null,
    others,
  };
}

/**
 * As a storyboard says it: a preset as it is by its name alone.
 * @param {Move} move
 * @returns {string | Record<string, unknown>}
 */
export function cameraOf({ preset, amount, direction, ease, framing, focus, loop, seed, start, duration, others }) {
  /** @type {Record<string, unknown>} */
  const said = { ...others };
  if (amount !== 1) said.amount = amount;
  if (direction !== null) said.direction = direction;
  if (ease.in !== EASY || ease.out !== EASY) said.ease = ease;
  if (framing !== null) said.framing = framing;
  if (focus.length > 0) said.focus = focus.length === 1 ? focus[0] : focus;
  if (loop) said.loop = true;
  if (seed !== null) said.seed = seed;
  if (start > 0) said.start = start;
  if (duration !== null) said.duration = duration;
  return Object.keys(said).length === 0 ? preset : { preset, ...said };
}

/**
 * Another preset as it usually is; ease, focus and rectangles stay where it takes them.
 * @param {Move} move
 * @param {{name: string, takes?: string[]}} preset
 * @returns {Move}
 */
export function withPreset(move, { name, takes = [] }) {
  return {
    ...move,
    preset: name,
    amount: 1,
    direction: null,
    ease: takes.includes("ease") ? move.ease : { in: EASY, out: EASY },
    framing: name === FRAMING ? move.framing || USUAL_FRAMING : null,
    focus: takes.includes("focus") ? move.focus : [],
    loop: false,
    seed: null,
    start: 0,
    duration: null,
  };
}

/** @param {unknown} value @param {number} otherwise */
function number(value, otherwise) {
  return typeof value === "number" ? value : otherwise;
}

/** @param {unknown} given @returns {Rect} */
function rectOf(given) {
  const { x, y, width, height } = fieldsOf(given);
  return { x: number(x, 0), y: number(y, 0), width: number(width, 1), height: number(height, 1) };
}
