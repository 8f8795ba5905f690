// Calls into the host's script engine: one at a time, and never waited for without end.

import { HostError } from "../adapter.js";

/**
 * What CEP puts into the page, as far as the panel uses it.
 * @typedef {object} AdobeCep
 * @property {(script: string, answer: (text: string) => void) => void} evalScript
 * @property {(kind: string) => string} getSystemPath
 * @property {() => string} getHostEnvironment
 * @property {() => string} getExtensionId
 * @property {(type: string, listener: (event: unknown) => void, scope?: unknown) => void} addEventListener
 * @property {(event: object) => void} dispatchEvent
 */

const ANSWER_MS = 120_000;
const DRAIN_MS = 600_000;
const LOOK = "Look whether it shows a dialog or is rendering; then try again. Nothing is imported twice.";

/** The host's one script engine. */
export class Bridge {
  /** @type {Promise<unknown>} */
  #last = Promise.resolve();
  #sentinels = 0;

  /**
   * @param {Pick<AdobeCep, "evalScript">} cep
   * @param {string} title  of the program, such as "After Effects"
   */
  constructor(cep, title) {
    this.cep = cep;
    this.title = title;
    /** A call was given up on: the host may still be at it, or its late answer may come. */
    this.degraded = false;
  }

  /**
   * Run a piece of script once all earlier ones have ended; its answer as text.
   * Rejects with HostError `cep.script`, `cep.no_answer`, `cep.timeout`, `cep.unresponsive`.
   * @param {string} script
   * @param {number} [ms]  how long it may take
   * @returns {Promise<string>}
   */
  run(script, ms = ANSWER_MS) {
    const turn = this.#last.then(async () => {
      if (this.degraded) await this.#drain();
      return this.#evaluate(script, ms);
    });
    this.#last = turn.catch(() => undefined);
    return turn;
  }

  /**
   * Wait until the engine answers again: it works in order, so whatever was given up on is over.
   */
  async #drain() {
    this.#sentinels += 1;
    const sign = `multiplane ${this.#sentinels}`;
    let said;
    try {
      said = await this.#evaluate(`"${sign}"`, DRAIN_MS);
    } catch (error) {
      throw this.#refusal("cep.unresponsive", `${this.title} still does not answer.`, LOOK);
    }
    if (said !== sign) {
      throw this.#refusal("cep.unresponsive", `${this.title} answers with something else than was asked.`,
        `Close the panel and open it again, or start ${this.title} anew.`);
    }
    this.degraded = false;
  }

  /**
   * @param {string} script
   * @param {number} ms
   * @returns {Promise<string>}
   */
  #evaluate(script, ms) {
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.degraded = true;
        const message = `${this.title} has not answered for ${Math.round(ms / 1000)} s.`;
        reject(this.#refusal("cep.timeout", message, LOOK));
      }, ms);
      /** @param {unknown} text */
      const answered = (text) => {
        clearTimeout(timer); // An answer that comes later settles nothing any more.
        const wrong = this.#whatIsWrong(text);
        if (wrong) reject(wrong);
        else resolve(String(text));
      };
      try {
        this.cep.evalScript(script, answered);
      } catch (error) {
        clearTimeout(timer);
        reject(HostError.of(error, "cep.script", "Close the panel and open it again."));
      }
    });
  }

  /** @param {unknown} text */
  #whatIsWrong(text) {
    if (text === "EvalScript error.") {
      return this.#refusal("cep.script", `${this.title} could not run the panel's script.`,
        "Close the panel and open it again. If that does not help: multiplane panel install.");
    }
    if (text === undefined || text === null || text === "" || text === "undefined") {
      return this.#refusal("cep.no_answer", `${this.title} gave no answer.`,
        `Close dialogs that ${this.title} shows, and try again.`);
    }
    return null;
  }

  /**
   * @param {string} code
   * @param {string} message
   * @param {string} remedy
   */
  #refusal(code, message, remedy) {
    return new HostError(code, message, { remedy });
  }
}
