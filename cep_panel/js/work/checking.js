// What is wrong with the document, such as a picture that is not there: told before it is made.

import { namesFiles } from "../board/files.js";
import { submitted } from "../board/work.js";
import { troubleOf } from "../trouble.js";

/** @typedef {import("../../../shared_schema/multiplane").Finding} Finding */
/** @typedef {import("../board/work.js").Work} Work */

const QUIET_MS = 500;

/** Asks the server, once nobody types any more. */
export class Checking {
  /** @type {Finding[]} */
  findings = [];
  /** @type {unknown} */
  #of = null;
  #folder = "";
  #timer = 0;

  /**
   * @param {import("../server/connection.js").Connection} connection
   * @param {() => void} changed
   */
  constructor(connection, changed) {
    this.connection = connection;
    this.changed = changed;
  }

  /**
   * What a reader of another format has said: more than the storyboard itself tells.
   * @param {Work} work
   * @param {Finding[]} findings
   */
  know(work, findings) {
    clearTimeout(this.#timer);
    this.#of = work.board;
    this.#folder = work.folder;
    this.findings = findings;
  }

  /** Look at the document; one that names no files is judged as it is made. @param {Work} work */
  see(work) {
    if (this.#of === work.board && this.#folder === work.folder) return;
    clearTimeout(this.#timer);
    if (!namesFiles(work.board)) {
      this.#of = work.board;
      this.findings = [];
      return;
    }
    if (!this.connection.isOpen) return; // seen again once it is
    this.#timer = window.setTimeout(() => this.#ask(work), QUIET_MS);
  }

  /** @param {Work} work */
  async #ask(work) {
    this.#of = work.board;
    this.#folder = work.folder;
    try {
      const storyboard = submitted(work);
      const said = await this.connection.ask("storyboard.check", { storyboard, folder: work.folder || null });
      if (this.#of !== work.board) return;
      this.findings = said.findings;
    } catch (error) {
      const { code, message, field, remedy } = troubleOf(error);
      if (code === "server.gone") {
        this.#of = null;
        return;
      }
      const said = { code, message, file: null, field, value: null, remedy, also: [] };
      this.findings = [{ level: "error", shot: null, said }];
    }
    this.changed();
  }
}
