// What outlives the page: small documents in the browser's own storage. A panel that may not keep
// anything, or has no room, goes on with what is in its memory.

const PREFIX = "multiplane.";
/** @type {Map<string, string>} */
const memory = new Map();

/**
 * @param {string} name
 * @returns {unknown}  null when there is none, or nothing that can be read
 */
export function recall(name) {
  try {
    return JSON.parse(stored(name) ?? "null");
  } catch {
    return null;
  }
}

/**
 * Whether it is kept beyond this page.
 * @param {string} name
 * @param {unknown} value  null to forget it
 */
export function keep(name, value) {
  const text = value === null ? null : JSON.stringify(value);
  if (text === null) memory.delete(name);
  else memory.set(name, text);
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
    return true;
  } catch {
    return false;
  }
}

/** @param {string} name */
function stored(name) {
  if (memory.has(name)) return memory.get(name) ?? null;
  try {
    return localStorage.getItem(PREFIX + name);
  } catch {
    return null;
  }
}
