// Edits by hand as the server has them, and what they are called.

import { t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").ShotEdits} ShotEdits */
/** @typedef {NonNullable<ShotEdits["edits"]>[number]} LayerEdit */
/** @typedef {import("../../../shared_schema/multiplane").LayerEntry} LayerEntry */

/**
 * The edits that a shot of a storyboard has.
 * @param {unknown} said  its field `edits`
 * @returns {LayerEdit[]}
 */
export function editsIn(said) {
  const edits = said && typeof said === "object" ? /** @type {{edits?: unknown}} */ (said).edits : null;
  return Array.isArray(edits) ? edits : [];
}

/**
 * Whether two shots have the same edits; what may be left out need not be said.
 * @param {unknown} one  field `edits` of a shot
 * @param {unknown} other
 */
export function sameEdits(one, other) {
  const [a, b] = [editsIn(one), editsIn(other)];
  return a.length === b.length && a.every((edit, index) => sameEdit(edit, b[index]));
}

/**
 * Whether a finished shot has not been made with the document's edits yet.
 * @param {import("../../../shared_schema/multiplane").Manifest} manifest
 * @param {unknown} said  field `edits` of the document's shot
 */
export function areDue({ edits, notices }, said) {
  return !sameEdits({ edits }, said) && !notices.some((one) => one.code === "layer.edits_left");
}

/** How many edits two shots have in common, from the first one on. @param {LayerEdit[]} one @param {LayerEdit[]} other */
export function common(one, other) {
  const differs = one.findIndex((edit, index) => index >= other.length || !sameEdit(edit, other[index]));
  return differs < 0 ? one.length : differs;
}

/** @param {unknown} one @param {unknown} other */
export function sameEdit(one, other) {
  return plain(one) === plain(other);
}

/** JSON with keys in order, without what is empty. @param {unknown} edit @returns {string} */
function plain(edit) {
  return JSON.stringify(edit, (_, value) => {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
    const said = Object.entries(value).filter(([, inner]) =>
      inner !== null && inner !== undefined && !(Array.isArray(inner) && inner.length === 0));
    return Object.fromEntries(said.sort(([a], [b]) => (a < b ? -1 : 1)));
  });
}

/**
 * What an edit does, for people: the step's name in Undo.
 * @param {LayerEdit} edit
 * @param {LayerEntry[]} layers  as they are
 */
export function editTitle(edit, layers) {
  const called = (/** @type {string | undefined} */ id) => layers.find((layer) => layer.id === id)?.name ?? String(id);
  switch (edit.op) {
    case "new": return t("layers.did.new", { name: edit.name });
    case "words": return t("layers.did.new", { name: edit.name ?? edit.words.join(" ") });
    case "merge": return t("layers.did.merge", { names: edit.layers.map(called).join(", ") });
    case "keep": return t("layers.did.keep", { name: called(edit.layer) });
    case "remove": return t("layers.did.remove", { name: called(edit.layer) });
    case "box": return t("layers.did.box", { name: called(edit.layer) });
    case "matte": return t("layers.did.matte", { name: called(edit.layer) });
    case "split": return t("layers.did.split", { name: called(edit.layer) });
    case "rename": return t("layers.did.rename", { name: called(edit.layer), to: edit.name });
    case "order": return t("layers.did.order", { name: called(edit.layer) });
    case "near": return t("layers.did.near", { name: called(edit.layer) });
    case "kind": return t("layers.did.kind", { name: called(edit.layer) });
    case "fill": return t("layers.did.fill", { name: called(edit.layer) });
    default: return t("layers.did.other");
  }
}

/**
 * A layer's new place in the list, as an edit.
 * @param {LayerEntry[]} layers  back to front, as the manifest has them
 * @param {string} id
 * @param {number} to  its index from the front, once it was taken out
 * @returns {LayerEdit | null}  null: it stays where it is, or it cannot stand there
 */
export function orderEdit(layers, id, to) {
  const front = [...layers].reverse();
  const from = front.findIndex((layer) => layer.id === id);
  const rest = front.filter((layer) => layer.id !== id);
  const ground = rest.findIndex((layer, index) => layer.kind === "background" && index === rest.length - 1);
  const place = Math.min(Math.max(to, 0), ground < 0 ? rest.length : ground);
  if (from < 0 || place === from || rest.length === 0 || isGround(layers, id)) return null;
  return place === 0
    ? { op: "order", layer: id, in_front_of: rest[0].id, behind: null }
    : { op: "order", layer: id, in_front_of: null, behind: rest[place - 1].id };
}

/** Whether a layer is what all others stand before. @param {LayerEntry[]} layers @param {string} id */
export function isGround(layers, id) {
  return layers.length > 0 && layers[0].id === id && layers[0].kind === "background";
}
