// The server's data folder, through UXP's `fs`. UXP knows no environment variables, so a folder of
// one's own has to be said in the panel.

import { readServer } from "../server_place.js";

const NAME = "multiplane";

/**
 * Rejects as `readServer`.
 * @param {import("./files.js").UxpFs} fs
 * @param {{homedir: () => string, platform: () => string}} os
 * @param {string} [folder]  of the server's data, instead of the usual one
 * @returns {Promise<import("../adapter.js").ServerPlace>}
 */
export function findServer(fs, os, folder) {
  return readServer((path) => fs.readFile(path, { encoding: "utf-8" }), folder || usualFolder(os));
}

/** @param {{homedir: () => string, platform: () => string}} os */
function usualFolder(os) {
  const home = os.homedir().replace(/\\/g, "/");
  if (os.platform().startsWith("win")) return `${home}/AppData/Local/${NAME}`;
  return `${home}/Library/Application Support/${NAME}`;
}
