// What a shot says: shown with the words that become layers as chips, and edited in place.

import { fieldsOf } from "../board/document.js";
import { drawingNamedIn, promptsIn } from "../board/lines.js";
import { t } from "../text/text.js";
import { fromServer } from "../trouble.js";
import { element, say } from "./element.js";
import { sentencesOf } from "./words.js";

/** @typedef {import("../../../shared_schema/multiplane").PromptSubjects} PromptSubjects */
/** Half open, in characters of a text. @typedef {[number, number]} Span */

/**
 * @typedef {object} Actions
 * @property {(prompt: string) => void} typed
 * @property {() => void} emptied  nothing is left of it, and nobody types any more
 * @property {(lines: string) => void} pasted  further shots, after this one
 */

export class PromptView {
  #shown = "";
  #chips = "";
  #prompt = "";
  /** Of all subjects; of those that the prompt does not say. @type {string[]} */
  #names = [];
  /** @type {string[]} */
  #others = [];

  /**
   * @param {string} shot  for readers of the screen
   * @param {Actions} actions
   */
  constructor(shot, actions) {
    this.actions = actions;
    this.said = element("button", { class: "prompt", type: "button", dir: "auto", onclick: () => this.edit() });
    this.said.addEventListener("keydown", (event) => {
      if (event.key === "F2") this.edit();
    });
    this.field = element("textarea", {
      class: "prompt-field", rows: "2", dir: "auto", hidden: true, "aria-label": t("shot.prompt", { shot }),
      oninput: () => this.#typed(), onblur: () => this.#end(false),
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      onpaste: (/** @type {Event} */ event) => this.#paste(/** @type {ClipboardEvent} */ (event)),
    });
    this.chips = element("ul", { class: "chips", hidden: true, "aria-label": t("shot.subjects", { shot }) });
    this.problem = element("p", { class: "hint warn", hidden: true });
    this.element = element("div", { class: "prompt-part" }, this.said, this.field, this.chips, this.problem);
  }

  get isEdited() {
    return !this.field.hidden;
  }

  /**
   * @param {unknown} shot  of the document
   * @param {string} about  what it is called where it has no words
   * @param {PromptSubjects | null} found  of its prompt; null: not known yet
   */
  show(shot, about, found) {
    const { prompt, subjects } = fieldsOf(shot);
    this.#prompt = typeof prompt === "string" ? prompt : "";
    if (this.isEdited && this.field.value !== this.#prompt && this.field.value.trim() !== "") this.field.value = this.#prompt;
    const listed = Array.isArray(subjects) ? subjects.map(nameAndPhrase) : [];
    const text = this.#prompt.replace(/\*\*/g, "");
    const cast = castIn(text);
    const others = listed.length > 0 ? listed.flatMap((one) => spansOf(text, one.phrase)) : spansIn(text, found);
    const spans = [...cast, ...others.filter(([from, to]) => !cast.some(([a, b]) => a < to && from < b))];
    this.#names = listed.length > 0 ? listed.map((one) => one.name) : (found?.subjects ?? []).map(named);
    this.#say(text.trim() === "" ? about : text, text.trim() === "" ? [] : spans);
    this.#others = text.trim() === "" || listed.length > 0
      ? listed.filter((one) => spansOf(text, one.phrase).length === 0).map((one) => one.name)
      : [];
    this.#showChips(this.isEdited ? this.#names : this.#others);
    const drawing = drawingNamedIn(this.#prompt);
    const problem = listed.length === 0 && cast.length === 0 && text.trim() !== "" ? found?.problem ?? null : null;
    const said = drawing !== "" ? [t("prompt.drawing", { name: drawing }), t("prompt.drawing.remedy")]
      : problem ? sentencesOf(fromServer(problem)) : [];
    this.problem.hidden = said.length === 0;
    say(this.problem, said.join(" "));
  }

  edit() {
    this.field.value = this.#prompt;
    this.field.hidden = false;
    this.said.hidden = true;
    this.field.focus();
    this.#fit();
    this.#showChips(this.#names);
  }

  #typed() {
    this.#fit();
    if (this.field.value.trim() !== "") this.actions.typed(this.field.value.replace(/\s*\n\s*/g, " "));
  }

  /** @param {boolean} keepFocus */
  #end(keepFocus) {
    if (!this.isEdited) return;
    this.field.hidden = true;
    this.said.hidden = false;
    if (keepFocus) this.said.focus();
    this.#showChips(this.#others);
    if (this.field.value.trim() === "" && this.#prompt !== "") this.actions.emptied();
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const isMake = event.ctrlKey || event.metaKey;
    if ((event.key !== "Enter" || isMake) && event.key !== "Escape") return;
    event.preventDefault();
    event.stopPropagation();
    this.#end(true);
  }

  /** Several lines are several shots. @param {ClipboardEvent} event */
  #paste(event) {
    const lines = promptsIn(event.clipboardData?.getData("text/plain") ?? "");
    if (lines.length < 2) return;
    event.preventDefault();
    this.field.setRangeText(lines[0], this.field.selectionStart, this.field.selectionEnd, "end");
    this.#typed();
    this.actions.pasted(lines.slice(1).join("\n"));
  }

  #fit() {
    this.field.style.height = "auto";
    this.field.style.height = `${this.field.scrollHeight + 2}px`;
  }

  /** @param {string} text @param {Span[]} spans */
  #say(text, spans) {
    const key = JSON.stringify([text, spans]);
    if (key === this.#shown) return;
    this.#shown = key;
    this.said.title = text;
    const letters = [...text]; // the server counts characters, not UTF-16 units
    /** @type {Array<string | HTMLElement>} */
    const parts = [];
    let at = 0;
    for (const [start, end] of [...spans].sort((a, b) => a[0] - b[0])) {
      if (start < at || end > letters.length) continue;
      parts.push(letters.slice(at, start).join(""), element("span", { class: "chip" }, letters.slice(start, end).join("")));
      at = end;
    }
    this.said.replaceChildren(...parts, letters.slice(at).join(""));
  }

  /** @param {string[]} names */
  #showChips(names) {
    const key = names.join("\n");
    this.chips.hidden = names.length === 0;
    if (key === this.#chips) return;
    this.#chips = key;
    this.chips.replaceChildren(...names.map((name) => element("li", { class: "chip", dir: "auto" }, name)));
  }
}

/** @param {PromptSubjects["subjects"][number]} found */
function named({ name, count }) {
  return count > 1 ? `${name} × ${count}` : name;
}

/** @param {unknown} subject  of a storyboard: its name, or fields */
function nameAndPhrase(subject) {
  const { name, phrase } = typeof subject === "string" ? { name: subject, phrase: "" } : fieldsOf(subject);
  return { name: String(name ?? ""), phrase: String(phrase || name || "") };
}

/** Where the prompt names somebody of the cast: "@mira". @param {string} text @returns {Span[]} */
function castIn(text) {
  return [...text.matchAll(/(^|[^\p{L}\p{N}_@.])(@[\p{L}\p{N}_-]*[\p{L}\p{N}_])/gu)].map((match) => {
    const start = [...text.slice(0, Number(match.index) + match[1].length)].length;
    return /** @type {Span} */ ([start, start + [...match[2]].length]);
  });
}

/** @param {string} text @param {PromptSubjects | null} found @returns {Span[]} */
function spansIn(text, found) {
  if (!found || found.text !== text.normalize("NFC")) return [];
  return found.subjects.flatMap((one) => /** @type {Span[]} */ (one.spans));
}

/** Where words stand in a text. @param {string} text @param {string} words @returns {Span[]} */
function spansOf(text, words) {
  const at = words === "" ? -1 : text.toLowerCase().indexOf(words.toLowerCase());
  if (at < 0) return [];
  const start = [...text.slice(0, at)].length;
  return [[start, start + [...words].length]];
}
