// Places that several shots are in: each has one background, which the storyboard calls a plate.

import { fieldsOf } from "./document.js";

/** @typedef {import("./work.js").Work} Work */

const LONGEST_NAME = 60;

/** Names of a storyboard's plates, as they are written. @param {unknown} board @returns {string[]} */
export function plateNames(board) {
  return Object.keys(fieldsOf(fieldsOf(board).plates));
}

/**
 * The name of a shot's plate as the storyboard writes it; "" for a shot that is in a place of its own.
 * @param {unknown} board
 * @param {unknown} shot
 */
export function plateOf(board, shot) {
  const { plate } = fieldsOf(shot);
  if (typeof plate !== "string" || plate.trim() === "") return "";
  return plateNames(board).find((name) => isAlike(name, plate)) ?? plate;
}

/**
 * What a plate looks like, in words; null for one that nobody has described: it is a picture, or unknown.
 * @param {unknown} board
 * @param {string} name  as the storyboard writes it
 * @returns {string | null}
 */
export function plateWords(board, name) {
  const entry = fieldsOf(fieldsOf(board).plates)[name];
  if (typeof entry === "string") return entry;
  const { prompt } = fieldsOf(entry);
  return typeof prompt === "string" ? prompt : null;
}

/**
 * Whether a shot is in the same place in both storyboards, as far as they describe it.
 * @param {unknown} one
 * @param {unknown} other
 * @param {unknown} shot
 */
export function samePlate(one, other, shot) {
  const [a, b] = [one, other].map((board) => {
    const name = plateOf(board, shot);
    const entry = fieldsOf(fieldsOf(board).plates)[name];
    const { prompt, picture, seed } = typeof entry === "string" ? { prompt: entry, picture: null, seed: null } : fieldsOf(entry);
    return JSON.stringify([prompt ?? null, picture ?? null, seed ?? null]);
  });
  return a === b;
}

/**
 * Shots that are in one place from now on.
 * @param {Work} work
 * @param {number[]} indexes
 * @param {string} place  a plate's name, or what a new one looks like; "": each in its own
 * @returns {Work}
 */
export function withPlace(work, indexes, place) {
  const said = place.trim().replace(/\s+/g, " ");
  const plates = { ...fieldsOf(work.board.plates) };
  const known = Object.keys(plates).find((name) => isAlike(name, said) || isAlike(plateWords(work.board, name) ?? "", said));
  const name = said === "" ? "" : known ?? nameOf(said, Object.keys(plates));
  if (name !== "" && known === undefined) plates[name] = said;
  const chosen = new Set(indexes);
  const shots = work.board.shots.map((shot, index) => {
    if (!chosen.has(index) || typeof shot !== "object" || shot === null) return shot;
    const { plate: _, ...rest } = fieldsOf(shot);
    return name === "" ? rest : { ...rest, plate: name };
  });
  // Words that no shot uses any more go with them; a picture or a seed is somebody's work.
  for (const index of indexes) {
    const left = plateOf(work.board, work.board.shots[index]);
    const isUsed = shots.some((shot) => isAlike(String(fieldsOf(shot).plate ?? ""), left));
    if (!isUsed && typeof plates[left] === "string") delete plates[left];
  }
  return { ...work, board: withPlates({ ...work.board, shots }, plates) };
}

/**
 * A plate that looks otherwise.
 * @param {Work} work
 * @param {string} name  as the storyboard writes it
 * @param {string} words
 * @returns {Work}
 */
export function withPlateWords(work, name, words) {
  const plates = fieldsOf(work.board.plates);
  const { prompt, ...rest } = typeof plates[name] === "string" ? {} : fieldsOf(plates[name]);
  const entry = Object.keys(rest).length > 0 ? { ...rest, prompt: words } : words;
  return { ...work, board: withPlates(work.board, { ...plates, [name]: entry }) };
}

/**
 * @param {import("./work.js").Work["board"]} board
 * @param {Record<string, unknown>} plates
 */
function withPlates(board, plates) {
  const { plates: _, ...rest } = board;
  return /** @type {import("./work.js").Work["board"]} */ (Object.keys(plates).length > 0 ? { ...rest, plates } : rest);
}

/** As the server tells names apart. @param {string} one @param {string} other */
function isAlike(one, other) {
  return one.trim().toLowerCase() === other.trim().toLowerCase();
}

/**
 * A name for a new plate: its words, as far as they fit into a line, and a number if it is taken.
 * @param {string} words
 * @param {string[]} taken
 */
function nameOf(words, taken) {
  const short = words.length <= LONGEST_NAME ? words : `${words.slice(0, LONGEST_NAME).replace(/\s+\S*$/, "")}…`;
  let name = short;
  for (let n = 2; taken.some((one) => isAlike(one, name)); n += 1) name = `${short} ${n}`;
  return name;
}
