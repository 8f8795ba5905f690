// Which version of a shot is in the host: as its project tells, where it can; else what this panel has
// imported since it was opened. The next import leaves alone what has not changed in any case.

/** @typedef {import("../../hosts/adapter.js").ShotInHost} ShotInHost */

export class Imports {
  /** @type {Map<string, string | null>} */
  #results = new Map();
  /** What the host's project has, by job and shot. @type {Map<string, Map<string, ShotInHost>>} */
  #found = new Map();

  /**
   * "older": the shot was made anew after it was imported.
   * @param {string} job
   * @param {import("./jobs.js").ShotView} shot
   * @returns {"no" | "current" | "older"}
   */
  stateOf(job, shot) {
    const found = this.#found.get(job);
    const result = found ? found.get(shot.id)?.hash : this.#results.get(`${job} ${shot.id}`);
    if (result === undefined) return "no";
    return result === shot.result ? "current" : "older";
  }

  /** Whether the host has told. @param {string} job */
  isTold(job) {
    return this.#found.has(job);
  }

  /**
   * What the host calls a shot that it has; "" for one that it has not, or does not tell.
   * @param {string} job
   * @param {string} shot
   */
  nameOf(job, shot) {
    return this.#found.get(job)?.get(shot)?.name ?? "";
  }

  /**
   * The host tells what its project has of a job's shots.
   * @param {string} job
   * @param {ShotInHost[]} shots
   */
  told(job, shots) {
    this.#found.set(job, new Map(shots.map((shot) => [shot.shot, shot])));
  }

  /**
   * @param {string} job
   * @param {import("./jobs.js").ShotView} shot
   * @param {string} [name]  in the host
   */
  add(job, shot, name) {
    this.#results.set(`${job} ${shot.id}`, shot.result);
    const found = this.#found.get(job);
    if (found) found.set(shot.id, { shot: shot.id, name: name ?? shot.id, hash: shot.result, handles: null });
  }
}
