// The one document of the panel: a storyboard that is text and cards at once, and the job that has
// made it last. It is never changed; every function gives another one.

import { fieldsOf, shotsOf } from "./document.js";
import { lastPart, soundtrackOf, withFiles } from "./files.js";
import { edited, promptsIn } from "./lines.js";
import { USUAL_SHOT, aboutShot, lineOf, sameButCamera, sameCamera } from "./shot.js";

/** @typedef {import("./document.js").Fields} Fields */
/** @typedef {import("./document.js").BoardDocument} BoardDocument */

/**
 * @typedef {object} Work
 * @property {BoardDocument} board  the storyboard, as in a file; what the panel does not know stays
 * @property {string} text  its shots as lines, as typed: bullets and empty lines included
 * @property {number} seconds  of shots that say none
 * @property {string} camera  of shots that say none
 * @property {string} model
 * @property {string} name  of the file that was opened; "" for none
 * @property {string} folder  where relative paths start, on the server's computer; "" unknown
 * @property {Record<string, string>} names  what uploads were called, by "upload:..."
 * @property {string} job  that was made of it last; "" for none
 * @property {Record<string, unknown>} cameras  that the job's shots have, as far as the panel has heard
 */

/** What is said of all shots. @typedef {{title?: string, style?: string, size?: [number, number], fps?: number, cut?: string, fill?: string}} Setting */

const TITLE_WORDS = 5;
const JOINING = /^(a|an|the|and|or|of|in|on|at|to|by|with|from|for|under|over|behind|into|its|his|her|their)$/i;

/** @type {Work} */
export const BLANK = {
  board: { schema: "multiplane/storyboard/1", title: "", fps: 24, size: [1920, 1080], shots: [] },
  text: "",
  seconds: USUAL_SHOT.duration,
  camera: USUAL_SHOT.camera,
  model: "auto",
  name: "",
  folder: "",
  names: {},
  job: "",
  cameras: {},
};

/**
 * What was kept, made whole.
 * @param {unknown} kept
 * @returns {Work}
 */
export function restored(kept) {
  const found = fieldsOf(kept);
  const { board } = found;
  if (!Array.isArray(fieldsOf(board).shots)) return BLANK;
  return { ...BLANK, .../** @type {Partial<Work>} */ (found) };
}

/** Whether there is nothing in it that anybody wrote or made. @param {Work} work */
export function isBlank({ board, text, job }) {
  return board.shots.length === 0 && text.trim() === "" && job === "";
}

/**
 * Other lines: shots keep what they are, as far as their lines stay.
 * @param {Work} work
 * @param {string} text
 * @returns {Work}
 */
export function retyped(work, text) {
  const before = work.board.shots;
  const prompts = promptsIn(text);
  const lines = before.map((shot) => lineOf(shot, work.names));
  const ids = idsAfter(before);
  const shots = edited(lines, prompts).map((from, index) => {
    if (from === null) return { id: ids(), prompt: prompts[index] };
    return lines[from] === prompts[index] ? before[from] : saying(before[from], prompts[index]);
  });
  return { ...withShots(work, shots), text };
}

/**
 * Shots with another value of a field; undefined takes it out.
 * @param {Work} work
 * @param {number[]} indexes
 * @param {string} field
 * @param {unknown} value
 * @returns {Work}
 */
export function withField(work, indexes, field, value) {
  const chosen = new Set(indexes);
  return withShots(work, work.board.shots.map((shot, index) => {
    if (!chosen.has(index) || typeof shot !== "object" || shot === null) return shot;
    const { [field]: _, ...rest } = fieldsOf(shot);
    return value === undefined ? rest : { ...fieldsOf(shot), [field]: value };
  }));
}

/**
 * A shot that says something else; of a drawing words take the place.
 * @param {Work} work
 * @param {number} index
 * @param {string} prompt
 * @returns {Work}
 */
export function withPrompt(work, index, prompt) {
  return withShots(work, work.board.shots.map((shot, at) => (at === index ? saying(shot, prompt) : shot)));
}

/**
 * New shots of these prompts, before the shot at `at`.
 * @param {Work} work
 * @param {number} at
 * @param {string[]} prompts
 * @returns {Work}
 */
export function inserted(work, at, prompts) {
  const { shots } = work.board;
  const ids = idsAfter(shots);
  const fresh = prompts.map((prompt) => ({ id: ids(), prompt }));
  return withShots(work, [...shots.slice(0, at), ...fresh, ...shots.slice(at)]);
}

/**
 * The same shot twice.
 * @param {Work} work
 * @param {number} index
 * @returns {Work}
 */
export function doubled(work, index) {
  const { shots } = work.board;
  const copy = { ...fieldsOf(shots[index]), id: idsAfter(shots)() };
  return withShots(work, [...shots.slice(0, index + 1), copy, ...shots.slice(index + 1)]);
}

/**
 * @param {Work} work
 * @param {number[]} indexes
 * @returns {Work}
 */
export function without(work, indexes) {
  return withShots(work, work.board.shots.filter((_, index) => !indexes.includes(index)));
}

/**
 * Shots at another place, in their own order.
 * @param {Work} work
 * @param {number[]} indexes
 * @param {number} before  index of the shot, as they stand now, before which they come; their number
 *   for the end
 * @returns {Work}
 */
export function moved(work, indexes, before) {
  const { shots } = work.board;
  const chosen = new Set(indexes);
  const rest = (/** @type {number} */ from, /** @type {number} */ to) =>
    shots.slice(from, to).filter((_, index) => !chosen.has(index + from));
  const order = [...rest(0, before), ...shots.filter((_, index) => chosen.has(index)), ...rest(before, shots.length)];
  return order.every((shot, index) => shot === shots[index]) ? work : withShots(work, order);
}

/**
 * What hands have changed in a shot's layers.
 * @param {Work} work
 * @param {number} index
 * @param {unknown} edits  as the storyboard has them; undefined: nothing
 * @returns {Work}
 */
export function withEdits(work, index, edits) {
  const { edits: _, ...rest } = fieldsOf(work.board.shots[index]);
  const shot = edits === undefined ? rest : { ...rest, edits };
  return withShots(work, work.board.shots.map((one, at) => (at === index ? shot : one)));
}

/**
 * Another picture of the same shot.
 * @param {Work} work
 * @param {number} index
 * @param {number | undefined} seed  undefined: by the shot's place
 * @param {unknown} [edits]  of that picture's layers
 * @returns {Work}
 */
export function withSeed(work, index, seed, edits) {
  const { seed: _, ...rest } = fieldsOf(work.board.shots[index]);
  const shot = seed === undefined ? rest : { ...rest, seed };
  const other = withShots(work, work.board.shots.map((one, at) => (at === index ? shot : one)));
  return withEdits(other, index, edits);
}

/**
 * @param {Work} work
 * @param {Setting} setting
 * @returns {Work}
 */
export function withSetting(work, setting) {
  const board = { ...work.board, ...setting };
  if (setting.style?.trim() === "") delete board.style;
  if (setting.cut === "auto") delete board.cut;
  if (setting.fill === "pixels") delete board.fill; // as nothing says
  return { ...work, board };
}

/** An empty page; the settings stay, but for the title. @param {Work} work @returns {Work} */
export function cleared({ board, seconds, camera, model }) {
  const { fps, size, style } = board;
  const usual = { ...BLANK.board, fps: fps ?? BLANK.board.fps, size: size ?? BLANK.board.size };
  return { ...BLANK, seconds, camera, model, board: style === undefined ? usual : { ...usual, style } };
}

/** The same shots as another storyboard, which nobody has made. @param {Work} work @param {string} title @returns {Work} */
export function copied(work, title) {
  return { ...work, board: { ...work.board, title }, name: "", job: "", cameras: {} };
}

/**
 * @param {BoardDocument} board
 * @param {{name?: string, folder?: string, names?: Record<string, string>, model?: string}} from
 * @returns {Work}
 */
export function opened(board, from) {
  return withShots({ ...BLANK, ...from, board }, withIds(board.shots));
}

/**
 * The storyboard that a job was made of.
 * @param {{job: string, model: string}} job
 * @param {Fields} storyboard
 * @param {Array<{id: string, index: number}>} shots  of the job
 * @param {Work} before  what uploads were called, as far as it knows them
 * @returns {Work}
 */
export function ofJob({ job, model }, storyboard, shots, before) {
  const entries = shotsOf(storyboard);
  for (const { id, index } of shots) entries[index] = { ...entries[index], id: entries[index]?.id || id };
  const board = { ...storyboard, shots: entries };
  const work = withShots({ ...BLANK, model, names: before.names, board }, entries);
  return handedIn(work, job, storyboard);
}

/**
 * A picture in place of what a shot shows; its words, camera and length stay.
 * @param {Work} work
 * @param {number} index
 * @param {string} picture  an upload
 * @param {Record<string, string>} names  of uploads
 * @returns {Work}
 */
export function withPicture(work, index, picture, names) {
  const { layers, mattes, whole, artboard, edits, ...rest } = fieldsOf(work.board.shots[index]);
  const shots = work.board.shots.map((one, at) => (at === index ? { ...rest, picture } : one));
  return withShots({ ...work, names: { ...work.names, ...names } }, shots);
}

/**
 * Further shots, at its end.
 * @param {Work} work
 * @param {unknown[]} shots
 * @param {Record<string, string>} names
 * @returns {Work}
 */
export function appended(work, shots, names) {
  const all = withIds([...work.board.shots, ...shots]);
  return withShots({ ...work, names: { ...work.names, ...names } }, all);
}

/**
 * The storyboard with files in place of relative paths that end in their names.
 * @param {Work} work
 * @param {Map<string, string>} uploads  what a storyboard calls each, by its file's name
 * @returns {Work}
 */
export function withUploads(work, uploads) {
  const names = { ...work.names };
  for (const [name, upload] of uploads) names[upload] = name;
  const shots = work.board.shots.map((shot) => withFiles(fieldsOf(shot), (path, field) =>
    (field === "audio" ? path : uploads.get(lastPart(path)) ?? path)));
  const { file } = soundtrackOf(work.board);
  const upload = file === "" ? undefined : uploads.get(lastPart(file));
  const whole = { ...work, names };
  return withShots(upload === undefined ? whole : withSoundtrack(whole, upload), shots);
}

/**
 * The storyboard with another soundtrack; "" takes it out.
 * @param {Work} work
 * @param {string} file
 * @returns {Work}
 */
export function withSoundtrack(work, file) {
  const { soundtrack, ...rest } = work.board;
  if (file === "") return { ...work, board: /** @type {BoardDocument} */ (rest) };
  const known = typeof soundtrack === "object" && soundtrack !== null ? soundtrack : {};
  return { ...work, board: { ...work.board, soundtrack: { ...known, file } } };
}

/**
 * What the server gets of a shot.
 * @param {Work} work
 * @param {number} index
 * @returns {unknown}
 */
export function submittedShot({ board, seconds, camera }, index) {
  const shot = board.shots[index];
  if (typeof shot !== "object" || shot === null) return shot;
  return {
    ...(seconds === USUAL_SHOT.duration ? {} : { duration: seconds }),
    ...(camera === USUAL_SHOT.camera ? {} : { camera }),
    ...shot,
  };
}

/**
 * What the server gets.
 * @param {Work} work
 * @returns {BoardDocument}
 */
export function submitted(work) {
  return { ...work.board, shots: work.board.shots.map((_, index) => submittedShot(work, index)) };
}

/**
 * The same once a job is made of it.
 * @param {Work} work
 * @param {string} job
 * @param {Fields} storyboard  as it was handed in
 * @returns {Work}
 */
export function handedIn(work, job, storyboard) {
  const pairs = shotsOf(storyboard).map(({ id, camera }) => [String(id), camera ?? USUAL_SHOT.camera]);
  return { ...work, job, cameras: Object.fromEntries(pairs) };
}

/**
 * A shot of the job has another camera, or layers changed by hand, whoever did it. They are the
 * document's too, unless that has changed in another way: then it is another shot.
 * @param {Work} work
 * @param {string} id
 * @param {unknown} entry  as the job has it now
 * @param {{camera: boolean, hands: boolean}} ours  what this panel has changed newer, and is on its way
 * @returns {Work}
 */
export function heard(work, id, entry, ours) {
  const { camera = USUAL_SHOT.camera, edits } = fieldsOf(entry);
  const isNews = !(id in work.cameras && sameCamera(work.cameras[id], camera));
  const known = isNews ? { ...work, cameras: { ...work.cameras, [id]: camera } } : work;
  const index = indexOf(work, id);
  const shot = index < 0 ? null : submittedShot(work, index);
  if (shot === null || !sameButCamera(shot, entry)) return known;
  const isMoved = isNews && !ours.camera && !sameCamera(fieldsOf(shot).camera, camera);
  const turned = isMoved ? withField(known, [index], "camera", camera) : known;
  const isSame = JSON.stringify(fieldsOf(shot).edits) === JSON.stringify(edits);
  return ours.hands || isSame ? turned : withEdits(turned, index, edits);
}

/**
 * How long a shot is, in seconds.
 * @param {Work} work
 * @param {number} index
 */
export function secondsOf({ board, seconds }, index) {
  const { duration } = fieldsOf(board.shots[index]);
  return typeof duration === "number" && duration > 0 ? duration : seconds;
}

/** @param {Work} work @param {string} id */
export function indexOf({ board }, id) {
  return board.shots.findIndex((shot) => fieldsOf(shot).id === id);
}

/**
 * A title that no other storyboard has, because shots of one title are one storyboard in the host:
 * its first words, and the time.
 * @param {Work} work
 * @param {Date} [now]
 */
export function freshTitle({ board, names }, now = new Date()) {
  const words = aboutShot(board.shots[0], names).replace(/[^\p{L}\p{N} ]+/gu, " ").trim().split(/\s+/);
  const first = words.slice(0, TITLE_WORDS);
  while (first.length > 1 && JOINING.test(first[first.length - 1])) first.pop();
  const name = first.join(" ").slice(0, 40) || "Storyboard";
  const two = (/** @type {number} */ number) => String(number).padStart(2, "0");
  const day = `${now.getFullYear()}-${two(now.getMonth() + 1)}-${two(now.getDate())}`;
  return `${name} ${day} ${two(now.getHours())}.${two(now.getMinutes())}.${two(now.getSeconds())}`;
}

/**
 * @param {Work} work
 * @param {unknown[]} shots
 * @returns {Work}
 */
function withShots(work, shots) {
  const lines = shots.map((shot) => lineOf(shot, work.names));
  const isTyped = promptsIn(work.text).join("\n") === lines.join("\n");
  return { ...work, board: { ...work.board, shots }, text: isTyped ? work.text : lines.join("\n") };
}

/**
 * A shot with other words: of a drawing they take its place.
 * @param {unknown} shot
 * @param {string} prompt
 */
function saying(shot, prompt) {
  const { picture, layers, mattes, whole, artboard, ...rest } = fieldsOf(shot);
  return "prompt" in rest ? { ...fieldsOf(shot), prompt } : { ...rest, prompt };
}

/**
 * Shots with ids in place of missing ones, as the server gives them.
 * @param {unknown[]} shots
 */
function withIds(shots) {
  const taken = new Set(shots.map((shot) => fieldsOf(shot).id));
  return shots.map((shot, index) => {
    if (typeof shot !== "object" || shot === null || fieldsOf(shot).id) return shot;
    const first = `shot-${String(index + 1).padStart(3, "0")}`;
    let id = first;
    for (let attempt = 2; taken.has(id); attempt += 1) id = `${first}-${attempt}`;
    taken.add(id);
    return { id, ...shot };
  });
}

/**
 * Gives ids that no shot has had: shot-001 and so on.
 * @param {unknown[]} shots
 */
function idsAfter(shots) {
  let last = shots.reduce((/** @type {number} */ most, shot) => {
    const found = /^shot-(\d{1,6})/.exec(String(fieldsOf(shot).id));
    return found ? Math.max(most, Number(found[1])) : most;
  }, 0);
  return () => {
    last += 1;
    return `shot-${String(last).padStart(3, "0")}`;
  };
}
