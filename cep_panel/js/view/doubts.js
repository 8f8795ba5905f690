// What may be wrong in a finished shot: a badge that counts it, and the sentences.

import { element, say } from "./element.js";
import { withFileNames } from "../state/uploads.js";
import { t } from "../text/text.js";
import { inWords } from "../text/told.js";

/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("../../../shared_schema/multiplane").NoticeEntry} NoticeEntry */

export class Doubts {
  #shown = "";

  constructor() {
    this.badge = element("summary", { class: "doubts-badge" });
    this.list = element("ul", { class: "doubts-list" });
    this.root = element("details", { class: "doubts", hidden: true }, this.badge, this.list);
  }

  /** @param {ShotView | null} shot  null: not made yet */
  show(shot) {
    const texts = shot?.state === "finished" ? (shot.doubts ?? []).map(sentence) : [];
    const key = texts.join("\n");
    if (key === this.#shown) return;
    this.#shown = key;
    this.root.hidden = texts.length === 0;
    say(this.badge, t("doubts.count", { n: texts.length }));
    this.badge.title = texts.join("\n");
    this.list.replaceChildren(...texts.map((text) => element("li", { dir: "auto" }, text)));
  }
}

/**
 * What the server says of a shot, in the user's language and with the names of the user's files.
 * @param {Pick<NoticeEntry, "code" | "text"> & Partial<NoticeEntry>} said
 */
export function sentence({ code, text, remedy, values }) {
  const said = inWords({ code, message: text, remedy, values });
  return withFileNames([said.message, said.remedy].filter(Boolean).join(" "));
}
