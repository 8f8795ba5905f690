// What we did to a project or sequence, kept in its own properties, so that a later import knows
// our work from the editor's. Where they cannot be written (Adobe says that this may happen) the
// next import goes by names and paths alone.

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Project} Project */
/** @typedef {import("@adobe/premierepro").Sequence} Sequence */

const PREFIX = "org.multiplane.";

/** A text in letters that every store of names takes. @param {string} text */
function plain(text) {
  return text.replace(/[^A-Za-z0-9._-]/g, (unit) => `%${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** A value as JSON in pure ASCII. @param {object} value */
function asciiJson(value) {
  return JSON.stringify(value).replace(
    /[\u007f-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}

/** One record in the properties of a project or sequence. */
export class Memory {
  /** @type {any} */
  #properties = null;

  /**
   * @param {Premiere} premiere
   * @param {string[]} names  such as ["shot", storyboard, id]
   */
  constructor(premiere, names) {
    this.premiere = premiere;
    this.name = PREFIX + names.map(plain).join("/");
  }

  /**
   * What was kept; null for nothing.
   * @param {Project | Sequence} owner
   * @returns {Promise<any>}
   */
  async read(owner) {
    try {
      this.#properties = await this.premiere.Properties.getProperties(owner);
      return this.#properties.hasValue(this.name) ? JSON.parse(this.#properties.getValue(this.name)) : null;
    } catch {
      return null;
    }
  }

  /**
   * The action that keeps a value; to be called within a transaction, after `read`. None where the
   * owner keeps nothing.
   * @param {object} value
   * @returns {Array<object>}
   */
  keep(value) {
    if (this.#properties === null) return [];
    const text = asciiJson(value);
    try {
      const action = this.#properties.createSetValueAction(
        this.name, text, this.premiere.Constants.PropertyType.PERSISTENT);
      return action ? [action] : [];
    } catch {
      return [];
    }
  }
}
