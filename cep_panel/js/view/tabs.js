// A row of tabs: one of them is chosen, with the pointer or with the arrow keys.

/** @template {string} Name */
export class Tabs {
  /**
   * @param {HTMLElement} list  of role tablist; each tab has its name in data-name
   * @param {(name: Name) => void} chosen
   */
  constructor(list, chosen) {
    this.list = list;
    this.chosen = chosen;
    list.addEventListener("click", (event) => {
      const tab = event.target instanceof Element ? event.target.closest("[role=tab]") : null;
      if (tab instanceof HTMLElement) chosen(/** @type {Name} */ (tab.dataset.name));
    });
    list.addEventListener("keydown", (event) => this.#key(event));
  }

  /** @param {Name} name */
  show(name) {
    for (const tab of this.#all) {
      const isChosen = tab.dataset.name === name;
      tab.setAttribute("aria-selected", String(isChosen));
      tab.tabIndex = isChosen ? 0 : -1;
    }
  }

  get #all() {
    return /** @type {HTMLElement[]} */ ([...this.list.querySelectorAll("[role=tab]")]);
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const shown = this.#all.filter((tab) => tab.getBoundingClientRect().width > 0);
    const at = shown.findIndex((tab) => tab === document.activeElement);
    const ends = /** @type {Record<string, number>} */ ({ Home: 0, End: shown.length - 1 });
    const steps = /** @type {Record<string, number>} */ ({ ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 });
    const step = steps[event.key];
    const next = event.key in ends ? ends[event.key] : step === undefined ? -1 : (at + step + shown.length) % shown.length;
    if (at < 0 || next < 0) return;
    event.preventDefault();
    this.chosen(/** @type {Name} */ (shown[next].dataset.name));
    shown[next].focus();
  }
}
