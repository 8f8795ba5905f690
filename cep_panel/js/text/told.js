// What servers and hosts say, in the user's language: by the error's code with the values that it was told
// with. What has no code is known by the shape of its sentence. What no catalogue has stays as it was said.

import { language } from "./text.js";
import { toldHostsJa } from "./told_hosts_ja.js";
import { toldJa } from "./told_ja.js";
import { toldSentencesJa } from "./told_sentences_ja.js";

/** @typedef {Record<string, string | number>} Values  what sentences were told with; none by older servers */
/** @typedef {{code?: string | null, message: string, remedy?: string | null, values?: Values}} Said */
/** A text, or several, of which the first is taken that needs no value which is not there.
 * @typedef {string | string[]} Wording */
/** Of a code: what is wrong, and what to do. @typedef {[message: Wording, remedy?: Wording]} Texts */

/** @type {Record<string, Texts>} */
const CODES = { ...toldJa, ...toldHostsJa };
const NAMES = /\{(\w+)\}/g;
/** With "*", those that begin with a name before those that end with one, and the longest first. */
const PATTERNS = Object.keys(CODES).filter((key) => key.includes("*"))
  .sort((a, b) => Number(a.startsWith("*")) - Number(b.startsWith("*")) || b.length - a.length)
  .map((key) => ({ key, shape: shapeOf(key.split("*"), "[^]*?") }));

/** @type {Array<{shape: RegExp, names: string[], text: string}> | null} */
let sentences = null;

/**
 * @param {Said} said
 * @returns {{message: string, remedy: string | null}}
 */
export function inWords({ code, message, remedy = null, values = {} }) {
  if (language() !== "ja") return { message, remedy };
  const all = allTextsOf(String(code ?? ""));
  return {
    message: told(all.map(([known]) => known), values, message),
    remedy: remedy ? told(all.map(([, help]) => help), values, remedy) : remedy,
  };
}

/** By its values, else by the sentence, else as the code alone says it. @param {Array<Wording | undefined>} wordings
 * those of the code, then those of what is like it @param {Values} values @param {string} said */
function told(wordings, values, said) {
  const named = wordings.flatMap((one) => one ?? []).map((text) => ({
    text, names: [...text.matchAll(NAMES)].map(([, name]) => name),
  }));
  const full = named.find(({ names }) => names.length > 0 && names.every((name) => name in values));
  if (full) return full.text.replace(NAMES, (_, name) => textInWords(String(values[name])));
  return sentence(said) ?? named.find(({ names }) => names.length === 0)?.text ?? said;
}

/** A sentence, or part of one, that comes without a code. @param {string} text */
export function textInWords(text) {
  return language() === "ja" ? sentence(text) ?? text : text;
}

/**
 * What a catalogue says of a code; null where it says nothing.
 * @param {string} code
 * @returns {Texts | null}
 */
export function textsOf(code) {
  return allTextsOf(code)[0] ?? null;
}

/** That of the code itself, then those of all like it, the nearest first. @param {string} code */
function allTextsOf(code) {
  const own = code in CODES ? [CODES[code]] : [];
  return [...own, ...PATTERNS.filter(({ shape }) => shape.test(code)).map(({ key }) => CODES[key])];
}

/** A text of one sentence, or of several of which the first is known. @param {string} text @returns {string | null} */
function sentence(text) {
  const whole = matched(text);
  if (whole !== null) return whole;
  for (let at = text.indexOf(". "); at > 0; at = text.indexOf(". ", at + 1)) {
    const first = matched(text.slice(0, at + 1));
    const rest = text.slice(at + 2);
    if (first !== null) return first + (sentence(rest) ?? rest);
  }
  return null;
}

/** @param {string} text @returns {string | null} */
function matched(text) {
  sentences ??= toldSentencesJa.map(([english, japanese]) => ({
    shape: shapeOf(english.split(/\{\w+\}/), "([^]+?)"),
    names: [...english.matchAll(/\{(\w+)\}/g)].map(([, name]) => name),
    text: japanese,
  }));
  for (const { shape, names, text: japanese } of sentences) {
    const found = shape.exec(text);
    if (!found) continue;
    const values = new Map(names.map((name, index) => [name, found[index + 1]]));
    return japanese.replace(/\{(\w+)\}/g, (_, name) => {
      const value = values.get(name) ?? "";
      return sentence(value) ?? value;
    });
  }
  return null;
}

/** All of a text, with something between its parts. @param {string[]} parts @param {string} between */
function shapeOf(parts, between) {
  return new RegExp(`^${parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")).join(between)}$`);
}
