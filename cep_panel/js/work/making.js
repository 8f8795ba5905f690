// Handing in storyboards, so that none is lost and none is made twice: each is kept with an id of
// our own until the server has said that it has it, and handed in again after a broken connection.

import { keep, recall } from "../state/keep.js";
import { troubleOf } from "../trouble.js";

const NAME = "unsent";

/** @typedef {import("../server/connection.js").Requests} Requests */

/**
 * @typedef {object} Order
 * @property {string} job
 * @property {Requests["submit"]["storyboard"]} storyboard
 * @property {string | null} folder  where its relative paths start
 * @property {string | null} model  null: the storyboard's own
 */

/** Storyboards on their way. */
export class Making {
  /** @param {import("../server/connection.js").Connection} connection */
  constructor(connection) {
    this.connection = connection;
    /** @type {Map<string, string>} */
    this.folders = new Map();
  }

  /** What the server may not have yet. @returns {Order | null} */
  get unsent() {
    return /** @type {Order | null} */ (recall(NAME));
  }

  /**
   * Hand in; the job as the server has it. Rejects with the server's error, and with
   * `server.gone`, after which `again` hands it in.
   * @param {Omit<Order, "job">} order
   * @returns {Promise<import("../state/jobs.js").JobView>}
   */
  submit(order) {
    const whole = { ...order, job: newId() };
    keep(NAME, whole);
    return this.#send(whole);
  }

  /** Hand in what a broken connection has left; null when there is nothing. */
  async again() {
    const order = this.unsent;
    return order === null ? null : this.#send(order);
  }

  /** @param {Order} order */
  async #send(order) {
    try {
      const said = await this.connection.ask("submit", order);
      keep(NAME, null);
      if (order.folder) this.folders.set(order.job, order.folder);
      return said.job;
    } catch (error) {
      // What the server refuses stays in the draft, to be corrected.
      if (troubleOf(error).code !== "server.gone") keep(NAME, null);
      throw error;
    }
  }
}

/** A UUID, which older browsers do not make by themselves. */
function newId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
