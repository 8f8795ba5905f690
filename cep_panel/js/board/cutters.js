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
  /** @param {Cutter[]} some @param {Cutter[]} further */
  const joined = (some, further) => some.flatMap((one) => further.map((other) => ({
    name: `${one.name}+${other.name}`, title: `${one.title} + ${other.title}`,
  })));
  const alone = [{ name: "attention", title: t("compose.cut.attention") }, ...here("segmenter"), ...here("finder"), ...here("layerer")];
  const all = [...alone, ...joined([...here("detector"), ...alone], here("masker"))];
  return [{ name: "auto", title: t("compose.cut.auto") }, ...all, ...joined(all, here("matter"))];
}
