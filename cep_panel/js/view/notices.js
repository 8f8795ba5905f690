// Sentences above everything else: what went wrong and what to do, or how an import went.

import { element } from "./element.js";
import { placeOf } from "./words.js";
import { t } from "../text/text.js";

const MOST = 6;
const MOST_LINES = 12;

/** The list of notices; each stays until it is closed, or another of its kind comes. */
export class Notices {
  /** @param {HTMLElement} list */
  constructor(list) {
    this.list = list;
  }

  /**
   * @param {import("../trouble.js").Trouble} trouble
   * @param {string} [kind]
   */
  trouble(trouble, kind = trouble.code) {
    const all = [trouble, ...trouble.also];
    const parts = all.slice(0, MOST_LINES).map(troubleText);
    if (all.length > MOST_LINES) parts.push(element("p", {}, t("notice.more", { n: all.length - MOST_LINES })));
    this.#add("bad", kind, parts);
  }

  /**
   * News; "mixed": not all of it is good.
   * @param {"good" | "mixed"} tone
   * @param {string} title
   * @param {string[]} lines
   * @param {string} kind
   * @param {HTMLElement[]} [more]  buttons and the like
   */
  news(tone, title, lines, kind, more = []) {
    const shown = lines.slice(0, MOST_LINES);
    if (lines.length > MOST_LINES) shown.push(t("notice.more", { n: lines.length - MOST_LINES }));
    /** @type {HTMLElement[]} */
    const parts = [element("p", { class: "notice-title" }, title)];
    if (shown.length > 0) parts.push(element("ul", {}, ...shown.map((line) => element("li", {}, line))));
    this.#add(tone, kind, [...parts, ...more]);
  }

  /** @param {string} kind */
  clear(kind) {
    for (const old of [...this.list.children]) {
      if (old instanceof HTMLElement && old.dataset.kind === kind) old.remove();
    }
  }

  /** All but those of some kinds. @param {Set<string>} kinds */
  clearAll(kinds) {
    for (const old of [...this.list.children]) {
      if (!(old instanceof HTMLElement && kinds.has(String(old.dataset.kind)))) old.remove();
    }
  }

  /**
   * @param {"good" | "mixed" | "bad"} tone
   * @param {string} kind
   * @param {HTMLElement[]} parts
   */
  #add(tone, kind, parts) {
    this.clear(kind);
    /** @type {HTMLElement} */
    const notice = element("div", {
      class: `notice ${tone}`,
      role: tone === "bad" ? "alert" : "status",
      "data-kind": kind,
      onkeydown: (/** @type {KeyboardEvent} */ event) => {
        if (event.key === "Escape") notice.remove();
      },
    });
    const close = element("button", {
      class: "close", type: "button", "aria-label": t("notice.close"), onclick: () => notice.remove(),
    }, "×");
    notice.append(element("div", { class: "notice-text" }, ...parts), close);
    this.list.prepend(notice);
    while (this.list.children.length > MOST) this.list.lastElementChild?.remove();
    if (typeof notice.scrollIntoView === "function") notice.scrollIntoView({ block: "nearest" });
  }
}

/**
 * A trouble as sentences.
 * @param {import("../trouble.js").Trouble} trouble
 * @returns {HTMLElement}
 */
export function troubleText(trouble) {
  const place = placeOf(trouble);
  return element(
    "div", { class: "trouble", ...(trouble.original ? { title: trouble.original } : {}) },
    element("p", { class: "notice-title" }, trouble.message),
    ...(place === "" ? [] : [element("p", { class: "place" }, place)]),
    ...(trouble.remedy ? [element("p", { class: "remedy" }, trouble.remedy)] : []),
  );
}
