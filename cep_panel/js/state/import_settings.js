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
    /** Import each shot as soon as it is made. */
    this.whenMade = kept.whenMade === true;
    /** Show what was imported in the host. */
    this.opens = kept.opens !== false;
    /** Select the shot whose comp is selected in the host. */
    this.follows = kept.follows !== false;
  }

  keep() {
    const { handles, dissolve, media, whenMade, opens, follows } = this;
    keep(NAME, { handles, dissolve, media, whenMade, opens, follows });
  }
}
