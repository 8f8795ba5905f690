// A stand-in for require("premierepro"): as much of it as the adapter uses, with the rules that
// Adobe documents. Where nothing is documented it refuses, or does both ways in turn, so that the
// adapter cannot rely on it. Sources:
//   TYPES    @adobe/premierepro 26.3.0, premierepro.d.ts and its comments
//   CHANGES  Adobe's change log of the Premiere API, 26.3.0
//   SAMPLES  AdobeDocs/uxp-premiere-pro-samples, how Adobe calls it
//   OPEN     nowhere said

export const TICKS_PER_SECOND = 254016000000; // Premiere's scripting reference: Time object

/** TYPES: "Constructs a TickTime object with ticks as a string." */
class TickTime {
  constructor(ticks) {
    this.ticksNumber = ticks;
  }

  static createWithTicks(ticks) {
    if (typeof ticks !== "string" || !/^-?[0-9]+$/.test(ticks)) throw new TypeError(`no ticks: ${ticks}`);
    return new TickTime(Number(ticks));
  }

  get ticks() {
    return String(this.ticksNumber);
  }

  get seconds() {
    return this.ticksNumber / TICKS_PER_SECOND;
  }
}

class FrameRate {
  constructor(ticksPerFrame) {
    this.ticksPerFrame = ticksPerFrame;
  }

  /** OPEN: whether 23.976 is taken for 24000/1001; here it is not. */
  static createWithValue(value) {
    return new FrameRate(Math.round(TICKS_PER_SECOND / value));
  }
}

let counter = 0;
const newId = (kind) => `${kind}-${(counter += 1)}`;

/**
 * @param {object} [rules]
 *   castThrows: casting to another kind throws; else it gives undefined (OPEN)
 *   keepsNothing: properties cannot be set (TYPES: "This method can fail")
 *   lineEnd: what markers have between lines when they are read (OPEN)
 *   refuses: (undo, n) => boolean, transactions that return false (TYPES: returns boolean)
 *   refusesImport: (path) => boolean
 */
export function premiere(rules = {}) {
  /** What tests look at. */
  const seen = { undo: [], misuse: [], dialogs: 0, imports: [], refreshed: [], relinked: [] };
  let locked = 0;
  let transactions = 0;

  class Action {
    constructor(run) {
      this.run = run; // does it and returns what undoes it
    }
  }

  /** CHANGES: "Action instances ... must now be created inside a project.lockedAccess() block". */
  const action = (name, run) => {
    if (locked === 0) {
      seen.misuse.push(`${name} outside of lockedAccess`);
      throw new Error(`${name} must be called inside lockedAccess`);
    }
    return new Action(run);
  };
  const set = (target, key, value) => () => {
    const before = target[key];
    target[key] = value;
    return () => { target[key] = before; };
  };

  // ---- What the project is made of

  const model = {
    root: { id: newId("bin"), kind: "bin", name: "", items: [], parent: null },
    sequences: [],
    properties: new Map(),
    path: "/projects/film.prproj",
    open: true,
  };
  const properties = (owner) => {
    if (!model.properties.has(owner)) model.properties.set(owner, {});
    return model.properties.get(owner);
  };
  const put = (parent, item) => {
    item.parent = parent;
    parent.items.push(item);
    return item;
  };

  // ---- Items. Each look gives new objects: two of one item are not ===.

  class Item {
    constructor(target) {
      Object.defineProperty(this, "target", { value: target });
    }

    get name() {
      return this.target.name;
    }

    createSetNameAction(name) {
      return action("createSetNameAction", set(this.target, "name", name));
    }

    createSetColorLabelAction(index) {
      return action("createSetColorLabelAction", set(this.target, "label", index));
    }
  }

  const cast = (Kind, fits, Class) => (item) => {
    if (!(item instanceof Item)) throw new TypeError(`${Kind}.cast takes an item`);
    if (fits(item.target)) return new Class(item.target);
    if (rules.castThrows) throw new Error(`this is no ${Kind}`);
    return undefined;
  };

  class ProjectItem extends Item {
    getId() {
      return this.target.id;
    }
  }

  class FolderItem extends Item {
    async getItems() {
      return this.target.items.map((one) => new ProjectItem(one));
    }

    createBinAction(name, makeUnique) {
      return action("createBinAction", () => {
        // TYPES: makeUnique; Adobe's programs allow two bins of one name.
        const unique = makeUnique && this.target.items.some((one) => one.name === name);
        const bin = { id: newId("bin"), kind: "bin", name: unique ? `${name} 01` : name, items: [] };
        put(this.target, bin);
        return () => { this.target.items.splice(this.target.items.indexOf(bin), 1); };
      });
    }

    createMoveItemAction(item, parent) {
      if (!(parent instanceof FolderItem)) throw new TypeError("a bin is moved into a FolderItem");
      return action("createMoveItemAction", () => {
        const from = item.target.parent;
        if (from !== this.target) throw new Error("the item is not in this bin");
        from.items.splice(from.items.indexOf(item.target), 1);
        put(parent.target, item.target);
        return () => {
          parent.target.items.splice(parent.target.items.indexOf(item.target), 1);
          put(from, item.target);
        };
      });
    }
  }

  class ClipProjectItem extends Item {
    async getMediaFilePath() {
      return this.target.path;
    }

    async isOffline() {
      return this.target.offline === true;
    }

    /** TYPES: "returns true if successful. Not undoable." */
    async changeMediaFilePath(path) {
      seen.relinked.push(path);
      this.target.path = path;
      this.target.offline = false;
      return true;
    }

    async refreshMedia() {
      seen.refreshed.push(this.target.path);
      return true;
    }

    async getInPoint() {
      return new TickTime(0);
    }

    async getOutPoint() {
      return new TickTime(this.target.length);
    }
  }

  // ---- Markers

  class Marker {
    constructor(target) {
      Object.defineProperty(this, "target", { value: target });
    }

    getName() { return this.target.name; }
    getComments() { return this.target.comments.replaceAll("\n", rules.lineEnd ?? "\n"); }
    getStart() { return new TickTime(this.target.start); }
    getDuration() { return new TickTime(this.target.duration); }

    createSetColorByIndexAction(index) {
      return action("createSetColorByIndexAction", set(this.target, "colour", index));
    }
  }

  class Markers {
    constructor(owner) {
      owner.markers ??= [];
      this.list = owner.markers;
    }

    getMarkers() {
      return this.list.map((one) => new Marker(one));
    }

    createAddMarkerAction(name, type, start, duration, comments) {
      if (!(start instanceof TickTime) || !(duration instanceof TickTime)) throw new TypeError("TickTime wanted");
      return action("createAddMarkerAction", () => {
        const marker = { name, type, start: start.ticksNumber, duration: duration.ticksNumber, comments };
        this.list.push(marker);
        return () => { this.list.splice(this.list.indexOf(marker), 1); };
      });
    }

    createRemoveMarkerAction(marker) {
      return action("createRemoveMarkerAction", () => {
        const at = this.list.indexOf(marker.target);
        if (at < 0) throw new Error("the marker is gone");
        this.list.splice(at, 1);
        return () => { this.list.splice(at, 0, marker.target); };
      });
    }
  }

  // ---- Sequences

  class TrackItem {
    constructor(target, track) {
      Object.defineProperty(this, "target", { value: target });
      Object.defineProperty(this, "track", { value: track });
    }

    async getProjectItem() { return new ProjectItem(this.target.source); }
    async getStartTime() { return new TickTime(this.target.start); }
    async getEndTime() { return new TickTime(this.target.end); }

    #place(start, end) {
      const { target, track } = this;
      if (!track.items.includes(target)) throw new Error("the clip is gone");
      // OPEN: what happens to a clip that another is moved onto. So nothing may be.
      const other = track.items.find((one) => one !== target && one.start < end && start < one.end);
      if (other || start < 0 || end <= start) throw new Error("the place is taken");
      const before = [target.start, target.end];
      [target.start, target.end] = [start, end];
      return () => { [target.start, target.end] = before; };
    }

    /** TYPES: "moves the inPoint of the track item to a new time, by shifting it". */
    createMoveAction(by) {
      if (!(by instanceof TickTime)) throw new TypeError("TickTime wanted");
      return action("createMoveAction", () =>
        this.#place(this.target.start + by.ticksNumber, this.target.end + by.ticksNumber));
    }

    createSetEndAction(end) {
      return action("createSetEndAction", () => this.#place(this.target.start, end.ticksNumber));
    }

    createSetDisabledAction(disabled) {
      return action("createSetDisabledAction", set(this.target, "disabled", disabled));
    }
  }

  class Sequence {
    constructor(target) {
      Object.defineProperty(this, "target", { value: target });
      this.guid = { toString: () => target.guid };
    }

    get name() { return this.target.item.name; }
    async getProjectItem() { return new ProjectItem(this.target.item); }
    async getTimebase() { return String(this.target.timebase); }
    async getVideoTrackCount() { return this.target.video.length; }
    async getAudioTrackCount() { return this.target.audio.length; }

    async #track(list, index) {
      const track = list[index];
      return {
        getTrackItems: (type, empty) => {
          if (type !== Constants.TrackItemType.CLIP || empty !== false) throw new TypeError("CLIP, false");
          return track.items.map((one) => new TrackItem(one, track));
        },
      };
    }

    getVideoTrack(index) { return this.#track(this.target.video, index); }
    getAudioTrack(index) { return this.#track(this.target.audio, index); }

    async getSettings() {
      const settings = { rate: new FrameRate(this.target.timebase), rect: { ...this.target.size } };
      return {
        settings,
        getVideoFrameRate: () => settings.rate,
        setVideoFrameRate: (rate) => {
          if (!(rate instanceof FrameRate)) throw new TypeError("FrameRate wanted");
          settings.rate = rate;
          return true;
        },
        getVideoFrameRect: async () => ({ ...settings.rect }),
        setVideoFrameRect: async (rect) => { settings.rect = { ...rect }; return true; },
      };
    }

    createSetSettingsAction({ settings }) {
      return action("createSetSettingsAction", () => {
        const before = [this.target.timebase, this.target.size];
        this.target.timebase = settings.rate.ticksPerFrame;
        this.target.size = settings.rect;
        return () => { [this.target.timebase, this.target.size] = before; };
      });
    }
  }

  const newSequence = (name, timebase, parent) => {
    const guid = newId("sequence");
    const item = put(parent, { id: newId("item"), kind: "sequence", name });
    const target = {
      guid, item, timebase, size: { width: 1920, height: 1080 },
      video: [{ items: [] }], audio: [{ items: [] }],
    };
    model.sequences.push(target);
    return target;
  };

  /** The track of this index, made when it is the next one. */
  const trackAt = (list, index, mayMake, undo) => {
    if (index === list.length && mayMake) {
      list.push({ items: [] });
      undo.push(() => list.pop());
    }
    if (!list[index]) throw new Error(`there is no track ${index}`);
    return list[index];
  };
  const lay = (sequence, item, time, video, audio, { make, shift }) => {
    if (!(item instanceof ProjectItem) || !(time instanceof TickTime)) throw new TypeError("item and TickTime");
    const undo = [];
    const source = item.target;
    const lists = [];
    if (source.hasVideo) lists.push([sequence.video, video]);
    if (source.hasAudio) lists.push([sequence.audio, audio]);
    for (const [list, index] of lists) {
      const track = trackAt(list, index, make, undo);
      const clip = { source, start: time.ticksNumber, end: time.ticksNumber + source.length };
      const before = track.items.map((one) => ({ ...one }));
      const items = [...track.items];
      if (shift) {
        for (const one of items) if (one.start >= clip.start) { one.start += source.length; one.end += source.length; }
      } else {
        for (const one of [...items]) {
          if (one.start >= clip.end || clip.start >= one.end) continue;
          // What is overwritten is cut, or goes.
          if (one.start < clip.start) one.end = clip.start;
          else if (one.end > clip.end) one.start = clip.end;
          else items.splice(items.indexOf(one), 1);
        }
      }
      const original = [...track.items];
      track.items.splice(0, track.items.length, ...items, clip);
      undo.push(() => {
        track.items.splice(0, track.items.length, ...original);
        original.forEach((one, i) => Object.assign(one, before[i]));
      });
    }
    return () => { for (const one of undo.reverse()) one(); };
  };

  const getEditor = ({ target }) => ({
    /** TYPES: "If you pass a track index greater than the number of existing tracks, a new track". */
    createInsertProjectItemAction: (item, time, video, audio, limitShift) => {
      if (limitShift !== true) throw new Error("inserting moves the clips of all tracks");
      return action("createInsertProjectItemAction", () =>
        lay(target, item, time, video, audio, { make: true, shift: true }));
    },
    createOverwriteItemAction: (item, time, video, audio) =>
      action("createOverwriteItemAction", () => lay(target, item, time, video, audio, { make: false, shift: false })),
    createRemoveItemsAction: (selection, ripple) => {
      if (ripple !== false) throw new Error("rippling moves other clips");
      return action("createRemoveItemsAction", () => {
        const undo = selection.items.map((one) => {
          const at = one.track.items.indexOf(one.target);
          one.track.items.splice(at, 1);
          return () => one.track.items.splice(at, 0, one.target);
        });
        return () => undo.reverse().forEach((one) => one());
      });
    },
  });

  // ---- The project

  const project = {
    get path() { return model.path; },
    name: "film",
    async getRootItem() { return new FolderItem(model.root); },
    async getSequences() { return model.sequences.map((one) => new Sequence(one)); },

    /** TYPES: "Can call executeTransaction while having locked access." */
    lockedAccess(work) {
      locked += 1;
      try {
        work();
      } finally {
        locked -= 1;
      }
    },

    /** TYPES: "Execute undoable transaction by passing compound action", returns boolean. */
    executeTransaction(fill, undo) {
      if (typeof undo !== "string" || undo === "") seen.misuse.push("a transaction without a name");
      const actions = [];
      const compound = {
        addAction: (one) => {
          if (!(one instanceof Action)) return false;
          actions.push(one);
          return true;
        },
        get empty() { return actions.length === 0; },
      };
      fill(compound);
      transactions += 1;
      if (rules.refuses?.(undo, transactions)) return false;
      const undone = [];
      try {
        for (const one of actions) undone.push(one.run());
      } catch (error) {
        // Whole or not at all.
        for (const back of undone.reverse()) back();
        seen.misuse.push(`refused in a transaction: ${error.message}`);
        return false;
      }
      seen.undo.push(undo);
      return true;
    },

    /** TYPES: importFiles(filePaths, suppressUI, targetBin: ProjectItem, asNumberedStills). */
    async importFiles(paths, suppressUI, bin, stills) {
      if (!Array.isArray(paths) || !(bin instanceof ProjectItem) || stills === true) throw new TypeError("importFiles");
      if (suppressUI !== true) seen.dialogs += 1;
      for (const path of paths) {
        if (rules.refusesImport?.(path)) return false;
        seen.imports.push(path);
        const name = path.split(/[\\/]/).pop();
        const sound = name.endsWith(".wav");
        put(bin.target, {
          id: newId("item"), kind: "clip", name, path, hasVideo: !sound, hasAudio: sound,
          length: fake.lengths.get(path) ?? fake.length,
        });
      }
      return true;
    },

    /** TYPES: importAEComps(aepPath, compNames, TargetBin). */
    async importAEComps(path, names, bin) {
      if (!(bin instanceof ProjectItem)) throw new TypeError("importAEComps");
      seen.imports.push(path);
      for (const name of names) {
        put(bin.target, {
          id: newId("item"), kind: "clip", name: `${name}/${path.split("/").pop()}`, path,
          hasVideo: true, hasAudio: false, length: fake.length,
        });
      }
      return true;
    },

    /** TYPES: "Create a new sequence with the default preset path". */
    /** Reported by those who have the program: it opens a dialog. */
    async createSequence(name) {
      seen.dialogs += 1;
      return new Sequence(newSequence(name, 8475667200, model.root));
    },

    async createSequenceFromMedia(name, clips, bin) {
      if (!(bin instanceof ProjectItem)) throw new TypeError("a ProjectItem is the target");
      const target = newSequence(name, fake.timebase, bin.target);
      target.size = { ...fake.size };
      for (const clip of clips) {
        lay(target, new ProjectItem(clip.target), new TickTime(0), 0, 0, { make: false, shift: false });
      }
      return new Sequence(target);
    },

    async deleteSequence(sequence) {
      model.sequences.splice(model.sequences.indexOf(sequence.target), 1);
      const { item } = sequence.target;
      item.parent.items.splice(item.parent.items.indexOf(item), 1);
      return true;
    },
  };

  const Constants = {
    TrackItemType: { EMPTY: 0, CLIP: 1, TRANSITION: 2, PREVIEW: 3, FEEDBACK: 4 },
    MediaType: { ANY: 0, DATA: 1, VIDEO: 2, AUDIO: 3 },
    MarkerColor: { GREEN: 0, RED: 1, MAGNETA: 2, ORANGE: 3, YELLOW: 4, BLUE: 5, CYAN: 6 },
    PropertyType: { PERSISTENT: 0, NON_PERSISTENT: 1 },
  };
  const module = {
    Constants,
    TickTime,
    FrameRate,
    Project: {
      getActiveProject: async () => (model.open ? project : null),
    },
    ProjectItem: { cast: (item) => new ProjectItem(item.target) },
    FolderItem: { cast: cast("FolderItem", (one) => one.kind === "bin", FolderItem) },
    ClipProjectItem: { cast: cast("ClipProjectItem", (one) => one.kind !== "bin", ClipProjectItem) },
    Marker: { MARKER_TYPE_COMMENT: "Comment" },
    Markers: { getMarkers: async (owner) => new Markers(owner.target) },
    SequenceEditor: { getEditor },
    TrackItemSelection: {
      createEmptySelection: (use) => {
        const items = [];
        use({ items, addItem: (one) => { items.push(one); return true; } });
        return true;
      },
    },
    Properties: {
      getProperties: async (owner) => {
        const kept = properties(owner === project ? "project" : owner.target.guid);
        return {
          hasValue: (name) => name in kept,
          getValue: (name) => kept[name],
          createSetValueAction: (name, value, flag) => {
            if (rules.keepsNothing) throw new Error("these properties cannot be set by actions");
            if (flag !== Constants.PropertyType.PERSISTENT) seen.misuse.push("kept for this session only");
            return action("createSetValueAction", set(kept, name, value));
          },
        };
      },
    },
  };
  const fake = { module, model, seen, lengths: new Map(), length: 0, timebase: 0, rules };
  return fake;
}
