// One shot in Premiere: its film, or its comp, as a clip in Multiplane/<storyboard>/<shot>.

import { HostError } from "../../adapter.js";
import { join } from "../files.js";
import { Memory } from "./memory.js";
import { colourActions, markerActions, named, planMarkers } from "./markers.js";
import { asClip, binOf, findBin, imported, insist, itemById, transact } from "./project.js";
import { ticksOf, ticksPerFrame } from "./ticks.js";

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Project} Project */
/** @typedef {import("@adobe/premierepro").ProjectItem} ProjectItem */
/** @typedef {import("../../adapter.js").ShotReport} ShotReport */
/** @typedef {import("../files.js").Files} Files */

const SCHEMA = "multiplane/manifest/1";
const COMPS = "storyboard.aep";

/**
 * @typedef {object} Shot
 * @property {string} id
 * @property {string} folder
 * @property {string} storyboard
 * @property {any} manifest
 * @property {string} hash
 * @property {string} undo  what Premiere's Edit menu says
 */

/**
 * @typedef {object} ShotMemory
 * @property {string} item  id of the project item
 * @property {string} hash  of the manifest that it shows
 * @property {string} media  path of the film, or of the project that the comp is in
 * @property {string} name  that we gave the item
 * @property {import("./markers.js").Note[]} markers
 */

/**
 * The shot of a request, checked for what a clip needs before anything is made.
 * @param {Files} files
 * @param {import("../../adapter.js").ShotRequest} request
 * @returns {Promise<Shot>}
 */
export async function openShot(files, request) {
  const path = join(request.folder, "manifest.json");
  const manifest = request.manifest ?? (await files.readJson(path, "The shot's manifest"));
  const frames = manifest?.comp?.duration_frames;
  if (manifest?.schema !== SCHEMA || typeof manifest.shot_id !== "string" || !(frames >= 1)) {
    throw new HostError("premiere.manifest", "This is no manifest that this version reads.", {
      file: path,
      field: "schema",
      value: manifest?.schema,
      remedy: "Make the shot again with this version of Multiplane.",
    });
  }
  return {
    id: manifest.shot_id,
    folder: request.folder,
    storyboard: request.storyboard || "Shots",
    manifest,
    hash: String(manifest.content_hash ?? ""),
    undo: `Multiplane: ${manifest.shot_id}`,
  };
}

/**
 * The clip of the shot in the project, made, brought up to date or left alone.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {Files} files
 * @param {Shot} shot
 * @param {{comps: boolean, force: boolean, known: boolean}} how  comps: After Effects' comps instead
 *   of films. known: the shot must be there
 * @returns {Promise<{report: ShotReport, item: ProjectItem}>}
 */
export async function importShot(premiere, project, files, shot, how) {
  const media = await mediaOf(files, shot, how.comps);
  const memory = new Memory(premiere, ["shot", shot.storyboard, shot.id]);
  /** @type {ShotMemory | null} */
  const earlier = await memory.read(project);
  const place = [shot.storyboard, shot.id];
  const old = await findBin(premiere, project, place);
  const there = await found(premiere, project, old, earlier, media);
  if (how.known && !there) throw unknown(shot);
  const bin = old ?? (await binOf(premiere, project, place, shot.undo));
  /** @type {ShotReport} */
  const report = { shot: shot.id, state: "updated", comp: shot.id, kept: [] };
  if (there && earlier && isCurrent(earlier, shot, media) && !how.force && !(await isOffline(premiere, there))) {
    return { report: { ...report, state: "unchanged", comp: there.name }, item: there };
  }
  if (there) {
    await refresh(premiere, there, earlier, media);
    keptName(there, earlier, shot, report);
  }
  const item = there ?? (await bring(premiere, project, bin, shot, media, how.comps));
  if (!there) report.state = "created";
  await note(premiere, project, memory, shot, item, earlier, media, report);
  report.comp = item.name;
  return { report, item };
}

/**
 * Which of a storyboard's shots the project has, as the import noted them. Nothing is changed.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {string} storyboard
 * @param {string[]} shots  their ids
 * @returns {Promise<import("../../adapter.js").ShotInHost[]>}
 */
export async function shotsIn(premiere, project, storyboard, shots) {
  const root = await project.getRootItem();
  /** @type {import("../../adapter.js").ShotInHost[]} */
  const there = [];
  for (const id of shots) {
    /** @type {ShotMemory | null} */
    const noted = await new Memory(premiere, ["shot", storyboard, id]).read(project);
    if (!noted) continue;
    const bin = await findBin(premiere, project, [storyboard, id]);
    const item = await itemById(premiere, project, bin ?? root, noted.item);
    if (item) there.push({ shot: id, name: item.name, hash: noted.hash || null, handles: null });
  }
  return there;
}

/** @param {Files} files @param {Shot} shot @param {boolean} comps */
async function mediaOf(files, shot, comps) {
  if (comps) {
    // The output's own folder: <output>/shots/<shot>.
    const path = join(shot.folder.replace(/[\\/]+[^\\/]+[\\/]+[^\\/]+[\\/]*$/, ""), COMPS);
    await files.insist(path, "The After Effects project of the storyboard");
    return path;
  }
  const name = shot.manifest.files?.preview;
  if (typeof name !== "string") {
    throw new HostError("premiere.no_preview", "The shot was made without a film.", {
      file: join(shot.folder, "manifest.json"),
      field: "files.preview",
      remedy: "Make the shot again with a preview.",
    });
  }
  const path = join(shot.folder, name);
  await files.insist(path, "The shot's film");
  return path;
}

/**
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {import("@adobe/premierepro").FolderItem | null} bin  the shot's, if there is one
 * @param {ShotMemory | null} earlier
 * @param {string} media
 * @returns {Promise<ProjectItem | null>}
 */
async function found(premiere, project, bin, earlier, media) {
  if (earlier) {
    return itemById(premiere, project, bin ?? (await project.getRootItem()), earlier.item);
  }
  // Of an import whose record was not kept, or taken back: by its file, in our bin only.
  for (const item of (await bin?.getItems()) ?? []) {
    const path = await asClip(premiere, item)?.getMediaFilePath().catch(() => "");
    if (path === media) return item;
  }
  return null;
}

/** @param {ShotMemory} earlier @param {Shot} shot @param {string} media */
function isCurrent(earlier, shot, media) {
  return shot.hash !== "" && earlier.hash === shot.hash && earlier.media === media;
}

/** @param {Premiere} premiere @param {ProjectItem} item */
async function isOffline(premiere, item) {
  return (await asClip(premiere, item)?.isOffline()) === true;
}

/**
 * The same clip with the new film: every use of it in a sequence keeps its cuts and effects.
 * @param {Premiere} premiere
 * @param {ProjectItem} item
 * @param {ShotMemory | null} earlier
 * @param {string} media
 */
async function refresh(premiere, item, earlier, media) {
  const clip = asClip(premiere, item);
  if (!clip) return;
  if (earlier && earlier.media !== media) {
    insist(await clip.changeMediaFilePath(media, true), `link ${media}`);
  }
  insist(await clip.refreshMedia(), `read ${media} again`);
}

/**
 * @param {ProjectItem} item
 * @param {ShotMemory | null} earlier
 * @param {Shot} shot
 * @param {ShotReport} report
 */
function keptName(item, earlier, shot, report) {
  if (earlier && item.name !== earlier.name) {
    report.kept?.push({ layer: shot.id, what: `its name, ${item.name}` });
  }
}

/**
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {import("@adobe/premierepro").FolderItem} bin
 * @param {Shot} shot
 * @param {string} media
 * @param {boolean} comps
 * @returns {Promise<ProjectItem>}
 */
async function bring(premiere, project, bin, shot, media, comps) {
  const target = premiere.ProjectItem.cast(bin);
  return imported(bin, media, () =>
    comps ? project.importAEComps(media, [shot.id], target) : project.importFiles([media], true, target, false));
}

/**
 * Name, markers and memory, in one step.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {Memory} memory
 * @param {Shot} shot
 * @param {ProjectItem} item
 * @param {ShotMemory | null} earlier
 * @param {string} media
 * @param {ShotReport} report
 */
async function note(premiere, project, memory, shot, item, earlier, media, report) {
  const clip = asClip(premiere, item);
  const markers = clip ? await premiere.Markers.getMarkers(clip) : null;
  const plan = markers ? planMarkers(markers, notesOf(shot), earlier?.markers ?? []) : null;
  for (const name of plan?.kept ?? []) {
    report.kept?.push({ layer: shot.id, what: `the marker ${name}` });
  }
  /** @type {ShotMemory} */
  const record = {
    item: item.getId(),
    hash: shot.hash,
    media,
    name: earlier?.name ?? shot.id,
    markers: plan?.record ?? [],
  };
  // An item is named after its file, until it has a name.
  const nameless = report.state === "created" || (!earlier && media.endsWith(item.name));
  transact(project, shot.undo, () => [
    ...(nameless ? [item.createSetNameAction(shot.id)] : []),
    ...(markers && plan ? markerActions(premiere, markers, plan) : []),
    ...memory.keep(record),
  ]);
  if (markers && plan && plan.fresh.length > 0) {
    transact(project, shot.undo, () => colourActions(premiere, markers, plan.fresh));
  }
}

/** @param {Shot} shot @returns {import("./markers.js").Note[]} */
function notesOf(shot) {
  const perFrame = ticksPerFrame(shot.manifest.comp.fps);
  /** @type {any[]} */
  const markers = shot.manifest.markers ?? [];
  return markers.map((marker) => ({
    ...named(marker),
    start: ticksOf(marker.frame, perFrame),
    duration: ticksOf(marker.duration_frames ?? 0, perFrame),
  }));
}

/** @param {Shot} shot */
function unknown(shot) {
  return new HostError("premiere.shot_unknown", "The project does not have this shot.", {
    field: "shot_id",
    value: shot.id,
    remedy: "Import the shot first.",
  });
}
