// Finished shots of all storyboards, found again by words, model, seed and date: as the document they
// were made from, or as a picture for a shot.

import { appended, withPicture } from "../board/work.js";
import { fieldsOf } from "../board/document.js";
import { dateOf } from "../text/amounts.js";
import { t } from "../text/text.js";
import { byId, element, say } from "../view/element.js";
import { takeNumbers } from "../view/numbers.js";
import { Pictures } from "../view/pictures.js";

/** @typedef {import("../../../shared_schema/multiplane").FoundShot} FoundShot */
/** @typedef {import("../server/connection.js").Requests["search"]} Wanted */

const AT_ONCE = 48;
const TYPING_MS = 250;
const MOST_SEED = 2 ** 32 - 1;

export class HistoryPane {
  /** @type {Card[]} */
  #cards = [];
  #total = 0;
  #turn = 0;
  #timer = 0;
  #isShown = false;
  #wasOnline = false;
  #models = "";
  #stopHearing = () => undefined;

  /** @param {import("../panel.js").Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.pictures = new Pictures(byId("page"));
    const soon = () => this.#soon();
    this.words = element("input", { type: "search", id: "history-words", autocomplete: "off", dir: "auto", maxlength: "1000", oninput: soon });
    this.model = element("select", { id: "history-model", onchange: soon });
    this.seed = element("input", { type: "number", id: "history-seed", min: "0", max: String(MOST_SEED), step: "1", inputmode: "numeric" });
    takeNumbers(this.seed, { changed: soon, now: () => "" });
    this.since = element("input", { type: "date", id: "history-since", onchange: soon });
    this.until = element("input", { type: "date", id: "history-until", onchange: soon });
    this.favourites = element("input", { type: "checkbox", id: "history-favourites", onchange: soon });
    const field = (/** @type {import("../text/text.js").Key} */ key, /** @type {HTMLElement} */ at) =>
      element("div", { class: "field" }, element("label", { for: at.id }, t(key)), at);
    this.count = element("p", { class: "quiet-text", role: "status" });
    this.none = element("p", { class: "hint", hidden: true }, t("history.none"));
    this.list = element("ul", { class: "found" });
    this.further = element("button", { type: "button", hidden: true, onclick: () => this.#more() }, t("history.more"));
    this.element = element("div", { class: "page-part" },
      element("form", { role: "search", onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        this.#search();
      } },
      field("history.words", this.words),
      element("details", {}, element("summary", {}, t("history.filters")),
        element("div", { class: "fields" }, field("history.model", this.model), field("history.seed", this.seed),
          field("history.since", this.since), field("history.until", this.until))),
      element("label", { class: "check" }, this.favourites, t("history.favourites"))),
      this.count, this.none, this.list, this.further);
    this.#stopHearing = panel.onEvent(({ type, data }) => {
      if (type === "shot") this.#heard(data.job, data.shot);
      else if (type === "job.removed") this.#cards.filter((card) => card.found.job === data.job).forEach((card) => this.#drop(card));
    });
  }

  /** @param {Readonly<import("./pane.js").PanelState>} state */
  show({ page, online, work, selected }) {
    const isShown = page === "history";
    if (isShown && online && (!this.#isShown || !this.#wasOnline)) this.#search();
    if (!isShown && this.#isShown) this.#clear();
    this.#isShown = isShown;
    this.#wasOnline = online;
    if (!isShown) return;
    this.#offerModels();
    const at = work.board.shots.length === 0 ? "" : selected;
    for (const card of this.#cards) card.show(online, at);
  }

  close() {
    clearTimeout(this.#timer);
    this.#stopHearing();
  }

  #offerModels() {
    const models = this.panel.models.filter((model) => model.kind === "picture");
    const key = models.map((model) => model.name).join("\n");
    if (key === this.#models && this.model.options.length > 0) return;
    this.#models = key;
    const chosen = this.model.value;
    this.model.replaceChildren(element("option", { value: "" }, t("history.any")),
      ...models.map((model) => element("option", { value: model.name }, model.title)));
    this.model.value = chosen;
  }

  #soon() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => this.#search(), TYPING_MS);
  }

  /** @returns {Wanted} */
  #wanted() {
    const seed = this.seed.valueAsNumber;
    return {
      prompt: this.words.value.trim() || null,
      model: this.model.value || null,
      seed: Number.isInteger(seed) && seed >= 0 && seed <= MOST_SEED ? seed : null,
      since: this.since.value || null,
      until: dayAfter(this.until.value),
      favourite: this.favourites.checked ? true : null,
      limit: AT_ONCE,
    };
  }

  #search() {
    this.#turn += 1;
    const turn = this.#turn;
    if (this.#cards.length === 0) {
      say(this.count, t("history.searching"));
      this.none.hidden = true;
    }
    this.panel.attempt(async () => {
      const { shots, total } = await this.panel.connection.ask("search", this.#wanted());
      if (turn !== this.#turn) return; // asked anew meanwhile
      this.#clear();
      this.#add(shots, total);
    });
  }

  #more() {
    const turn = this.#turn;
    this.panel.attempt(async () => {
      const wanted = { ...this.#wanted(), offset: this.#cards.length };
      const { shots, total } = await this.panel.connection.ask("search", wanted);
      if (turn !== this.#turn) return;
      const first = this.#cards.length;
      this.#add(shots, total);
      this.#cards[first]?.root.focus();
    });
  }

  /** @param {FoundShot[]} shots @param {number} total */
  #add(shots, total) {
    this.#total = total;
    for (const found of shots) {
      const card = new Card(found, {
        open: () => this.#open(found),
        take: () => this.#take(found),
        add: () => this.#append(found),
        favourite: (wanted) => this.#mark(found, wanted),
      });
      this.pictures.whenSeen(card.canvas, () => this.panel.files.thumbnail(found.result));
      this.#cards.push(card);
      this.list.append(card.root);
    }
    this.#count();
  }

  #count() {
    say(this.count, t("history.count", { n: this.#total }));
    this.none.hidden = this.#total > 0;
    this.further.hidden = this.#cards.length >= this.#total;
  }

  #clear() {
    for (const card of this.#cards) this.pictures.forget(card.canvas);
    this.#cards = [];
    this.list.replaceChildren();
  }

  /** @param {Card} card */
  #drop(card) {
    this.pictures.forget(card.canvas);
    card.root.remove();
    this.#cards = this.#cards.filter((one) => one !== card);
    this.#total -= 1;
    this.#count();
  }

  /**
   * Another window may have marked it.
   * @param {string} job
   * @param {import("../../../shared_schema/multiplane").ShotView} shot
   */
  #heard(job, shot) {
    for (const card of this.#cards) {
      if (card.found.job === job && card.found.shot === shot.id) card.mark(shot.favourite);
    }
  }

  /** @param {FoundShot} found @param {boolean} favourite */
  #mark({ job, shot }, favourite) {
    this.panel.attempt(async () => {
      await this.panel.connection.ask("shot.favourite", { job, shot, favourite });
      this.panel.announce(t(favourite ? "history.marked" : "history.unmarked", { shot }));
    });
  }

  /** The storyboard as the document. @param {FoundShot} found */
  #open({ job, shot }) {
    this.panel.attempt(async () => {
      await this.panel.following.open(job);
      this.panel.select(shot);
      this.panel.goTo("shot");
    });
  }

  /** Its picture in place of the selected shot's. @param {FoundShot} found */
  #take(found) {
    this.panel.attempt(async () => {
      const { index, id } = this.panel.where.selected(this.panel.work);
      if (index < 0) return;
      const picture = await this.#picture(found);
      const { work } = this.panel;
      const names = { [picture]: `${found.shot}.png` };
      this.panel.steps.change(withPicture(work, index, picture, names), t("history.step.take", { shot: id }));
      this.panel.announce(t("history.taken", { shot: id }));
    });
  }

  /** As a further shot of the document. @param {FoundShot} found */
  #append(found) {
    this.panel.attempt(async () => {
      const picture = await this.#picture(found);
      const shot = { picture, ...(found.prompt ? { prompt: found.prompt } : {}) };
      const work = appended(this.panel.work, [shot], { [picture]: `${found.shot}.png` });
      this.panel.steps.change(work, t("history.step.add", { shot: found.shot }));
      const id = String(fieldsOf(work.board.shots[work.board.shots.length - 1]).id);
      this.panel.select(id);
      this.panel.announce(t("history.added", { shot: id }));
    });
  }

  /** What a storyboard calls the shot's picture. @param {FoundShot} found */
  async #picture({ job, manifest, shot }) {
    const blob = await this.panel.files.read(job, manifest.replace(/[^/]*$/, "picture.png"));
    return this.panel.files.upload(new File([blob], `${shot}.png`, { type: "image/png" }));
  }
}

/**
 * @typedef {object} Actions
 * @property {() => void} open
 * @property {() => void} take
 * @property {() => void} add
 * @property {(wanted: boolean) => void} favourite
 */

/** One finished shot. */
class Card {
  /**
   * @param {FoundShot} found
   * @param {Actions} actions
   */
  constructor(found, actions) {
    this.found = found;
    const { shot, title, prompt, model, seed, finished } = found;
    const about = (prompt ?? "").replace(/\*\*/g, "") || title;
    this.canvas = element("canvas", { role: "img", width: "16", height: "9", "aria-label": about });
    this.star = element("button", {
      type: "button", class: "icon star", "aria-label": t("history.favourite", { shot }), title: t("history.favourite", { shot }),
      onclick: () => {
        const wanted = this.star.getAttribute("aria-pressed") !== "true";
        this.mark(wanted);
        actions.favourite(wanted);
      },
    }, "★");
    const button = (/** @type {import("../text/text.js").Key} */ key, /** @type {() => void} */ act) =>
      element("button", { type: "button", "aria-label": `${t(key)}: ${about}`, onclick: act }, t(key));
    this.open = button("history.open", actions.open);
    this.add = button("history.add", actions.add);
    this.take = button("history.take", actions.take);
    const facts = [model, seed === null ? null : t("history.seeded", { seed: String(seed) }), dateOf(finished)];
    this.root = element("li", { class: "found-shot", tabindex: "-1", "data-shot": shot, "data-job": found.job },
      element("div", { class: "picture" }, this.canvas, this.star),
      element("p", { class: "prompt", dir: "auto", title: about }, about),
      element("p", { class: "quiet-text" }, element("bdi", {}, title), ` · ${shot}`),
      element("p", { class: "quiet-text" }, facts.filter(Boolean).join(" · ")),
      element("div", { class: "actions" }, this.open, this.add, this.take));
    this.mark(found.favourite);
  }

  /** @param {boolean} isFavourite */
  mark(isFavourite) {
    this.star.setAttribute("aria-pressed", String(isFavourite));
  }

  /** @param {boolean} online @param {string} selected  id of the shot that would take the picture; "" for none */
  show(online, selected) {
    for (const one of [this.open, this.add, this.star]) one.disabled = !online;
    this.take.hidden = selected === "";
    this.take.disabled = !online;
    this.take.title = selected === "" ? "" : t("history.take.title", { shot: selected });
  }
}

/** A whole day belongs to "until". @param {string} day  as a date field has it @returns {string | null} */
function dayAfter(day) {
  if (day === "") return null;
  const date = new Date(`${day}T00:00:00Z`);
  date.setUTCDate(date.getUTCDate() + 1);
  return date.toISOString().slice(0, 10);
}
