// The document with all that was done to it: every change can be taken back, and is kept after it,
// so that it outlives a closed panel, a crash, another day. Pages that are open at the same time
// show one document; where two have changed it unseen, each version is a step of the other's.

import { BLANK, restored } from "../board/work.js";
import { keep, onOthers, recall } from "./keep.js";
import { t } from "../text/text.js";

/** @typedef {import("../board/work.js").Work} Work */

/**
 * What else a step did, which its undoing has to take back.
 * @typedef {{kind: "removed", job: import("../work/removing.js").RemovedJob}} Effect
 */

/**
 * A state that was left. `label`: by what, for people.
 * @typedef {{work: Work, label: string, effect: Effect | null}} Step
 */

const NOW = "work";
const STAMP = "work.stamp";
const STEPS = "work.steps";
const MOST_STEPS = 200;
const MOST_KEPT = 1_000_000; // characters of steps that outlive the page
const TOGETHER_MS = 1000;
const QUIET_MS = 800;

export class Steps {
  /** @type {Step[]} */
  #past = [];
  /** @type {Step[]} */
  #future = [];
  #key = "";
  #changedAt = 0;
  #stamp = "";
  #timer = 0;

  /**
   * @param {(now: Work, before: Work, isHere: boolean) => void} changed  told of every change; isHere:
   *   this page made it, no other one that is open
   */
  constructor(changed) {
    this.changed = changed;
    /** @type {Work} */
    this.now = BLANK;
    /** False: the browser does not keep it (it is too large, or nothing may be kept). */
    this.isKept = true;
    this.#takeIn();
    onOthers(STAMP, () => {
      const before = this.now;
      this.#takeIn();
      this.changed(this.now, before, false);
    });
    addEventListener("pagehide", () => this.#keepSteps());
  }

  /** What undoing would take back, for people; "" for nothing. */
  get undoes() {
    return this.#past.length > 0 ? this.#past[this.#past.length - 1].label : "";
  }

  get redoes() {
    return this.#future.length > 0 ? this.#future[this.#future.length - 1].label : "";
  }

  /**
   * A change that can be taken back.
   * @param {Work} work
   * @param {string} label
   * @param {{key?: string, effect?: Effect}} [more]  key: changes of one key that come quickly
   *   after each other are one step, such as letters
   */
  change(work, label, { key = "", effect } = {}) {
    if (work === this.now && !effect) return;
    this.#seeOthers();
    const now = Date.now();
    const goesOn = key !== "" && key === this.#key && now - this.#changedAt < TOGETHER_MS && this.#past.length > 0;
    if (!goesOn) this.#past.push({ work: this.now, label, effect: effect ?? null });
    if (this.#past.length > MOST_STEPS) this.#past.shift();
    this.#future = [];
    this.#key = key;
    this.#changedAt = now;
    this.#show(work);
  }

  /** What no user did, such as the job that was made of it: no step. @param {Work} work */
  amend(work) {
    if (work === this.now) return;
    this.#seeOthers();
    this.#show(work);
  }

  /**
   * What was done last could not be done: so it is no step, and not done again either.
   * @param {Work} work  as it is then
   */
  takeBack(work) {
    const last = this.#past[this.#past.length - 1];
    if (last && JSON.stringify(last.work.board) === JSON.stringify(work.board)) this.#past.pop();
    this.amend(work);
  }

  /** Take the last step back; what else it did. @returns {Effect | null} */
  undo() {
    return this.#go(this.#past, this.#future);
  }

  /** @returns {Effect | null} */
  redo() {
    return this.#go(this.#future, this.#past);
  }

  /** @param {Step[]} from @param {Step[]} to */
  #go(from, to) {
    this.#seeOthers();
    const step = from.pop();
    if (!step) return null;
    to.push({ ...step, work: this.now });
    this.#key = "";
    this.#show(step.work);
    return step.effect;
  }

  /** @param {Work} work */
  #show(work) {
    const before = this.now;
    this.now = work;
    this.#stamp = `${Date.now()} ${Math.random()}`;
    this.isKept = keep(NOW, work);
    keep(STAMP, this.#stamp);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#keepSteps(), QUIET_MS);
    this.changed(work, before, true);
  }

  /** Another page's version that nobody told of is a step of ours, and not lost. */
  #seeOthers() {
    const stamp = recall(STAMP);
    if (stamp === this.#stamp || typeof stamp !== "string") return;
    this.#stamp = stamp;
    this.#past.push({ work: this.now, label: t("step.elsewhere"), effect: null });
    this.#past.push({ work: restored(recall(NOW)), label: t("step.here"), effect: null });
  }

  #takeIn() {
    const kept = /** @type {{stamp?: unknown, past?: Step[], future?: Step[]} | null} */ (recall(STEPS));
    this.#stamp = String(recall(STAMP) ?? "");
    this.now = restored(recall(NOW));
    this.#past = (kept?.past ?? []).map(({ work, ...step }) => ({ ...step, work: restored(work) }));
    this.#future = kept?.stamp === this.#stamp ? kept.future ?? [] : [];
    this.#key = "";
  }

  /** As many of the last steps as have room. */
  #keepSteps() {
    clearTimeout(this.#timer);
    if (recall(STAMP) !== this.#stamp) return; // another page's are newer
    let left = MOST_KEPT;
    const fitting = (/** @type {Step[]} */ steps) => {
      const from = [...steps].reverse().findIndex((step) => (left -= JSON.stringify(step).length) < 0);
      return from < 0 ? steps : steps.slice(steps.length - from);
    };
    keep(STEPS, { stamp: this.#stamp, past: fitting(this.#past), future: fitting(this.#future) });
  }
}
