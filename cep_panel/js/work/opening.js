// What the user opens or drops: storyboards in every format that the server reads, and pictures.

import { isBoard } from "../board/document.js";
import { PICTURE, lastPart, relativeFiles } from "../board/files.js";
import { appended, opened, withSoundtrack, withUploads } from "../board/work.js";
import { Trouble } from "../trouble.js";
import { t } from "../text/text.js";

/** @typedef {import("../board/work.js").Work} Work */

/** A file, and its path among those that were dropped with it. @typedef {{file: File, path: string}} Given */

const MOST_BYTES = 15 * 2 ** 20;
const BOARD = /\.(?:json|storyboarder|fountain|fdx|csv|tsv|txt)$/i;
/** A scene of a Storyboarder project: it has several. */
const SCENE = /(?:^|\/)storyboards\/[^/]+\/[^/]+\.storyboarder$/i;
const SCRIPT = /\.(?:fountain|fdx)$/i;
const AUDIO = /\.(?:wav|mp3|m4a|aac|aif|aiff|flac|ogg)$/i;

/**
 * Ways to the server.
 * @typedef {object} Ways
 * @property {(file: File) => Promise<string>} upload  what a storyboard calls it then
 * @property {(files: Array<{path: string, upload: string}>) => Promise<import("../server/connection.js").Answers["storyboard.read"]>} read
 */

/**
 * The document with what was given: a storyboard takes its place, pictures are what it lacks, or
 * else its next shots. Rejects with `open.*`, and with what the server says.
 * @param {Work} work
 * @param {Given[]} given
 * @param {Ways} ways
 * @returns {Promise<{work: Work, label: string, findings: import("../../../shared_schema/multiplane").Finding[]}>}
 */
export async function open(work, given, ways) {
  const strange = given.filter(({ path }) => !BOARD.test(path) && !PICTURE.test(path) && !AUDIO.test(path));
  const boards = given.filter(({ path }) => BOARD.test(path));
  const rest = given.filter(({ path }) => PICTURE.test(path) || AUDIO.test(path));
  const isProject = boards.some(({ path }) => SCENE.test(path));
  if (isProject) return openProject(work, boards, rest, ways);
  if (boards.length > 1 || (boards.length === 0 && rest.length === 0)) {
    throw new Trouble("open.one_storyboard", t("open.one_storyboard"), {
      value: (boards.length > 1 ? boards : strange).map(({ path }) => path).join(", "),
      remedy: t("open.one_storyboard.remedy"),
    });
  }
  const [board] = boards;
  if (board && /\.json$/i.test(board.path)) return openJson(board, rest, ways);
  const uploads = await uploaded(board ? [board, ...rest] : rest, ways);
  const names = namesOf(uploads);
  if (!board) {
    const lacking = new Set(relativeFiles(work.board).map(lastPart));
    const found = new Map([...uploads].map(([path, upload]) => [lastPart(path), upload]));
    if ([...found.keys()].some((name) => lacking.has(name))) {
      return { work: withUploads(work, found), label: t("open.found"), findings: [] };
    }
    if (rest.length === 1 && AUDIO.test(rest[0].path)) {
      const [[path, upload]] = [...uploads];
      const known = { ...work, names: { ...work.names, [upload]: lastPart(path) } };
      return { work: withSoundtrack(known, upload), label: t("open.soundtrack", { name: lastPart(path) }), findings: [] };
    }
  }
  const said = await ways.read([...uploads].map(([path, upload]) => ({ path, upload })));
  const { findings } = said;
  const storyboard = parsed(said.storyboard, board?.path ?? rest[0].path);
  if (!board && work.board.shots.length > 0) {
    return { work: appended(work, storyboard.shots, names), label: t("open.added"), findings };
  }
  const made = opened(storyboard, { name: board ? lastPart(board.path) : "", names, model: work.model });
  return { work: made, label: t("step.open", { name: board ? lastPart(board.path) : t("open.pictures") }), findings };
}

/**
 * All scenes of a Storyboarder project, and the script that puts them in order.
 * @param {Work} work
 * @param {Given[]} boards
 * @param {Given[]} rest
 * @param {Ways} ways
 */
async function openProject(work, boards, rest, ways) {
  const parts = boards.filter(({ path }) => SCENE.test(path) || SCRIPT.test(path));
  const uploads = await uploaded([...parts, ...rest], ways);
  const said = await ways.read([...uploads].map(([path, upload]) => ({ path, upload })));
  const name = parts[0].path.split("/")[0];
  const made = opened(parsed(said.storyboard, name), { name, names: namesOf(uploads), model: work.model });
  return { work: made, label: t("step.open", { name }), findings: said.findings };
}

/**
 * @param {Given} board
 * @param {Given[]} rest
 * @param {Ways} ways
 */
async function openJson({ file, path }, rest, ways) {
  if (file.size > MOST_BYTES) throw wrong(path, t("open.too_large"), t("open.too_large.remedy"));
  /** @type {unknown} */
  let read;
  try {
    read = JSON.parse((await file.text()).replace(/^\ufeff/, ""));
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw wrong(path, t("open.no_json", { why }), t("open.no_json.remedy"));
  }
  const name = lastPart(path);
  const work = opened(parsed(read, name), { name, folder: folderOf(file) });
  const wanted = new Set(relativeFiles(work.board).map(lastPart));
  const uploads = await uploaded(rest.filter((one) => wanted.has(lastPart(one.path))), ways);
  const found = new Map([...uploads].map(([one, upload]) => [lastPart(one), upload]));
  return { work: withUploads(work, found), label: t("step.open", { name }), findings: [] };
}

/**
 * @param {Given[]} given
 * @param {Ways} ways
 * @returns {Promise<Map<string, string>>}  by path
 */
async function uploaded(given, { upload }) {
  /** @type {Map<string, string>} */
  const found = new Map();
  for (const { file, path } of given) found.set(path, await upload(file));
  return found;
}

/** @param {Map<string, string>} uploads  by path */
function namesOf(uploads) {
  return Object.fromEntries([...uploads].map(([path, upload]) => [upload, lastPart(path)]));
}

/**
 * @param {unknown} read
 * @param {string} file
 */
function parsed(read, file) {
  if (isBoard(read)) return read;
  throw wrong(file, t("open.no_shots"), t("open.no_shots.remedy"));
}

/**
 * @param {string} file
 * @param {string} message
 * @param {string} remedy
 */
function wrong(file, message, remedy) {
  return new Trouble("open.not_a_storyboard", message, { file, remedy });
}

/**
 * Some hosts say where a chosen file lies.
 * @param {File} file
 */
function folderOf(file) {
  const { path } = /** @type {File & {path?: unknown}} */ (file);
  return typeof path === "string" ? path.replace(/[\\/][^\\/]*$/, "") : "";
}
