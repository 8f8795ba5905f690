// The picture of the selected shot: its seed, the same shot with other seeds beside it, two of them
// compared, one kept. What it was before stays among them.

import { fieldsOf } from "../board/document.js";
import { withSeed } from "../board/work.js";
import { Compare } from "../picture/compare.js";
import { t } from "../text/text.js";
import { troubleOf } from "../trouble.js";
import { element, say } from "../view/element.js";
import { handingOn } from "../view/focus.js";
import { ofShot } from "../view/words.js";

/** @typedef {import("../panel.js").Panel} Panel */
/** @typedef {import("./pane.js").PanelState} PanelState */
/** @typedef {import("../../../shared_schema/multiplane").VariationView} VariationView */
/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */

/** A picture of the shot as it is now. @typedef {{view: VariationView, shot: ShotView}} Taken */

const VARIATIONS = 4;
const LARGE = 960; // px that a compared picture is wide, about

export class PicturePane {
  /** @type {Readonly<PanelState> | null} */
  #state = null;
  /** Of which shot the pictures are; "" for none. */
  #key = "";
  #seed = 0;
  /** @type {VariationView[]} */
  #views = [];
  /** Jobs of the pictures that are chosen, the one chosen last at the end. @type {string[]} */
  #chosen = [];
  /** What is kept once it is painted. @type {{key: string, seed: number} | null} */
  #wanted = null;
  #isAsking = false;
  /** What was asked for last. */
  #asked = "";
  /** Pictures while they are painted, by job. @type {Map<string, string>} */
  #previews = new Map();

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.compare = new Compare();
    this.lock = element("input", { type: "checkbox", onchange: () => this.#lock(this.lock.checked) });
    this.seed = element("output", { class: "seed-number" });
    this.lockHelp = element("p", { class: "hint" }, t("picture.lock.help"));
    this.four = element("button", { type: "button", onclick: () => this.#isAsking || this.#vary(VARIATIONS) }, t("picture.variations", { n: VARIATIONS }));
    this.again = element("button", { type: "button", title: t("picture.again.help"), onclick: () => this.#isAsking || this.#again() }, t("picture.again"));
    this.list = element("ul", { class: "takes", "aria-label": t("picture.list") });
    this.help = element("p", { class: "hint", role: "status" });
    this.keep = element("div", { class: "actions" });
    this.none = element("p", { class: "hint" });
    this.some = element("div", { class: "picture-some" },
      element("div", { class: "seed" }, element("span", {}, t("picture.seed"), " ", this.seed),
        element("label", { class: "check" }, this.lock, " ", t("picture.lock"))),
      this.lockHelp,
      element("div", { class: "actions" }, this.four, this.again),
      this.list, element("div", { class: "take-keep" }, this.help, this.keep));
    this.element = element("div", { class: "picture-tool" }, this.none, this.some);
  }

  /** @param {Readonly<PanelState>} state */
  show(state) {
    handingOn(this.element, () => this.#show(state), () => this.#current);
  }

  /** The picture that the shot has among the others; until there are some, the lock. @returns {HTMLElement} */
  get #current() {
    /** @type {HTMLElement | null} */
    const now = this.list.querySelector("[data-state=now] button");
    return now ?? this.list.querySelector("button") ?? this.lock;
  }

  /** @param {Readonly<PanelState>} state */
  #show(state) {
    this.#state = state;
    const { work, index, selected, shot, online, known } = state;
    const isOpen = state.tool === "picture" && state.page === "" && state.tab !== "import";
    const isPainted = Boolean(fieldsOf(work.board.shots[index]).prompt);
    const key = shot && isPainted ? `${work.job} ${selected}` : "";
    if (key !== this.#key) this.#begin(key);
    this.#keepWanted();
    this.#compareOnStage(isOpen);
    if (!isOpen) return;
    this.some.hidden = key === "";
    this.none.hidden = key !== "";
    say(this.none, index < 0 ? t("layers.no_shot") : t(isPainted ? "picture.not_made" : "picture.drawing"));
    if (key === "") return;
    // Asked for anew where another client, or the server, has made some more.
    const others = this.panel.jobs.variationsOf(work.job, selected).filter((job) => !this.#views.some((view) => view.job === job));
    const asked = [key, shot?.result, ...others].join(" ");
    if (online && known && !this.#isAsking && this.#asked !== asked) {
      this.#asked = asked;
      this.#ask("shot.pictures", {});
    }
    const own = fieldsOf(work.board.shots[index]).seed;
    this.lock.checked = typeof own === "number";
    say(this.seed, String(typeof own === "number" ? own : this.#seed));
    for (const button of [this.four, this.again]) {
      button.disabled = !online;
      button.setAttribute("aria-disabled", String(this.#isAsking)); // for a moment: it keeps the focus
    }
    this.#showTakes();
  }

  /** @param {string} job @param {string} _shot @param {Blob} picture */
  preview(job, _shot, picture) {
    if (!this.#views.some((view) => view.job === job)) return;
    const before = this.#previews.get(job);
    if (before) URL.revokeObjectURL(before);
    this.#previews.set(job, URL.createObjectURL(picture));
    this.panel.draw();
  }

  close() {
    for (const url of this.#previews.values()) URL.revokeObjectURL(url);
    this.#previews.clear();
  }

  /** @param {string} key */
  #begin(key) {
    this.#key = key;
    this.#views = [];
    this.#chosen = [];
    this.#asked = "";
    this.close();
  }

  /**
   * @param {"shot.pictures" | "shot.variations"} type
   * @param {{count?: number}} more
   */
  #ask(type, more) {
    const key = this.#key;
    const [job, shot] = [this.panel.work.job, this.#state?.selected ?? ""];
    this.#isAsking = true;
    return this.panel.attempt(async () => {
      try {
        const said = await this.panel.connection.ask(type, { job, shot, ...more });
        this.panel.hands.know(job, shot, [said.seed]);
        if (this.#key !== key) return;
        this.#seed = said.seed;
        this.#views = said.variations;
        for (const view of said.variations) this.panel.jobs.setShot(view.job, view.shot);
      } catch (error) {
        if (troubleOf(error).code !== "server.gone") throw error;
        this.#asked = ""; // asked again with the next conversation
      } finally {
        this.#isAsking = false;
      }
    });
  }

  /** The pictures with their newest states. @returns {Taken[]} */
  get #takes() {
    return this.#views.map((view) => ({ view, shot: this.panel.jobs.get(view.job)?.shots?.get(view.shot.id) ?? view.shot }));
  }

  /** The seed of the picture that the document's shot has. */
  get #now() {
    const state = this.#state;
    const own = state ? fieldsOf(state.work.board.shots[state.index]).seed : undefined;
    if (typeof own === "number") return own;
    return state ? (Number(state.work.board.seed ?? 0) + state.index) % 2 ** 32 : this.#seed;
  }

  #showTakes() {
    const takes = this.#takes;
    this.#chosen = this.#chosen.filter((job) => takes.some(({ view }) => view.job === job));
    const now = this.#now;
    const rows = takes.map(({ view, shot }) => this.#row(view, shot, view.seed === now));
    const before = [...this.list.children];
    rows.forEach((row, index) => {
      if (before[index] !== row) this.list.insertBefore(row, this.list.children[index] ?? null);
    });
    for (const row of before) if (!rows.includes(/** @type {HTMLLIElement} */ (row))) row.remove();
    const chosen = this.#chosenTakes.filter(({ shot }) => shot.state === "finished");
    say(this.help, takes.length === 0 ? t("picture.help.none") : t(chosen.length === 2 ? "picture.help.compare" : "picture.help"));
    const keys = chosen.map(({ view }) => `${view.job} ${view.seed === now}`).join("\n");
    if (this.keep.dataset.keys !== keys) {
      this.keep.dataset.keys = keys;
      this.keep.replaceChildren(...chosen.filter(({ view }) => view.seed !== now).map(({ view }) => element("button", {
        type: "button", onclick: () => this.#take(view),
      }, t("picture.keep", { seed: String(view.seed) }))));
    }
  }

  /** In the order in which they stand in the list. */
  get #chosenTakes() {
    return this.#takes.filter(({ view }) => this.#chosen.includes(view.job));
  }

  /** @param {VariationView} view @param {ShotView} shot @param {boolean} isNow */
  #row(view, shot, isNow) {
    const known = [...this.list.children].find((one) => one instanceof HTMLElement && one.dataset.job === view.job);
    const row = /** @type {HTMLLIElement} */ (known ?? element("li", { class: "take", "data-job": view.job },
      element("button", { type: "button", class: "take-button", onclick: () => this.#choose(view.job) },
        element("img", { alt: "" }), element("span", { class: "take-seed" }), element("span", { class: "take-state" })),
      element("progress", { max: "1", "aria-label": t("picture.progress", { seed: String(view.seed) }) })));
    const button = /** @type {HTMLButtonElement} */ (row.querySelector("button"));
    const image = /** @type {HTMLImageElement} */ (row.querySelector("img"));
    const progress = /** @type {HTMLProgressElement} */ (row.querySelector("progress"));
    const isMade = shot.state === "finished";
    const state = isNow ? t("picture.now") : isMade ? "" : ofShot(shot);
    row.dataset.state = isNow ? "now" : shot.state;
    button.setAttribute("aria-pressed", String(this.#chosen.includes(view.job)));
    button.setAttribute("aria-label", [t("picture.seed"), view.seed, state].filter((part) => part !== "").join(" "));
    say(/** @type {HTMLElement} */ (row.querySelector(".take-seed")), String(view.seed));
    say(/** @type {HTMLElement} */ (row.querySelector(".take-state")), state);
    progress.hidden = shot.state !== "running";
    if (shot.done !== null && shot.total) progress.value = shot.done / shot.total;
    else progress.removeAttribute("value");
    const preview = this.#previews.get(view.job);
    const result = isMade ? shot.result : this.#resultOf(view.seed);
    const source = String(isMade ? result : preview ?? result ?? "");
    if (image.dataset.source !== source) {
      image.dataset.source = source;
      if (!isMade && preview) image.src = preview;
      else if (source) this.#thumbnail(image, source);
    }
    return row;
  }

  /** What the shot itself shows of a seed, until its variation is there. @param {number} seed */
  #resultOf(seed) {
    return seed === this.#seed ? this.#state?.shot?.result ?? null : null;
  }

  /** @param {HTMLImageElement} image @param {string} result */
  async #thumbnail(image, result) {
    try {
      const url = URL.createObjectURL(await this.panel.files.thumbnail(result));
      image.onload = () => URL.revokeObjectURL(url);
      if (image.dataset.source === result) image.src = url;
    } catch {
      if (image.dataset.source === result) image.dataset.source = ""; // asked for again
    }
  }

  /** @param {string} job */
  #choose(job) {
    const others = this.#chosen.filter((one) => one !== job);
    this.#chosen = others.length < this.#chosen.length ? others : [...others, job].slice(-2);
    this.panel.draw();
  }

  /** @param {boolean} isOpen */
  #compareOnStage(isOpen) {
    const { overlay } = this.panel.stage;
    const two = isOpen ? this.#chosenTakes.filter(({ shot }) => shot.state === "finished") : [];
    if (two.length !== 2) {
      this.compare.element.remove();
      return;
    }
    const sides = two.map(({ view, shot }) => ({
      key: `${view.job} ${shot.result}`,
      name: t("picture.seed_is", { seed: String(view.seed) }),
      url: this.#large(view.job, shot),
    }));
    this.compare.show(sides[0], sides[1]);
    if (this.compare.element.parentNode !== overlay) {
      this.panel.stage.player.pause();
      overlay.append(this.compare.element);
    }
  }

  /** A picture in a size to be looked at. @param {string} job @param {ShotView} shot */
  async #large(job, shot) {
    const { shots } = this.panel.stage;
    const made = await shots.get(job, shot);
    return shots.urlsOf(made, LARGE)(made.manifest.files.picture, made.manifest.layers[0]);
  }

  // What the user does

  /** @param {number} count */
  #vary(count) {
    this.panel.announce(t("picture.painting", { n: count }));
    return this.#ask("shot.variations", { count });
  }

  /** Another seed, which is kept once it is painted. */
  async #again() {
    const key = this.#key;
    const before = new Set(this.#views.map((view) => view.seed));
    await this.#vary(1);
    const fresh = this.#views.filter((view) => !before.has(view.seed) && view.seed !== this.#now).pop();
    if (fresh && this.#key === key) this.#wanted = { key, seed: fresh.seed };
    this.panel.draw();
  }

  #keepWanted() {
    const wanted = this.#wanted;
    if (!wanted) return;
    const taken = this.#takes.find(({ view }) => view.seed === wanted.seed);
    if (wanted.key !== this.#key || !taken || taken.shot.state === "failed" || taken.shot.state === "cancelled") {
      this.#wanted = null;
    } else if (taken.shot.state === "finished") {
      this.#wanted = null;
      setTimeout(() => this.#take(taken.view), 0); // after all is shown as it is
    }
  }

  /** Keep a picture. @param {VariationView} view */
  #take(view) {
    const state = this.#state;
    if (!state || state.index < 0) return;
    const { work, hands, steps } = this.panel;
    hands.know(work.job, state.selected, this.#takes.filter(({ shot }) => shot.state === "finished").map((one) => one.view.seed));
    const edits = this.#editsOf(view.seed);
    steps.change(withSeed(work, state.index, view.seed, edits), t("picture.kept", { shot: state.selected, seed: String(view.seed) }));
    this.#chosen = [];
    this.panel.announce(t("picture.kept.said", { seed: String(view.seed) }));
  }

  /** What hands had changed in a picture when the shot had it last. @param {number} seed */
  #editsOf(seed) {
    return this.#views.find((view) => view.seed === seed)?.edits ?? undefined;
  }

  /** @param {boolean} isLocked */
  #lock(isLocked) {
    const state = this.#state;
    if (!state || state.index < 0) return;
    const { edits } = fieldsOf(state.work.board.shots[state.index]);
    const now = this.#now;
    const own = (Number(state.work.board.seed ?? 0) + state.index) % 2 ** 32;
    const isSame = isLocked || own === now;
    this.panel.steps.change(withSeed(state.work, state.index, isLocked ? now : undefined, isSame ? edits : this.#editsOf(own)),
      t(isLocked ? "picture.locked" : "picture.unlocked", { shot: state.selected }));
  }
}
