// How shots are brought into the host, as the user has chosen it.

import { fieldsOf } from "../board/document.js";
import { keep, recall } from "./keep.js";

const NAME = "import";

export class ImportSettings {
  constructor() {
    const kept = fieldsOf(recall(NAME));
    /** Frames. */
    this.handles = Number(kept.handles) || 0;
    this.dissolve = Number(kept.dissolve) || 0;
    /** @type {"films" | "comps"} */
    this.media = kept.media === "comps" ? "comps" : "films";
    /** Which expressions comps get. */
    this.expressions = choiceOf(kept.expressions);
    /** Switch on the comps' own motion blur; else it stays as it is. */
    this.motionBlur = kept.motionBlur === true;
    /** Import each shot as soon as it is made. */
    this.whenMade = kept.whenMade === true;
    /** Show what was imported in the host. */
    this.opens = kept.opens !== false;
    /** Select the shot whose comp is selected in the host. */
    this.follows = kept.follows !== false;
  }

  keep() {
    const { handles, dissolve, media, expressions, motionBlur, whenMade, opens, follows } = this;
    keep(NAME, { handles, dissolve, media, expressions, motionBlur, whenMade, opens, follows });
  }
}

/** @param {unknown} kept @returns {"all" | "camera" | "none"} */
export function choiceOf(kept) {
  return kept === "camera" || kept === "none" ? kept : "all";
}
