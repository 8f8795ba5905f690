// Which version of a shot this panel has imported since it was opened. What a project holds, only
// the host knows: it is asked at the next import, which leaves alone what has not changed.

export class Imports {
  /** @type {Map<string, string | null>} */
  #results = new Map();

  /**
   * "older": the shot was made anew after it was imported.
   * @param {string} job
   * @param {import("./jobs.js").ShotView} shot
   * @returns {"no" | "current" | "older"}
   */
  stateOf(job, shot) {
    const result = this.#results.get(`${job} ${shot.id}`);
    if (result === undefined) return "no";
    return result === shot.result ? "current" : "older";
  }

  /**
   * @param {string} job
   * @param {import("./jobs.js").ShotView} shot
   */
  add(job, shot) {
    this.#results.set(`${job} ${shot.id}`, shot.result);
  }
}
