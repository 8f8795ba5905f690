// What the user changes of shots, each a step that is undone.

import { promptsIn } from "../board/lines.js";
import { fieldsOf } from "../board/document.js";
import { plateOf, withPlace, withPlateWords } from "../board/plates.js";
import { doubled, inserted, moved, withField, withPrompt, withSoundtrack, without } from "../board/work.js";
import { t } from "../text/text.js";

/** @typedef {import("../board/work.js").Work} Work */

/** Fields of a shot that are said in words. @typedef {"dialogue" | "action" | "notes" | "style"} WordField */
/** @typedef {WordField | "camera" | "duration" | "seed" | "subjects"} ShotField */

export class Editing {
  /** @param {import("../state/steps.js").Steps} steps */
  constructor(steps) {
    this.steps = steps;
  }

  /**
   * A letter of a prompt.
   * @param {number} index
   * @param {string} prompt
   */
  prompt(index, prompt) {
    const { now } = this.steps;
    this.steps.change(withPrompt(now, index, prompt), t("step.prompt", { shot: nameOf(now, index) }), {
      key: `prompt ${nameOf(now, index)}`,
    });
  }

  /**
   * One field of one or more shots; undefined: as all.
   * @param {number[]} indexes
   * @param {ShotField} field
   * @param {unknown} value
   */
  set(indexes, field, value) {
    const { now } = this.steps;
    const work = withField(now, indexes, field, value);
    const what = t(`field.${field}`);
    const names = indexes.map((index) => nameOf(now, index));
    const label = names.length === 1
      ? t("step.field", { what, shot: names[0] })
      : t("step.field.many", { what, n: names.length });
    if (names.length > 0) this.steps.change(work, label, { key: `${field} ${names.join(" ")}` });
  }

  /**
   * One place for some shots; the name that it has then.
   * @param {number[]} indexes
   * @param {string} place  a plate's name, or what a new one looks like; "": each in its own
   */
  place(indexes, place) {
    const { now } = this.steps;
    const work = withPlace(now, indexes, place);
    const name = indexes.length > 0 ? plateOf(work.board, work.board.shots[indexes[0]]) : "";
    if (JSON.stringify(work.board) === JSON.stringify(now.board)) return name;
    const n = indexes.length;
    this.steps.change(work, name === "" ? t("step.place.own", { n }) : t("step.place", { n, name }));
    return name;
  }

  /** @param {string} name  of a plate @param {string} words  what it looks like */
  placeWords(name, words) {
    this.steps.change(withPlateWords(this.steps.now, name, words), t("step.place.words", { name }), { key: `plate ${name}` });
  }

  /** No soundtrack any more. */
  silence() {
    this.steps.change(withSoundtrack(this.steps.now, ""), t("strip.soundtrack.remove"));
  }

  /**
   * New shots from lines of text; how many.
   * @param {number} at  index of the shot before which they come
   * @param {string} text
   */
  insert(at, text) {
    const prompts = promptsIn(text);
    if (prompts.length > 0) {
      this.steps.change(inserted(this.steps.now, at, prompts), t("step.add", { n: prompts.length }));
    }
    return prompts.length;
  }

  /** @param {number} index */
  double(index) {
    const { now } = this.steps;
    this.steps.change(doubled(now, index), t("step.double", { shot: nameOf(now, index) }));
  }

  /** @param {number[]} indexes */
  remove(indexes) {
    const { now } = this.steps;
    if (indexes.length === 0) return;
    const label = indexes.length === 1
      ? t("step.remove", { name: nameOf(now, indexes[0]) })
      : t("step.remove.many", { n: indexes.length });
    this.steps.change(without(now, indexes), label);
  }

  /**
   * @param {number[]} indexes
   * @param {number} before  see `moved`
   */
  move(indexes, before) {
    const { now } = this.steps;
    this.steps.change(moved(now, indexes, before), t("step.move", { n: indexes.length }));
  }
}

/** @param {Work} work @param {number} index */
function nameOf({ board }, index) {
  return String(fieldsOf(board.shots[index]).id || index + 1);
}
