// What the pointer does on the picture: choose layers, stroke what belongs to one and what does not,
// draw a box, begin a new layer, split one.

import { element, say } from "../view/element.js";
import { t } from "../text/text.js";

/** @typedef {"choose" | "keep" | "remove" | "box" | "new" | "split"} Tool */
/** @typedef {"film" | "picture" | "solo" | "matte" | "fan" | "depth"} Look */

/** @type {Tool[]} */
const TOOLS = ["choose", "keep", "remove", "box", "new", "split"];
/** @type {Look[]} */
export const LOOKS = ["film", "picture", "solo", "matte", "fan", "depth"];
/** Shares of the picture's width. */
const NARROWEST = 0.003;
const WIDEST = 0.3;
const STEPS = 100;

/**
 * @typedef {object} Shown
 * @property {Tool} tool
 * @property {Look} look
 * @property {number} width  of the brush, as a share of the picture's width
 * @property {boolean} isBox  a new layer is what stands in a box
 * @property {number} marks  that are drawn and wait for a name
 * @property {string} layer  name of the chosen one; "" for none or several
 * @property {string} help
 * @property {boolean} canEdit
 */

export class LayerTools {
  /**
   * @param {{
   *   look: (look: Look) => void,
   *   tool: (tool: Tool) => void,
   *   width: (width: number) => void,
   *   shape: (isBox: boolean) => void,
   *   make: (name: string) => void,
   *   clear: () => void,
   * }} actions
   */
  constructor(actions) {
    this.actions = actions;
    this.looks = choices(t("layers.look"), LOOKS.map((look) => [look, t(`layers.look.${look}`)]), actions.look);
    this.tools = choices(t("layers.tools"), TOOLS.map((tool) => [tool, t(`layers.tool.${tool}`)]), actions.tool);
    this.width = element("input", {
      type: "range", min: "0", max: String(STEPS), step: "1", "aria-keyshortcuts": "[ ]",
      oninput: () => actions.width(NARROWEST * (WIDEST / NARROWEST) ** (Number(this.width.value) / STEPS)),
    });
    this.widthField = element("label", { class: "brush" }, element("span", {}, t("layers.brush")), this.width);
    this.shape = choices(t("layers.new.by"), [["stroke", t("layers.new.stroke")], ["box", t("layers.new.box")]],
      (shape) => actions.shape(shape === "box"));
    this.name = element("input", {
      type: "text", maxlength: "300", dir: "auto", "aria-label": t("layers.new.name"), placeholder: t("layers.new.name"),
    });
    this.make = element("button", { type: "submit" });
    this.clear = element("button", { type: "button", onclick: () => actions.clear() }, t("layers.new.clear"));
    this.form = element("form", {
      class: "layer-form",
      onsubmit: (/** @type {Event} */ event) => {
        event.preventDefault();
        actions.make(this.name.value.trim());
        this.name.value = "";
      },
    }, this.shape.element, this.name, this.make, this.clear);
    this.help = element("p", { class: "hint", role: "status" });
    this.element = element("div", { class: "layer-tools" },
      this.looks.element, this.tools.element, this.widthField, this.form, this.help);
  }

  /** @param {Shown} shown */
  show(shown) {
    this.looks.show(shown.look);
    this.tools.show(shown.tool);
    for (const button of this.tools.buttons) button.disabled = !shown.canEdit && button.dataset.name !== "choose";
    this.widthField.hidden = !["keep", "remove", "split"].includes(shown.tool) && !(shown.tool === "new" && !shown.isBox);
    this.width.value = String(Math.round(STEPS * Math.log(shown.width / NARROWEST) / Math.log(WIDEST / NARROWEST)));
    this.width.setAttribute("aria-valuetext", t("layers.brush.width", { percent: (100 * shown.width).toFixed(1) }));
    this.form.hidden = shown.tool !== "new" && shown.tool !== "split";
    this.shape.element.hidden = this.name.hidden = shown.tool !== "new";
    this.shape.show(shown.isBox ? "box" : "stroke");
    say(this.make, shown.tool !== "split" ? t("layers.new.make")
      : shown.marks === 0 ? t("layers.split.make.none") : t("layers.split.make", { n: shown.marks }));
    this.make.disabled = !shown.canEdit || shown.marks < (shown.tool === "split" ? 2 : 1);
    this.clear.hidden = shown.marks === 0;
    say(this.help, shown.help);
    this.help.hidden = shown.help === "";
  }
}

/** @param {number} width */
export function withinBrush(width) {
  return Math.min(WIDEST, Math.max(NARROWEST, width));
}

/**
 * A row of buttons of which one is pressed; arrows go from one to the next.
 * @template {string} Name
 * @param {string} label
 * @param {Array<[Name, string]>} all  names and texts
 * @param {(name: Name) => void} chosen
 */
function choices(label, all, chosen) {
  const buttons = all.map(([name, text]) => element("button", {
    type: "button", role: "radio", "data-name": name, onclick: () => chosen(name),
  }, text));
  const row = element("div", {
    class: "choice-row", role: "radiogroup", "aria-label": label,
    onkeydown: (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowLeft: -1, ArrowUp: -1, ArrowRight: 1, ArrowDown: 1 }[event.key];
      const able = buttons.filter((button) => !button.disabled);
      const at = able.findIndex((button) => button === document.activeElement);
      if (!step || at < 0) return;
      event.preventDefault();
      const next = able[(at + step + able.length) % able.length];
      chosen(/** @type {Name} */ (next.dataset.name));
      next.focus();
    },
  }, ...buttons);
  return {
    element: row,
    buttons,
    /** @param {Name} name */
    show(name) {
      for (const button of buttons) {
        const isChosen = button.dataset.name === name;
        button.setAttribute("aria-checked", String(isChosen));
        button.tabIndex = isChosen ? 0 : -1;
      }
    },
  };
}
