// Which words of prompts would become layers: asked of the server while somebody writes.

import { shotsOf } from "../board/document.js";
import { troubleOf } from "../trouble.js";

/** @typedef {import("../../../shared_schema/multiplane").PromptSubjects} PromptSubjects */

const QUIET_MS = 350;
const AT_ONCE = 20;
const MOST_KNOWN = 4000;

export class Subjects {
  /** @type {Map<string, PromptSubjects>} */
  #known = new Map();
  /** @type {import("../board/work.js").Work | null} */
  #of = null;
  /** The storyboard of which all is known. @type {unknown} */
  #done = null;
  #timer = 0;
  #asking = false;

  /**
   * @param {import("../server/connection.js").Connection} connection
   * @param {() => void} changed
   */
  constructor(connection, changed) {
    this.connection = connection;
    this.changed = changed;
  }

  /** What is known of a prompt; null while nothing is. @param {string} prompt */
  of(prompt) {
    return this.#known.get(prompt) ?? null;
  }

  /** Look at the document. @param {import("../board/work.js").Work} work */
  see(work) {
    const isSame = this.#of?.board === work.board;
    if (isSame && (this.#timer !== 0 || this.#asking || this.#done === work.board || !this.connection.isOpen)) return;
    this.#of = work;
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#ask(), QUIET_MS);
  }

  async #ask() {
    this.#timer = 0;
    if (this.#asking || !this.connection.isOpen || this.#of === null) return;
    const wanted = new Set(shotsOf(this.#of.board).flatMap(({ prompt, subjects }) => {
      const isAsked = typeof prompt === "string" && prompt.trim() !== "" && !(Array.isArray(subjects) && subjects.length > 0);
      return isAsked && !this.#known.has(prompt) ? [prompt] : [];
    }));
    const prompts = [...wanted].slice(0, AT_ONCE);
    if (prompts.length === 0) {
      this.#done = this.#of.board;
      return;
    }
    this.#asking = true;
    try {
      const said = await this.connection.ask("subjects.find", { prompts });
      if (this.#known.size > MOST_KNOWN) this.#known.clear();
      said.prompts.forEach((found, index) => this.#known.set(prompts[index], found));
      this.changed();
      this.#timer = window.setTimeout(() => this.#ask(), 0);
    } catch (error) {
      // A prompt that the server cannot take is told of when it is made.
      if (troubleOf(error).code !== "server.gone") for (const prompt of prompts) this.#known.set(prompt, NOTHING);
    } finally {
      this.#asking = false;
    }
  }
}

/** @type {PromptSubjects} */
const NOTHING = { text: "", subjects: [], problem: null };
