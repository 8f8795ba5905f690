// What else a shot says: folded out below it, and built when somebody looks at it.

import { fieldsOf } from "../board/document.js";
import { plateOf, plateWords } from "../board/plates.js";
import { t } from "../text/text.js";
import { element } from "./element.js";
import { PLATES } from "./marked.js";
import { isRefused, takeNumbers } from "./numbers.js";

/** @typedef {import("../work/editing.js").ShotField} ShotField */

/** @type {Array<import("../work/editing.js").WordField>} */
const WORDS = ["dialogue", "action", "notes", "style"];
const MOST_SEED = 2 ** 32 - 1;

/**
 * @typedef {object} Actions
 * @property {(field: ShotField, value: unknown) => void} set
 * @property {(place: string) => void} place  see `withPlace`
 * @property {(name: string, words: string) => void} placeWords  of the shot's plate
 * @property {() => void} double
 * @property {() => void} remove
 * @property {(by: -1 | 1) => void} move
 */

export class ShotDetails {
  /** @type {Map<string, HTMLInputElement | HTMLTextAreaElement>} */
  #fields = new Map();
  /** As the document has it; "" for none. */
  #seed = "";
  /** The shot's plate; "" for none. */
  #plate = "";

  /**
   * @param {string} shot  for readers of the screen
   * @param {Actions} actions
   */
  constructor(shot, actions) {
    const named = (/** @type {ShotField} */ field) => t("step.field", { what: t(`field.${field}`), shot });
    for (const field of WORDS) {
      const area = element("textarea", { rows: "1", dir: "auto", "aria-label": named(field) });
      area.addEventListener("input", () => actions.set(field, area.value.trim() === "" ? undefined : area.value));
      this.#fields.set(field, area);
    }
    const subjects = element("input", { type: "text", dir: "auto", placeholder: t("field.subjects.found"), "aria-label": named("subjects") });
    subjects.addEventListener("change", () => actions.set("subjects", listed(subjects.value)));
    this.#fields.set("subjects", subjects);
    this.plate = element("input", {
      type: "text", dir: "auto", list: PLATES, maxlength: "300", placeholder: t("field.plate.own"),
      "aria-label": t("step.field", { what: t("field.plate"), shot }),
    });
    this.plate.addEventListener("change", () => actions.place(this.plate.value));
    this.words = element("textarea", { rows: "1", dir: "auto", "aria-label": t("step.field", { what: t("field.plate.words"), shot }) });
    this.words.addEventListener("input", () => actions.placeWords(this.#plate, this.words.value));
    this.wordsField = element("label", { class: "field" }, t("field.plate.words"), this.words);
    const seed = element("input", {
      type: "number", min: "0", max: String(MOST_SEED), step: "1", inputmode: "numeric",
      placeholder: t("field.seed.given"), "aria-label": named("seed"),
    });
    takeNumbers(seed, { changed: (number) => actions.set("seed", number ?? undefined), now: () => this.#seed });
    this.#fields.set("seed", seed);
    const button = (/** @type {import("../text/text.js").Key} */ key, /** @type {() => void} */ act, keys = "") => element("button", {
      type: "button", onclick: act, "aria-label": t("shot.of", { what: t(key), shot }),
      ...(keys === "" ? {} : { "aria-keyshortcuts": keys }),
    }, t(key));
    this.element = element(
      "div", { class: "details" },
      ...[...this.#fields].map(([field, input]) => element(
        "label", { class: field === "seed" ? "field narrow" : "field" },
        t(/** @type {import("../text/text.js").Key} */ (`field.${field}`)), input,
      )),
      element("label", { class: "field" }, t("field.plate"), this.plate), this.wordsField,
      element(
        "div", { class: "actions" },
        button("shot.up", () => actions.move(-1), "Alt+ArrowUp"), button("shot.down", () => actions.move(1), "Alt+ArrowDown"),
        button("shot.double", actions.double), button("shot.remove", actions.remove),
      ),
    );
  }

  /** @param {unknown} board  the document @param {unknown} shot  of it */
  show(board, shot) {
    const fields = fieldsOf(shot);
    this.#showPlate(board, shot);
    this.#seed = String(fields.seed ?? "");
    for (const [name, input] of this.#fields) {
      if (input instanceof HTMLInputElement && isRefused(input)) continue;
      const value = name === "subjects" ? namesOf(fields[name]) : String(fields[name] ?? "");
      const isTyped = document.activeElement === input && (name === "subjects" || input.value.trim() === value.trim());
      if (!isTyped && input.value !== value) input.value = value;
    }
  }

  /** @param {unknown} board @param {unknown} shot */
  #showPlate(board, shot) {
    const name = plateOf(board, shot);
    if (name !== this.#plate || document.activeElement !== this.plate) this.plate.value = name;
    this.#plate = name;
    const words = plateWords(board, name);
    this.wordsField.hidden = words === null;
    if (words !== null && this.words.value !== words) this.words.value = words;
  }
}

/** @param {unknown} subjects */
function namesOf(subjects) {
  if (!Array.isArray(subjects)) return "";
  return subjects.map((one) => (typeof one === "string" ? one : String(fieldsOf(one).name ?? ""))).join(", ");
}

/** @param {string} text @returns {string[] | undefined} */
function listed(text) {
  const names = text.split(/[,、]/).map((one) => one.trim()).filter((one) => one !== "");
  return names.length > 0 ? names : undefined;
}
