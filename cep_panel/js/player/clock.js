// One clock for everything that moves in the page.

/** What moves on by some seconds, and says whether it goes on. @typedef {{step: (seconds: number) => boolean}} Moving */

const LONGEST_S = 0.1; // a page that was hidden goes on where it was

/** @type {Set<Moving>} */
const moving = new Set();
/** When the last frame was, ms. @type {number | null} */
let before = null;

/** Call its `step` with every frame of the browser, as long as it goes on. @param {Moving} one */
export function setMoving(one) {
  moving.add(one);
  if (before !== null) return;
  before = performance.now();
  requestAnimationFrame(tick);
}

/** @param {Moving} one */
export function setStill(one) {
  moving.delete(one);
}

/** @param {number} now */
function tick(now) {
  const seconds = Math.min(LONGEST_S, Math.max(0, (now - (before === null ? now : before)) / 1000));
  before = now;
  for (const one of moving) if (!one.step(seconds)) moving.delete(one);
  if (moving.size > 0) requestAnimationFrame(tick);
  else before = null;
}
