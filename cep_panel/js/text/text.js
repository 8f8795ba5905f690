// Texts in the user's language. Every text that the panel shows by itself stands in a catalogue; for
// what the server and the hosts say see told.js.

import { keep, recall } from "../state/keep.js";
import { en } from "./en.js";
import { ja } from "./ja.js";

/** @typedef {keyof typeof en} Key */
/** Forms by the plural category of `n`. @typedef {Partial<Record<Intl.LDMLPluralRule, string>> & {other: string}} Plural */
/** @typedef {string | Plural} Entry */
/** @typedef {"en" | "ja"} Language */

/** @type {Record<Language, Record<Key, Entry>>} */
const CATALOGUES = { en, ja };
const NAME = "language";
/** How each language calls itself. @type {Record<Language, string>} */
export const LANGUAGES = { en: "English", ja: "日本語" };

let current = /** @type {Language} */ ("en");

/** What the user has chosen; "auto": the host's, or the browser's. @returns {Language | "auto"} */
export function chosenLanguage() {
  const chosen = recall(NAME);
  return chosen === "en" || chosen === "ja" ? chosen : "auto";
}

/** Takes effect when the page is loaded again. @param {Language | "auto"} language */
export function chooseLanguage(language) {
  keep(NAME, language === "auto" ? null : language);
}

/**
 * Speak the chosen language from now on.
 * @param {string | undefined} host  the host's language, as BCP 47 or as Adobe's en_US; none: the
 *   browser's
 */
export function speak(host) {
  const chosen = chosenLanguage();
  const wanted = chosen === "auto" ? (host || navigator.language || "en").slice(0, 2).toLowerCase() : chosen;
  current = wanted === "ja" ? "ja" : "en";
  document.documentElement.lang = current;
}

/** The language that is spoken, for Intl. */
export function language() {
  return current;
}

/**
 * A text with its values in place of {names}; `n` chooses the plural.
 * @param {Key} key
 * @param {Record<string, string | number>} [values]
 */
export function t(key, values = {}) {
  const entry = CATALOGUES[current][key];
  const text = typeof entry === "string" ? entry : entry[new Intl.PluralRules(current).select(Number(values.n))] ?? entry.other;
  return text.replace(/\{(\w+)\}/g, (whole, name) => {
    const value = values[name];
    return value === undefined ? whole : typeof value === "number" ? value.toLocaleString(current) : value;
  });
}

/**
 * The text of a name that comes from elsewhere, such as a shot's state.
 * @param {string} start  of the key, with its dot
 * @param {string} name
 * @param {string} [otherwise]  for a name that the catalogue lacks
 */
export function named(start, name, otherwise = name) {
  const key = start + name;
  return key in en ? t(/** @type {Key} */ (key)) : otherwise;
}

/** Put the texts into a page that names them. @param {ParentNode} root */
export function fillTexts(root) {
  for (const one of root.querySelectorAll("[data-t], [data-t-label], [data-t-title], [data-t-placeholder]")) {
    if (!(one instanceof HTMLElement)) continue;
    const { t: text, tLabel, tTitle, tPlaceholder } = /** @type {Record<string, Key | undefined>} */ (
      /** @type {unknown} */ (one.dataset));
    if (text) one.textContent = t(text);
    if (tLabel) one.setAttribute("aria-label", t(tLabel));
    if (tTitle) one.title = t(tTitle);
    if (tPlaceholder) one.setAttribute("placeholder", t(tPlaceholder));
  }
}
