// Undo and redo: two buttons, and the keys that every program has for them.

import { t } from "../text/text.js";
import { byId } from "./element.js";

export class UndoView {
  /** @param {{undo: () => void, redo: () => void}} actions */
  constructor(actions) {
    byId("undo").addEventListener("click", actions.undo);
    byId("redo").addEventListener("click", actions.redo);
    addEventListener("keydown", (event) => {
      const key = event.key.toLowerCase();
      if (!(event.ctrlKey || event.metaKey) || event.altKey || (key !== "z" && key !== "y")) return;
      // Fields that are no part of the document: the browser's own undo is theirs.
      if (event.target instanceof Element && event.target.matches("#connect input, #import-settings input, #boards-part input")) return;
      event.preventDefault();
      if (key === "y" || event.shiftKey) actions.redo();
      else actions.undo();
    });
  }

  /** What each would take back, for people; "" for nothing. @param {string} undo @param {string} redo */
  show(undo, redo) {
    for (const [id, what, told, nothing] of /** @type {const} */ ([
      ["undo", undo, "undo.what", "undo.nothing"], ["redo", redo, "redo.what", "redo.nothing"],
    ])) {
      const button = byId(id);
      // A disabled button would lose the focus.
      button.setAttribute("aria-disabled", String(what === ""));
      button.title = what === "" ? t(nothing) : t(told, { what });
      button.setAttribute("aria-label", button.title);
    }
  }
}
