// Starting the server from the panel, through the Node.js that CEP puts beside the page. It is a
// process of its own: it goes on when the panel, or the program around it, is closed.

import { proven } from "../../js/server/proof.js";
import { HostError } from "../adapter.js";
import { nodeModule } from "./node.js";
import { findServer, usualFolder } from "./server_place.js";

const RECORD = "multiplane-panel.json";
const LOOK_MS = 400;
const PATIENCE_MS = 120_000;

/** What became of the process: its exit status, or why it never ran. @typedef {{status: number | null, error: Error | null}} End */

/**
 * Start the server and wait until it answers. Rejects with HostError `server.not_installed`,
 * `server.start_slow`, `server.start_failed`, and with what the server itself says, such as
 * `server.running`.
 * @param {string} extension  the extension's folder
 * @param {string} [folder]  of the server's data, instead of the usual one
 * @returns {Promise<void>}
 */
export async function startServer(extension, folder) {
  const programs = await programsOf(extension, folder || usualFolder());
  for (const program of programs) {
    const started = await start(program, folder);
    if (started === null) continue;
    await answered(started, folder);
    return;
  }
  throw new HostError("server.not_installed", "The program multiplane was not found on this computer.", {
    file: programs[0]?.[0] ?? null,
    remedy: "Install Multiplane (python3 installer), then the panel: multiplane panel install.",
  });
}

/**
 * Whether there is anything to start: Node, and a program that somebody has noted.
 * @param {string} extension
 * @param {string} [folder]
 */
export async function canStartServer(extension, folder) {
  return nodeModule("child_process") !== null && (await programsOf(extension, folder || usualFolder())).length > 0;
}

/**
 * What `multiplane panel install` has noted, and what the server itself notes.
 * @param {string} extension
 * @param {string} data
 */
async function programsOf(extension, data) {
  const files = nodeModule("fs");
  /** @type {string[][]} */
  const found = [];
  for (const path of [`${extension}/${RECORD}`, `${data}/server.json`]) {
    try {
      const { program } = JSON.parse(await /** @type {NonNullable<typeof files>} */ (files).promises.readFile(path, "utf8"));
      const isProgram = Array.isArray(program) && program.length > 0 && program.every((part) => typeof part === "string");
      if (isProgram && !found.some((one) => one.join("\n") === program.join("\n"))) found.push(program);
    } catch {
      // Not installed from here, or never started.
    }
  }
  return found;
}

/**
 * The process; null where the program is not there any more.
 * @param {string[]} program
 * @param {string | undefined} folder
 * @returns {Promise<{ended: Promise<End>, log: string} | null>}
 */
async function start(program, folder) {
  const processes = nodeModule("child_process");
  const files = nodeModule("fs")?.promises;
  const temporary = nodeModule("os")?.tmpdir();
  if (!processes || !files || !temporary) return null;
  // Its words go to a file: a pipe would end with the panel.
  const log = `${await files.mkdtemp(`${temporary}/multiplane-`)}/serve.jsonl`;
  const into = await files.open(log, "w");
  const command = [...program.slice(1), "serve", "--json", ...(folder ? ["--data", folder] : [])];
  const child = processes.spawn(program[0], command, {
    detached: true,
    stdio: ["ignore", into.fd, into.fd],
    windowsHide: true,
  });
  /** @type {Promise<End>} */
  const ended = new Promise((resolve) => {
    child.on("error", (error) => resolve({ status: null, error }));
    child.on("exit", (status) => resolve({ status, error: null }));
  });
  child.unref();
  await into.close();
  const soon = await Promise.race([ended, pause(LOOK_MS)]);
  return soon?.error ? null : { ended, log };
}

/**
 * @param {{ended: Promise<End>, log: string}} started
 * @param {string | undefined} folder
 */
async function answered({ ended, log }, folder) {
  for (let waited = 0; waited < PATIENCE_MS; waited += LOOK_MS) {
    try {
      await proven(await findServer(folder));
      return;
    } catch {
      // Not yet.
    }
    const end = await Promise.race([ended, pause(LOOK_MS)]);
    if (end) throw await reasonOf(log, end);
  }
  throw new HostError("server.start_slow", "The server was started and does not answer yet.", {
    file: log,
    remedy: "Wait a little: the panel connects by itself. If it does not, look at this file.",
  });
}

/**
 * Why the server has ended, as it said itself.
 * @param {string} log
 * @param {End} end
 */
async function reasonOf(log, end) {
  const text = await readText(log);
  for (const line of text.split("\n").reverse()) {
    try {
      const { error } = JSON.parse(line);
      if (error) return HostError.told(error, "server.start_failed", "The server could not be started.");
    } catch {
      // A line of another program, such as Python itself.
    }
  }
  const last = text.trim().split("\n").pop() ?? "";
  return new HostError("server.start_failed", `The server has ended at once (status ${end.status ?? "unknown"}).`, {
    file: log,
    value: last || undefined,
    remedy: "Look at this file, or run multiplane doctor in a terminal.",
  });
}

/** @param {string} path */
async function readText(path) {
  try {
    return String(await nodeModule("fs")?.promises.readFile(path, "utf8"));
  } catch {
    return "";
  }
}

/** @param {number} ms @returns {Promise<null>} */
function pause(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms, null));
}
