// What a button of the head folds out below it: no dialog, the rest of the page stays in reach.

import { byId } from "./element.js";

/** Closed by Escape, by a press elsewhere, and when the focus leaves it. */
export class Drop {
  /**
   * @param {"boards" | "more-menu"} button
   * @param {"boards-part" | "more-part"} part
   * @param {() => void} [opened]
   */
  constructor(button, part, opened = () => undefined) {
    this.button = byId(button);
    this.part = byId(part);
    this.button.addEventListener("click", () => {
      this.open(this.part.hidden);
      if (this.isOpen) opened();
    });
    addEventListener("pointerdown", (event) => {
      if (this.isOpen && !this.#has(event.target)) this.open(false);
    });
    this.part.addEventListener("focusout", (event) => {
      if (event.relatedTarget !== null && !this.#has(event.relatedTarget)) this.open(false);
    });
    for (const one of [this.button, this.part]) {
      one.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
        if (event.key !== "Escape" || !this.isOpen) return;
        event.stopPropagation();
        this.open(false);
        this.button.focus();
      });
    }
  }

  get isOpen() {
    return !this.part.hidden;
  }

  /** @param {boolean} isOpen */
  open(isOpen) {
    this.part.hidden = !isOpen;
    this.button.setAttribute("aria-expanded", String(isOpen));
  }

  /** @param {EventTarget | null} target */
  #has(target) {
    return target instanceof Node && (this.part.contains(target) || this.button.contains(target));
  }
}
