// Premiere's adapter against the stand-in. Run by tests/uxp/test_premiere.py, which bundles the
// panel's modules first: what runs here is what UXP gets. MULTIPLANE_BUNDLE names the bundle.

import assert from "node:assert/strict";
import fs from "node:fs";
import { createRequire } from "node:module";
import os from "node:os";
import path from "node:path";
import { test } from "node:test";

import { TICKS_PER_SECOND, premiere } from "./fake.mjs";

const load = createRequire(import.meta.url)(process.env.MULTIPLANE_BUNDLE);
const { createHost } = load("hosts/uxp/host.js");
const { HostError } = load("hosts/adapter.js");
const EXACT = { // ticks of a frame, by hand
  23.976: 10594584000, 24: 10584000000, 25: 10160640000, 29.97: 8475667200, 30: 8467200000,
  59.94: 4237833600, 60: 4233600000,
};

/** An output folder on the disk, with films that are only names. */
class Board {
  constructor(ids, { fps = 24, frames = 48, title = "Board" } = {}) {
    this.out = fs.mkdtempSync(path.join(os.tmpdir(), "multiplane-"));
    this.fps = fps;
    this.title = title;
    this.shots = ids.map((id) => ({ id, frames, hash: `${id}-1`, error: null, folder: `shots/${this.slug(id)}` }));
  }

  slug(id) {
    return id.replace(/[\\/:*?"<>|]/g, "_");
  }

  write() {
    let start = 0;
    const entries = [];
    for (const shot of this.shots) {
      const folder = path.join(this.out, shot.folder);
      fs.mkdirSync(folder, { recursive: true });
      fs.writeFileSync(this.film(shot.id), "");
      fs.writeFileSync(path.join(folder, "manifest.json"), JSON.stringify(this.manifest(shot)));
      entries.push({
        id: shot.id, manifest: shot.error ? null : `${shot.folder}/manifest.json`,
        start_frame: start, duration_frames: shot.frames, status: shot.error ? "failed" : "made",
        error: shot.error,
      });
      start += shot.frames;
    }
    this.sequence = {
      schema: "multiplane/sequence/1", title: this.title, fps: this.fps, size: [1280, 720], shots: entries,
    };
    fs.writeFileSync(path.join(this.out, "sequence.json"), JSON.stringify(this.sequence));
    fs.writeFileSync(path.join(this.out, "storyboard.aep"), "");
    return this;
  }

  manifest({ id, frames, hash, markers }) {
    return {
      schema: "multiplane/manifest/1", shot_id: id, content_hash: hash,
      comp: { width: 1280, height: 720, fps: this.fps, duration_frames: frames },
      files: { preview: path.basename(this.film(id)) },
      markers: markers ?? [
        { frame: 0, text: "Dialogue: Who goes there?", duration_frames: frames },
        { frame: 6, text: "Notes: colon: kept", duration_frames: 0 },
      ],
    };
  }

  film(id) {
    const { folder, film } = this.shots.find((one) => one.id === id);
    return path.join(this.out, folder, film ?? `${this.slug(id)}.mp4`);
  }

  shotFolder(id) {
    return path.dirname(this.film(id));
  }
}

/** Premiere with the adapter in it. */
function start(board, rules) {
  const fake = premiere(rules);
  fake.timebase = EXACT[board.fps];
  fake.size = { width: 1280, height: 720 };
  const measure = () => {
    for (const shot of board.shots) fake.lengths.set(board.film(shot.id), shot.frames * EXACT[board.fps]);
  };
  measure();
  fake.length = 48 * EXACT[board.fps];
  const modules = { uxp: { host: { name: "premierepro", version: "26.3.0" } }, fs: uxpFs, os, premierepro: fake.module };
  const host = createHost((name) => {
    if (name in modules) return modules[name];
    throw new Error(`no module ${name}`);
  });
  const seen = [];
  const all = async (more = {}) => {
    measure();
    return host.importSequence({ folder: board.out, ...more }, (report, done, total) => seen.push([report, done, total]));
  };
  return { fake, host, all, progress: seen };
}

/** UXP's fs, which gives promises. */
const uxpFs = {
  readFile: (file, { encoding }) => fs.promises.readFile(file, encoding),
  lstat: (file) => fs.promises.lstat(file),
};

function bin(fake, ...names) {
  let at = fake.model.root;
  for (const name of ["Multiplane", ...names]) {
    const found = at.items.filter((one) => one.name === name && one.kind === "bin");
    assert.equal(found.length, 1, `one bin ${name} in ${at.name || "the root"}`);
    at = found[0];
  }
  return at;
}

function clips(sequence, track = 0) {
  return [...sequence.video[track].items].sort((a, b) => a.start - b.start)
    .map((one) => [one.source.name, one.start, one.end]);
}

const states = (report) => report.shots.map((one) => one.state);

function clean(fake) {
  assert.deepEqual(fake.seen.misuse, []);
  assert.equal(fake.seen.dialogs, 0);
}

for (const [rate, ticks] of Object.entries(EXACT)) {
  test(`exact frames at ${rate}`, async () => {
    const board = new Board(["a", "b", "c"], { fps: Number(rate), frames: 101 }).write();
    const { fake, all } = start(board);
    const report = await all();
    assert.equal(report.error, null);
    assert.equal(report.sequence, "Board");
    const [sequence] = fake.model.sequences;
    assert.equal(sequence.timebase, ticks);
    assert.deepEqual(sequence.size, { width: 1280, height: 720 });
    assert.deepEqual(clips(sequence), ["a", "b", "c"].map((id, i) => [id, i * 101 * ticks, (i + 1) * 101 * ticks]));
    for (const { start: at, duration } of sequence.markers) {
      assert.equal(at % ticks, 0);
      assert.equal(duration, 101 * ticks);
    }
    clean(fake);
  });
}

test("ten hours at 59.94 are still whole ticks, and more is refused", () => {
  const { ticksOf, ticksPerFrame } = load("hosts/uxp/premiere/ticks.js");
  const frame = ticksPerFrame(59.94);
  const frames = Math.floor(9 * 3600 * 60000 / 1001);
  assert.equal(ticksOf(frames, frame), String(BigInt(frames) * BigInt(frame)));
  assert.throws(() => ticksOf(1e9, frame), (error) => error.code === "premiere.too_long");
  for (const wrong of [0, -24, NaN, Infinity, 23.5001, 23.9]) {
    assert.throws(() => ticksPerFrame(wrong), (error) => error.code === "premiere.fps", String(wrong));
  }
  assert.equal(ticksPerFrame(12.5) * 12.5, TICKS_PER_SECOND);
  assert.equal(ticksPerFrame(50), TICKS_PER_SECOND / 50);
});

for (const castThrows of [true, false]) {
  test(`bins, names and markers of a shot (casting throws: ${castThrows})`, async () => {
    const board = new Board(["shot-001"]).write();
    const { fake, host } = start(board, { castThrows });
    const report = await host.importShot({ folder: board.shotFolder("shot-001"), storyboard: "Board" });
    assert.deepEqual([report.state, report.comp], ["created", "shot-001"]);
    const [clip] = bin(fake, "Board", "shot-001").items;
    assert.equal(clip.name, "shot-001");
    assert.deepEqual(
      clip.markers.map(({ name, comments, start: at, colour }) => [name, comments, at, colour]),
      [["Dialogue", "Who goes there?", 0, 0], ["Notes", "colon: kept", 6 * EXACT[24], 4]]);
    assert.deepEqual(new Set(fake.seen.undo), new Set(["Multiplane: shot-001"]));
    clean(fake);
  });
}

test("importing again changes nothing and duplicates nothing", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all } = start(board);
  await all();
  const before = JSON.stringify([fake.model.root, fake.model.sequences], hidden);
  const imports = fake.seen.imports.length;
  const report = await all();
  assert.deepEqual(states(report), ["unchanged", "unchanged"]);
  assert.equal(JSON.stringify([fake.model.root, fake.model.sequences], hidden), before);
  assert.equal(fake.seen.imports.length, imports);
  assert.deepEqual(fake.seen.refreshed, []);
  clean(fake);
});

/** Parents make circles. */
function hidden(key, value) {
  return key === "parent" ? undefined : value;
}

test("the project tells which shots it has, and of which state", async () => {
  const board = new Board(["a", "b", "c"]).write();
  const { fake, host } = start(board);
  assert.deepEqual(await host.imported("Board", ["a", "b"]), []);
  await host.importShot({ folder: board.shotFolder("a"), storyboard: "Board" });
  await host.importShot({ folder: board.shotFolder("b"), storyboard: "Board" });
  const before = JSON.stringify([fake.model.root, fake.model.sequences], hidden);
  const told = await host.imported("Board", ["c", "b", "a"]);
  assert.deepEqual(told.map(({ shot, hash }) => [shot, hash]), [["b", "b-1"], ["a", "a-1"]]);
  assert.deepEqual(await host.imported("Another", ["a"]), []);
  assert.equal(JSON.stringify([fake.model.root, fake.model.sequences], hidden), before);
  clean(fake);
});

test("a changed shot is read again in place; what an editor changed stays", async () => {
  const board = new Board(["a", "b", "c"]).write();
  const { fake, all } = start(board);
  await all();
  const [sequence] = fake.model.sequences;
  const clip = bin(fake, "Board", "b").items[0];
  clip.name = "the good one";
  const other = fake.model.root.items.find((one) => one.name === "Multiplane");
  clip.markers[0].comments = "Rewritten.";
  board.shots[1].hash = "b-2";
  board.write();
  const report = await all();
  assert.deepEqual(states(report), ["unchanged", "updated", "unchanged"]);
  assert.deepEqual(fake.seen.refreshed, [board.film("b")]);
  assert.deepEqual(report.shots[1].kept.map((one) => one.what), ["its name, the good one", "the marker Dialogue"]);
  assert.equal(clip.name, "the good one");
  assert.deepEqual(clip.markers.map((one) => one.comments).sort(), ["Rewritten.", "colon: kept"]);
  assert.equal(sequence.video[0].items.length, 3);
  assert.ok(other);
  // And once more: still theirs.
  board.shots[1].hash = "b-3";
  board.write();
  await all();
  assert.deepEqual(clip.markers.map((one) => one.comments).sort(), ["Rewritten.", "colon: kept"]);
  clean(fake);
});

test("a clip that was moved to another bin is found again", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  const from = bin(fake, "Board", "a");
  const mine = { id: "mine", kind: "bin", name: "Selects", items: [], parent: fake.model.root };
  fake.model.root.items.push(mine);
  mine.items.push(from.items.pop());
  mine.items[0].parent = mine;
  const report = await all();
  assert.deepEqual(states(report), ["unchanged"]);
  assert.equal(from.items.length, 0);
  clean(fake);
});

test("a film that an editor has imported stays the editor's", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  const mine = { id: "mine", kind: "clip", name: "a", path: board.film("a"), hasVideo: true, length: EXACT[24] };
  mine.parent = fake.model.root;
  fake.model.root.items.push(mine);
  assert.deepEqual(states(await all()), ["created"]);
  assert.deepEqual([mine.name, mine.markers], ["a", undefined]);
  assert.equal(bin(fake, "Board", "a").items.length, 1);
  clean(fake);
});

test("a bin that was renamed is not filled twice", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  bin(fake, "Board", "a").name = "Opening";
  assert.deepEqual(states(await all()), ["unchanged"]);
  assert.equal(fake.seen.imports.length, 1);
  clean(fake);
});

test("an output folder that moved is linked anew", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  const moved = fs.mkdtempSync(path.join(os.tmpdir(), "multiplane-"));
  fs.cpSync(board.out, moved, { recursive: true });
  board.out = moved;
  const report = await all();
  assert.deepEqual(states(report), ["updated"]);
  assert.deepEqual(fake.seen.relinked, [board.film("a")]);
  assert.equal(bin(fake, "Board", "a").items[0].path, board.film("a"));
  clean(fake);
});

test("offline media is read again although nothing changed", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  bin(fake, "Board", "a").items[0].offline = true;
  assert.deepEqual(states(await all()), ["updated"]);
});

test("a clip that an editor moved, trimmed or took out stays so", async () => {
  const board = new Board(["a", "b", "c", "d"]).write();
  const { fake, all } = start(board);
  await all();
  const [sequence] = fake.model.sequences;
  const items = sequence.video[0].items;
  const frame = EXACT[24];
  items.find((one) => one.source.name === "b").start += 5 * frame; // trimmed at its head
  items.splice(items.findIndex((one) => one.source.name === "c"), 1);
  const before = clips(sequence);
  board.shots[0].hash = "a-2";
  board.write();
  const report = await all();
  assert.deepEqual(clips(sequence), before);
  const kept = report.shots.map((one) => (one.kept ?? []).map((two) => two.what));
  assert.deepEqual(kept, [[], ["where it lies"], ["that it was taken out"], []]);
  await all();
  assert.deepEqual(clips(sequence), before);
  clean(fake);
});

test("shots that grew, shrank, came and changed their order", async () => {
  const board = new Board(["a", "b", "c", "d"]).write();
  const { fake, all } = start(board);
  await all();
  const [sequence] = fake.model.sequences;
  const f = EXACT[24];
  const lies = () => clips(sequence).map(([name, from, to]) => [name, from / f, to / f]);

  board.shots[1].frames = 72;
  board.write();
  await all();
  assert.deepEqual(lies(), [["a", 0, 48], ["b", 48, 120], ["c", 120, 168], ["d", 168, 216]]);

  board.shots[0].frames = 24;
  board.shots[2].frames = 12;
  board.write();
  await all();
  assert.deepEqual(lies(), [["a", 0, 24], ["b", 24, 96], ["c", 96, 108], ["d", 108, 156]]);

  board.shots.splice(1, 0, { id: "new", frames: 10, hash: "new-1", error: null, folder: "shots/new" });
  board.write();
  await all();
  assert.deepEqual(lies(), [["a", 0, 24], ["new", 24, 34], ["b", 34, 106], ["c", 106, 118], ["d", 118, 166]]);

  board.shots.reverse();
  board.write();
  await all();
  assert.deepEqual(lies(), [["d", 0, 48], ["c", 48, 60], ["b", 60, 132], ["new", 132, 142], ["a", 142, 166]]);
  assert.equal(sequence.video.length, 1);
  assert.deepEqual(
    sequence.markers.map((one) => [one.name, one.start / f]).sort((x, y) => x[1] - y[1]),
    [["d", 0], ["c", 48], ["b", 60], ["new", 132], ["a", 142]]);
  clean(fake);
});

test("nothing of an editor's is ever overwritten", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all } = start(board);
  await all();
  const [sequence] = fake.model.sequences;
  const f = EXACT[24];
  const title = { id: "title", kind: "clip", name: "title" };
  sequence.video[0].items.push({ source: title, start: 96 * f, end: 144 * f });
  board.shots.push({ id: "c", frames: 48, hash: "c-1", error: null, folder: "shots/c" });
  board.shots[1].frames = 60; // would move nothing, but grow over the title
  board.write();
  const report = await all();
  assert.deepEqual(clips(sequence), [["a", 0, 48 * f], ["b", 48 * f, 96 * f], ["title", 96 * f, 144 * f]]);
  assert.deepEqual(clips(sequence, 1), [["c", 108 * f, 156 * f]]);
  assert.match(report.shots[1].kept[0].what, /another clip/);
  clean(fake);
});

test("a shot that the storyboard lost is switched off, and back on when it returns", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all } = start(board);
  await all();
  const [sequence] = fake.model.sequences;
  const clipOf = (name) => sequence.video[0].items.find((one) => one.source.name === name);
  const gone = board.shots.pop();
  board.write();
  const report = await all();
  assert.deepEqual(report.shots[1], { shot: "b", state: "updated", retired: ["b"] });
  assert.equal(clipOf("b").disabled, true);
  clipOf("b").disabled = false; // the editor wants it
  await all();
  assert.equal(clipOf("b").disabled, false);
  clipOf("b").disabled = true;
  board.shots.push(gone);
  board.write();
  await all();
  assert.equal(clipOf("b").disabled, false);
  assert.equal(sequence.video[0].items.length, 2);
  clean(fake);
});

test("an error in shot 3 leaves the others, and what lay there of it", async () => {
  const ids = ["1", "2", "3", "4", "5"];
  const board = new Board(ids).write();
  const { fake, all, progress } = start(board);
  await all();
  fs.rmSync(board.film("3"));
  board.shots[3].hash = "4-2";
  const kept = fs.readFileSync(path.join(board.out, "sequence.json"), "utf8");
  fs.writeFileSync(path.join(board.shotFolder("4"), "manifest.json"), JSON.stringify(board.manifest(board.shots[3])));
  fs.writeFileSync(path.join(board.out, "sequence.json"), kept);
  progress.length = 0;
  const report = await all();
  assert.deepEqual(states(report), ["unchanged", "unchanged", "failed", "updated", "unchanged"]);
  const { error } = report.shots[2];
  assert.ok(error instanceof HostError);
  assert.deepEqual([error.code, error.file], ["premiere.file_missing", board.film("3")]);
  assert.ok(error.remedy);
  assert.equal(fake.model.sequences[0].video[0].items.length, 5);
  assert.deepEqual(fake.model.sequences[0].markers.map((one) => one.name).sort(), ids);
  assert.ok(fake.model.sequences[0].video[0].items.every((one) => !one.disabled));
  assert.deepEqual(progress.map(([one, done, total]) => [one.shot, done, total]), ids.map((id, i) => [id, i + 1, 5]));
  clean(fake);
});

test("a shot that was never made is a gap", async () => {
  const board = new Board(["a", "b", "c"]);
  board.shots[1].error = { code: "shot.model", message: "It was not painted.", remedy: "Try again." };
  board.write();
  const { fake, all } = start(board);
  const report = await all();
  assert.deepEqual(states(report), ["created", "unmade", "created"]);
  assert.equal(report.shots[1].error.code, "shot.model");
  const f = EXACT[24];
  assert.deepEqual(clips(fake.model.sequences[0]), [["a", 0, 48 * f], ["c", 96 * f, 144 * f]]);
});

test("odd names", async () => {
  const ids = ["Größe 3", "日本語", "🎬 1", "100%", "C# 4", "a/b", "'\"`${x}", " ", "shot\n2"];
  const board = new Board(ids, { title: "Ünser 🎬 #1 100%" });
  board.out = path.join(board.out, "Ausgabe ä 日本 🎬 100% #7");
  board.write();
  const { fake, all } = start(board);
  const report = await all();
  assert.equal(report.error, null);
  assert.deepEqual(states(report), ids.map(() => "created"));
  for (const id of ids) assert.equal(bin(fake, board.title, id).items[0].path, board.film(id));
  assert.deepEqual(states(await all()), ids.map(() => "unchanged"));
  for (const kept of fake.model.properties.values()) {
    // Names and values of properties: nobody says which characters they take.
    for (const pair of Object.entries(kept)) assert.match(pair.join(""), /^[\x20-\x7e]*$/);
  }
  assert.equal(fake.model.sequences.length, 1);
  assert.equal(fake.model.sequences[0].item.name, board.title);
  clean(fake);
});

test("three hundred shots, twice", async () => {
  const ids = Array.from({ length: 300 }, (_, i) => `shot-${String(i + 1).padStart(3, "0")}`);
  const board = new Board(ids, { fps: 29.97 }).write();
  const { fake, all } = start(board);
  fs.rmSync(board.film("shot-150"));
  const report = await all();
  assert.equal(states(report).filter((one) => one === "created").length, 299);
  assert.equal(report.shots[149].state, "failed");
  const [sequence] = fake.model.sequences;
  assert.equal(sequence.video[0].items.length, 299);
  assert.deepEqual(clips(sequence).at(-1), ["shot-300", 299 * 48 * EXACT[29.97], 300 * 48 * EXACT[29.97]]);
  fs.writeFileSync(board.film("shot-150"), "");
  assert.equal(states(await all()).filter((one) => one === "unchanged").length, 299);
  assert.equal(sequence.video[0].items.length, 300);
  assert.equal(sequence.video.length, 1);
  clean(fake);
});

test("stopping between shots", async () => {
  const board = new Board(["a", "b", "c"]).write();
  const { fake, all, progress } = start(board);
  const report = await all({ stopped: () => progress.length >= 2 });
  assert.deepEqual(states(report), ["created", "created"]);
  assert.equal(report.sequence, null);
  assert.equal(fake.model.sequences.length, 0);
});

test("sound lies at its shot, and a file that is missing costs only its sound", async () => {
  const board = new Board(["a", "b", "c"]).write();
  const { fake, all } = start(board);
  const wav = path.join(board.out, "voice 1.wav");
  fs.writeFileSync(wav, "");
  const f = EXACT[24];
  fake.lengths.set(wav, 60 * f); // longer than its shot
  const audio = [
    { shot: "a", file: wav }, { shot: "b", file: wav }, { shot: "c", file: path.join(board.out, "no.wav") },
    { shot: "not there", file: wav },
  ];
  const report = await all({ audio });
  assert.equal(report.error, null);
  const lies = fake.model.sequences[0].audio.map((track) => track.items.map((one) => [one.start / f, one.end / f]));
  assert.deepEqual(lies, [[], [[0, 60]], [[48, 108]]]);
  assert.match(report.shots[2].kept[0].what, /^no sound: The shot's sound is missing/);
  await all({ audio });
  assert.equal(fake.model.sequences[0].audio.flatMap((track) => track.items).length, 2);
  assert.equal(bin(fake, "Board", "Audio").items.length, 1);
  clean(fake);
});

test("After Effects' comps instead of films", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all, host } = start(board);
  const report = await all({ media: "comps" });
  assert.deepEqual(states(report), ["created", "created"]);
  const aep = path.join(board.out, "storyboard.aep");
  assert.deepEqual(fake.seen.imports, [aep, aep]);
  assert.equal(bin(fake, "Board", "a").items[0].name, "a");
  fs.rmSync(aep);
  await assert.rejects(host.importShot({ folder: board.shotFolder("a"), storyboard: "Board", media: "comps", force: true }),
    (error) => error.code === "premiere.file_missing" && error.file === aep);
  clean(fake);
});

test("a film that is longer than its shot ends with it", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, host } = start(board);
  fake.lengths.set(board.film("b"), 60 * EXACT[24]);
  await host.importSequence({ folder: board.out }, () => {});
  const f = EXACT[24];
  assert.deepEqual(clips(fake.model.sequences[0]), [["a", 0, 48 * f], ["b", 48 * f, 96 * f]]);
  clean(fake);
});

test("the first film gives the sequence its size and rate, and no dialog opens", async () => {
  const board = new Board(["a", "b"], { fps: 23.976 }).write();
  const { fake, all } = start(board);
  const report = await all();
  assert.equal(report.error, null);
  const [sequence] = fake.model.sequences;
  assert.equal(fake.model.sequences.length, 1);
  assert.equal(sequence.timebase, EXACT[23.976]);
  assert.equal(sequence.item.parent.name, "Board");
  assert.equal(sequence.video[0].items.length, 2);
  clean(fake);
});

test("without any film there is no sequence, and it is said", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all } = start(board, { refusesImport: () => true });
  const report = await all();
  assert.equal(report.error.code, "premiere.no_sequence");
  assert.match(report.error.message, /no shot is in the project/);
  assert.deepEqual(states(report), ["failed", "failed"]);
  assert.equal(fake.model.sequences.length, 0);
  clean(fake);
});

test("a film of an older version, and its new name when the shot is made again", async () => {
  const board = new Board(["a"]);
  board.shots[0].film = "preview.mp4";
  board.write();
  const { fake, all } = start(board);
  assert.deepEqual(states(await all()), ["created"]);
  assert.deepEqual(fake.seen.imports, [board.film("a")]);
  board.shots[0].film = "a.mp4";
  board.shots[0].hash = "again";
  board.write();
  assert.deepEqual(states(await all()), ["updated"]);
  assert.deepEqual(fake.seen.relinked, [board.film("a")]);
  clean(fake);
});

test("line ends that come back as others are no change of an editor's", async () => {
  const board = new Board(["a"]);
  board.shots[0].markers = [{ frame: 0, text: "Dialogue: one\ntwo", duration_frames: 0 }];
  board.write();
  const { fake, all } = start(board, { lineEnd: "\r" });
  await all();
  board.shots[0].hash = "again";
  board.write();
  const report = await all();
  assert.deepEqual(report.shots[0].kept, []);
  clean(fake);
});

test("a sequence of another rate is refused, and nothing is done to it", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  fake.model.sequences[0].timebase = EXACT[25];
  const before = clips(fake.model.sequences[0]);
  const report = await all();
  assert.equal(report.error.code, "premiere.timebase");
  assert.deepEqual(states(report), ["unchanged"]);
  assert.deepEqual(clips(fake.model.sequences[0]), before);
});

test("a renamed sequence is found again, a deleted one is made anew", async () => {
  const board = new Board(["a"]).write();
  const { fake, all } = start(board);
  await all();
  fake.model.sequences[0].item.name = "Cut 3";
  assert.equal((await all()).sequence, "Cut 3");
  fake.model.sequences.pop();
  assert.equal((await all()).sequence, "Board");
  assert.equal(fake.model.sequences[0].video[0].items.length, 1);
});

test("properties that keep nothing: found again by bin, name and file", async () => {
  const board = new Board(["a", "b"]).write();
  const { fake, all, host } = start(board, { keepsNothing: true });
  await all();
  const again = await host.updateShot({ folder: board.shotFolder("a"), storyboard: "Board" });
  assert.equal(again.state, "updated");
  const [sequence] = fake.model.sequences;
  sequence.video[0].items.find((one) => one.source.name === "b").start += EXACT[24]; // trimmed
  const before = clips(sequence);
  const report = await all();
  assert.deepEqual(states(report), ["updated", "updated"]);
  const clip = bin(fake, "Board", "a").items[0];
  assert.equal(bin(fake, "Board", "a").items.length, 1);
  assert.equal(clip.markers.length, 2);
  assert.equal(fake.model.sequences.length, 1);
  assert.deepEqual(clips(sequence), before);
  assert.equal(sequence.video.length, 1);
  assert.equal(sequence.markers.length, 2);
  clean(fake);
});

for (const [what, rules, code] of [
  ["a transaction", { refuses: () => true }, "premiere.refused"],
  ["the import", { refusesImport: () => true }, "premiere.import"],
  ["naming the clip", { refuses: (undo, n) => n === 4 }, "premiere.refused"],
  ["colours", { refuses: (undo, n) => n === 5 }, "premiere.refused"],
]) {
  test(`Premiere refuses ${what}`, async () => {
    const board = new Board(["a"]).write();
    const { fake, host, all } = start(board, rules);
    await assert.rejects(host.importShot({ folder: board.shotFolder("a"), storyboard: "Board" }), (error) => {
      assert.ok(error instanceof HostError);
      assert.equal(error.code, code);
      assert.ok(error.remedy);
      return true;
    });
    rules.refuses = () => false;
    rules.refusesImport = () => false;
    const report = await all();
    assert.deepEqual(states(report).filter((one) => one !== "failed").length, 1);
    // What was there already is found, and is whole now.
    const items = bin(fake, "Board", "a").items;
    assert.deepEqual(items.map((one) => [one.name, one.markers.length]), [["a", 2]]);
    clean(fake);
  });
}

test("what is not there", async () => {
  const board = new Board(["a"]).write();
  const { fake, host } = start(board);
  const folder = board.shotFolder("a");
  const code = (wanted) => (error) => error instanceof HostError && error.code === wanted && error.remedy !== null;
  await assert.rejects(host.updateShot({ folder, storyboard: "Board" }), code("premiere.shot_unknown"));
  assert.equal(fake.model.root.items.length, 0);
  await assert.rejects(host.importShot({ folder: path.join(folder, "no") }), code("premiere.file_missing"));
  await assert.rejects(host.importSequence({ folder }, () => {}), code("premiere.file_missing"));
  fs.writeFileSync(path.join(folder, "manifest.json"), "{");
  await assert.rejects(host.importShot({ folder }), code("premiere.file_broken"));
  for (const wrong of [{}, null, [], { schema: "multiplane/manifest/1", shot_id: "a", comp: { duration_frames: 0 } }]) {
    await assert.rejects(host.importShot({ folder, manifest: wrong ?? undefined }),
      (error) => ["premiere.manifest", "premiere.file_broken"].includes(error.code));
  }
  const without = { ...board.manifest(board.shots[0]), files: { preview: null } };
  await assert.rejects(host.importShot({ folder, manifest: without }), code("premiere.no_preview"));
  fs.writeFileSync(path.join(board.out, "sequence.json"), "{\"schema\": \"multiplane/sequence/9\"}");
  await assert.rejects(host.importSequence({ folder: board.out }, () => {}), code("premiere.sequence_unknown"));
  fake.model.open = false;
  await assert.rejects(host.importShot({ folder }), code("premiere.no_project"));
  assert.deepEqual(await host.hostInfo(), { host: "premiere", title: "Premiere", version: "26.3.0", project: null, advice: null });
});

test("paths of Windows keep their slashes", () => {
  const { join } = load("hosts/uxp/files.js");
  assert.equal(join("C:\\out\\shots", "a/b.png"), "C:\\out\\shots\\a\\b.png");
  assert.equal(join("\\\\server\\share\\", "a/b"), "\\\\server\\share\\a\\b");
  assert.equal(join("C:/out", "a/b"), "C:/out/a/b");
  assert.equal(join("/out/", "a/b"), "/out/a/b");
  assert.equal(join("/out\\odd", "a"), "/out\\odd/a");
});

test("the stand-in can refuse", async () => {
  const { module, model, seen } = premiere();
  const project = await module.Project.getActiveProject();
  const root = await project.getRootItem();
  assert.throws(() => root.createBinAction("a", false), /lockedAccess/);
  project.lockedAccess(() => root.createBinAction("a", false));
  assert.equal(model.root.items.length, 0, "an action that is not executed does nothing");
  let done;
  project.lockedAccess(() => {
    const fine = root.createBinAction("a", false);
    const wrong = root.createMoveItemAction({ target: {} }, root);
    done = project.executeTransaction((all) => { all.addAction(fine); all.addAction(wrong); }, "both");
  });
  assert.equal(done, false);
  assert.equal(model.root.items.length, 0, "whole or not at all");
  assert.equal(seen.misuse.length, 2);
  assert.throws(() => module.TickTime.createWithTicks(12), TypeError);
  assert.throws(() => module.TickTime.createWithTicks("1.5"), TypeError);
});

test("the server is found by the files that it leaves", async () => {
  const home = fs.mkdtempSync(path.join(os.tmpdir(), "multiplane-"));
  const { findServer } = load("hosts/uxp/server_place.js");
  const places = { darwin: "Library/Application Support/multiplane", win32: "AppData/Local/multiplane" };
  for (const [platform, place] of Object.entries(places)) {
    const system = { homedir: () => home, platform: () => platform };
    const folder = path.join(home, place);
    await assert.rejects(findServer(uxpFs, system), (error) => error.code === "server.not_running" && error.file.endsWith("/port"));
    fs.mkdirSync(folder, { recursive: true });
    fs.writeFileSync(path.join(folder, "port"), "9100\n");
    await assert.rejects(findServer(uxpFs, system), (error) => error.code === "server.no_token");
    fs.writeFileSync(path.join(folder, "token"), "secret\n");
    fs.writeFileSync(path.join(folder, "server.json"), JSON.stringify({ host: "127.0.0.1", scheme: "http", pid: 1 }));
    assert.deepEqual(await findServer(uxpFs, system), { url: "http://127.0.0.1:9100", token: "secret", folder });
    assert.equal((await findServer(uxpFs, { homedir: () => "/no", platform: () => platform }, folder)).token, "secret");
  }
});
