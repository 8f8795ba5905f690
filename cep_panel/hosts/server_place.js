// Where the server is and what lets us in, from the files that it leaves in its data folder.

import { HostError } from "./adapter.js";

/**
 * The address and the token. Rejects with HostError `server.not_running`, `server.no_token`.
 * @param {(path: string) => Promise<string>} readText  of a file; rejects where there is none
 * @param {string} folder  the server's data
 * @returns {Promise<import("./adapter.js").ServerPlace>}
 */
export async function readServer(readText, folder) {
  /** @param {string} name @param {string} code */
  const read = async (name, code) => {
    const path = `${folder}/${name}`;
    try {
      return String(await readText(path)).trim();
    } catch {
      throw new HostError(code, "No Multiplane server runs on this computer.", {
        file: path,
        remedy: "Start it in a terminal: multiplane serve. If its data lies elsewhere, say where.",
      });
    }
  };
  const port = await read("port", "server.not_running");
  const token = await read("token", "server.no_token");
  const { scheme, host } = addressOf(await read("server.json", "server.not_running"));
  return { url: `${scheme}://${host}:${Number(port)}`, token, folder };
}

/** @param {string} text */
function addressOf(text) {
  try {
    const said = JSON.parse(text);
    return { scheme: said.scheme === "https" ? "https" : "http", host: String(said.host) };
  } catch {
    return { scheme: "http", host: "127.0.0.1" };
  }
}
