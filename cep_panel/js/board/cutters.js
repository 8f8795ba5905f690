// What may cut the pictures: attention, and the models beside it that are on the server's computer.

import { t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").ModelView} ModelView */
/** A cutter as a storyboard's `cut` names it. @typedef {{name: string, title: string}} Cutter */

/**
 * The first is what nothing says: as the model has it. Two models that work together are joined by a +.
 * @param {Pick<ModelView, "name" | "title" | "kind" | "installed">[]} models
 * @returns {Cutter[]}
 */
export function cuttersOf(models) {
  /** @param {string} kind @returns {Cutter[]} */
  const here = (kind) => models.filter((model) => model.kind === kind && model.installed);
  const alone = [{ name: "attention", title: t("compose.cut.attention") }, ...here("segmenter"), ...here("finder")];
  /** @param {Cutter[]} some */
  const joined = (some) => some.flatMap((one) => here("masker").map((masker) => ({
    name: `${one.name}+${masker.name}`, title: `${one.title} + ${masker.title}`,
  })));
  return [{ name: "auto", title: t("compose.cut.auto") }, ...alone, ...joined(here("detector")), ...joined(alone)];
}
