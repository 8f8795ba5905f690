// Two pictures of one shot, one over the other: a line between them is moved with the pointer or keys.

import { element, say } from "../view/element.js";
import { t } from "../text/text.js";

/** A picture with its name. @typedef {{key: string, name: string, url: Promise<string>}} Side */

export class Compare {
  #key = "";

  constructor() {
    this.left = element("img", { alt: "" });
    this.right = element("img", { alt: "" });
    this.leftName = element("span", { class: "compare-name left" });
    this.rightName = element("span", { class: "compare-name right" });
    this.line = element("input", {
      type: "range", min: "0", max: "100", step: "1", value: "50", class: "compare-line", "aria-label": t("picture.compare"),
      oninput: () => this.#place(),
      onclick: (/** @type {Event} */ event) => event.stopPropagation(), // it is no button to play
    });
    this.element = element("div", { class: "compare", onclick: (/** @type {Event} */ event) => event.stopPropagation() },
      this.right, this.left, this.leftName, this.rightName, this.line);
    this.#place();
  }

  /** @param {Side} left @param {Side} right */
  show(left, right) {
    const key = JSON.stringify([left.key, right.key]);
    if (key === this.#key) return;
    this.#key = key;
    for (const [side, image] of /** @type {Array<[Side, HTMLImageElement]>} */ ([[left, this.left], [right, this.right]])) {
      image.removeAttribute("src");
      image.alt = side.name;
      side.url.then((url) => {
        if (this.#key === key) image.src = url;
      }, () => undefined);
    }
    say(this.leftName, left.name);
    say(this.rightName, right.name);
  }

  #place() {
    const percent = Number(this.line.value);
    this.left.style.clipPath = `inset(0 ${100 - percent}% 0 0)`;
    this.element.style.setProperty("--at", `${percent}%`);
    this.line.setAttribute("aria-valuetext", t("picture.compare.at", { percent }));
  }
}
