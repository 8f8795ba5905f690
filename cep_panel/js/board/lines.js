// Prompts as text, one shot a line. A line stays the same line through edits of the lines around
// it, so that its shot keeps its camera and its id, and importing again updates the same comp.

import { PICTURE } from "./files.js";

const ENDS = /\r\n|[\n\r\u2028\u2029]/;
const BULLET = /^(?:[-*•–]|\d+[.)])\s+/;

/**
 * What each line says, without bullets and numbers; empty ones are left out.
 * @param {string} text
 * @returns {string[]}
 */
export function promptsIn(text) {
  return text
    .split(ENDS)
    .map((line) => line.trim().replace(BULLET, "").trim())
    .filter((line) => line !== "");
}

/**
 * The picture's name with which a prompt begins, in brackets as drawings are written; "" for none. Written
 * by hand it is words like any others.
 * @param {unknown} prompt
 */
export function drawingNamedIn(prompt) {
  const [, name = ""] = (typeof prompt === "string" && /^\s*\[([^[\]]+)\]/.exec(prompt)) || [];
  return PICTURE.test(name.trim()) ? name.trim() : "";
}

/**
 * Which line each prompt was before an edit. One that says the same is the same line; one that says
 * something else takes the place of one that is gone, as far as there are.
 * @param {string[]} before
 * @param {string[]} prompts
 * @returns {Array<number | null>}  by prompt: its index in `before`; null for a new line
 */
export function edited(before, prompts) {
  const most = Math.min(before.length, prompts.length);
  let head = 0;
  while (head < most && before[head] === prompts[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail] === prompts[prompts.length - 1 - tail]) tail += 1;
  const left = before.map((text, index) => ({ text, index })).slice(head, before.length - tail);
  const same = prompts.slice(head, prompts.length - tail).map((text) => {
    const at = left.findIndex((line) => line.text === text);
    return at < 0 ? null : left.splice(at, 1)[0].index;
  });
  const between = same.map((index) => index ?? left.shift()?.index ?? null);
  return prompts.map((_, index) => {
    if (index < head) return index;
    if (index >= prompts.length - tail) return index - prompts.length + before.length;
    return between[index - head];
  });
}
