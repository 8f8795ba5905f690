// Words that a picture is searched for: a field for them, how far the search is, what came of it.

import { element, say } from "../view/element.js";
import { t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").LookView} LookView */

const MOST_WORDS = 16;

export class LookField {
  #key = "";

  /** @param {{look: (words: string[]) => void, stop: () => void}} actions */
  constructor(actions) {
    this.words = element("input", {
      type: "text", maxlength: "1000", dir: "auto", autocomplete: "off",
      "aria-label": t("layers.find.words"), placeholder: t("layers.find.such_as"),
    });
    this.button = element("button", { type: "submit" }, t("layers.find"));
    this.form = element("form", {
      class: "layer-form look-form",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        const words = wordsIn(this.words.value);
        if (words.length === 0) return this.words.focus();
        this.words.value = "";
        actions.look(words);
      },
    }, this.words, this.button);
    this.news = element("p", { class: "hint", role: "status" });
    this.stop = element("button", { type: "button", onclick: actions.stop }, t("layers.find.stop"));
    this.going = element("div", { class: "look-going", hidden: true }, this.news, this.stop);
    this.told = element("ul", { class: "notes look-told", hidden: true });
    this.element = element("div", { class: "look" }, this.form, this.going, this.told);
  }

  /**
   * @param {LookView[]} looks  that have not ended
   * @param {string[]} told  what came of the last one, where something is to be said
   * @param {boolean} canLook
   */
  show(looks, told, canLook) {
    this.button.disabled = !canLook;
    this.going.hidden = looks.length === 0;
    say(this.news, looks.map(progress).join(" "));
    const key = told.join("\n");
    if (key === this.#key) return;
    this.#key = key;
    this.told.hidden = told.length === 0;
    this.told.replaceChildren(...told.map((text) => element("li", { dir: "auto" }, text)));
  }
}

/** Of "shield, golden crown": the words, each once. @param {string} text */
export function wordsIn(text) {
  const words = text.split(/[,、，;；\n]/u).map((one) => one.trim().replace(/\s+/gu, " ").slice(0, 100));
  return [...new Set(words.filter((one) => one !== ""))].slice(0, MOST_WORDS);
}

/** @param {LookView} look */
function progress({ words, state, done, total }) {
  const said = { words: words.join(", ") };
  if (state === "waiting") return t("layers.find.waiting", said);
  if (!total) return t("layers.find.begun", said);
  return t("layers.find.going", { ...said, done: Number(done), total });
}
