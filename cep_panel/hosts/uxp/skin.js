// How the host looks, as UXP tells its pages: a name, and no colours.

/** The part of UXP's document. @typedef {{getCurrent: () => string,
 *   onUpdated?: {addListener: (listener: (name: string) => void) => void}}} Theme */

/**
 * The host's skin; null for a program that does not say: the panel asks the system.
 * @param {Document & {theme?: Theme}} page
 * @returns {import("../adapter.js").HostSkin | null}
 */
export function skinOf({ theme }) {
  try {
    return theme ? skinNamed(theme.getCurrent()) : null;
  } catch {
    return null;
  }
}

/**
 * Tell of the host's skin whenever it changes.
 * @param {Document & {theme?: Theme}} page
 * @param {(skin: import("../adapter.js").HostSkin) => void} listener
 */
export function followSkin({ theme }, listener) {
  theme?.onUpdated?.addListener((name) => listener(skinNamed(name)));
}

/**
 * "light" and "lightest", "dark" and "darkest".
 * @param {string} name
 * @returns {import("../adapter.js").HostSkin}
 */
function skinNamed(name) {
  return { theme: String(name).startsWith("light") ? "light" : "dark" };
}
