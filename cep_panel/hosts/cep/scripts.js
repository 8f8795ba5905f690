// Our ExtendScript in the host: found, loaded once, and its entries called.

import { HostError } from "../adapter.js";
import { nodeModule } from "./node.js";
import { fileLiteral, literal } from "./script_text.js";

const SCRIPT = "jsx/multiplane.jsx";
const LOAD_MS = 30_000;

/** @typedef {import("../../../shared_schema/multiplane").ScriptCalls} ScriptCalls */

/** What calls the entries of the scripts. @typedef {Pick<Scripts, "call">} Caller */

/** The entries of `multiplane.call`: JSON in, JSON out. */
export class Scripts {
  /** @type {Promise<void> | null} */
  #loaded = null;

  /**
   * @param {import("./bridge.js").Bridge} bridge
   * @param {string} extension  the extension's folder, with forward slashes
   */
  constructor(bridge, extension) {
    this.bridge = bridge;
    this.extension = extension;
  }

  /**
   * Call an entry. Rejects with the entry's own error, and as `Bridge.run`.
   * @template {keyof ScriptCalls} Entry
   * @param {Entry} entry  such as "importShot"
   * @param {ScriptCalls[Entry]["given"]} given
   * @param {number} [ms]
   * @returns {Promise<ScriptCalls[Entry]["result"]>}
   */
  async call(entry, given, ms) {
    if (this.#loaded === null) {
      this.#loaded = this.#load();
      this.#loaded.catch(() => { this.#loaded = null; });
    }
    await this.#loaded;
    const text = await this.bridge.run(`multiplane.call.${entry}(${literal(JSON.stringify(given))})`, ms);
    const answer = parsed(text, this.bridge.title);
    if (answer.ok !== true) {
      throw HostError.told(answer.error, "cep.answer", "The script failed without saying why.");
    }
    return answer.result;
  }

  async #load() {
    const places = await this.#places();
    const tests = places.map((path) => `new File(${fileLiteral(path)}).exists`);
    // The first that is there, by the host's own eyes.
    const found = await this.bridge.run(`String([${tests.join(", ")}])`, LOAD_MS);
    const index = found.split(",").indexOf("true");
    if (index < 0) {
      throw new HostError("cep.scripts_missing", "The panel's scripts are not there.", {
        file: places[0],
        remedy: "Install the panel again: multiplane panel install.",
      });
    }
    // Not inside a function: there evalFile would define nothing that outlasts the call.
    const file = fileLiteral(places[index]);
    await this.bridge.run(`$.evalFile(new File(${file})); "loaded"`, LOAD_MS);
    const version = await this.bridge.run(`String(typeof multiplane === "object" && multiplane.VERSION)`, LOAD_MS);
    if (version === "false") {
      throw new HostError("cep.scripts_broken", "The panel's scripts do not load.", {
        file: places[index],
        remedy: "Install the panel again: multiplane panel install.",
      });
    }
  }

  /** Where the scripts may lie: put into the extension, or beside it where it is a link. */
  async #places() {
    const places = [`${this.extension}/${SCRIPT}`, `${this.extension}/../${SCRIPT}`];
    const files = nodeModule("fs");
    if (files) {
      try {
        const real = String(await files.promises.realpath(this.extension)).replace(/\\/g, "/");
        places.push(`${real}/../${SCRIPT}`);
      } catch {
        // What is no link has no other place.
      }
    }
    return [...new Set(places)];
  }
}

/**
 * @param {string} text
 * @param {string} title
 */
function parsed(text, title) {
  try {
    const read = JSON.parse(text);
    if (typeof read === "object" && read !== null) return read;
  } catch {
    // Said below.
  }
  throw new HostError("cep.answer", `${title} answered something that the panel does not understand.`, {
    value: text.slice(0, 80),
    remedy: "Close the panel and open it again. If that does not help: multiplane panel install.",
  });
}
