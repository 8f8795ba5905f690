// The shots of the document as cards.

import { fieldsOf, shotsOf } from "../board/document.js";
import { Card } from "./card.js";
import { byId } from "./element.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */
/** @typedef {import("../board/work.js").Work} Work */

/**
 * @typedef {object} Surroundings
 * @property {Work} work
 * @property {KnownJob | null} known  the job that was made of it
 * @property {boolean} isUnsent  what was made of it waits for the server
 * @property {Map<string, string[]>} notes  what was said of shots, by id
 * @property {import("../../../shared_schema/multiplane").Finding[]} findings  of the document
 * @property {import("../work/importing.js").Importing} importing
 * @property {import("../../hosts/adapter.js").HostAbilities} abilities
 * @property {string} selected  id of a shot
 * @property {string} verb
 * @property {string} againVerb
 * @property {boolean} online
 */

export class BoardView {
  /** @type {Map<string, Card>} */
  #cards = new Map();
  #order = "";
  #job = "";

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {import("./card.js").Actions} actions
   */
  constructor(cameras, pictures, actions) {
    this.cameras = cameras;
    this.pictures = pictures;
    this.actions = actions;
    this.shots = byId("shots");
  }

  /** @param {Surroundings} around */
  show(around) {
    byId("board-empty").hidden = around.work.board.shots.length > 0;
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
    const progress = importing.progress;
    const job = known?.job.job ?? "";
    if (this.#job !== job) this.#job = job;
    const ids = work.board.shots.map((shot, index) => idOf(shot, index));
    const first = new Map([...ids.entries()].reverse().map(([index, id]) => [id, index]));
    // A shot whose id another one has is told from it by its place.
    const twins = ids.map((id, index) => first.get(id) !== index);
    this.#arrange(ids, twins);
    ids.forEach((id, index) => {
      const twin = twins[index];
      const shot = (twin ? byIndex.get(index) : views.get(id)) ?? null;
      this.#cards.get(keyOf(id, index, twin))?.show({
        work,
        index,
        shot,
        entry: shot ? entries[shot.index] ?? null : null,
        isUnsent: around.isUnsent,
        notes: around.notes.get(id) ?? [],
        faults: around.findings.filter((one) => one.shot === index && one.level === "error").map((one) => one.said),
        imported: shot ? importing.imports.stateOf(job, shot) : "no",
        importing: progress !== null && progress.total === 1 && progress.shot === id,
        busy: progress !== null,
        canImport: around.abilities.shots,
        selected: id === around.selected,
        verb: around.verb,
        againVerb: around.againVerb,
        online: around.online,
      });
    });
  }

  /**
   * A card for each shot, in order; those that stay are not touched.
   * @param {string[]} ids
   * @param {boolean[]} twins
   */
  #arrange(ids, twins) {
    const keys = ids.map((id, index) => keyOf(id, index, twins[index]));
    const order = JSON.stringify(keys);
    if (order === this.#order) return;
    this.#order = order;
    const wanted = new Set(keys);
    for (const [key, card] of this.#cards) {
      if (wanted.has(key)) continue;
      card.remove();
      this.#cards.delete(key);
    }
    keys.forEach((key, index) => {
      let card = this.#cards.get(key);
      if (!card) {
        card = new Card(this.cameras, this.pictures, ids[index], this.actions);
        this.#cards.set(key, card);
      }
      const there = this.shots.children[index];
      if (there !== card.root) this.shots.insertBefore(card.root, there ?? null);
    });
  }
}

/**
 * @param {unknown} shot
 * @param {number} index
 */
function idOf(shot, index) {
  const { id } = fieldsOf(shot);
  return typeof id === "string" && id.trim() !== "" ? id.trim() : `shot-${String(index + 1).padStart(3, "0")}`;
}

/**
 * @param {string} id
 * @param {number} index
 * @param {boolean} twin  an earlier shot has the same id
 */
function keyOf(id, index, twin) {
  return twin ? `${id}\u0000${index}` : id;
}
