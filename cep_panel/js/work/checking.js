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
  /** What a reader said of shots, with the shot as it was read. @type {Array<{finding: Finding, id: unknown, source: string}>} */
  #read = [];
  /** All of them. @type {Finding[]} */
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
    const shots = shotsOf(work.board);
    this.#read = findings.flatMap((finding) => {
      const shot = finding.shot === null ? undefined : shots[finding.shot];
      return shot ? [{ finding, id: shot.id, source: sourceOf(shot) }] : [];
    });
    this.#tell(findings, work);
  }

  /** Look at the document; one that names no files is judged as it is made. @param {Work} work */
  see(work) {
    if (this.#isOf(work)) return;
    clearTimeout(this.#timer);
    if (this.#of?.board !== work.board) {
      this.#seen = drawingsInWords(work);
      this.#tell(this.#said, work);
    }
    if (!namesFiles(work.board)) {
      this.#of = work;
      this.#tell([], work);
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
      this.#tell(said.findings, work);
    } catch (error) {
      const { code, message, field, values, remedy } = troubleOf(error);
      if (code === "server.gone") {
        this.#of = null;
        return;
      }
      const said = { code, message, file: null, field, value: null, values, remedy, also: [] };
      this.#tell([{ level: "error", shot: null, said }], work);
    }
    this.changed();
  }

  /** Whether it was of this very document, as it is handed in. @param {Work} work */
  #isOf({ board, folder, seconds, camera }) {
    const of = this.#of;
    return of !== null && of.board === board && of.folder === folder && of.seconds === seconds && of.camera === camera;
  }

  /** @param {Finding[]} said @param {Work} work */
  #tell(said, work) {
    this.#said = said;
    const shots = shotsOf(work.board);
    // As long as a shot is what a reader made of it, what the reader said holds.
    const still = this.#read.flatMap(({ finding, id, source }) => {
      const shot = shots.findIndex((one) => one.id === id && sourceOf(one) === source);
      const isSaid = said.some((one) => one.shot === shot && one.said.code === finding.said.code);
      return shot < 0 || isSaid ? [] : [{ ...finding, shot }];
    });
    const all = [...this.#seen, ...said, ...still];
    this.findings = all.length === said.length ? said : all;
  }
}

/** What a shot is made from. @param {Record<string, unknown>} shot */
function sourceOf({ prompt, picture, layers }) {
  return JSON.stringify([prompt, picture, layers]);
}

/** Prompts that begin with the name of a picture, which they do not have. @param {Work} work @returns {Finding[]} */
function drawingsInWords({ board }) {
  return shotsOf(board).flatMap(({ prompt }, shot) => {
    const name = drawingNamedIn(prompt);
    if (name === "") return [];
    const message = t("prompt.drawing", { name });
    const said = { code: "panel.drawing_in_words", message, file: null, field: null, value: null, values: {}, remedy: t("prompt.drawing.remedy"), also: [] };
    return [/** @type {Finding} */ ({ level: "warning", shot, said })];
  });
}
