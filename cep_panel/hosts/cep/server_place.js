// Where the server is and what lets us in, from the files that it leaves in its data folder.

import { HostError } from "../adapter.js";
import { nodeModule } from "./node.js";

const VARIABLE = "MULTIPLANE_DATA";
const NAME = "multiplane";

/**
 * The address and the token. Rejects with HostError `cep.no_node`, `server.not_running`,
 * `server.no_token`.
 * @param {string} [folder]  of the server's data, instead of the usual one
 * @returns {Promise<import("../adapter.js").ServerPlace>}
 */
export async function findServer(folder) {
  const files = nodeModule("fs");
  if (!files) {
    throw new HostError("cep.no_node", "The panel was started without Node.js and cannot read files.", {
      remedy: "Install the panel again (multiplane panel install), or paste the token.",
    });
  }
  const root = folder || usualFolder();
  /** @param {string} name @param {string} code */
  const read = async (name, code) => {
    const path = `${root}/${name}`;
    try {
      return String(await files.promises.readFile(path, "utf8")).trim();
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
  return { url: `${scheme}://${host}:${Number(port)}`, token, folder: root };
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

/** The user's data folder, as the server chooses it. */
function usualFolder() {
  const { env, platform } = nodeModule("process");
  if (env[VARIABLE]) return env[VARIABLE];
  const home = nodeModule("os").homedir();
  if (platform === "win32") return `${env.LOCALAPPDATA || `${home}/AppData/Local`}/${NAME}`;
  if (platform === "darwin") return `${home}/Library/Application Support/${NAME}`;
  return `${env.XDG_DATA_HOME || `${home}/.local/share`}/${NAME}`;
}
