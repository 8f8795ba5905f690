// What we did to a project or sequence, kept in its own properties, so that a later import knows
// our work from the editor's. Where they cannot be written (Adobe says that this may happen) the
// next import goes by names and paths alone.

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Project} Project */
/** @typedef {import("@adobe/premierepro").Sequence} Sequence */

const PREFIX = "org.multiplane.";

/** One record in the properties of a project or sequence. */
export class Memory {
  /** @type {any} */
  #properties = null;

  /**
   * @param {Premiere} premiere
   * @param {string} name
   */
  constructor(premiere, name) {
    this.premiere = premiere;
    this.name = PREFIX + name;
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
    const text = JSON.stringify(value);
    try {
      const action = this.#properties.createSetValueAction(
        this.name, text, this.premiere.Constants.PropertyType.PERSISTENT);
      return action ? [action] : [];
    } catch {
      return [];
    }
  }
}
