// How the last import went: outlives the page, so that it can be read later.

import { fieldsOf } from "../board/document.js";
import { keep, recall } from "./keep.js";

const NAME = "import-report";
const MOST_SHOTS = 500;

/** @typedef {import("../../hosts/adapter.js").ShotReport} ShotReport */
/** What is kept of an error. @typedef {{message: string, file: string | null, remedy: string | null}} Said */
/** @typedef {Omit<ShotReport, "error"> & {error?: Said | null}} KeptShot */

/**
 * @typedef {object} ImportReport
 * @property {string} time  RFC 3339
 * @property {string} storyboard
 * @property {KeptShot[]} shots
 * @property {string | null} sequence
 * @property {Said | null} error  of the sequence
 * @property {string | null} file
 * @property {string | null} advice
 */

/** @returns {ImportReport | null} */
export function lastReport() {
  const kept = recall(NAME);
  return Array.isArray(fieldsOf(kept).shots) ? /** @type {ImportReport} */ (kept) : null;
}

/**
 * @param {string} storyboard
 * @param {ShotReport[]} shots
 * @param {Partial<import("../../hosts/adapter.js").SequenceReport>} [whole]
 */
export function keepReport(storyboard, shots, whole = {}) {
  /** @type {ImportReport} */
  const report = {
    time: new Date().toISOString(),
    storyboard,
    shots: shots.slice(0, MOST_SHOTS).map((shot) => ({ ...shot, error: said(shot.error) })),
    sequence: whole.sequence ?? null,
    error: said(whole.error),
    file: whole.file ?? null,
    advice: whole.advice ?? null,
  };
  keep(NAME, report);
}

/** @param {import("../../hosts/adapter.js").HostError | null | undefined} error @returns {Said | null} */
function said(error) {
  if (!error) return null;
  const { message, file = null, remedy = null } = error;
  return { message, file, remedy };
}
