// How it stands with a shot, in a word or two: made, changed, uncertain, imported.

import { t } from "../text/text.js";
import { element } from "./element.js";

/** @typedef {import("./card.js").Surroundings} Surroundings */
/** @typedef {"made" | "changed" | "uncertain" | "current" | "older"} Kind */

export class Badges {
  #shown = "";

  constructor() {
    this.element = element("span", { class: "badges" });
  }

  /**
   * @param {Surroundings} around
   * @param {boolean} changed  the document says something else than what was made
   */
  show({ shot, imported, verb }, changed) {
    /** @type {Array<[Kind, string]>} */
    const badges = [];
    const isMade = shot?.state === "finished";
    const isUncertain = isMade && (shot.doubts ?? []).length > 0;
    if (isUncertain) badges.push(["uncertain", t("badge.uncertain")]);
    if (changed) badges.push(["changed", t("badge.changed")]);
    else if (imported === "older") badges.push(["older", t("badge.older")]);
    else if (imported === "current") badges.push(["current", t(verb === t("verb.download") ? "badge.downloaded" : "badge.imported")]);
    else if (isMade && !isUncertain) badges.push(["made", t("badge.made")]);
    const key = badges.join();
    if (key === this.#shown) return;
    this.#shown = key;
    this.element.replaceChildren(...badges.map(([kind, text]) => element("span", { class: "badge", "data-state": kind }, text)));
  }
}
