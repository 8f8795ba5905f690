// How sure a layer's cut is, and why it is not, in words.

import { named, t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").LayerEntry} LayerEntry */

/**
 * @param {LayerEntry} layer
 * @param {boolean} isMeasured  the confidence is a measured chance, no rule of thumb
 * @returns {{text: string, isUncertain: boolean}}
 */
export function sureness({ confidence, reason }, isMeasured) {
  const percent = Math.round(100 * (confidence ?? 1));
  const sure = t(isMeasured ? "layers.sure.measured" : "layers.sure.thumb", { percent });
  if (!reason) return { text: sure, isUncertain: false };
  return { text: t("layers.uncertain", { why: named("layers.because.", reason), sure }), isUncertain: true };
}
