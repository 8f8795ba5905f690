// Where the server is and what lets us in, from the files that it leaves in its data folder. As in
// CEP, but UXP has no environment variables, and another `fs`.

import { HostError } from "../adapter.js";

const NAME = "multiplane";

/**
 * The address and the token. Rejects with HostError `server.not_running`, `server.no_token`.
 * @param {import("./files.js").UxpFs} fs
 * @param {{homedir: () => string, platform: () => string}} os
 * @param {string} [folder]  of the server's data, instead of the usual one
 * @returns {Promise<import("../adapter.js").ServerPlace>}
 */
export async function findServer(fs, os, folder) {
  const root = folder || usualFolder(os);
  /** @param {string} name @param {string} code */
  const read = async (name, code) => {
    const path = `${root}/${name}`;
    try {
      return String(await fs.readFile(path, { encoding: "utf-8" })).trim();
    } catch {
      throw new HostError(code, "No Multiplane server runs on this computer.", {
        file: path,
        remedy: "Start it in a terminal: multiplane serve. If its data lies elsewhere, say where.",
      });
    }
  };
  const port = Number(await read("port", "server.not_running"));
  const token = await read("token", "server.no_token");
  const said = JSON.parse(await read("server.json", "server.not_running"));
  return { url: `${said.scheme === "https" ? "https" : "http"}://${said.host}:${port}`, token, folder: root };
}

/** @param {{homedir: () => string, platform: () => string}} os */
function usualFolder(os) {
  const home = os.homedir().replace(/\\/g, "/");
  if (os.platform() === "win32") return `${home}/AppData/Local/${NAME}`;
  return `${home}/Library/Application Support/${NAME}`;
}
