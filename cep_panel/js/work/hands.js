// Layers changed by hand, and pictures of other seeds: the document says them, and the server is
// brought to what it says, step by step. So undoing takes them back like anything else.

import { fieldsOf, shotsOf } from "../board/document.js";
import { sameButSeed } from "../board/shot.js";
import { indexOf, submittedShot } from "../board/work.js";
import { common, editsIn, sameEdits } from "../layers/edits.js";
import { keep, recall } from "../state/keep.js";
import { troubleOf } from "../trouble.js";

/** @typedef {import("../board/work.js").Work} Work */
/** @typedef {import("../board/document.js").Fields} Fields */
/** @typedef {import("../layers/edits.js").ShotEdits} ShotEdits */

const NAME = "hands";

/**
 * @typedef {object} Ways
 * @property {() => Work} work
 * @property {import("../state/jobs.js").Jobs} jobs
 * @property {import("../server/connection.js").Connection} connection
 * @property {(shot: string, entry: Fields, trouble: import("../trouble.js").Trouble) => void} refused
 *   the server does not do it; entry: what it has instead
 */

/** Changes on their way. */
export class HandChanges {
  /** Jobs with ids of shots that this panel has changed. @type {Set<string>} */
  #ours = new Set(/** @type {string[]} */ (recall(NAME) ?? []));
  /** Jobs with ids and seeds of pictures that are there. @type {Set<string>} */
  #pictures = new Set();
  #isSending = false;

  /** @param {Ways} ways */
  constructor(ways) {
    this.ways = ways;
  }

  /** Whether the server does not have yet what this panel has changed in a shot. @param {string} shot */
  isOurs(shot) {
    return this.#ours.has(`${this.ways.work().job} ${shot}`);
  }

  /**
   * A shot's pictures of these seeds are there: to take one of them, nothing has to be painted.
   * @param {string} job
   * @param {string} shot
   * @param {number[]} seeds
   */
  know(job, shot, seeds) {
    for (const seed of seeds) this.#pictures.add(`${job} ${shot} ${seed}`);
  }

  /**
   * Look at what a change of the document did; undoing may have gone back to an earlier job, too.
   * @param {Work} now
   * @param {Work} before
   */
  see(now, before) {
    if (now.job === "" || now.board === before.board) return;
    const earlier = new Map(before.board.shots.map((shot) => [fieldsOf(shot).id, shot]));
    now.board.shots.forEach((shot, index) => {
      const { id, edits, seed } = fieldsOf(shot);
      const old = earlier.get(id);
      if (old === undefined || old === shot) return;
      const own = seed ?? (Number(now.board.seed ?? 0) + index) % 2 ** 32;
      const isOther = seed !== fieldsOf(old).seed && this.#pictures.has(`${now.job} ${id} ${own}`);
      if (isOther || !sameEdits(edits, fieldsOf(old).edits)) this.#ours.add(`${now.job} ${id}`);
    });
    this.#keep();
    if (this.#ours.size > 0) this.send();
  }

  /** Send what is due, one after the other. What the server does not take is not tried again. */
  async send() {
    if (this.#isSending) return; // it goes on with what has come since
    this.#isSending = true;
    try {
      for (let name = this.#next(); name !== null; name = this.#next()) {
        const isDone = await this.#bring(name);
        if (!isDone) break;
      }
    } finally {
      this.#isSending = false;
    }
  }

  /** A shot of the document's job that is to be looked at. */
  #next() {
    const { work, jobs, connection } = this.ways;
    const { job } = work();
    if (!connection.isOpen || !jobs.get(job)?.storyboard) return null; // with these this is called again
    return [...this.#ours].find((name) => name.startsWith(`${job} `)) ?? null;
  }

  /**
   * One request for a shot that differs, or none when it is as the document says.
   * @param {string} name  of its job and itself
   * @returns {Promise<boolean>}  whether to go on
   */
  async #bring(name) {
    const work = this.ways.work();
    const id = name.slice(work.job.length + 1);
    const index = indexOf(work, id);
    const shot = index < 0 ? null : fieldsOf(submittedShot(work, index));
    const entry = this.#entry(work.job, id);
    if (shot === null || entry === null || !sameButSeed(shot, entry)) return this.#done(name);
    const known = { job: work.job, shot: id };
    const [has, wanted] = [editsIn(entry.edits), editsIn(shot.edits)];
    const same = common(has, wanted);
    const { connection } = this.ways;
    try {
      if (shot.seed !== entry.seed) {
        const edits = shot.edits === undefined ? null : /** @type {ShotEdits} */ (shot.edits);
        const seed = shot.seed === undefined ? null : Number(shot.seed);
        await connection.ask("shot.seed", { ...known, seed, edits });
        this.#note(work.job, id, { ...entry, seed: shot.seed, edits: shot.edits });
      } else if (has.length > same) {
        await connection.ask("layer.undo", known);
        this.#note(work.job, id, { ...entry, edits: { ...fieldsOf(entry.edits), edits: has.slice(0, -1) } });
      } else if (wanted.length > same) {
        await connection.ask("layer.edit", { ...known, edit: wanted[same] });
        this.#note(work.job, id, { ...entry, edits: { ...fieldsOf(entry.edits), edits: wanted.slice(0, same + 1) } });
      } else {
        return this.#done(name);
      }
      return true;
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.code === "server.gone") return false; // it is sent with the next conversation
      this.#done(name);
      this.ways.refused(id, this.#entry(work.job, id) ?? entry, trouble);
      return true;
    }
  }

  /** @param {string} name */
  #done(name) {
    this.#ours.delete(name);
    this.#keep();
    return true;
  }

  #keep() {
    keep(NAME, this.#ours.size > 0 ? [...this.#ours] : null);
  }

  /** @param {string} job @param {string} id @returns {Fields | null} */
  #entry(job, id) {
    const board = this.ways.jobs.get(job)?.storyboard;
    return (board && shotsOf(board).find((one) => one.id === id)) ?? null;
  }

  /**
   * What the server has now, before it tells everybody.
   * @param {string} job
   * @param {string} id
   * @param {Fields} entry
   */
  #note(job, id, entry) {
    const board = this.ways.jobs.get(job)?.storyboard;
    const index = board ? shotsOf(board).findIndex((one) => one.id === id) : -1;
    const said = Object.fromEntries(Object.entries(entry).filter(([, value]) => value !== undefined));
    if (index >= 0) this.ways.jobs.setEntry({ job, shot: id, index, entry: said });
  }
}
