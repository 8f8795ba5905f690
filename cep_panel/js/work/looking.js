// What the host's project holds, and what the user looks at in it: asked while the panel is shown.

import { t } from "../text/text.js";
import { troubleOf } from "../trouble.js";
import { element } from "../view/element.js";

const LOOK_MS = 1500;
/** The notice of a comp of another storyboard. */
const OTHER = "other-board";

export class Looking {
  /** What was active when it was asked last. */
  #key = "";
  #timer = 0;
  #isAsking = false;
  /** The job whose shots in the host are known as they are now. */
  #listed = "";
  /** Why the host could not tell. @type {import("../trouble.js").Trouble | null} */
  trouble = null;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    if (panel.host.active) this.#timer = window.setInterval(() => this.#look(), LOOK_MS);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** Ask again what the project holds: it may have changed. */
  doubt() {
    this.#listed = "";
    this.#list();
  }

  /**
   * Show a shot in the host, or with null all of them. To be shown what the panel has opened itself is
   * no news. Rejects as the host does.
   * @param {string} storyboard
   * @param {string | null} shot
   */
  async open(storyboard, shot) {
    const { host } = this.panel;
    this.#isAsking = true;
    try {
      await host.open?.(storyboard, shot);
      if (host.active) this.#key = (await host.active()).key;
    } finally {
      this.#isAsking = false;
    }
    this.doubt();
  }

  /** The document is of another job, or an import has ended. */
  see() {
    if (this.panel.work.job !== this.#listed) this.#list();
  }

  async #list() {
    const { host, importing, jobs, work } = this.panel;
    const known = jobs.get(work.job);
    if (!host.imported || !known?.shots || importing.progress || this.#isAsking) return;
    this.#isAsking = true;
    this.#listed = known.job.job;
    try {
      importing.imports.told(known.job.job, await host.imported(known.job.title, [...(known.shots?.keys() ?? [])]));
      this.trouble = null;
    } catch (error) {
      this.trouble = troubleOf(error); // An import says what it can do; this is only a comparison.
    }
    this.#isAsking = false;
    this.panel.draw();
  }

  async #look() {
    const { host, importing, settings } = this.panel;
    if (document.hidden || importing.progress || this.#isAsking || !host.active || !settings.follows) return;
    this.#isAsking = true;
    let active = null;
    try {
      active = await host.active();
    } catch {
      // The host is busy, or shows a dialog: the next time.
    }
    this.#isAsking = false;
    if (!active || active.key === this.#key) return;
    const isFirst = this.#key === "";
    this.#key = active.key;
    this.doubt(); // other comps may have come or gone
    this.panel.notices.clear(OTHER); // of the comp before
    if (active.shot !== null && !isFirst) this.#follow(active.storyboard, active.shot);
  }

  /**
   * Show the shot whose comp was selected.
   * @param {string | null} storyboard
   * @param {string} shot
   */
  #follow(storyboard, shot) {
    const { panel } = this;
    const known = panel.jobs.get(panel.work.job);
    const isOurs = known?.job.title === storyboard && known?.shots?.has(shot);
    if (isOurs) {
      this.#select(shot);
      return;
    }
    if (storyboard === null) return;
    const other = panel.jobs.boards().find(({ job }) => job.title === storyboard);
    const text = t("import.other_board", { shot, title: storyboard });
    panel.announce(text);
    if (!other) {
      panel.notices.news("mixed", text, [t("import.other_board.gone")], OTHER);
      return;
    }
    const open = element("button", {
      type: "button", onclick: () => panel.attempt(async () => {
        await panel.following.open(other.job.job);
        panel.notices.clear(OTHER);
        this.#select(shot);
      }),
    }, t("import.other_board.open", { title: storyboard }));
    panel.notices.news("good", text, [t("import.other_board.kept")], OTHER, [element("div", { class: "actions" }, open)]);
  }

  /** @param {string} shot  of the document */
  #select(shot) {
    const { panel } = this;
    panel.select(shot);
    if (panel.where.page === "" && panel.where.tab !== "import") panel.goTo("shot");
    panel.announce(t("import.followed", { shot, host: panel.verbs.title }));
  }
}
