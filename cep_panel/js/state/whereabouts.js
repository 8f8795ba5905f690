// Where the user is in the panel: outlives the page.

import { fieldsOf, shotsOf } from "../board/document.js";
import { keep, recall } from "./keep.js";

/** @typedef {import("../panes/pane.js").Tab} Tab */
/** @typedef {import("../panes/pane.js").Tool} Tool */
/** @typedef {import("../panes/pane.js").Page} Page */

const NAME = "place";
const TABS = ["shots", "shot", "import"];
const TOOLS = ["picture", "layers", "camera"];

export class Whereabouts {
  constructor() {
    const kept = fieldsOf(recall(NAME));
    /** @type {Tab} */
    this.tab = TABS.includes(String(kept.tab)) ? /** @type {Tab} */ (kept.tab) : "shots";
    /** @type {Tool} */
    this.tool = TOOLS.includes(String(kept.tool)) ? /** @type {Tool} */ (kept.tool) : "picture";
    /** @type {Page} */
    this.page = "";
    /** Id of the selected shot, which the document may have no more. */
    this.shot = String(kept.shot ?? "");
  }

  /** @param {Partial<{tab: Tab, tool: Tool, page: Page, shot: string}>} change */
  go(change) {
    Object.assign(this, change);
    const { tab, tool, shot } = this;
    keep(NAME, { tab, tool, shot });
  }

  /**
   * The selected shot; the first one where the document does not have it.
   * @param {import("../board/work.js").Work} work
   * @returns {{id: string, index: number}}  index -1: there are no shots
   */
  selected({ board }) {
    const ids = shotsOf(board).map((shot) => String(shot.id ?? ""));
    const index = Math.max(ids.indexOf(this.shot), ids.length > 0 ? 0 : -1);
    return { id: index < 0 ? "" : ids[index], index };
  }
}
