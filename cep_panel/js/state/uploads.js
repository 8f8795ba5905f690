// What files that were handed to the server are called by those who handed them over. The server
// knows them by their content alone, and names them so.

import { keep, recall } from "./keep.js";
import { t } from "../text/text.js";

const NAME = "uploads";
const MOST = 1000;
const DIGEST = "[0-9a-f]{64}";
const PREFIX = "upload:";
/** A path of the server's own file, in quotes or not. */
const PATH = /(?:[A-Za-z]:|\\\\|\/)[^"'“”\n]*?[\\/]blobs[\\/][0-9a-f]{2}[\\/]([0-9a-f]{64})/g;
const UPLOAD = new RegExp(`${PREFIX}(${DIGEST})`, "g");
/** A long value is shortened in its middle. */
const SHORTENED = /^(['"]?)[^'"]*\.\.\.[^'"]*?([0-9a-f]{16,64})\1$/;

/** @type {Map<string, string> | null} */
let names = null;

/** By SHA-256. */
function known() {
  names ??= new Map(/** @type {Array<[string, string]>} */ (recall(NAME) ?? []));
  return names;
}

/**
 * @param {Record<string, string>} more  names by "upload:..."
 */
export function noteUploads(more) {
  const all = known();
  const fresh = Object.entries(more).filter(([upload, name]) => name && all.get(upload.slice(PREFIX.length)) !== name);
  if (fresh.length === 0) return;
  for (const [upload, name] of fresh) {
    all.delete(upload.slice(PREFIX.length));
    all.set(upload.slice(PREFIX.length), name);
  }
  for (const oldest of [...all.keys()].slice(0, Math.max(0, all.size - MOST))) all.delete(oldest);
  keep(NAME, [...all]);
}

/**
 * A sentence of the server with the users' names of files in place of the server's own.
 * @template {string | null | undefined} Text
 * @param {Text} text
 * @returns {Text}
 */
export function withFileNames(text) {
  if (typeof text !== "string") return text;
  const nameOf = (/** @type {string} */ _, /** @type {string} */ digest) => known().get(digest) ?? t("upload.nameless");
  const whole = text.replace(PATH, nameOf).replace(UPLOAD, nameOf);
  const cut = SHORTENED.exec(whole);
  const found = cut ? [...known()].find(([digest]) => digest.endsWith(cut[2])) : undefined;
  return /** @type {Text} */ (found ? found[1] : whole);
}
