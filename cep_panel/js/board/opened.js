// A storyboard that the user opens: one JSON file, and the pictures that belong to it.

import { Trouble } from "../trouble.js";
import { fieldsOf, isBoard, shotsOf } from "./document.js";

/**
 * @typedef {object} Opened
 * @property {string} name  of the file
 * @property {import("./document.js").BoardDocument} document
 * @property {Array<string | null>} cameras  by shot; null: as the file has it
 * @property {string} folder  where its relative paths start, on the server's computer; "" unknown
 */

const MOST_BYTES = 15 * 2 ** 20;

/**
 * Read what was chosen. Rejects with `open.*`; what is in the shots is the server's to judge.
 * @param {File[]} files
 * @param {(picture: File) => Promise<string>} upload  what the storyboard calls it then
 * @returns {Promise<Opened>}
 */
export async function open(files, upload) {
  const boards = files.filter((file) => /\.json$/i.test(file.name));
  if (boards.length !== 1) {
    throw new Trouble("open.one_storyboard", "Choose one storyboard, a .json file, and its pictures if it has any.", {
      value: files.map((file) => file.name).join(", "),
      remedy: "Other formats become one with: multiplane storyboard convert FILE board.json.",
    });
  }
  const [board] = boards;
  const document = await parsed(board);
  const pictures = files.filter((file) => file !== board);
  const opened = {
    name: board.name,
    document: await withPictures(document, pictures, upload),
    cameras: document.shots.map(() => null),
    folder: folderOf(board),
  };
  return opened;
}

/**
 * Files that the storyboard names by relative paths; the server needs their folder.
 * @param {unknown} document
 * @returns {string[]}
 */
export function relativeFiles(document) {
  /** @type {Set<string>} */
  const found = new Set();
  eachFile(document, (path) => {
    if (!/^(?:upload:|[\\/]|[A-Za-z]:)/.test(path)) found.add(path);
    return path;
  });
  return [...found];
}

/**
 * @param {File} file
 * @returns {Promise<import("./document.js").BoardDocument>}
 */
async function parsed(file) {
  const wrong = (/** @type {string} */ message, /** @type {string} */ remedy) =>
    new Trouble("open.not_a_storyboard", message, { file: file.name, remedy });
  if (file.size > MOST_BYTES) throw wrong("This file is larger than the server takes.", "Split the storyboard.");
  /** @type {unknown} */
  let document;
  try {
    document = JSON.parse((await file.text()).replace(/^\ufeff/, ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(`This is no JSON: ${why}.`, "Check it with: multiplane storyboard validate FILE.");
  }
  if (!isBoard(document)) {
    throw wrong("This file has no list of shots.", 'The smallest storyboard is {"shots": [{"prompt": "..."}]}.');
  }
  return document;
}

/**
 * @param {import("./document.js").BoardDocument} document
 * @param {File[]} pictures
 * @param {(picture: File) => Promise<string>} upload
 */
async function withPictures(document, pictures, upload) {
  /** @type {Map<string, string>} */
  const names = new Map();
  const wanted = new Set(relativeFiles(document).map(lastPart));
  for (const picture of pictures) {
    if (wanted.has(picture.name)) names.set(picture.name, await upload(picture));
  }
  const changed = JSON.parse(JSON.stringify(document));
  eachFile(changed, (path, field) => (field === "audio" ? path : names.get(lastPart(path)) ?? path));
  return changed;
}

/**
 * Every path in a storyboard, replaced by what `change` makes of it.
 * @param {unknown} document
 * @param {(path: string, field: string) => string} change
 */
function eachFile(document, change) {
  for (const shot of shotsOf(document)) {
    for (const part of [shot, ...lists(shot.layers), ...lists(shot.mattes)].map(fieldsOf)) {
      for (const field of ["picture", "matte", "audio"]) {
        const path = part[field];
        if (typeof path === "string" && path !== "") part[field] = change(path, field);
      }
    }
  }
}

/**
 * @param {unknown} value
 * @returns {unknown[]}
 */
function lists(value) {
  return Array.isArray(value) ? value : [];
}

/** @param {string} path */
function lastPart(path) {
  return path.split(/[\\/]/).pop() ?? path;
}

/**
 * Some hosts say where a chosen file lies.
 * @param {File} file
 */
function folderOf(file) {
  const { path } = /** @type {File & {path?: unknown}} */ (file);
  return typeof path === "string" ? path.replace(/[\\/][^\\/]*$/, "") : "";
}
