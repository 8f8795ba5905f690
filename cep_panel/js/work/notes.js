// What a made shot's manifest says of it besides its doubts, such as what was left out of a drawing.

import { fieldsOf } from "../board/document.js";

/**
 * @param {unknown} manifest
 * @returns {string[]}  sentences
 */
export function notesOf(manifest) {
  const { notices } = fieldsOf(manifest);
  const said = Array.isArray(notices) ? notices.map(fieldsOf) : [];
  return said
    .filter(({ code, text }) => text && !String(code).startsWith("doubt."))
    .map(({ text, remedy }) => [text, remedy].filter(Boolean).join(" "));
}
