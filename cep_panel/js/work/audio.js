// The shots' sound and the soundtrack, for hosts that lay it into their sequence.

import { shotsOf } from "../board/document.js";
import { soundtrackOf } from "../board/files.js";

/**
 * Absolute paths of the audio that a storyboard names. A relative one is left out where nobody
 * knows its folder: the timeline files have it all the same.
 * @param {unknown} storyboard
 * @param {string | undefined} folder  where relative paths start
 * @returns {Array<{shot: string, file: string, start?: number}>}  of the soundtrack: no shot, and
 *   when it starts in the sequence, s
 */
export function audioOf(storyboard, folder) {
  /** @type {Array<{shot: string, file: string, start?: number}>} */
  const found = [];
  /** @param {unknown} path */
  const whole = (path) => {
    if (typeof path !== "string" || path === "") return "";
    if (/^(?:[\\/]|[A-Za-z]:)/.test(path)) return path;
    return folder ? `${folder}/${path}` : "";
  };
  const { file, offset } = soundtrackOf(storyboard);
  if (whole(file) !== "") found.push({ shot: "", file: whole(file), start: offset });
  shotsOf(storyboard).forEach((shot, index) => {
    const path = whole(shot.audio);
    const id = shot.id ? String(shot.id) : `shot-${String(index + 1).padStart(3, "0")}`;
    if (path !== "") found.push({ shot: id, file: path });
  });
  return found;
}
