// One shot of a storyboard: what it is called, and whether two say the same.

import { fieldsOf } from "./document.js";
import { fileName } from "./files.js";
import { t } from "../text/text.js";

/** What a shot has that says nothing of it: the contract's own defaults. */
export const USUAL_SHOT = { camera: "push_in", duration: 4 };

/**
 * A shot as a line of text: its prompt; of a drawing its file's name in brackets.
 * @param {unknown} shot
 * @param {Record<string, string>} names  of uploads
 * @returns {string}
 */
export function lineOf(shot, names) {
  const { prompt } = fieldsOf(shot);
  if (typeof prompt === "string" && prompt.trim() !== "") return prompt.trim().replace(/\s+/g, " ");
  return `[${drawingOf(shot, names) || "drawing"}]`;
}

/**
 * The name of a shot's drawing; "" where it has none, or nobody knows it.
 * @param {unknown} shot
 * @param {Record<string, string>} names
 */
export function drawingOf(shot, names) {
  const { picture, layers } = fieldsOf(shot);
  const [lowest] = Array.isArray(layers) ? layers : [];
  return fileName(picture ?? fieldsOf(lowest).picture, names);
}

/** Whether a shot is made from a drawing, and not painted. @param {unknown} shot */
export function isDrawing(shot) {
  const { prompt, picture, layers } = fieldsOf(shot);
  return !prompt && Boolean(picture || layers);
}

/**
 * What a shot is about, for people: its prompt without stars, or its drawing.
 * @param {unknown} shot
 * @param {Record<string, string>} names
 */
export function aboutShot(shot, names) {
  const { prompt, action } = fieldsOf(shot);
  const text = typeof prompt === "string" ? prompt : "";
  const drawing = drawingOf(shot, names);
  return text.replace(/\*\*/g, "") || drawing || String(action ?? "") || t("shot.drawing");
}

/**
 * The name of a shot's camera preset.
 * @param {unknown} shot  of a storyboard
 * @returns {string}  "" for one that says none; "framing" for rectangles
 */
export function presetOf(shot) {
  const { camera } = fieldsOf(shot);
  if (typeof camera === "string") return camera;
  const { framing, preset } = fieldsOf(camera);
  if (framing) return "framing";
  return typeof preset === "string" ? preset : "";
}

/**
 * Whether two cameras are the same move; a name alone is that preset as it is.
 * @param {unknown} one
 * @param {unknown} other
 */
export function sameCamera(one, other) {
  return inOrder(whole(one)) === inOrder(whole(other));
}

/**
 * Whether two shots are the same, but for their cameras and what hands have changed in their layers:
 * that the server changes in a shot that is made.
 * @param {unknown} one
 * @param {unknown} other
 */
export function sameButCamera(one, other) {
  const [a, b] = [one, other].map((shot) => {
    const { camera, edits, ...rest } = fieldsOf(shot);
    return inOrder({ duration: USUAL_SHOT.duration, ...rest });
  });
  return a === b;
}

/**
 * The same for their seeds as well: a picture that is there already is taken at once.
 * @param {unknown} one
 * @param {unknown} other
 */
export function sameButSeed(one, other) {
  const [a, b] = [one, other].map((shot) => {
    const { seed, ...rest } = fieldsOf(shot);
    return rest;
  });
  return sameButCamera(a, b);
}

/** @param {unknown} camera */
function whole(camera) {
  return typeof camera === "string" ? { preset: camera } : { preset: USUAL_SHOT.camera, ...fieldsOf(camera) };
}

/**
 * JSON with its keys in order.
 * @param {unknown} value
 * @returns {string}
 */
function inOrder(value) {
  return JSON.stringify(value, (_, inner) =>
    inner !== null && typeof inner === "object" && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner);
}
