// Elements with text in them. Texts are never read as HTML: they come from servers and files.

/** @typedef {import("./page.js").PageElements} PageElements */

/** What hears of an event. @typedef {((event: Event) => void) | ((event: KeyboardEvent) => void)} Heard */

/**
 * @template {keyof HTMLElementTagNameMap} Tag
 * @param {Tag} tag
 * @param {Record<string, string | boolean | Heard>} [attributes]  `on...` listens; true and false
 *   set and leave out
 * @param {...(Node | string)} children
 * @returns {HTMLElementTagNameMap[Tag]}
 */
export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name.slice(2), /** @type {EventListener} */ (value));
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false) made.setAttribute(name, value);
  }
  made.append(...children);
  return made;
}

/**
 * An element of the page that must be there.
 * @template {keyof PageElements} Id
 * @param {Id} id
 * @returns {PageElements[Id]}
 */
export function byId(id) {
  const found = document.getElementById(id);
  if (!found) throw new Error(`The page has no element "${id}".`);
  return /** @type {PageElements[Id]} */ (found);
}

/**
 * Set a text only where it differs: readers for the blind and selections notice every change.
 * @param {HTMLElement} at
 * @param {string} text
 */
export function say(at, text) {
  if (at.textContent !== text) at.textContent = text;
}
