// What a made shot's manifest says of it besides its doubts, such as what was left out of a drawing.

import { fieldsOf } from "../board/document.js";
import { withFileNames } from "../state/uploads.js";

/** Doubts are told by the shot itself. @param {string} code */
function isDoubt(code) {
  return code.startsWith("doubt.") || code === "layers.touching";
}

/**
 * @param {unknown} manifest
 * @returns {string[]}  sentences
 */
export function notesOf(manifest) {
  const { notices } = fieldsOf(manifest);
  const said = Array.isArray(notices) ? notices.map(fieldsOf) : [];
  return said
    .filter(({ code, text }) => text && !isDoubt(String(code)))
    .map(({ text, remedy }) => withFileNames([text, remedy].filter(Boolean).join(" ")));
}
