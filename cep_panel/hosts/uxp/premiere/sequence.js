// The storyboard as a sequence: made once, then brought up to date around what an editor did.

import { HostError } from "../../adapter.js";
import { planLayout } from "./layout.js";
import { Memory } from "./memory.js";
import { colourActions, markerActions, planMarkers } from "./markers.js";
import { asClip, binOf, imported, itemById, transact } from "./project.js";
import { ticksOf, ticksPerFrame } from "./ticks.js";

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Project} Project */
/** @typedef {import("@adobe/premierepro").ProjectItem} ProjectItem */
/** @typedef {import("@adobe/premierepro").Sequence} PremiereSequence */
/** @typedef {import("@adobe/premierepro").VideoClipTrackItem | import("@adobe/premierepro").AudioClipTrackItem} TrackItem */
/** @typedef {import("../../../../shared_schema/multiplane").Sequence} Sequence */

/** Left to what films bring along themselves. */
const FILM_SOUND_TRACKS = 1;

/**
 * @typedef {object} SequenceMemory
 * @property {import("./layout.js").Left} clips
 * @property {import("./layout.js").Left} sounds
 * @property {import("./markers.js").Note[]} markers
 */

/**
 * @typedef {object} Cut
 * @property {string} shot
 * @property {ProjectItem} item
 * @property {number} start  frame
 * @property {number} frames
 * @property {string} text  of its marker
 */

/**
 * Make or update the sequence `title` of `cuts`. Returns its name and what an editor had changed.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {string} title
 * @param {Sequence} document
 * @param {Cut[]} cuts  in order
 * @param {Array<{shot: string, item: ProjectItem, start?: number}>} sounds  start: s, of what is no shot's
 */
export async function buildSequence(premiere, project, title, document, cuts, sounds) {
  const undo = `Multiplane: ${title}`;
  const perFrame = ticksPerFrame(document.fps);
  const sequence = await sequenceOf(premiere, project, title, document, cuts, perFrame, undo);
  const memory = new Memory(premiere, ["sequence"]);
  /** @type {SequenceMemory} */
  const earlier = (await memory.read(sequence)) ?? { clips: {}, sounds: {}, markers: [] };
  const editor = premiere.SequenceEditor.getEditor(sequence);

  const shots = new Set(document.shots.map((shot) => shot.id));
  for (const { shot, start } of sounds) if (start !== undefined) shots.add(shot);
  const films = await trackItems(premiere, sequence, "video");
  const filmPlan = planLayout(cuts.map((cut) => wanted(cut, perFrame)), films.lying, earlier.clips, shots);
  const heard = await trackItems(premiere, sequence, "audio");
  const starts = new Map(cuts.map((cut) => [cut.shot, cut.start * perFrame]));
  for (const { shot, start } of sounds) {
    if (start !== undefined) starts.set(shot, Math.round(start * document.fps) * perFrame);
  }
  const soundWanted = await Promise.all(
    sounds.filter((one) => starts.has(one.shot))
      .map(async (one) => soundPlace(premiere, one, /** @type {number} */ (starts.get(one.shot)))));
  const soundPlan = planLayout(
    soundWanted, heard.lying, earlier.sounds, shots, Math.min(FILM_SOUND_TRACKS, heard.count));
  const markers = await premiere.Markers.getMarkers(sequence);
  const made = new Set(cuts.map((cut) => cut.shot));
  // Of a shot that failed this time the earlier marker stays, as its clip does.
  const notes = earlier.markers.filter((one) => shots.has(one.name) && !made.has(one.name));
  const markerPlan = planMarkers(
    markers, [...cuts.map((cut) => noteOf(cut, perFrame)), ...notes], earlier.markers);

  const items = new Map([...cuts, ...sounds].map((one) => [one.item.getId(), one.item]));
  /** @type {SequenceMemory} */
  const record = { clips: filmPlan.left, sounds: soundPlan.left, markers: markerPlan.record };
  transact(project, undo, () => [
    ...layoutActions(premiere, editor, filmPlan, films, items, "video"),
    ...layoutActions(premiere, editor, soundPlan, heard, items, "audio"),
    ...markerActions(premiere, markers, markerPlan),
    ...memory.keep(record),
  ]);
  if (markerPlan.fresh.length > 0) {
    transact(project, undo, () => colourActions(premiere, markers, markerPlan.fresh));
  }
  await trimPlaced(premiere, project, sequence, filmPlan, undo);
  return {
    name: sequence.name,
    kept: [
      ...filmPlan.kept,
      ...soundPlan.kept.map(({ shot, what }) => ({ shot, what: `its sound: ${what}` })),
      ...markerPlan.kept.map((shot) => ({ shot, what: "its marker" })),
    ],
    retired: filmPlan.retired.map(({ shot }) => shot),
  };
}

/**
 * The sequence that we made, wherever and whatever it is called now; else a new one.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {string} title
 * @param {Sequence} document
 * @param {Cut[]} cuts
 * @param {number} perFrame
 * @param {string} undo
 * @returns {Promise<PremiereSequence>}
 */
async function sequenceOf(premiere, project, title, document, cuts, perFrame, undo) {
  const memory = new Memory(premiere, ["storyboard", title]);
  /** @type {{sequence: string} | null} */
  const earlier = await memory.read(project);
  const bin = await binOf(premiere, project, [title], undo);
  const there = earlier
    ? (await project.getSequences()).find((one) => one.guid.toString() === earlier.sequence)
    : await sequenceIn(project, bin, title);
  if (there) {
    await checkTimebase(there, perFrame, document.fps);
    return there;
  }
  const sequence = await newSequence(premiere, project, bin, title, document, cuts, perFrame, undo);
  const root = await project.getRootItem();
  const item = await sequence.getProjectItem();
  const isOutside = !(await bin.getItems()).some((other) => other.getId() === item.getId());
  transact(project, undo, () => [
    ...(isOutside ? [root.createMoveItemAction(item, bin)] : []),
    ...memory.keep({ sequence: sequence.guid.toString() }),
  ]);
  return sequence;
}

/**
 * Of an import whose record was not kept: by its bin and name.
 * @param {Project} project
 * @param {import("@adobe/premierepro").FolderItem} bin
 * @param {string} title
 */
async function sequenceIn(project, bin, title) {
  const ids = new Set((await bin.getItems()).map((item) => item.getId()));
  for (const one of await project.getSequences()) {
    if (one.name === title && ids.has((await one.getProjectItem()).getId())) return one;
  }
  return undefined;
}

/**
 * An empty sequence with the size and rate of the first film, which are the storyboard's, in `bin`.
 * `createSequence` would open a dialog, and changing a sequence's rate afterwards is not to be
 * relied on.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {import("@adobe/premierepro").FolderItem} bin
 * @param {string} title
 * @param {Sequence} document
 * @param {Cut[]} cuts
 * @param {number} perFrame
 * @param {string} undo
 */
async function newSequence(premiere, project, bin, title, document, cuts, perFrame, undo) {
  const first = cuts.length > 0 ? asClip(premiere, cuts[0].item) : null;
  const target = premiere.ProjectItem.cast(bin);
  const made = first ? await project.createSequenceFromMedia(title, [first], target) : null;
  if (!made) {
    const why = first ? "" : ": no shot is in the project that has its size and rate";
    throw new HostError("premiere.no_sequence", `Premiere made no sequence${why}.`, {
      field: title,
      remedy: first
        ? "Import timeline.xml by File > Import instead."
        : "Make the shots that failed again, and import again.",
    });
  }
  await checkTimebase(made, perFrame, document.fps);
  await empty(premiere, project, made, undo);
  return made;
}

/** @param {PremiereSequence} sequence @param {number} perFrame @param {number} fps */
async function checkTimebase(sequence, perFrame, fps) {
  const base = await sequence.getTimebase();
  if (base === String(perFrame)) return;
  throw new HostError("premiere.timebase", `The sequence ${sequence.name} does not have ${fps} frames per second.`, {
    field: "fps",
    value: fps,
    remedy: "Set its timebase in Sequence > Sequence Settings, or remove it, and import again.",
  });
}

/**
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {PremiereSequence} sequence
 * @param {string} undo
 */
async function empty(premiere, project, sequence, undo) {
  const items = [
    ...(await trackItems(premiere, sequence, "video")).items,
    ...(await trackItems(premiere, sequence, "audio")).items,
  ];
  if (items.length === 0) return;
  const editor = premiere.SequenceEditor.getEditor(sequence);
  premiere.TrackItemSelection.createEmptySelection((selection) => {
    for (const item of items) selection.addItem(item, true);
    transact(project, undo, () => [
      editor.createRemoveItemsAction(selection, false, premiere.Constants.MediaType.ANY),
    ]);
  });
}

/**
 * All clips of one kind, and where they lie.
 * @param {Premiere} premiere
 * @param {PremiereSequence} sequence
 * @param {"video" | "audio"} kind
 */
async function trackItems(premiere, sequence, kind) {
  const count = kind === "video" ? await sequence.getVideoTrackCount() : await sequence.getAudioTrackCount();
  /** @type {TrackItem[]} */
  const items = [];
  /** @type {import("./layout.js").Lying[]} */
  const lying = [];
  for (let index = 0; index < count; index += 1) {
    const track = kind === "video" ? await sequence.getVideoTrack(index) : await sequence.getAudioTrack(index);
    for (const item of track.getTrackItems(premiere.Constants.TrackItemType.CLIP, false)) {
      const [source, start, end] = await Promise.all([item.getProjectItem(), item.getStartTime(), item.getEndTime()]);
      items.push(item);
      // Titles and the like have no project item.
      lying.push({ item: source?.getId() ?? "", track: index, start: Number(start.ticks), end: Number(end.ticks) });
    }
  }
  return { items, lying, count };
}

/** @param {Cut} cut @param {number} perFrame @returns {import("./layout.js").Wanted} */
function wanted(cut, perFrame) {
  return {
    shot: cut.shot,
    item: cut.item.getId(),
    start: Number(ticksOf(cut.start, perFrame)),
    end: Number(ticksOf(cut.start + cut.frames, perFrame)),
  };
}

/**
 * @param {Premiere} premiere
 * @param {{shot: string, item: ProjectItem}} sound
 * @param {number} start  ticks
 * @returns {Promise<import("./layout.js").Wanted>}
 */
async function soundPlace(premiere, sound, start) {
  const clip = asClip(premiere, sound.item);
  const out = await clip?.getOutPoint(premiere.Constants.MediaType.AUDIO);
  const into = await clip?.getInPoint(premiere.Constants.MediaType.AUDIO);
  const length = out && into ? Number(out.ticks) - Number(into.ticks) : 0;
  return { shot: sound.shot, item: sound.item.getId(), start, end: start + Math.max(length, 1) };
}

/**
 * @param {Premiere} premiere
 * @param {import("@adobe/premierepro").SequenceEditor} editor
 * @param {import("./layout.js").Layout} plan
 * @param {{items: TrackItem[], count: number}} there
 * @param {Map<string, ProjectItem>} items
 * @param {"video" | "audio"} kind
 * @returns {object[]}
 */
function layoutActions(premiere, editor, plan, there, items, kind) {
  /** @param {number} ticks */
  const at = (ticks) => premiere.TickTime.createWithTicks(String(ticks));
  return [
    ...plan.shrinks.map(({ clip, end }) => there.items[clip].createSetEndAction(at(end))),
    ...plan.moves.map(({ clip, by }) => there.items[clip].createMoveAction(at(by))),
    ...plan.grows.map(({ clip, end }) => there.items[clip].createSetEndAction(at(end))),
    ...plan.retired.map(({ clip }) => there.items[clip].createSetDisabledAction(true)),
    ...plan.recalled.map(({ clip }) => there.items[clip].createSetDisabledAction(false)),
    ...plan.places.map((place) => {
      const item = /** @type {ProjectItem} */ (items.get(place.item));
      const [video, audio] = kind === "video" ? [place.track, 0] : [0, place.track];
      // On a track that is not there yet, which inserting makes; nothing on others moves.
      return place.track < there.count
        ? editor.createOverwriteItemAction(item, at(place.start), video, audio)
        : editor.createInsertProjectItemAction(item, at(place.start), video, audio, true);
    }),
  ];
}

/**
 * New clips end where their shot ends, also where the film is longer.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {PremiereSequence} sequence
 * @param {import("./layout.js").Layout} plan
 * @param {string} undo
 */
async function trimPlaced(premiere, project, sequence, plan, undo) {
  if (plan.places.length === 0) return;
  const { items, lying } = await trackItems(premiere, sequence, "video");
  /** @type {Array<[TrackItem, number]>} */
  const wrong = [];
  for (const place of plan.places) {
    const index = lying.findIndex((one) => one.item === place.item && one.start === place.start);
    if (index >= 0 && lying[index].end > place.end) wrong.push([items[index], place.end]);
  }
  transact(project, undo, () =>
    wrong.map(([item, end]) => item.createSetEndAction(premiere.TickTime.createWithTicks(String(end)))));
}

/** @param {Cut} cut @param {number} perFrame @returns {import("./markers.js").Note} */
function noteOf(cut, perFrame) {
  return {
    name: cut.shot,
    text: cut.text,
    start: ticksOf(cut.start, perFrame),
    duration: ticksOf(cut.frames, perFrame),
  };
}

/**
 * The shots' sounds as project items in Multiplane/<storyboard>/Audio; each file once.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {import("../files.js").Files} files
 * @param {string} title
 * @param {Array<{shot: string, file: string, start?: number}>} audio
 */
export async function bringSounds(premiere, project, files, title, audio) {
  /** @type {Array<{shot: string, item: ProjectItem, start?: number}>} */
  const sounds = [];
  /** @type {Array<{shot: string, error: HostError}>} */
  const silent = [];
  if (audio.length === 0) return { sounds, silent };
  const undo = `Multiplane: ${title}`;
  const memory = new Memory(premiere, ["audio", title]);
  /** @type {Record<string, string>} */
  const known = (await memory.read(project)) ?? {};
  const bin = await binOf(premiere, project, [title, "Audio"], undo);
  const target = premiere.ProjectItem.cast(bin);
  for (const { shot, file, start } of audio) {
    try {
      if (start !== undefined && start < 0) {
        throw new HostError("premiere.soundtrack_cut", "Premiere cannot lay a soundtrack whose beginning is cut off.", {
          file,
          remedy: "Import timeline.xml, or cut the file.",
        });
      }
      await files.insist(file, "The shot's sound");
      const there = known[file] ? await itemById(premiere, project, bin, known[file]) : null;
      const item = there ?? (await imported(bin, file, () => project.importFiles([file], true, target, false)));
      known[file] = item.getId();
      sounds.push(start === undefined ? { shot, item } : { shot, item, start });
    } catch (error) {
      // One file that cannot be read costs its sound, not the sequence.
      silent.push({ shot, error: HostError.of(error, "premiere.audio") });
    }
  }
  transact(project, undo, () => memory.keep(known));
  return { sounds, silent };
}
