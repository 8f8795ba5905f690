// What is wrong with the document, such as a picture that is not there: told before it is made.

import { shotsOf } from "../board/document.js";
import { namesFiles } from "../board/files.js";
import { drawingNamedIn } from "../board/lines.js";
import { submitted } from "../board/work.js";
import { t } from "../text/text.js";
import { troubleOf } from "../trouble.js";

/** @typedef {import("../../../shared_schema/multiplane").Finding} Finding */
/** @typedef {import("../board/work.js").Work} Work */

const QUIET_MS = 500;

/** Asks the server, once nobody types any more. */
export class Checking {
  /** What the server, or a reader, says. @type {Finding[]} */
  #said = [];
  /** What a look at the document tells. @type {Finding[]} */
  #seen = [];
  /** Both. @type {Finding[]} */
  findings = [];
  /** @type {Work | null} */
  #of = null;
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
    this.#of = work;
    this.#seen = drawingsInWords(work);
    this.#tell(findings);
  }

  /** Look at the document; one that names no files is judged as it is made. @param {Work} work */
  see(work) {
    if (this.#isOf(work)) return;
    clearTimeout(this.#timer);
    if (this.#of?.board !== work.board) {
      this.#seen = drawingsInWords(work);
      this.#tell(this.#said);
    }
    if (!namesFiles(work.board)) {
      this.#of = work;
      this.#tell([]);
      return;
    }
    if (!this.connection.isOpen) return; // seen again once it is
    this.#timer = window.setTimeout(() => this.#ask(work), QUIET_MS);
  }

  /** @param {Work} work */
  async #ask(work) {
    this.#of = work;
    try {
      const storyboard = submitted(work);
      const said = await this.connection.ask("storyboard.check", { storyboard, folder: work.folder || null });
      if (this.#of !== work) return;
      this.#tell(said.findings);
    } catch (error) {
      const { code, message, field, remedy } = troubleOf(error);
      if (code === "server.gone") {
        this.#of = null;
        return;
      }
      const said = { code, message, file: null, field, value: null, remedy, also: [] };
      this.#tell([{ level: "error", shot: null, said }]);
    }
    this.changed();
  }

  /** Whether it was of this very document, as it is handed in. @param {Work} work */
  #isOf({ board, folder, seconds, camera }) {
    const of = this.#of;
    return of !== null && of.board === board && of.folder === folder && of.seconds === seconds && of.camera === camera;
  }

  /** @param {Finding[]} said */
  #tell(said) {
    this.#said = said;
    this.findings = this.#seen.length > 0 ? [...this.#seen, ...said] : said;
  }
}

/** Prompts that begin with the name of a picture, which they do not have. @param {Work} work @returns {Finding[]} */
function drawingsInWords({ board }) {
  return shotsOf(board).flatMap(({ prompt }, shot) => {
    const name = drawingNamedIn(prompt);
    if (name === "") return [];
    const message = t("prompt.drawing", { name });
    const said = { code: "panel.drawing_in_words", message, file: null, field: null, value: null, remedy: t("prompt.drawing.remedy"), also: [] };
    return [/** @type {Finding} */ ({ level: "warning", shot, said })];
  });
}
