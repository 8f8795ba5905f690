// Keyframes at any instant, as stage/easing.py and After Effects have them: cubic Beziers set by
// speed and influence.

/** @typedef {import("../../../shared_schema/multiplane").Keyframe} Keyframe */
/** @typedef {import("../../../shared_schema/multiplane").Ease} Ease */

const LINEAR_INFLUENCE = 100 / 6;
const STEPS = 48;

/** @param {number} a @param {number} b @param {number} t */
export const mix = (a, b, t) => a + (b - a) * t;

/** @param {number[]} a @param {number[]} b @param {number} t */
export const mixAll = (a, b, t) => a.map((value, i) => mix(value, b[i], t));

/** From 0 to 1 softly. @param {number} t */
export const smooth = (t) => t * t * (3 - 2 * t);

/**
 * The cubic Bezier with these four ordinates.
 * @param {number} u  0..1
 * @param {number} a
 * @param {number} b
 * @param {number} c
 * @param {number} d
 */
function bezier(u, a, b, c, d) {
  const v = 1 - u;
  return v * v * v * a + 3 * v * v * u * b + 3 * v * u * u * c + u * u * u * d;
}

/**
 * The parameter at which a Bezier with the abscissae 0, x1, x2, 1 reaches `x`. It only grows, so
 * there is one; found by bisection.
 * @param {number} x
 * @param {number} x1
 * @param {number} x2
 */
function parameter(x, x1, x2) {
  if (x <= 0) return 0;
  if (x >= 1) return 1;
  let low = 0;
  let high = 1;
  for (let i = 0; i < STEPS; i += 1) {
    const middle = (low + high) / 2;
    if (bezier(middle, 0, x1, x2, 1) < x) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/**
 * Distance travelled in a segment.
 * @param {Ease | null | undefined} leave
 * @param {Ease | null | undefined} arrive
 * @param {number} length  units
 * @param {number} seconds  that it takes
 * @param {number} time  0..1
 */
function travel(leave, arrive, length, seconds, time) {
  const mean = { speed: length / seconds, influence: LINEAR_INFLUENCE };
  const [out, into] = [leave || mean, arrive || mean];
  const x1 = out.influence / 100;
  const x2 = 1 - into.influence / 100;
  const u = parameter(time, x1, x2);
  return bezier(u, 0, out.speed * x1 * seconds, length - into.speed * (1 - x2) * seconds, length);
}

/**
 * A keyed property at a frame, which may be a fraction: constant before its first and after its
 * last key.
 * @param {Keyframe[]} keys  one at least, in order
 * @param {number} frame
 * @param {number} fps
 * @param {boolean} isSpatial  eased along the straight way between two keys, else each number by
 *   itself
 * @returns {number[]}
 */
export function valueAt(keys, frame, fps, isSpatial) {
  const last = keys[keys.length - 1];
  if (frame <= keys[0].frame) return keys[0].value;
  if (frame >= last.frame) return last.value;
  const at = keys.findIndex((key) => key.frame > frame);
  const [left, right] = [keys[at - 1], keys[at]];
  const time = (frame - left.frame) / (right.frame - left.frame);
  const seconds = (right.frame - left.frame) / fps;
  const [from, to, leave, arrive] = [left.value, right.value, left.ease_out, right.ease_in];
  if (!leave && !arrive) return mixAll(from, to, time);
  if (!isSpatial) return from.map((value, i) => value + travel(leave, arrive, to[i] - value, seconds, time));
  const length = Math.hypot(...to.map((value, i) => value - from[i]));
  if (length === 0) return from;
  return mixAll(from, to, travel(leave, arrive, length, seconds, time) / length);
}
