// Storyboards as they are in files and on the server: JSON that others have written.

/** @typedef {Record<string, unknown>} Fields */

/** What an opened file is known to be. @typedef {Fields & {shots: unknown[]}} BoardDocument */

/**
 * A JSON value's fields; none for what is no object.
 * @param {unknown} value
 * @returns {Fields}
 */
export function fieldsOf(value) {
  return typeof value === "object" && value !== null ? /** @type {Fields} */ (value) : {};
}

/**
 * Whether a JSON value is a storyboard with shots, whatever these are.
 * @param {unknown} value
 * @returns {value is BoardDocument}
 */
export function isBoard(value) {
  const { shots } = fieldsOf(value);
  return Array.isArray(shots) && shots.length > 0;
}

/**
 * The fields of each shot; no shots where it is no storyboard.
 * @param {unknown} document
 * @returns {Fields[]}
 */
export function shotsOf(document) {
  const { shots } = fieldsOf(document);
  return Array.isArray(shots) ? shots.map(fieldsOf) : [];
}
