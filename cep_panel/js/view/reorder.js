// Shots are dragged to another place by their numbers.

const FAR = 5; // px: less is a press
const EDGE = 40; // px from the list's edge, where it scrolls
const SCROLL = 14; // px for each movement there

/**
 * @typedef {object} Actions
 * @property {(row: Element) => void} begun
 * @property {(row: Element, before: number) => void} dropped  before: index of the row before which
 *   it was dropped; their number for the end
 */

/**
 * @param {HTMLElement} list  whose children are the rows
 * @param {HTMLElement} scroller
 * @param {string} handle  selector of what a row is dragged by
 * @param {Actions} actions
 */
export function reorderByDragging(list, scroller, handle, actions) {
  list.addEventListener("pointerdown", (down) => {
    const grip = down.target instanceof Element ? down.target.closest(handle) : null;
    const row = grip?.closest("li");
    if (!(grip instanceof HTMLElement) || !row || down.button !== 0) return;
    const drag = new Drag(list, scroller, row, actions, down);
    grip.setPointerCapture(down.pointerId);
    const move = (/** @type {PointerEvent} */ event) => drag.move(event);
    const end = (/** @type {Event} */ event) => {
      const isDropped = event.type === "pointerup";
      if (drag.isFar && isDropped) grip.addEventListener("click", swallow, { capture: true, once: true });
      setTimeout(() => grip.removeEventListener("click", swallow, { capture: true }), 0);
      grip.removeEventListener("pointermove", move);
      for (const type of ["pointerup", "pointercancel"]) grip.removeEventListener(type, end);
      removeEventListener("keydown", stop, true);
      drag.end(isDropped);
    };
    const stop = (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Escape") end(event);
    };
    grip.addEventListener("pointermove", move);
    for (const type of ["pointerup", "pointercancel"]) grip.addEventListener(type, end);
    addEventListener("keydown", stop, true);
  });
}

/** A press at the end of a drag is none. @param {Event} event */
function swallow(event) {
  event.stopImmediatePropagation();
  event.preventDefault();
}

class Drag {
  isFar = false;
  #before = -1;

  /**
   * @param {HTMLElement} list
   * @param {HTMLElement} scroller
   * @param {HTMLElement} row
   * @param {Actions} actions
   * @param {PointerEvent} down
   */
  constructor(list, scroller, row, actions, down) {
    this.list = list;
    this.scroller = scroller;
    this.row = row;
    this.actions = actions;
    this.from = down.clientY;
  }

  /** @param {PointerEvent} event */
  move({ clientY }) {
    if (!this.isFar && Math.abs(clientY - this.from) < FAR) return;
    if (!this.isFar) this.actions.begun(this.row);
    this.isFar = true;
    this.row.classList.add("dragged");
    const box = this.scroller.getBoundingClientRect();
    if (clientY < box.top + EDGE) this.scroller.scrollTop -= SCROLL;
    else if (clientY > box.bottom - EDGE) this.scroller.scrollTop += SCROLL;
    this.#show(this.#place(clientY));
  }

  /** @param {boolean} isDropped */
  end(isDropped) {
    const before = this.#before;
    this.row.classList.remove("dragged");
    this.#show(-1);
    if (this.isFar && isDropped && before >= 0) this.actions.dropped(this.row, before);
    this.isFar = false;
  }

  /** The row before which a height is; rows lie below each other. @param {number} y */
  #place(y) {
    const rows = this.list.children;
    let low = 0;
    let high = rows.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const { top, height } = rows[middle].getBoundingClientRect();
      if (y < top + height / 2) high = middle;
      else low = middle + 1;
    }
    return low;
  }

  /** @param {number} before  -1 for nowhere */
  #show(before) {
    if (before === this.#before) return;
    for (const one of this.list.querySelectorAll("[data-drop]")) one.removeAttribute("data-drop");
    const rows = this.list.children;
    if (before >= 0 && before < rows.length) rows[before].setAttribute("data-drop", "before");
    else if (before >= 0 && rows.length > 0) rows[rows.length - 1].setAttribute("data-drop", "after");
    this.#before = before;
  }
}
