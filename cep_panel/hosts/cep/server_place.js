// The server's data folder, through the Node.js that CEP puts beside the page.

import { HostError } from "../adapter.js";
import { readServer } from "../server_place.js";
import { nodeModule } from "./node.js";

const VARIABLE = "MULTIPLANE_DATA";
const NAME = "multiplane";

/**
 * Rejects with HostError `cep.no_node`, and as `readServer`.
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
  return readServer((path) => files.promises.readFile(path, "utf8"), folder || usualFolder());
}

/** The user's data folder, as the server chooses it. */
export function usualFolder() {
  const { env, platform } = nodeModule("process") ?? { env: {}, platform: "" };
  const chosen = env[VARIABLE];
  if (chosen) return chosen;
  const home = nodeModule("os")?.homedir() ?? "";
  if (platform === "win32") return `${env.LOCALAPPDATA || `${home}/AppData/Local`}/${NAME}`;
  if (platform === "darwin") return `${home}/Library/Application Support/${NAME}`;
  return `${env.XDG_DATA_HOME || `${home}/.local/share`}/${NAME}`;
}
