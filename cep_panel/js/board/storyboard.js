// The storyboard that the server gets, from lines or from a file.

import { fieldsOf } from "./document.js";

/**
 * What is said of all shots of a text.
 * @typedef {object} Setting
 * @property {string} title  "" until the first is made
 * @property {string} style
 * @property {number} seconds
 * @property {string} size  such as "1920x1080"
 * @property {number} fps
 * @property {string} camera  a preset's name
 * @property {string} model
 */

/** @type {Setting} */
export const USUAL = {
  title: "", style: "", seconds: 4, size: "1920x1080", fps: 24, camera: "push_in", model: "auto",
};

/**
 * @param {import("./lines.js").Line[]} lines
 * @param {Setting} setting
 * @returns {import("../../../shared_schema/multiplane").Storyboard}
 */
export function fromLines(lines, setting) {
  const [width, height] = setting.size.split("x").map(Number);
  return {
    schema: "multiplane/storyboard/1",
    title: setting.title,
    fps: setting.fps,
    size: [width, height],
    ...(setting.style.trim() === "" ? {} : { style: setting.style.trim() }),
    shots: lines.map((line) => ({
      id: line.id,
      prompt: line.text,
      duration: setting.seconds,
      camera: line.camera ?? setting.camera,
    })),
  };
}

/**
 * A file's storyboard with other cameras for some shots.
 * @param {import("./document.js").BoardDocument} document
 * @param {Array<string | null>} cameras  by shot; null: as the file has it
 */
export function withCameras(document, cameras) {
  return {
    ...document,
    shots: document.shots.map((shot, index) =>
      cameras[index] ? { ...fieldsOf(shot), camera: cameras[index] } : shot),
  };
}

/**
 * The name of a shot's camera preset.
 * @param {unknown} shot  of a storyboard
 * @returns {string}  "" for one that is not there; "framing" for rectangles
 */
export function presetOf(shot) {
  const { camera } = fieldsOf(shot);
  if (typeof camera === "string") return camera;
  const { framing, preset } = fieldsOf(camera);
  if (framing) return "framing";
  return typeof preset === "string" ? preset : shot ? USUAL.camera : "";
}

/** A title that no other storyboard has: shots of one title are one storyboard in the host. */
export function freshTitle(now = new Date()) {
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `Storyboard ${day} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
}
