// The shots' sound, for hosts that lay it into their sequence.

import { shotsOf } from "../board/document.js";

/**
 * Absolute paths of the audio that a storyboard names. A relative one is left out where nobody
 * knows its folder: the timeline files have it all the same.
 * @param {unknown} storyboard
 * @param {string | undefined} folder  where relative paths start
 * @returns {Array<{shot: string, file: string}>}
 */
export function audioOf(storyboard, folder) {
  /** @type {Array<{shot: string, file: string}>} */
  const found = [];
  shotsOf(storyboard).forEach((shot, index) => {
    const path = shot.audio;
    if (typeof path !== "string" || path === "") return;
    const id = shot.id ? String(shot.id) : `shot-${String(index + 1).padStart(3, "0")}`;
    if (/^(?:[\\/]|[A-Za-z]:)/.test(path)) found.push({ shot: id, file: path });
    else if (folder) found.push({ shot: id, file: `${folder}/${path}` });
  });
  return found;
}
