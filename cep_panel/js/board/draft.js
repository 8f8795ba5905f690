// What the user has written and chosen. It is kept after every change, and given back after
// anything: a closed panel, a crash, another day.

import { keep, recall } from "../state/keep.js";
import { fieldsOf } from "./document.js";
import { edited, promptsIn } from "./lines.js";
import { USUAL, freshTitle, fromLines, withCameras } from "./storyboard.js";

const NAME = "draft";

/** One draft: lines of text, or an opened storyboard. */
export class Draft {
  constructor() {
    const kept = fieldsOf(recall(NAME));
    /** As typed, bullets and empty lines included. */
    this.text = String(kept.text ?? "");
    /** @type {import("./lines.js").Line[]} */
    this.lines = edited(Array.isArray(kept.lines) ? kept.lines : [], promptsIn(this.text));
    /** @type {import("./storyboard.js").Setting} */
    this.setting = { ...USUAL, ...fieldsOf(kept.setting) };
    /** @type {import("./opened.js").Opened | null} */
    this.opened = /** @type {import("./opened.js").Opened | undefined} */ (kept.opened) ?? null;
    /** Frames, of imports. */
    this.handles = Number(kept.handles) || 0;
    this.dissolve = Number(kept.dissolve) || 0;
    /** @type {"films" | "comps"} */
    this.media = kept.media === "comps" ? "comps" : "films";
    /** False: the browser does not keep it (it is too large, or nothing may be kept). */
    this.isKept = true;
  }

  /** @param {string} text */
  retype(text) {
    this.text = text;
    this.lines = edited(this.lines, promptsIn(text));
    this.keep();
  }

  /** Begin with an empty page; the settings stay, but for the title. */
  clear() {
    this.text = "";
    this.lines = [];
    this.opened = null;
    this.setting.title = "";
    this.keep();
  }

  /** How many shots it has. */
  get shots() {
    return this.opened ? this.opened.document.shots.length : this.lines.length;
  }

  /** The storyboard to hand in. A text without a title gets one, and keeps it. */
  storyboard() {
    if (this.opened) return withCameras(this.opened.document, this.opened.cameras);
    if (this.setting.title.trim() === "") {
      this.setting.title = freshTitle();
      this.keep();
    }
    return fromLines(this.lines, this.setting);
  }

  keep() {
    const { text, lines, setting, opened, handles, dissolve, media } = this;
    this.isKept = keep(NAME, { text, lines, setting, opened, handles, dissolve, media });
  }
}
