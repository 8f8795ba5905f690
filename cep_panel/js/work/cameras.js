// Cameras of made shots: what the document says goes to the server once nobody chooses any more, as
// one change, however many names the keys ran through.

import { fieldsOf } from "../board/document.js";
import { USUAL_SHOT, sameButCamera, sameCamera } from "../board/shot.js";
import { indexOf, submittedShot } from "../board/work.js";
import { keep, recall } from "../state/keep.js";

/** @typedef {import("../board/work.js").Work} Work */

const NAME = "cameras";
const QUIET_MS = 600;

/** Changes on their way. */
export class CameraChanges {
  #timer = 0;
  /** Jobs with ids of shots whose cameras this panel has set. @type {Set<string>} */
  #ours = new Set(/** @type {string[]} */ (recall(NAME) ?? []));

  /**
   * @param {() => Work} work
   * @param {import("../state/jobs.js").Jobs} jobs
   * @param {(job: string, shot: string, camera: unknown) => Promise<void>} apply
   */
  constructor(work, jobs, apply) {
    this.work = work;
    this.jobs = jobs;
    this.apply = apply;
  }

  /** Whether this panel has set a camera that the server does not have yet. @param {string} shot */
  isOurs(shot) {
    return this.#ours.has(`${this.work().job} ${shot}`);
  }

  /**
   * Look at what a change of the document did to cameras.
   * @param {Work} now
   * @param {Work} before
   */
  see(now, before) {
    if (now.job === "" || now.board === before.board) return;
    const earlier = new Map(before.board.shots.map((shot) => [fieldsOf(shot).id, shot]));
    for (const shot of now.board.shots) {
      const { id, camera } = fieldsOf(shot);
      const old = earlier.get(id);
      if (old === shot || old === undefined) continue;
      if (JSON.stringify(camera) !== JSON.stringify(fieldsOf(old).camera)) this.#ours.add(`${now.job} ${id}`);
    }
    if (this.#ours.size === 0) return;
    keep(NAME, [...this.#ours]);
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.send(), QUIET_MS);
  }

  /** Send what is due. What the server does not take is not tried again. */
  async send() {
    clearTimeout(this.#timer);
    const work = this.work();
    const known = this.jobs.get(work.job);
    if (!known?.storyboard) return; // with it this is called again
    const entries = new Map((/** @type {unknown[]} */ (known.storyboard.shots ?? []))
      .map((entry) => [String(fieldsOf(entry).id), entry]));
    for (const name of [...this.#ours]) {
      const id = name.slice(work.job.length + 1);
      if (name !== `${work.job} ${id}`) continue;
      const index = indexOf(work, id);
      const shot = index < 0 ? null : submittedShot(work, index);
      const entry = entries.get(id);
      const camera = fieldsOf(shot).camera ?? USUAL_SHOT.camera;
      const isDue = entry !== undefined && sameButCamera(shot, entry)
        && !sameCamera(camera, fieldsOf(entry).camera ?? USUAL_SHOT.camera);
      try {
        if (isDue) await this.apply(work.job, id, camera);
      } finally {
        this.#ours.delete(name);
        keep(NAME, this.#ours.size > 0 ? [...this.#ours] : null);
      }
    }
  }
}
