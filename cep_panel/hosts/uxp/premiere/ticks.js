// Frames as Premiere's ticks: whole numbers, never seconds, so that no frame is ever rounded away.

import { HostError } from "../../adapter.js";

export const TICKS_PER_SECOND = 254016000000;
const NEARLY_WHOLE = 1e-6;
const NEARLY_SLOWED = 0.005;

/**
 * Ticks of one frame at the rate that `fps` means: 23.976 is 24000/1001.
 * Throws HostError `premiere.fps` for a rate whose frames are no whole number of ticks.
 * @param {number} fps
 * @returns {number}
 */
export function ticksPerFrame(fps) {
  if (fps > 0 && Number.isFinite(fps)) {
    const whole = Math.round(fps);
    const slowed = Math.round(fps * 1.001);
    let ticks = TICKS_PER_SECOND / fps;
    if (Math.abs(fps - whole) < NEARLY_WHOLE) ticks = TICKS_PER_SECOND / whole;
    else if (Math.abs((slowed * 1000) / 1001 - fps) < NEARLY_SLOWED) {
      // Multiplied first: both products are whole and exact.
      ticks = (TICKS_PER_SECOND * 1001) / (slowed * 1000);
    }
    if (Number.isSafeInteger(ticks) && ticks > 0) return ticks;
  }
  throw new HostError("premiere.fps", "Premiere has no whole number of ticks for this frame rate.", {
    field: "fps",
    value: fps,
    remedy: "Give the storyboard 23.976, 24, 25, 29.97, 30, 50, 59.94 or 60 frames per second.",
  });
}

/**
 * When a frame begins, in ticks as Premiere's text. Throws HostError `premiere.too_long`.
 * @param {number} frame
 * @param {number} perFrame  ticks
 * @returns {string}
 */
export function ticksOf(frame, perFrame) {
  const ticks = frame * perFrame;
  if (!Number.isSafeInteger(ticks)) {
    throw new HostError("premiere.too_long", "This is no place in a sequence.", {
      field: "frame",
      value: frame,
      remedy: "Split the storyboard; a sequence of Premiere lasts nine hours at most here.",
    });
  }
  return String(ticks);
}
