// What is said of many shots at once: a bar above them, as long as some are marked.

import { t } from "../text/text.js";
import { element, say } from "./element.js";
import { handingOn } from "./focus.js";
import { takeNumbers } from "./numbers.js";

/** @typedef {import("../work/editing.js").ShotField} ShotField */

/**
 * @typedef {object} Actions
 * @property {(field: ShotField, value: unknown) => void} set
 * @property {(place: string) => void} place  of all of them; "": each in its own
 * @property {() => void} remove
 * @property {() => void} clear
 */

/** Id of the list of plates that can be named. */
export const PLATES = "plates";

export class MarkedBar {
  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {Actions} actions
   */
  constructor(cameras, actions) {
    this.count = element("strong", { role: "status" });
    this.camera = cameras.list(t("marked.camera"), (name) => {
      actions.set("camera", name || undefined);
      cameras.show(this.camera, "", t("marked.camera"));
    });
    cameras.show(this.camera, "", t("marked.camera"));
    this.seconds = element("input", {
      class: "seconds", type: "number", min: "0.1", max: "600", step: "0.1", inputmode: "decimal",
      placeholder: t("field.duration"), "aria-label": t("marked.seconds"),
    });
    takeNumbers(this.seconds, {
      changed: (seconds) => {
        if (seconds !== null) actions.set("duration", seconds);
        this.seconds.value = "";
      },
      now: () => "",
      atEnd: true,
    });
    this.style = element("input", { type: "text", dir: "auto", placeholder: t("field.style"), "aria-label": t("marked.style") });
    this.style.addEventListener("change", () => {
      if (this.style.value.trim() !== "") actions.set("style", this.style.value.trim());
      this.style.value = "";
    });
    this.place = element("input", {
      type: "text", dir: "auto", list: PLATES, maxlength: "300", placeholder: t("marked.place"), "aria-label": t("marked.place.label"),
      title: t("marked.place.help"),
    });
    this.place.addEventListener("change", () => {
      const { value } = this.place;
      this.place.value = "";
      if (value.trim() !== "") actions.place(value);
    });
    this.own = element("button", { type: "button", onclick: () => actions.place("") }, t("marked.place.own"));
    this.element = element(
      "div", { class: "marked", role: "group", "aria-label": t("marked.label"), hidden: true },
      this.count, this.camera, this.seconds, this.style, this.place, this.own,
      element("div", { class: "tools-acts" },
        element("button", { type: "button", onclick: actions.remove }, t("shot.remove")),
        element("button", { type: "button", class: "quiet", onclick: actions.clear }, t("marked.clear"))),
    );
  }

  /** @param {number} many @param {boolean} isPlaced  some of them share a place */
  show(many, isPlaced) {
    this.element.hidden = many === 0;
    handingOn(this.element, () => { this.own.hidden = !isPlaced; }, () => this.place);
    if (many > 0) say(this.count, t("marked.count", { n: many }));
  }
}
