// The shots of the document as rows: put in order, marked for a change of many, and added to.

import { fieldsOf, shotsOf } from "../board/document.js";
import { plateNames, plateOf, samePlate } from "../board/plates.js";
import { promptsIn } from "../board/lines.js";
import { t } from "../text/text.js";
import { Card } from "./card.js";
import { byId, element } from "./element.js";
import { MarkedBar, PLATES } from "./marked.js";
import { reorderByDragging } from "./reorder.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */
/** @typedef {import("../board/work.js").Work} Work */
/** @typedef {import("../../../shared_schema/multiplane").Finding} Finding */

const AT_ONCE = 20; // rows that are built without a pause
/** @type {never[]} */
const NONE = [];
/** Warnings that a row tells below its words already. */
const OF_WORDS = /^panel\.|\.subjects\./;

/** What the rows need of the panel. @typedef {Omit<import("./card.js").Actions, "mark" | "move" | "place"> & {announce: (text: string) => void}} Actions */

/**
 * @typedef {object} Surroundings
 * @property {Work} work
 * @property {KnownJob | null} known  the job that was made of it
 * @property {import("../work/subjects.js").Subjects} subjects  of prompts
 * @property {boolean} isUnsent  what was made of it waits for the server
 * @property {Map<string, string[]>} notes  what was said of shots, by id
 * @property {Finding[]} findings  of the document
 * @property {import("../work/importing.js").Importing} importing
 * @property {import("../../hosts/adapter.js").HostAbilities} abilities
 * @property {string} selected  id of a shot
 * @property {string} verb
 * @property {string} againVerb
 * @property {boolean} online
 */

export class BoardView {
  /** By key, see `keyOf`. @type {Map<string, Card>} */
  #cards = new Map();
  /** Keys of marked rows. @type {Set<string>} */
  #marked = new Set();
  /** In the document's order. @type {string[]} */
  #keys = [];
  #order = "";
  #job = "";
  #lastMarked = "";
  #timer = 0;
  /** @type {Surroundings | null} */
  #around = null;
  /** What was found last, of each shot by its index. @type {{of: Finding[], faults: Map<number, import("../trouble.js").Told[]>, warnings: Map<number, import("../trouble.js").Told[]>}} */
  #found = { of: NONE, faults: new Map(), warnings: new Map() };

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {Actions} actions
   */
  constructor(cameras, pictures, actions) {
    this.cameras = cameras;
    this.pictures = pictures;
    this.actions = actions;
    this.shots = byId("shots");
    const { editing } = actions;
    this.bar = new MarkedBar(cameras, {
      set: (field, value) => editing.set(this.#chosen(), field, value),
      place: (place) => this.#place(this.#chosen(), place),
      remove: () => {
        editing.remove(this.#chosen());
        this.#clear();
      },
      clear: () => this.#clear(),
    });
    this.plates = element("datalist", { id: PLATES });
    byId("board").insertBefore(this.plates, this.shots);
    byId("board").insertBefore(this.bar.element, this.shots);
    this.fresh = element("textarea", {
      id: "new-shot", rows: "1", dir: "auto", "aria-label": t("shots.add"), placeholder: t("shots.add"),
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Enter" || event.ctrlKey || event.metaKey || event.isComposing) return;
        event.preventDefault();
        this.#add();
      },
      onpaste: (/** @type {Event} */ event) => {
        const text = /** @type {ClipboardEvent} */ (event).clipboardData?.getData("text/plain") ?? "";
        if (promptsIn(text).length < 2) return;
        event.preventDefault();
        this.#addLines(this.#keys.length, this.fresh.value + text);
        this.fresh.value = "";
      },
      onblur: () => this.#add(),
    });
    byId("board").append(this.fresh);
    reorderByDragging(this.shots, byId("pane-shots"), ".card-number", {
      begun: () => undefined,
      dropped: (row, before) => this.#move(this.#cardOf(row), before),
    });
    this.shots.addEventListener("keydown", (event) => this.#key(event));
    addEventListener("paste", (event) => this.#paste(event));
    this.actionsOfCards = {
      ...actions,
      mark: (/** @type {Card} */ card, /** @type {MouseEvent} */ event) => this.#mark(card, event.shiftKey),
      move: (/** @type {Card} */ card, /** @type {-1 | 1} */ by) => this.#step(card, by),
      place: (/** @type {number[]} */ indexes, /** @type {string} */ place) => this.#place(indexes, place),
    };
  }

  /** @param {Surroundings} around */
  show(around) {
    this.#around = around;
    byId("board-empty").hidden = around.work.board.shots.length > 0;
    this.#job = around.known?.job.job ?? "";
    this.#showShots(around);
  }

  /**
   * @param {string} job
   * @param {string} shot
   * @param {Blob} picture
   */
  preview(job, shot, picture) {
    if (job === this.#job) this.#cards.get(shot)?.preview(picture);
  }

  /** @param {Surroundings} around */
  #showShots(around) {
    const { work, known, importing } = around;
    const entries = shotsOf(known?.storyboard);
    const views = known?.shots ?? new Map();
    const byIndex = new Map([...views.values()].map((view) => [view.index, view]));
    const { progress } = importing;
    const { faults, warnings } = this.#foundIn(around.findings);
    const ids = work.board.shots.map((shot, index) => idOf(shot, index));
    const first = new Map([...ids.entries()].reverse().map(([index, id]) => [id, index]));
    // A shot whose id another one has is told from it by its place.
    this.#keys = ids.map((id, index) => (first.get(id) === index ? id : `${id}\u0000${index}`));
    for (const key of this.#marked) if (!this.#keys.includes(key)) this.#marked.delete(key);
    this.bar.show(this.#marked.size, this.#chosen().some((index) => plateOf(work.board, work.board.shots[index]) !== ""));
    this.#showPlates(work);
    const isWhole = this.#arrange(ids);
    const scenes = work.board.shots.map(sceneOf);
    ids.forEach((id, index) => {
      const key = this.#keys[index];
      const shot = (key === id ? views.get(id) : byIndex.get(index)) ?? null;
      const { prompt } = fieldsOf(work.board.shots[index]);
      this.#cards.get(key)?.show({
        work,
        index,
        scene: index > 0 && scenes[index] === scenes[index - 1] ? "" : scenes[index],
        shot,
        entry: shot ? entries[shot.index] ?? null : null,
        isElsewhere: shot !== null && !samePlate(work.board, known?.storyboard, work.board.shots[index]),
        found: typeof prompt === "string" ? around.subjects.of(prompt) : null,
        isUnsent: around.isUnsent,
        isAsked: known !== null && known.shots === null && around.online,
        notes: around.notes.get(id) ?? NONE,
        faults: faults.get(index) ?? NONE,
        warnings: warnings.get(index) ?? NONE,
        imported: shot ? importing.imports.stateOf(this.#job, shot) : "no",
        importing: progress !== null && progress.total === 1 && progress.shot === id,
        busy: progress !== null,
        canImport: around.abilities.shots,
        selected: id === around.selected,
        marked: this.#marked.has(key),
        verb: around.verb,
        againVerb: around.againVerb,
        online: around.online,
      });
    });
    if (!isWhole) this.#goOn();
  }

  /** The other rows, after whatever else the page has to do. */
  #goOn() {
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      if (this.#around) this.#showShots(this.#around);
    }, 0);
  }

  /**
   * A row for each shot, in order; those that stay are not touched.
   * @param {string[]} ids
   * @returns {boolean}  false: some are still to be built
   */
  #arrange(ids) {
    const order = JSON.stringify(this.#keys);
    if (order === this.#order) return true;
    const wanted = new Set(this.#keys);
    for (const [key, card] of this.#cards) {
      if (wanted.has(key)) continue;
      card.remove();
      this.#cards.delete(key);
    }
    const focused = document.activeElement;
    let left = AT_ONCE;
    let at = 0;
    for (const [index, key] of this.#keys.entries()) {
      let card = this.#cards.get(key);
      if (!card && left === 0) break;
      if (!card) {
        left -= 1;
        card = new Card(this.cameras, this.pictures, ids[index], this.actionsOfCards);
        this.#cards.set(key, card);
      }
      const there = this.shots.children[at];
      if (there !== card.root) this.shots.insertBefore(card.root, there ?? null);
      at += 1;
    }
    // A row that is put elsewhere loses the focus.
    if (focused instanceof HTMLElement && focused !== document.activeElement && this.shots.contains(focused)) focused.focus();
    const isWhole = at === this.#keys.length;
    this.#order = isWhole ? order : "";
    return isWhole;
  }

  /** Of each shot, by its index. @param {Finding[]} findings */
  #foundIn(findings) {
    if (this.#found.of !== findings) {
      /** @type {Map<number, import("../trouble.js").Told[]>} */
      const faults = new Map();
      /** @type {Map<number, import("../trouble.js").Told[]>} */
      const warnings = new Map();
      for (const { level, shot, said } of findings) {
        const found = level === "error" ? faults : OF_WORDS.test(said.code) ? null : warnings;
        if (shot !== null) found?.set(shot, [...(found.get(shot) ?? []), said]);
      }
      this.#found = { of: findings, faults, warnings };
    }
    return this.#found;
  }

  // Many at once

  /** Indexes of the marked ones. */
  #chosen() {
    return this.#keys.flatMap((key, index) => (this.#marked.has(key) ? [index] : []));
  }

  /**
   * @param {Card} card
   * @param {boolean} isRange  all from the one that was marked before
   */
  #mark(card, isRange) {
    const key = this.#keys[card.index];
    const last = this.#keys.indexOf(this.#lastMarked);
    if (isRange && last >= 0) {
      const [from, to] = [last, card.index].sort((a, b) => a - b);
      for (const one of this.#keys.slice(from, to + 1)) this.#marked.add(one);
    } else if (!this.#marked.delete(key)) {
      this.#marked.add(key);
    }
    this.#lastMarked = key;
    this.#again();
  }

  #clear() {
    this.#marked.clear();
    this.#again();
  }

  #again() {
    if (this.#around) this.#showShots(this.#around);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isField = event.target instanceof Element && event.target.matches("input, textarea, select");
    if (isField || event.defaultPrevented) return;
    if (event.key.toLowerCase() === "a" && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      this.#marked = new Set(this.#keys);
      this.#again();
    } else if (event.key === "Escape" && this.#marked.size > 0) {
      this.#clear();
    } else if ((event.key === "ArrowUp" || event.key === "ArrowDown") && !event.altKey) {
      this.#walk(event);
    }
  }

  /** From row to row, within the same column. @param {KeyboardEvent} event */
  #walk(event) {
    const at = event.target instanceof HTMLElement ? event.target : null;
    const row = at?.closest("li.card");
    const next = event.key === "ArrowUp" ? row?.previousElementSibling : row?.nextElementSibling;
    const column = at?.className.split(" ")[0];
    const target = column ? next?.querySelector(`.${column}`) ?? next : next;
    if (!(target instanceof HTMLElement)) return;
    event.preventDefault();
    target.focus();
  }

  // Places

  /** @param {Work} work */
  #showPlates({ board }) {
    const names = plateNames(board);
    const key = JSON.stringify(names);
    if (this.plates.dataset.key === key) return;
    this.plates.dataset.key = key;
    this.plates.replaceChildren(...names.map((name) => element("option", { value: name })));
  }

  /** @param {number[]} indexes @param {string} place */
  #place(indexes, place) {
    const name = this.actions.editing.place(indexes, place);
    const n = indexes.length;
    this.actions.announce(name === "" ? t("step.place.own", { n }) : t("step.place", { n, name }));
  }

  // Order

  /** @param {Element} row */
  #cardOf(row) {
    return /** @type {Card} */ ([...this.#cards.values()].find((card) => card.root === row));
  }

  /** The row, and with it all that are marked where it is. @param {Card} card @param {number} before */
  #move(card, before) {
    const isMarked = this.#marked.has(this.#keys[card.index]);
    const indexes = isMarked ? this.#chosen() : [card.index];
    this.actions.editing.move(indexes, before);
    this.actions.announce(t("said.moved", { shot: card.id, n: card.index + 1, total: this.#keys.length }));
  }

  /** @param {Card} card @param {-1 | 1} by */
  #step(card, by) {
    const isMarked = this.#marked.has(this.#keys[card.index]);
    const indexes = isMarked ? this.#chosen() : [card.index];
    const before = by < 0 ? indexes[0] - 1 : indexes[indexes.length - 1] + 2;
    if (before >= 0 && before <= this.#keys.length) this.#move(card, before);
  }

  // Further shots

  #add() {
    const { value } = this.fresh;
    this.fresh.value = "";
    this.#addLines(this.#keys.length, value);
  }

  /** @param {number} at @param {string} text */
  #addLines(at, text) {
    const n = this.actions.editing.insert(at, text);
    if (n > 0) this.actions.announce(t("step.add", { n }));
  }

  /** A list that is pasted where nobody writes is shots after the selected one. @param {ClipboardEvent} event */
  #paste(event) {
    const { target, clipboardData } = event;
    if (event.defaultPrevented || (target instanceof Element && target.matches("input, textarea, select"))) return;
    const text = clipboardData?.getData("text/plain") ?? "";
    const selected = this.#keys.indexOf(this.#around?.selected ?? "");
    if ((clipboardData?.files.length ?? 0) === 0) this.#addLines(selected < 0 ? this.#keys.length : selected + 1, text);
  }
}

/** The scene that a shot belongs to; "" for none. @param {unknown} shot */
function sceneOf(shot) {
  const { scene } = fieldsOf(shot);
  return typeof scene === "string" ? scene.trim() : "";
}

/**
 * @param {unknown} shot
 * @param {number} index
 */
function idOf(shot, index) {
  const { id } = fieldsOf(shot);
  return typeof id === "string" && id.trim() !== "" ? id.trim() : `shot-${String(index + 1).padStart(3, "0")}`;
}
