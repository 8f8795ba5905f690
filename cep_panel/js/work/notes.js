// What a made shot's manifest says of it besides its doubts, such as what was left out of a drawing.

import { fieldsOf } from "../board/document.js";
import { sentence } from "../view/doubts.js";

/** `said`: by the server; `shown`: in the user's language. @typedef {{said: string, shown: string}} Note */

/** Doubts are told by the shot itself. @param {string} code */
function isDoubt(code) {
  return code.startsWith("doubt.") || code === "layers.touching";
}

/**
 * @param {unknown} manifest
 * @returns {Note[]}
 */
export function notesOf(manifest) {
  const { notices } = fieldsOf(manifest);
  const said = Array.isArray(notices) ? notices.map(fieldsOf) : [];
  return said
    .filter(({ code, text }) => text && !isDoubt(String(code)))
    .map(({ code, text, remedy, values }) => ({
      said: [text, remedy].filter(Boolean).join(" "),
      shown: sentence({
        code: String(code), text: String(text), remedy: remedy ? String(remedy) : null,
        values: /** @type {import("../text/told.js").Values} */ (fieldsOf(values)),
      }),
    }));
}
