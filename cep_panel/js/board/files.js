// Where a storyboard names files.

import { fieldsOf, shotsOf } from "./document.js";

const UPLOAD = /^upload:/;
/** Names of pictures that the server reads. */
export const PICTURE = /\.(?:png|jpe?g|webp|tiff?|avif|jp2|heic|heif|gif|bmp|ppm|psd|psb|tga)$/i;

/**
 * Files that a storyboard names by relative paths; the server needs their folder.
 * @param {unknown} document
 * @returns {string[]}
 */
export function relativeFiles(document) {
  /** @type {Set<string>} */
  const found = new Set();
  const { file } = soundtrackOf(document);
  if (isRelative(file)) found.add(file);
  for (const plate of Object.values(fieldsOf(fieldsOf(document).plates))) {
    const { picture } = fieldsOf(plate);
    if (typeof picture === "string" && isRelative(picture)) found.add(picture);
  }
  for (const picture of castPictures(document)) if (isRelative(picture)) found.add(picture);
  for (const shot of shotsOf(document)) {
    withFiles(shot, (path) => {
      if (isRelative(path)) found.add(path);
      return path;
    });
  }
  return [...found];
}

/** Pictures of the cast. @param {unknown} document @returns {string[]} */
function castPictures(document) {
  const members = Object.values(fieldsOf(fieldsOf(document).cast)).map(fieldsOf);
  return members
    .flatMap(({ pictures }) => (Array.isArray(pictures) ? pictures : []))
    .filter((picture) => typeof picture === "string");
}

/** @param {string} path */
function isRelative(path) {
  return path !== "" && !/^(?:upload:|[\\/]|[A-Za-z]:)/.test(path);
}

/**
 * The storyboard's soundtrack; an empty file for none.
 * @param {unknown} storyboard
 * @returns {{file: string, offset: number}}
 */
export function soundtrackOf(storyboard) {
  const { soundtrack } = fieldsOf(storyboard);
  const { file, offset } = fieldsOf(typeof soundtrack === "string" ? { file: soundtrack } : soundtrack);
  return { file: String(file ?? ""), offset: Number(offset ?? 0) || 0 };
}

/** Whether any shot names a file. @param {unknown} document */
export function namesFiles(document) {
  return shotsOf(document).some((shot) => {
    let any = false;
    withFiles(shot, (path) => {
      any = true;
      return path;
    });
    return any;
  });
}

/**
 * A shot with every path in it replaced by what `change` makes of it.
 * @template {import("./document.js").Fields} Shot
 * @param {Shot} shot
 * @param {(path: string, field: string) => string} change
 * @returns {Shot}
 */
export function withFiles(shot, change) {
  /** @param {import("./document.js").Fields} part @param {string} field */
  const renamed = (part, field) => {
    const path = part[field];
    return typeof path === "string" && path !== "" ? { ...part, [field]: change(path, field) } : part;
  };
  const whole = renamed(renamed(shot, "picture"), "audio");
  for (const [list, field] of [["layers", "picture"], ["mattes", "matte"]]) {
    const parts = whole[list];
    if (Array.isArray(parts)) whole[list] = parts.map((part) => renamed(fieldsOf(part), field));
  }
  return /** @type {Shot} */ (whole === shot ? { ...shot } : whole);
}

/**
 * What people call a file: its own name; of an upload the name that it came with.
 * @param {unknown} path
 * @param {Record<string, string>} names  of uploads
 * @returns {string}  "" where nobody knows
 */
export function fileName(path, names) {
  if (typeof path !== "string") return "";
  if (UPLOAD.test(path)) return lastPart(names[path] ?? "");
  return lastPart(path);
}

/** @param {string} path */
export function lastPart(path) {
  return path.split(/[\\/]/).pop() ?? path;
}
