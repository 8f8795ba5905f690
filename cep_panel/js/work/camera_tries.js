// What a finished shot would be with another camera: asked of the server, which changes nothing. Of
// questions that come faster than answers only the newest is asked.

import { cameraOf } from "../board/camera.js";

/** @typedef {import("../server/connection.js").Connection} Connection */
/** @typedef {import("../server/connection.js").Answers["camera.apply"]} CameraApplied */
/** @typedef {import("../stage/made_shots.js").MadeShot} MadeShot */
/** @typedef {import("../board/camera.js").Move} Move */

/** What the server has said of a move, with the keyframes that it then has. @typedef {CameraApplied & {camera: NonNullable<CameraApplied["camera"]>}} Tried */

/** What must not show and would. @typedef {import("../../../shared_schema/multiplane").FilmFinding} FilmFinding */

const MOST = 200;

export class CameraTries {
  /** @type {Map<string, Promise<Tried>>} */
  #known = new Map();
  #asks = 0;
  #isAsking = false;
  /** @type {(() => Promise<void>) | null} */
  #next = null;

  /** @param {Connection} connection */
  constructor(connection) {
    this.connection = connection;
  }

  /**
   * The answer for a move; asked once. Rejects with the server's error.
   * @param {MadeShot} made
   * @param {Move} move
   * @returns {Promise<Tried>}
   */
  ask({ job, shot, result }, move) {
    const camera = /** @type {string} */ (cameraOf(move)); // or an object
    const key = JSON.stringify([job, shot, result, camera]);
    const known = this.#known.get(key) || this.#ask(job, shot, camera);
    this.#known.delete(key);
    this.#known.set(key, known);
    known.catch(() => this.#known.delete(key));
    for (const old of [...this.#known.keys()].slice(0, -MOST)) this.#known.delete(old);
    return known;
  }

  /**
   * What would show in the move's worst frames that must not; it takes the server a second.
   * @param {MadeShot} made
   * @param {Move} move
   * @returns {Promise<FilmFinding[]>}
   */
  async check({ job, shot }, move) {
    const camera = /** @type {string} */ (cameraOf(move));
    const said = await this.connection.ask("camera.apply", { job, shot, camera, dry_run: true, check: true });
    return said.found || [];
  }

  /** @param {string} job @param {string} shot @param {string} camera @returns {Promise<Tried>} */
  async #ask(job, shot, camera) {
    const said = await this.connection.ask("camera.apply", { job, shot, camera, dry_run: true });
    return /** @type {Tried} */ (said); // of a shot that is made it has a camera
  }

  /**
   * The answer for the newest move of several, such as while a slider is drawn: earlier ones that
   * wait are dropped, and nothing is told of them.
   * @param {MadeShot} made
   * @param {Move} move
   * @param {{said: (tried: Tried) => void, failed: (error: unknown) => void}} to
   */
  askNewest(made, move, to) {
    this.#asks += 1;
    const ask = this.#asks;
    this.#next = async () => {
      try {
        const tried = await this.ask(made, move);
        if (ask === this.#asks) to.said(tried);
      } catch (error) {
        if (ask === this.#asks) to.failed(error);
      }
    };
    this.#goOn();
  }

  /** Whatever was asked by `askNewest` is not wanted any more. */
  drop() {
    this.#asks += 1;
    this.#next = null;
  }

  async #goOn() {
    if (this.#isAsking) return;
    this.#isAsking = true;
    for (let next = this.#next; next; next = this.#next) {
      this.#next = null;
      await next();
    }
    this.#isAsking = false;
  }
}
