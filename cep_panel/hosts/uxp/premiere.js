// Premiere under UXP (25.6 and later): bins, films or After Effects' comps, a sequence with exact
// frames, markers, sound. Written against Adobe's documentation and types, not run in Premiere.

import { HostError } from "../adapter.js";
import { join } from "./files.js";
import { openProject } from "./premiere/project.js";
import { bringSounds, buildSequence } from "./premiere/sequence.js";
import { importShot, openShot, shotsIn } from "./premiere/shots.js";

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").ProjectItem} ProjectItem */
/** @typedef {import("../adapter.js").ShotReport} ShotReport */

const SCHEMA = "multiplane/sequence/1";
const REMEDY = "Save the project and import again; if it stays, import timeline.xml by File > Import.";

/**
 * @param {Premiere} premiere  what require("premierepro") gives
 * @param {import("./files.js").Files} files
 * @param {string} version
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createPremiere(premiere, files, version) {
  /** @param {import("../adapter.js").ShotRequest} request @param {boolean} known */
  const one = async (request, known) => {
    const project = await openProject(premiere);
    const shot = await openShot(files, request);
    const how = { comps: request.media === "comps", force: request.force === true, known };
    return (await importShot(premiere, project, files, shot, how)).report;
  };
  return {
    name: "premiere-uxp",
    abilities: { shots: true, updates: true, sequence: true, handles: false, dissolve: false, audio: true, media: true },
    hostInfo: () => told(async () => {
      const project = await premiere.Project.getActiveProject().catch(() => null);
      return { host: "premiere", title: "Premiere", version, project: project?.path || null, advice: null };
    }),
    importShot: (request) => told(() => one(request, false)),
    updateShot: (request) => told(() => one(request, true)),
    importSequence: (request, onShot) => told(() => whole(premiere, files, request, onShot)),
    imported: (storyboard, shots) => told(async () =>
      shotsIn(premiere, await openProject(premiere), storyboard, shots)),
  };
}

/**
 * @param {Premiere} premiere
 * @param {import("./files.js").Files} files
 * @param {import("../adapter.js").SequenceRequest} request
 * @param {import("../adapter.js").OnShot} onShot
 * @returns {Promise<import("../adapter.js").SequenceReport>}
 */
async function whole(premiere, files, request, onShot) {
  const project = await openProject(premiere);
  const document = await readSequence(files, request.folder);
  const title = request.storyboard || document.title;
  /** @type {ShotReport[]} */
  const shots = [];
  /** @type {import("./premiere/sequence.js").Cut[]} */
  const cuts = [];
  /** @type {import("../adapter.js").SequenceReport} */
  const report = { storyboard: title, shots, sequence: null, file: null, advice: null, error: null };
  for (const shot of document.shots) {
    if (request.stopped?.()) return report;
    if (shot.manifest === null) {
      const error = HostError.told(shot.error, "shot.not_made", "The shot was not made.");
      shots.push({ shot: shot.id, state: "unmade", error });
      onShot(shots[shots.length - 1], shots.length, document.shots.length);
      continue;
    }
    try {
      const done = await oneOf(premiere, project, files, request, title, shot.manifest);
      shots.push(done.report);
      cuts.push({
        shot: shot.id,
        item: done.item,
        start: shot.start_frame,
        frames: shot.duration_frames,
        text: done.text,
      });
    } catch (error) {
      shots.push({ shot: shot.id, state: "failed", error: HostError.of(error, "premiere.shot", REMEDY) });
    }
    onShot(shots[shots.length - 1], shots.length, document.shots.length);
  }
  try {
    const { sounds, silent } = await bringSounds(premiere, project, files, title, request.audio ?? []);
    const built = await buildSequence(premiere, project, title, document, cuts, sounds);
    for (const { shot, what } of built.kept) keep(shots, shot, what);
    for (const { shot, error } of silent) {
      if (shot !== "") keep(shots, shot, `no sound: ${error.message}`);
      else report.advice = [error.message, error.remedy].filter(Boolean).join(" ");
    }
    for (const shot of built.retired) shots.push({ shot, state: "updated", retired: [shot] });
    return { ...report, sequence: built.name };
  } catch (error) {
    // The shots are in the project: what is missing is only the sequence of them.
    return { ...report, error: HostError.of(error, "premiere.sequence", REMEDY) };
  }
}

/**
 * @param {Premiere} premiere
 * @param {import("@adobe/premierepro").Project} project
 * @param {import("./files.js").Files} files
 * @param {import("../adapter.js").SequenceRequest} request
 * @param {string} title
 * @param {string} manifest  in the request's folder
 */
async function oneOf(premiere, project, files, request, title, manifest) {
  const folder = join(request.folder, manifest.split("/").slice(0, -1).join("/"));
  const shot = await openShot(files, { folder, storyboard: title });
  const how = { comps: request.media === "comps", force: false, known: false };
  const { report, item } = await importShot(premiere, project, files, shot, how);
  /** @type {Array<{text: string}>} */
  const markers = shot.manifest.markers ?? [];
  return { report, item, text: markers.map((marker) => marker.text).join("\n") };
}

/** @param {import("./files.js").Files} files @param {string} folder */
async function readSequence(files, folder) {
  const path = join(folder, "sequence.json");
  const document = await files.readJson(path, "The sequence");
  if (document?.schema === SCHEMA && Array.isArray(document.shots)) return document;
  throw new HostError("premiere.sequence_unknown", "This is no sequence that this version reads.", {
    file: path,
    field: "schema",
    value: document?.schema,
    remedy: "Render the storyboard again with this version of Multiplane.",
  });
}

/** @param {ShotReport[]} shots @param {string} id @param {string} what */
function keep(shots, id, what) {
  const report = shots.find((one) => one.shot === id);
  if (report) report.kept = [...(report.kept ?? []), { layer: id, what }];
}

/**
 * What a call throws, as a HostError.
 * @template T
 * @param {() => Promise<T>} work
 * @returns {Promise<T>}
 */
async function told(work) {
  try {
    return await work();
  } catch (error) {
    throw HostError.of(error, "premiere.refused", REMEDY);
  }
}
