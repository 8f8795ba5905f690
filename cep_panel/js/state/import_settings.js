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
  }

  keep() {
    const { handles, dissolve, media } = this;
    keep(NAME, { handles, dissolve, media });
  }
}
