// Shots into the host as soon as they are made, one after the other; all together once the storyboard's
// own files are written.

import { ENDED } from "../state/jobs.js";

export class WhenMade {
  /** Shots that wait for their import. @type {Set<string>} */
  #waiting = new Set();
  #job = "";
  #isBusy = false;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    panel.onEvent(({ type, data }) => {
      if (type === "shot" && data.shot.state === "finished") this.#made(data.job, data.shot.id);
      else if (type === "job" && ENDED.has(data.job.state)) this.#ended(data.job);
    });
  }

  /** Whether the host is one for which this makes sense: a browser would save one file after another. */
  get isOffered() {
    const { host } = this.panel;
    return host.abilities.shots && host.abilities.updates;
  }

  get #isWanted() {
    return this.isOffered && this.panel.settings.whenMade;
  }

  /** @param {string} job @param {string} shot */
  #made(job, shot) {
    if (!this.#isWanted || job !== this.panel.work.job) return;
    if (job !== this.#job) this.#waiting.clear();
    this.#job = job;
    this.#waiting.add(shot);
    this.#next();
  }

  /** @param {import("../state/jobs.js").JobView} job */
  #ended({ job, state }) {
    if (!this.#isWanted || job !== this.panel.work.job || job !== this.#job || state === "cancelled") return;
    this.#waiting.add(""); // all of them, with the comp of all
    this.#next();
  }

  async #next() {
    if (this.#isBusy) return;
    this.#isBusy = true;
    try {
      while (this.#waiting.size > 0 && this.panel.work.job === this.#job) {
        const [shot] = this.#waiting;
        this.#waiting.delete(shot);
        await this.#bring(shot);
      }
      this.#waiting.clear();
    } finally {
      this.#isBusy = false;
    }
  }

  /** @param {string} id  "" for all */
  async #bring(id) {
    const { panel } = this;
    const known = panel.jobs.get(this.#job);
    const shot = known?.shots?.get(id);
    while (panel.importing.progress) await new Promise((resolve) => setTimeout(resolve, 200)); // the user's own
    if (id === "") await panel.attempt(() => panel.importAll());
    else if (shot && panel.importing.imports.stateOf(this.#job, shot) !== "current") {
      await panel.attempt(() => panel.importShot(shot));
    }
  }
}
