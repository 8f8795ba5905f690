// A browser as the host: importing is a download, one ZIP for a shot or for the whole storyboard.

import { HostError } from "./adapter.js";
import { Zip } from "./zip.js";

const ADVICE = "In a browser, importing downloads the files. In After Effects: jsx/import_folder.jsx.";

/** @returns {import("./adapter.js").HostAdapter} */
export function createHost() {
  return {
    name: "browser",
    abilities: { shots: true, updates: false, sequence: true, handles: false, dissolve: false, audio: false, media: false },
    hostInfo: async () => ({ host: "browser", title: "Browser", version: "", project: null, advice: null }),
    importShot: downloadShot,
    updateShot: downloadShot,
    importSequence: downloadAll,
  };
}

/**
 * @param {import("./adapter.js").ShotRequest} request
 * @returns {Promise<import("./adapter.js").ShotReport>}
 */
async function downloadShot({ folder, source }) {
  const shot = lastPart(folder);
  await download(source, shot);
  return { shot, state: "downloaded", comp: `${shot}.zip` };
}

/**
 * @param {import("./adapter.js").SequenceRequest} request
 * @param {import("./adapter.js").OnShot} onShot
 * @returns {Promise<import("./adapter.js").SequenceReport>}
 */
async function downloadAll({ folder, storyboard, source, stopped }, onShot) {
  const name = fileName(storyboard || lastPart(folder));
  /** @type {import("./adapter.js").ShotReport[]} */
  const shots = [];
  const whole = await download(source, name, (path, files) => {
    // A shot has come when its manifest has; the list is in order, shot by shot.
    const found = /^shots\/([^/]+)\/manifest\.json$/.exec(path);
    if (found) {
      const total = files.filter((file) => /^shots\/[^/]+\/manifest\.json$/.test(file.path)).length;
      shots.push({ shot: found[1], state: "downloaded" });
      onShot(shots[shots.length - 1], shots.length, total);
    }
    return stopped?.() !== true;
  });
  return {
    storyboard: storyboard ?? "",
    shots,
    sequence: whole ? `${name}.zip` : null,
    file: null,
    advice: whole ? ADVICE : null,
    error: null,
  };
}

/**
 * Fetch all files and hand them to the browser as one; false when it was stopped.
 * @param {import("./adapter.js").FileSource | undefined} source
 * @param {string} name
 * @param {(path: string, files: import("./adapter.js").FileEntry[]) => boolean} [goOn]
 */
async function download(source, name, goOn = () => true) {
  if (!source) {
    throw new HostError("browser.no_source", "The panel did not say where the files are.", {
      remedy: "Reload the page.",
    });
  }
  const files = await source.list();
  const bytes = files.reduce((sum, file) => sum + file.bytes, 0);
  if (files.length === 0 || Zip.tooLarge(bytes, files.length)) {
    throw new HostError("browser.too_large", "These files do not fit into one download.", {
      value: `${files.length} files, ${Math.ceil(bytes / 1e6)} MB`,
      remedy: "Fetch them in a terminal: multiplane submit board.json --wait -o FOLDER.",
    });
  }
  const zip = new Zip();
  for (const file of files) {
    await zip.add(`${name}/${file.path}`, await source.read(file.path));
    if (!goOn(file.path, files)) return false;
  }
  save(zip.finish(), `${name}.zip`);
  return true;
}

/**
 * @param {Blob} content
 * @param {string} name
 */
function save(content, name) {
  const link = document.createElement("a");
  link.href = URL.createObjectURL(content);
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
}

/** @param {string} folder */
function lastPart(folder) {
  return fileName(folder.split(/[\\/]/).filter(Boolean).pop() ?? "multiplane");
}

/** @param {string} text */
function fileName(text) {
  return text.replace(/[\\/:*?"<>|\u0000-\u001f]/g, "_").trim().slice(0, 100) || "multiplane";
}
