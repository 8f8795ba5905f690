// Handing in storyboards, so that none is lost and none is made twice: each is kept with an id of
// our own until the server has said that it has it, and handed in again after a broken connection.

import { keep, kept, recall } from "../state/keep.js";
import { troubleOf } from "../trouble.js";

const UNSENT = "unsent.";

/** @typedef {import("../server/connection.js").Requests} Requests */

/**
 * @typedef {object} Order
 * @property {string} job
 * @property {number} time  ms since 1970, when it was handed in
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

  /** What the server may not have yet, in the order in which it was handed in. @returns {Order[]} */
  get unsent() {
    const orders = kept(UNSENT).map((name) => /** @type {Order | null} */ (recall(name)));
    return orders.flatMap((order) => order ?? []).sort((a, b) => a.time - b.time);
  }

  /**
   * Keep an order until the server has it.
   * @param {Omit<Order, "job" | "time">} order
   * @returns {Order}
   */
  take(order) {
    const whole = { ...order, job: newId(), time: Date.now() };
    keep(UNSENT + whole.job, whole);
    return whole;
  }

  /**
   * Hand in; the job as the server has it. Rejects with the server's error, and with
   * `server.gone`, after which `again` hands it in.
   * @param {Order} order
   * @returns {Promise<import("../state/jobs.js").JobView>}
   */
  async send(order) {
    const { time, ...request } = order;
    try {
      const said = await this.connection.ask("submit", request);
      keep(UNSENT + order.job, null);
      if (order.folder) this.folders.set(order.job, order.folder);
      return said.job;
    } catch (error) {
      // What the server refuses stays in the document, to be corrected.
      if (troubleOf(error).code !== "server.gone") keep(UNSENT + order.job, null);
      throw error;
    }
  }

  /**
   * Hand in all that a broken connection has left.
   * @param {(error: unknown) => void} refused  of one; the others are handed in all the same
   * @returns {Promise<Array<import("../state/jobs.js").JobView>>}
   */
  async again(refused) {
    const jobs = [];
    for (const order of this.unsent) {
      try {
        jobs.push(await this.send(order));
      } catch (error) {
        if (troubleOf(error).code === "server.gone") throw error;
        refused(error);
      }
    }
    return jobs;
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
