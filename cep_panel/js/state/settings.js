// What the user has chosen of the panel itself, beside its language.

import { fieldsOf } from "../board/document.js";
import { keep, recall } from "./keep.js";

const NAME = "settings";

/** @typedef {"host" | "dark" | "light"} ThemeChoice */

export class Settings {
  constructor() {
    const kept = fieldsOf(recall(NAME));
    /** @type {ThemeChoice} */
    this.theme = kept.theme === "dark" || kept.theme === "light" ? kept.theme : "host";
    /** Whether the server is started with the panel, where that can be done. */
    this.startsServer = kept.startsServer !== false;
  }

  keep() {
    const { theme, startsServer } = this;
    keep(NAME, { theme, startsServer });
  }
}
