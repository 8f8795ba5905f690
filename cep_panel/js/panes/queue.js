// What waits and what is being made, in its order: moved, paused and cancelled from here.

import { shotsOf } from "../board/document.js";
import { ENDED } from "../state/jobs.js";
import { lastingOf } from "../text/amounts.js";
import { t } from "../text/text.js";
import { textInWords } from "../text/told.js";
import { element, say } from "../view/element.js";
import { ofShot } from "../view/words.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */
/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */

const MOST_SHOTS = 100;

export class QueuePane {
  /** @type {Map<string, Row>} */
  #rows = new Map();
  /** Jobs whose shots are being asked for. @type {Set<string>} */
  #asked = new Set();
  #isShown = false;
  #timer = 0;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.pause = element("button", { type: "button", onclick: () => this.#pauseAll() });
    this.note = element("p", { class: "quiet-text", role: "status" });
    this.none = element("p", { class: "hint" }, t("queue.none"));
    this.help = element("p", { class: "hint" }, t("queue.help"));
    this.list = element("ol", { class: "rows" });
    this.element = element("div", { class: "page-part" },
      element("div", { class: "page-bar" }, this.note, this.pause), this.none, this.list, this.help);
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show({ page, jobs, online }) {
    const isShown = page === "queue";
    if (isShown !== this.#isShown) {
      clearInterval(this.#timer);
      // What is left falls from second to second.
      if (isShown) this.#timer = window.setInterval(() => this.panel.draw(), 1000);
    }
    this.#isShown = isShown;
    if (!isShown) return;
    const open = jobs.filter(({ job }) => !ENDED.has(job.state))
      .sort((a, b) => (a.job.position ?? 0) - (b.job.position ?? 0));
    const { paused, note } = this.panel.jobs.queue;
    this.pause.disabled = !online;
    say(this.pause, t(paused ? "queue.resume_all" : "queue.pause_all"));
    say(this.note, paused ? t("queue.is_paused") : note ? textInWords(note) : t("queue.count", { n: open.length }));
    this.none.hidden = open.length > 0;
    this.help.hidden = open.length < 2;
    this.#place(open, online, paused);
  }

  close() {
    clearInterval(this.#timer);
  }

  /** @param {KnownJob[]} open @param {boolean} online @param {boolean} paused */
  #place(open, online, paused) {
    const there = new Set(open.map(({ job }) => job.job));
    for (const [id, row] of this.#rows) {
      if (there.has(id)) continue;
      const hadFocus = row.root.contains(document.activeElement);
      row.root.remove();
      this.#rows.delete(id);
      if (hadFocus) this.pause.focus();
    }
    open.forEach((known, index) => {
      const id = known.job.job;
      let row = this.#rows.get(id);
      if (!row) {
        row = new Row(known, this.#actions(id));
        this.#rows.set(id, row);
      }
      const at = this.list.children[index];
      if (at !== row.root) {
        const focused = row.root.contains(document.activeElement) ? document.activeElement : null;
        this.list.insertBefore(row.root, at ?? null);
        if (focused instanceof HTMLElement) focused.focus();
      }
      row.show(known, { index, many: open.length, online, isQueuePaused: paused });
      if (row.isOpen && known.shots === null) this.#load(id);
    });
  }

  /** @param {string} job @returns {Actions} */
  #actions(job) {
    const ask = (/** @type {() => Promise<unknown>} */ work) => this.panel.attempt(async () => {
      await work();
    });
    const { connection } = this.panel;
    return {
      move: (by) => ask(() => this.#move(job, by)),
      pause: (isPaused) => ask(() => connection.ask(isPaused ? "resume" : "pause", { job })),
      cancel: () => ask(() => connection.ask("cancel", { job })),
      cancelShot: (shot) => ask(() => connection.ask("cancel", { job, shot })),
      open: () => ask(async () => {
        await this.panel.following.open(job);
        this.panel.goTo("shots");
      }),
      unfold: () => this.panel.draw(),
    };
  }

  /** @param {string} job @param {-1 | 1} by */
  async #move(job, by) {
    const order = [...this.list.children].map((row) => String(/** @type {HTMLElement} */ (row).dataset.job));
    const at = order.indexOf(job);
    const to = at + by;
    if (at < 0 || to < 0 || to >= order.length) return;
    const rest = order.filter((one) => one !== job);
    await this.panel.connection.ask("reorder", { job, before: rest[to] ?? null });
    this.panel.announce(t("queue.moved", { place: to + 1, n: order.length }));
  }

  #pauseAll() {
    this.panel.attempt(async () => {
      await this.panel.connection.ask(this.panel.jobs.queue.paused ? "resume" : "pause");
    });
  }

  /** @param {string} job */
  async #load(job) {
    if (this.#asked.has(job)) return;
    this.#asked.add(job);
    await this.panel.attempt(async () => {
      const said = await this.panel.connection.ask("job.get", { job });
      this.panel.jobs.setShots(said.job, said.shots, said.storyboard);
    });
    this.#asked.delete(job);
  }
}

/**
 * @typedef {object} Actions
 * @property {(by: -1 | 1) => void} move
 * @property {(isPaused: boolean) => void} pause
 * @property {() => void} cancel
 * @property {(shot: string) => void} cancelShot
 * @property {() => void} open
 * @property {() => void} unfold
 */

/** One job. */
class Row {
  #isPaused = false;
  #shots = "";

  /**
   * @param {KnownJob} known
   * @param {Actions} actions
   */
  constructor({ job }, actions) {
    this.actions = actions;
    const button = (/** @type {import("../text/text.js").Key} */ key, /** @type {() => void} */ act) =>
      element("button", { type: "button", "aria-label": `${t(key)}: ${job.title}`, onclick: act }, t(key));
    this.up = element("button", { type: "button", class: "icon", "aria-label": `${t("queue.up")}: ${job.title}`, title: t("queue.up"), onclick: () => actions.move(-1) }, "↑");
    this.down = element("button", { type: "button", class: "icon", "aria-label": `${t("queue.down")}: ${job.title}`, title: t("queue.down"), onclick: () => actions.move(1) }, "↓");
    this.pause = button("queue.pause", () => actions.pause(this.#isPaused));
    this.cancel = button("queue.cancel", actions.cancel);
    this.openIt = button("queue.open", actions.open);
    this.title = element("strong", { dir: "auto" });
    this.state = element("p", { class: "row-state" });
    this.progress = element("progress", { max: "1", "aria-label": t("queue.progress", { job: job.title }) });
    this.shots = element("ul", { class: "queue-shots" });
    this.details = element("details", { ontoggle: actions.unfold }, element("summary", {}, t("queue.shots")), this.shots);
    this.root = element("li", { class: "row", "data-job": job.job, tabindex: "-1" },
      element("div", { class: "row-head" }, this.title, this.up, this.down), this.state, this.progress,
      element("div", { class: "actions" }, this.openIt, this.pause, this.cancel), this.details);
    this.root.addEventListener("keydown", (event) => {
      const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
      if (!event.altKey || by === 0) return;
      event.preventDefault();
      actions.move(by === 1 ? 1 : -1);
    });
  }

  get isOpen() {
    return this.details.open;
  }

  /**
   * @param {KnownJob} known
   * @param {{index: number, many: number, online: boolean, isQueuePaused: boolean}} place
   */
  show({ job, heard, shots, storyboard }, { index, many, online, isQueuePaused }) {
    this.#isPaused = job.state === "paused";
    this.root.dataset.state = job.state;
    say(this.title, job.title || t("boards.nameless"));
    const done = (job.counts.finished ?? 0) + (job.counts.failed ?? 0) + (job.counts.cancelled ?? 0);
    this.progress.value = job.shots ? done / job.shots : 0;
    const left = job.seconds_left === null ? null : Math.max(1, job.seconds_left - (Date.now() - heard) / 1000);
    const parts = [t("queue.made", { done: job.counts.finished ?? 0, n: job.shots })];
    if (job.counts.failed) parts.push(t("queue.failed", { n: job.counts.failed }));
    if (this.#isPaused) parts.push(t("queue.job_paused"));
    else if (job.note && !isQueuePaused) parts.push(textInWords(job.note)); // that of the queue stands above
    else if (left !== null && !isQueuePaused) parts.push(t("left.about", { time: lastingOf(left) }));
    say(this.state, parts.join(" · "));
    say(this.pause, t(this.#isPaused ? "queue.resume" : "queue.pause"));
    this.pause.setAttribute("aria-label", `${t(this.#isPaused ? "queue.resume" : "queue.pause")}: ${job.title}`);
    // A button that is out of use keeps the focus: it is only marked.
    mark(this.up, index > 0 && online);
    mark(this.down, index < many - 1 && online);
    for (const one of [this.pause, this.cancel, this.openIt]) one.disabled = !online;
    if (this.isOpen) this.#showShots([...(shots?.values() ?? [])], shotsOf(storyboard), online);
  }

  /** @param {ShotView[]} all @param {unknown[]} entries  of the storyboard, if it is known @param {boolean} online */
  #showShots(all, entries, online) {
    const open = all.filter((shot) => shot.state === "running" || shot.state === "queued")
      .sort((a, b) => Number(b.state === "running") - Number(a.state === "running") || a.index - b.index);
    const key = JSON.stringify([open.map(({ id, state, step, done, total }) => [id, state, step, done, total]), online]);
    if (key === this.#shots) return;
    this.#shots = key;
    const focused = document.activeElement instanceof HTMLElement ? document.activeElement.dataset.shot : undefined;
    this.shots.replaceChildren(
      ...open.slice(0, MOST_SHOTS).map((shot) => {
        const cancel = element("button", {
          type: "button", class: "quiet", "data-shot": shot.id, "aria-label": `${t("queue.cancel")}: ${shot.id}`,
          onclick: () => this.actions.cancelShot(shot.id),
        }, t("queue.cancel"));
        cancel.disabled = !online;
        return element("li", { class: "queue-shot" }, element("span", { dir: "auto" }, shot.id),
          element("span", { class: "quiet-text" }, ofShot(shot, entries[shot.index], online)), cancel);
      }),
      ...(open.length > MOST_SHOTS ? [element("li", { class: "quiet-text" }, t("more.count", { n: open.length - MOST_SHOTS }))] : []),
    );
    const again = focused === undefined ? undefined : [...this.shots.querySelectorAll("button")].find((one) => one.dataset.shot === focused);
    if (again) again.focus();
    else if (focused !== undefined && document.activeElement === document.body) this.details.querySelector("summary")?.focus();
  }
}

/** @param {HTMLButtonElement} button @param {boolean} isOfUse */
function mark(button, isOfUse) {
  button.setAttribute("aria-disabled", String(!isOfUse));
}
