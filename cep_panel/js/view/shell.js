// The frame around the panes: tabs, the tools of a shot, and the pages of the menu.

import { t } from "../text/text.js";
import { Drop } from "./drop.js";
import { byId, say } from "./element.js";
import { Tabs } from "./tabs.js";

/** @typedef {import("../panes/pane.js").Tab} Tab */
/** @typedef {import("../panes/pane.js").Tool} Tool */
/** @typedef {import("../panes/pane.js").Page} Page */

const WIDE = "(min-width: 900px)";
/** @type {Array<Exclude<Page, "">>} */
const PAGES = ["history", "models", "queue", "settings"];
/** @type {Tab[]} */
const TABS = ["shots", "shot", "import"];
/** @type {Tool[]} */
const TOOLS = ["picture", "layers", "camera"];

/**
 * @typedef {object} Actions
 * @property {(tab: Tab) => void} goTo
 * @property {(tool: Tool) => void} take
 * @property {(page: Page) => void} openPage
 */

export class Shell {
  /** @type {Page} */
  #page = "";

  /** @param {Actions} actions */
  constructor(actions) {
    /** @type {Tabs<Tab>} */
    this.tabs = new Tabs(byId("tabs"), actions.goTo);
    /** @type {Tabs<Tool>} */
    this.tools = new Tabs(byId("tools"), actions.take);
    this.menu = new Drop("more-menu", "more-part", () => this.menu.part.querySelector("button")?.focus());
    this.wide = matchMedia(WIDE);
    this.menu.part.addEventListener("click", (event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (!button) return;
      this.menu.open(false);
      actions.openPage(/** @type {Page} */ (button.dataset.page));
    });
    this.menu.part.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
      const all = [...this.menu.part.querySelectorAll("button")];
      const at = all.findIndex((one) => one === document.activeElement);
      all[(at + (event.key === "ArrowDown" ? 1 : -1) + all.length) % all.length].focus();
      event.preventDefault();
    });
    byId("page-back").addEventListener("click", () => actions.openPage(""));
    byId("page").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape" && !event.defaultPrevented) actions.openPage("");
    });
  }

  /**
   * @param {Tab} tab
   * @param {Tool} tool
   * @param {Page} page
   */
  show(tab, tool, page) {
    // Three columns show the shots always; the third is the shot's or the import's.
    const isWide = this.wide.matches;
    const shown = isWide && tab === "shots" ? "shot" : tab;
    Object.assign(document.body.dataset, { tab: shown, tool, page });
    this.tabs.show(shown);
    this.tools.show(tool);
    for (const one of TABS) byId(`pane-${one}`).hidden = page !== "" || (isWide ? one === "import" && shown !== one : one !== shown);
    for (const one of TOOLS) byId(`tools-${one}`).hidden = one !== tool;
    for (const one of PAGES) byId(`pane-${one}`).hidden = one !== page;
    byId("tabs").hidden = page !== "";
    byId("page").hidden = page === "";
    if (page !== "") say(byId("page-title"), t(`page.${page}`));
    this.#focus(page);
  }

  /** A page takes the focus, and gives it back. @param {Page} page */
  #focus(page) {
    if (page === this.#page) return;
    this.#page = page;
    if (page !== "") byId("page-title").focus();
    else byId("more-menu").focus();
  }
}
