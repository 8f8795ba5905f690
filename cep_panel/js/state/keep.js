// What outlives the page: small documents in the browser's own storage, which all its pages share.
// A panel that may not keep anything, or has no room, goes on with what is in its memory.

const PREFIX = "multiplane.";
/** What the storage did not take. @type {Map<string, string>} */
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
  memory.delete(name);
  try {
    if (text === null) localStorage.removeItem(PREFIX + name);
    else localStorage.setItem(PREFIX + name, text);
    return true;
  } catch {
    if (text !== null) memory.set(name, text);
    return text === null;
  }
}

/**
 * Names of all that is kept and begins so, in order.
 * @param {string} start
 * @returns {string[]}
 */
export function kept(start) {
  const names = new Set(memory.keys());
  try {
    for (const key of Object.keys(localStorage)) {
      if (key.startsWith(PREFIX)) names.add(key.slice(PREFIX.length));
    }
  } catch {
    // Only what is in the memory.
  }
  return [...names].filter((name) => name.startsWith(start)).sort();
}

/**
 * Call when another page has kept something else under this name.
 * @param {string} name
 * @param {() => void} changed
 */
export function onOthers(name, changed) {
  addEventListener("storage", (event) => {
    if (event.key === PREFIX + name) changed();
  });
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
