// What the server has said about jobs and shots.

import { fieldsOf, shotsOf } from "../board/document.js";

/** @typedef {import("../../../shared_schema/multiplane").JobView} JobView */
/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */

/**
 * @typedef {object} KnownJob
 * @property {JobView} job
 * @property {number} heard  ms since 1970, when the server said so
 * @property {Map<string, ShotView> | null} shots  null until asked for
 * @property {Record<string, unknown> | null} storyboard  null until asked for
 * @property {boolean} isStale  it may have changed while nobody told
 */

export const ENDED = new Set(["finished", "failed", "cancelled"]);

/** All jobs that the panel knows, the newest first. */
export class Jobs {
  /** @type {Map<string, KnownJob>} */
  #known = new Map();
  /** The queue as a whole. `note`: why it waits, in a sentence. @type {{paused: boolean, note: string | null}} */
  queue = { paused: false, note: null };

  /** @param {string} id */
  get(id) {
    return this.#known.get(id) ?? null;
  }

  /** Storyboards, the newest first: no variations of a shot. @returns {KnownJob[]} */
  boards() {
    return this.all().filter((known) => !known.job.variation_of);
  }

  /** @returns {KnownJob[]} */
  all() {
    return [...this.#known.values()].sort((a, b) => (a.job.created < b.job.created ? 1 : -1));
  }

  /** Jobs that are variations of a shot. @param {string} job @param {string} shot */
  variationsOf(job, shot) {
    const all = [...this.#known.values()].map((known) => known.job);
    return all.filter(({ variation_of: of }) => of && of.job === job && of.shot === shot).map((one) => one.job);
  }

  /** A new conversation: what was known before is shown until it was asked for again. */
  doubt() {
    for (const known of this.#known.values()) known.isStale = true;
  }

  /** Forget the jobs that the server has no more. @param {Set<string>} there */
  keepOnly(there) {
    for (const id of [...this.#known.keys()]) {
      if (!there.has(id)) this.#known.delete(id);
    }
  }

  /** @param {JobView} job */
  setJob(job) {
    const known = this.#known.get(job.job);
    if (known) Object.assign(known, { job, heard: Date.now() });
    else this.#known.set(job.job, { job, heard: Date.now(), shots: null, storyboard: null, isStale: true });
  }

  /**
   * @param {JobView} job
   * @param {ShotView[]} shots
   * @param {Record<string, unknown>} [storyboard]  with it all is known
   */
  setShots(job, shots, storyboard) {
    this.setJob(job);
    const known = /** @type {KnownJob} */ (this.#known.get(job.job));
    known.shots = new Map(shots.map((shot) => [shot.id, shot]));
    if (storyboard !== undefined) Object.assign(known, { storyboard, isStale: false });
  }

  /**
   * The storyboard says something else of a shot.
   * @param {import("../../../shared_schema/multiplane").ShotEntryChanged} said
   */
  setEntry({ job, index, entry }) {
    const known = this.#known.get(job);
    if (!known?.storyboard) return;
    const shots = [...shotsOf(known.storyboard)];
    shots[index] = fieldsOf(entry);
    known.storyboard = { ...known.storyboard, shots };
  }

  /** @param {string} id */
  remove(id) {
    this.#known.delete(id);
  }

  /**
   * @param {string} job
   * @param {ShotView} shot
   */
  setShot(job, shot) {
    const known = this.#known.get(job);
    if (known?.job.variation_of) known.shots ??= new Map(); // that is its only one
    known?.shots?.set(shot.id, shot);
  }

  /** @param {import("../../../shared_schema/multiplane").StepChanged} said */
  setStep({ job, shot, step, done, total }) {
    const shots = this.#known.get(job)?.shots;
    const before = shots?.get(shot);
    if (shots && before?.state === "running") shots.set(shot, { ...before, step, done, total });
  }
}
