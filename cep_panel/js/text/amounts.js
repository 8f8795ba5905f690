// Sizes, times and dates as people write them in the panel's language.

import { language } from "./text.js";

/** @type {Array<[number, "gigabyte" | "megabyte" | "kilobyte"]>} */
const SIZES = [[1e9, "gigabyte"], [1e6, "megabyte"], [1e3, "kilobyte"]];
/** @type {Array<[number, "hour" | "minute" | "second"]>} */
const TIMES = [[3600, "hour"], [60, "minute"], [1, "second"]];

/** "33 GB". @param {number} bytes */
export function sizeOf(bytes) {
  const [whole, unit] = SIZES.find(([least]) => bytes >= least) ?? SIZES[2];
  const number = bytes / whole;
  return amount(number, unit, number < 10 ? 1 : 0);
}

/** A time that is left, in its largest unit. @param {number} seconds */
export function lastingOf(seconds) {
  const [whole, unit] = TIMES.find(([least]) => seconds >= 1.5 * least) ?? TIMES[2];
  return amount(Math.max(1, seconds / whole), unit, unit === "hour" ? 1 : 0);
}

/**
 * @param {number} number
 * @param {string} unit  as Intl has it
 * @param {number} digits  behind the point
 */
function amount(number, unit, digits) {
  return new Intl.NumberFormat(language(), {
    style: "unit", unit, unitDisplay: "short", maximumFractionDigits: digits,
  }).format(number);
}

/** A time of the server, in the user's own zone. @param {string} time  RFC 3339 */
export function dateOf(time) {
  return new Date(time).toLocaleString(language(), { dateStyle: "medium", timeStyle: "short" });
}
