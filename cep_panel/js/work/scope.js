// What Make would make: the shots of the document that the job does not have so.

import { fieldsOf, shotsOf } from "../board/document.js";
import { samePlate } from "../board/plates.js";
import { sameButCamera, sameCamera } from "../board/shot.js";
import { submittedShot } from "../board/work.js";

/** What is compared is compared once. @type {WeakMap<object, {entry: unknown, all: string, same: boolean}>} */
const compared = new WeakMap();

/**
 * @param {import("../board/work.js").Work} work
 * @param {import("../state/jobs.js").KnownJob | null} known  its job
 * @param {boolean} isUnsent  what was made of it waits for the server, just as it is
 * @returns {{many: number, isMade: boolean}}  how many shots; whether it is made already, or being made
 */
export function scopeOf(work, known, isUnsent) {
  const all = work.board.shots.length;
  if (all === 0) return { many: 0, isMade: false };
  if (!known?.storyboard) return { many: isUnsent || (known !== null && work.job !== "") ? 0 : all, isMade: known !== null };
  const entries = shotsOf(known.storyboard);
  const byId = new Map(entries.map((entry, index) => [String(entry.id ?? ""), { entry, index }]));
  const changed = work.board.shots.filter((shot, index) => {
    const found = byId.get(String(fieldsOf(shot).id ?? "")) ?? { entry: entries[index], index };
    return !isSame(work, index, found.entry) || !samePlate(work.board, known.storyboard, shot);
  }).length;
  const isOrdered = work.board.shots.length === entries.length
    && work.board.shots.every((shot, index) => fieldsOf(shot).id === entries[index].id || entries[index].id === undefined);
  const isAnother = isSettingChanged(work, known.storyboard) || modelOf(work) !== known.job.model;
  if (changed === 0 && isOrdered && !isAnother) return { many: 0, isMade: true };
  return { many: changed > 0 && !isAnother ? changed : all, isMade: false };
}

/**
 * @param {import("../board/work.js").Work} work
 * @param {number} index
 * @param {unknown} entry
 */
function isSame(work, index, entry) {
  const shot = work.board.shots[index];
  const all = `${work.seconds} ${work.camera}`;
  const known = typeof shot === "object" && shot !== null ? compared.get(shot) : undefined;
  if (known && known.entry === entry && known.all === all) return known.same;
  const asSent = submittedShot(work, index);
  const camera = (/** @type {unknown} */ one) => fieldsOf(one).camera ?? "push_in";
  const same = entry !== undefined && sameButCamera(asSent, entry) && sameCamera(camera(asSent), camera(entry));
  if (typeof shot === "object" && shot !== null) compared.set(shot, { entry, all, same });
  return same;
}

/** The model that the server is asked for. @param {import("../board/work.js").Work} work */
function modelOf({ model, board }) {
  return model === "auto" ? String(board.model ?? "auto") : model;
}

/**
 * Whether something that is said of all shots is another thing than the job was made with.
 * @param {import("../board/work.js").Work} work
 * @param {Record<string, unknown>} storyboard
 */
function isSettingChanged({ board }, storyboard) {
  return ["title", "style", "size", "fps", "seed", "overscan", "takes", "cut", "fill"].some((name) =>
    JSON.stringify(board[name] ?? null) !== JSON.stringify(storyboard[name] ?? null));
}
