// The head's switch between storyboards: the name of the one that is open, and a list to search.

import { aboutShot } from "../board/shot.js";
import { cleared, copied, isBlank } from "../board/work.js";
import { ENDED } from "../state/jobs.js";
import { t } from "../text/text.js";
import { Drop } from "./drop.js";
import { byId, element, say } from "./element.js";
import { namesOfJobs } from "./history.js";

/** @typedef {import("../board/work.js").Work} Work */

/**
 * @typedef {object} Actions
 * @property {(job: string) => void} select
 * @property {(given: import("../work/opening.js").Given[]) => Promise<void>} open
 * @property {() => void} remove
 * @property {() => void} began  an empty document is there to be written
 */

export class BoardsView {
  /** @type {Array<[string, string]>} */
  #names = [];
  #listed = "";

  /**
   * @param {import("../state/steps.js").Steps} steps
   * @param {Actions} actions
   */
  constructor(steps, actions) {
    this.steps = steps;
    this.actions = actions;
    this.drop = new Drop("boards", "boards-part", () => {
      this.#list();
      byId("boards-search").focus();
    });
    byId("boards-search").addEventListener("input", () => this.#list());
    byId("boards-part").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.#key(event));
    byId("boards-list").addEventListener("click", (/** @type {Event} */ event) => {
      const button = event.target instanceof Element ? event.target.closest("button") : null;
      if (!button) return;
      this.#close();
      actions.select(String(button.dataset.job));
    });
    byId("new").addEventListener("click", () => {
      steps.change(cleared(steps.now), t("step.new"));
      this.#close();
      actions.began();
    });
    byId("duplicate").addEventListener("click", () => {
      const title = t("boards.copy_of", { title: nameOf(steps.now) });
      steps.change(copied(steps.now, title), t("step.duplicate"));
      this.#close();
    });
    byId("remove-job").addEventListener("click", () => {
      this.#close();
      actions.remove();
    });
    const chooser = byId("open-files");
    byId("open").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", async () => {
      const files = [...(chooser.files ?? [])];
      chooser.value = ""; // so that the same file can be chosen again
      this.drop.open(false);
      if (files.length > 0) await actions.open(files.map((file) => ({ file, path: file.name })));
    });
  }

  /** @param {Readonly<import("../panes/pane.js").PanelState>} state */
  show({ work, known, jobs, importing, online }) {
    const name = nameOf(work);
    say(byId("boards-name"), name);
    byId("boards").title = name;
    byId("new").disabled = isBlank(work) && !work.board.title;
    byId("duplicate").disabled = work.board.shots.length === 0;
    byId("remove-job").hidden = known === null || !ENDED.has(known.job.state);
    byId("remove-job").disabled = !online || importing !== null;
    this.#names = namesOfJobs(jobs.map(({ job }) => job).filter((job) => !job.variation_of));
    this.open = known?.job.job ?? "";
    if (this.drop.isOpen) this.#list();
  }

  #close() {
    this.drop.open(false);
    this.drop.button.focus();
  }

  #list() {
    const sought = byId("boards-search").value.trim().toLocaleLowerCase();
    const found = this.#names.filter(([, name]) => name.toLocaleLowerCase().includes(sought));
    const key = JSON.stringify([found, this.open]);
    if (key === this.#listed) return;
    this.#listed = key;
    byId("boards-none").hidden = found.length > 0;
    byId("boards-list").replaceChildren(...found.map(([job, name]) => element("li", {}, element("button", {
      type: "button", "data-job": job, dir: "auto", "aria-current": job === this.open ? "true" : false, title: name,
    }, name))));
  }

  /** Arrow keys go through the list. @param {KeyboardEvent} event */
  #key(event) {
    if (event.key !== "ArrowDown" && event.key !== "ArrowUp") return;
    const all = [byId("boards-search"), ...byId("boards-list").querySelectorAll("button")];
    const at = all.findIndex((one) => one === document.activeElement);
    if (at < 0) return;
    event.preventDefault();
    all[Math.min(all.length - 1, Math.max(0, at + (event.key === "ArrowDown" ? 1 : -1)))].focus();
  }
}

/** What a document is called before it has a title. @param {Work} work */
export function nameOf({ board, name, names }) {
  const title = String(board.title ?? "").trim() || name;
  if (title) return title;
  return board.shots.length > 0 ? aboutShot(board.shots[0], names) : t("boards.untitled");
}
