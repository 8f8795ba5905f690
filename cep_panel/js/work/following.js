// What the server tells, into what the panel knows: jobs, the document, and what was said of shots.

import { fieldsOf } from "../board/document.js";
import { heard, isBlank, ofJob as workOfJob } from "../board/work.js";
import { ENDED } from "../state/jobs.js";
import { withFileNames } from "../state/uploads.js";
import { t } from "../text/text.js";
import { textInWords } from "../text/told.js";
import { fromServer, troubleOf } from "../trouble.js";
import { ofJob } from "../view/words.js";

const LISTED = 40;
const MOST_NOTES = 5;

export class Following {
  /** What the server said of shots meanwhile, by job and shot. @type {Map<string, Map<string, string[]>>} */
  #notes = new Map();

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
  }

  /** What was said of a job's shots, by id. @param {string} job @returns {Map<string, string[]>} */
  notesOf(job) {
    return this.#notes.get(job) ?? new Map();
  }

  /** @param {string} job @param {string} shot */
  forgetNotes(job, shot) {
    this.#notes.get(job)?.delete(shot);
  }

  /** @param {import("../server/connection.js").Answers["hello"]} welcome */
  async welcomed(welcome) {
    const { jobs: known, connection, making, notices } = this.panel;
    known.doubt();
    for (const { job, shots } of welcome.jobs) known.setShots(job, shots);
    try {
      const { jobs } = await connection.ask("jobs.list", { limit: LISTED });
      for (const job of jobs) known.setJob(job);
      const open = welcome.jobs.map((one) => one.job);
      const ours = this.panel.work.job === "" ? [] : [this.panel.work.job];
      known.keepOnly(new Set([...[...open, ...jobs].map((one) => one.job), ...ours]));
      const made = await making.again((error) => notices.trouble(troubleOf(error), "making"));
      for (const job of made) known.setJob(job);
    } catch (error) {
      if (troubleOf(error).code !== "server.gone") notices.trouble(troubleOf(error));
    }
    await this.load(this.panel.work.job);
    this.#openFirst();
    this.panel.draw();
  }

  /** @param {import("../server/connection.js").ServerEvent} event */
  heard({ type, data }) {
    const { jobs, steps, notices, work } = this.panel;
    const ours = work.job;
    if (type === "job") {
      const before = jobs.get(data.job.job)?.job.state;
      jobs.setJob(data.job);
      this.#openFirst(); // another client's
      // Another window of this document has handed it in.
      if (data.job.job === ours && !before) this.load(ours);
      const hasEnded = ENDED.has(data.job.state) && before !== data.job.state;
      if (hasEnded) this.panel.announce(`${data.job.title}: ${ofJob(data.job)}`);
    } else if (type === "job.removed") {
      jobs.remove(data.job);
    } else if (type === "shot") {
      jobs.setShot(data.job, data.shot);
      const { id, state } = data.shot;
      if (data.job === ours && (state === "finished" || state === "failed")) {
        this.panel.announce(t(state === "finished" ? "said.shot.finished" : "said.shot.failed", { shot: id }));
      }
    } else if (type === "shot.entry") {
      jobs.setEntry(data);
      if (data.job === ours) steps.amend(heard(work, data.shot, data.entry, this.#ours(data.shot)));
    } else if (type === "shots") {
      for (const shot of data.shots) jobs.setShot(data.job, shot);
    } else if (type === "step") {
      jobs.setStep(data);
    } else if (type === "log") {
      if (data.level !== "info") this.note(data.job, data.shot, data.text);
    } else if (type === "error") {
      notices.trouble(fromServer(data.error));
    }
    this.panel.draw();
  }

  /** What this panel has changed in a shot that the server does not have yet. @param {string} shot */
  #ours(shot) {
    const { changes, hands } = this.panel;
    return { camera: changes.isOurs(shot), hands: hands.isOurs(shot) };
  }

  /**
   * A warning: of a shot on its card, else above everything.
   * @param {string | null} job
   * @param {string | null} shot
   * @param {string} text
   */
  note(job, shot, text) {
    if (!job || !shot) {
      this.panel.notices.news("mixed", withFileNames(textInWords(text)), [], `log ${text}`);
      return;
    }
    const shots = this.#notes.get(job) ?? new Map();
    const notes = [...(shots.get(shot) ?? []).filter((/** @type {string} */ one) => one !== text), text];
    this.#notes.set(job, shots.set(shot, notes.slice(-MOST_NOTES)));
  }

  /**
   * Open an earlier storyboard.
   * @param {string} job
   * @param {boolean} [byItself]  no user has asked for it
   */
  async open(job, byItself = false) {
    const { connection, jobs, steps } = this.panel;
    if (job === "" || job === this.panel.work.job) return;
    const said = await connection.ask("job.get", { job });
    jobs.setShots(said.job, said.shots, said.storyboard);
    const work = workOfJob(said.job, said.storyboard, said.shots, this.panel.work);
    if (!byItself) steps.change(work, t("step.open", { name: said.job.title }));
    else if (isBlank(this.panel.work)) steps.amend(work);
  }

  /** A job's shots and storyboard, which events do not bring whole. @param {string} job */
  async load(job) {
    const { connection, jobs, steps, changes, hands, notices } = this.panel;
    const known = jobs.get(job);
    if (job === "" || !connection.isOpen || (known && !known.isStale)) return;
    try {
      const said = await connection.ask("job.get", { job });
      jobs.setShots(said.job, said.shots, said.storyboard);
      if (job === this.panel.work.job) {
        for (const entry of /** @type {unknown[]} */ (said.storyboard.shots ?? [])) {
          const id = String(fieldsOf(entry).id);
          steps.amend(heard(this.panel.work, id, entry, this.#ours(id)));
        }
        await changes.send();
        await hands.send();
      }
    } catch (error) {
      // A broken connection loads it again with its welcome; a removed job is made again by Make.
      const { code } = troubleOf(error);
      if (code === "job.unknown") jobs.remove(job);
      else if (code !== "server.gone") notices.trouble(troubleOf(error));
    }
    this.panel.draw();
  }

  /** A panel in which nobody has begun anything shows what was made last. */
  #openFirst() {
    const { jobs, work, steps } = this.panel;
    const [newest] = jobs.boards();
    if (newest && isBlank(work) && !work.board.title && steps.undoes === "") {
      this.panel.attempt(() => this.open(newest.job.job, true));
    }
  }
}
