// Where frames show what must not show: boxes over the picture, while such a frame is on or nearly.

/** x, y, width, height, as shares of the frame's. @typedef {[number, number, number, number]} Place */
/** `label`: what lies there, in a word. @typedef {{frame: number, label?: string, places?: Place[]}} Marked */

const NEAR = 2; // frames; a place is shown so long before and after its frame, or nobody would see it play by

export class Places {
  #key = "";

  constructor() {
    this.element = document.createElement("div");
    this.element.className = "frame-places";
    this.element.setAttribute("aria-hidden", "true");
  }

  /** @param {Marked[]} marks @param {number} frame  that is on */
  show(marks, frame) {
    const near = marks.filter((mark) => mark.places && Math.abs(mark.frame - frame) <= NEAR);
    const key = JSON.stringify(near);
    if (this.#key === key) return;
    this.#key = key;
    this.element.replaceChildren(...near.flatMap(({ places = [], label = "" }) =>
      places.map((place, index) => box(place, index === 0 ? label : ""))));
  }
}

/** @param {Place} place @param {string} label */
function box([x, y, width, height], label) {
  const made = document.createElement("i");
  made.className = "frame-place";
  made.dataset.label = label;
  made.classList.toggle("is-low", y + height > 0.8);
  made.classList.toggle("is-right", x > 0.6);
  const sides = { left: x, top: y, width, height };
  for (const [side, share] of Object.entries(sides)) made.style.setProperty(side, `${100 * share}%`);
  return made;
}
