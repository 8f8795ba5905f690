// The prompt with its words as buttons, and the words that were looked for beside it: what the model
// looked at for each is shown over the picture, and becomes a layer.

import { element, say } from "../view/element.js";
import { t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").WordView} WordView */

export class PromptWords {
  #key = "";
  /** @type {string[]} */
  #chosen = [];

  /**
   * @param {{choose: (words: string[]) => void, make: (words: string[], name: string) => void}} actions
   * @param {HTMLElement} look  where other words are asked for
   */
  constructor(actions, look) {
    this.actions = actions;
    this.prompt = element("p", { class: "prompt-words", dir: "auto" });
    this.about = element("p", { class: "hint", role: "status" });
    this.name = element("input", { type: "text", maxlength: "300", dir: "auto", "aria-label": t("layers.new.name") });
    this.make = element("button", { type: "submit" }, t("layers.new.make"));
    this.form = element("form", {
      class: "layer-form", hidden: true,
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        actions.make(this.#chosen, this.name.value.trim());
        this.choose([]);
      },
    }, this.name, this.make);
    this.element = element("section", { class: "words", "aria-label": t("layers.words") },
      element("h3", {}, t("layers.words")), this.prompt, this.about, this.form, look);
  }

  get chosen() {
    return this.#chosen;
  }

  /**
   * @param {string} prompt
   * @param {WordView[]} words  that have heatmaps
   * @param {boolean} canEdit
   */
  show(prompt, words, canEdit) {
    this.prompt.hidden = this.about.hidden = words.length === 0;
    this.make.disabled = !canEdit;
    const key = JSON.stringify([prompt, words.map((one) => [one.word, one.coverage])]);
    if (key !== this.#key) {
      this.#key = key;
      this.#chosen = [];
      this.#fill(prompt, words);
    }
    for (const button of this.prompt.querySelectorAll("button")) {
      button.setAttribute("aria-pressed", String(this.#chosen.includes(String(button.dataset.word))));
    }
    this.form.hidden = this.#chosen.length === 0;
    const found = words.filter((one) => this.#chosen.includes(one.word));
    const percent = Math.round(100 * Math.max(0, ...found.map((one) => one.coverage)));
    say(this.about, found.length === 0 ? t("layers.words.help") : t("layers.words.about", {
      words: this.#chosen.join(", "), percent,
      shape: t(found.some((one) => one.compactness > 0.5) ? "layers.words.compact" : "layers.words.spread"),
    }));
  }

  /** @param {string[]} words */
  choose(words) {
    if (words.length === 0 && this.#chosen.length === 0) return;
    this.#chosen = words;
    this.name.value = words.join(" ");
    this.actions.choose(words);
  }

  /** @param {string} prompt @param {WordView[]} words */
  #fill(prompt, words) {
    const known = new Map(words.map((one) => [one.word.toLocaleLowerCase(), one.word]));
    const parts = prompt.split(/([\p{L}\p{N}'’-]+)/u).map((part) => {
      const word = known.get(part.toLocaleLowerCase());
      if (word === undefined) return part;
      known.delete(part.toLocaleLowerCase());
      return this.#button(word, part);
    });
    const rest = [...known.values()].flatMap((word) => [" ", this.#button(word, word)]);
    this.prompt.replaceChildren(...parts, ...rest);
  }

  /** @param {string} word @param {string} text */
  #button(word, text) {
    return element("button", {
      type: "button", class: "word", "data-word": word, "aria-pressed": "false", title: t("layers.words.press"),
      onclick: (/** @type {Event} */ event) => {
        const { ctrlKey, metaKey, shiftKey } = /** @type {MouseEvent} */ (event);
        const isMore = ctrlKey || metaKey || shiftKey;
        const others = this.#chosen.filter((one) => one !== word);
        const wasChosen = others.length < this.#chosen.length;
        if (wasChosen) this.choose(isMore ? others : []);
        else this.choose(isMore ? [...others, word] : [word]);
      },
    }, text);
  }
}

/**
 * What the model looked at for any of these words, as one grey picture.
 * @param {WordView[]} words
 * @param {string[]} chosen
 * @returns {Promise<HTMLCanvasElement | null>}  null: for none of them
 */
export async function heatOf(words, chosen) {
  const pictures = await Promise.all(words.filter((one) => one.png && chosen.includes(one.word)).map(async ({ png }) => {
    const picture = new Image();
    picture.src = `data:image/png;base64,${png}`;
    await picture.decode();
    return picture;
  }));
  if (pictures.length === 0) return null;
  const canvas = document.createElement("canvas");
  canvas.width = pictures[0].naturalWidth;
  canvas.height = pictures[0].naturalHeight;
  const into = /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
  into.globalCompositeOperation = "lighten";
  for (const picture of pictures) into.drawImage(picture, 0, 0);
  return canvas;
}
