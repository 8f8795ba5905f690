// Where clips go in a sequence, worked out before anything is touched. Ours are those that lie as
// we left them; what an editor moved, cut or took away is theirs and stays. No clip of theirs is
// ever overwritten: where its place is taken, a clip of ours goes to a track above.

/**
 * A clip that lies in the sequence now.
 * @typedef {object} Lying
 * @property {string} item  id of its project item
 * @property {number} track
 * @property {number} start  ticks
 * @property {number} end  ticks
 */

/**
 * What ought to lie there.
 * @typedef {object} Wanted
 * @property {string} shot
 * @property {string} item
 * @property {number} start
 * @property {number} end
 */

/** What we left there: by shot. @typedef {Record<string, Lying & {retired?: boolean}>} Left */

/** @typedef {{clip: number, from: Lying, to: Wanted}} Ours */

/**
 * @typedef {object} Layout
 * @property {Array<{clip: number, end: number}>} shrinks  before the moves; `clip` counts in what
 *   lies there
 * @property {Array<{clip: number, by: number}>} moves  in this order
 * @property {Array<{clip: number, end: number}>} grows  after the moves
 * @property {Array<Wanted & {track: number}>} places  new ones
 * @property {Array<{shot: string, what: string}>} kept
 * @property {Array<{shot: string, clip: number}>} retired  of shots that the storyboard has no more
 * @property {Array<{shot: string, clip: number}>} recalled  of shots that it has again
 * @property {Left} left  what will lie there of ours, and what is no longer ours
 */

/**
 * @param {Wanted[]} wanted  in the storyboard's order
 * @param {Lying[]} lying
 * @param {Left} left  from the last time
 * @param {Set<string>} shots  of the storyboard; one without a clip this time keeps its earlier one
 * @param {number} [lowest]  track for new clips
 * @returns {Layout}
 */
export function planLayout(wanted, lying, left, shots, lowest = 0) {
  /** @type {Layout} */
  const layout = {
    shrinks: [], moves: [], grows: [], places: [], kept: [], retired: [], recalled: [], left: {},
  };
  /** @type {Ours[]} */
  const found = [];
  /** @type {Wanted[]} */
  const fresh = [];
  for (const one of wanted) {
    // Where nothing was kept, what shows the shot already is taken for it: no clip comes twice.
    const before = left[one.shot] ?? lying.find((other) => other.item === one.item);
    const clip = before ? lying.findIndex((other) => isAs(other, before)) : -1;
    const isStrange = !left[one.shot] && before !== undefined && before.start !== one.start;
    if (!before) fresh.push(one);
    else if (clip >= 0 && !isStrange) found.push({ clip, from: lying[clip], to: one });
    else {
      const here = lying.some((other) => other.item === before.item);
      layout.kept.push({ shot: one.shot, what: here ? "where it lies" : "that it was taken out" });
      layout.left[one.shot] = before;
    }
  }
  const ours = movable(found, lying);
  for (const one of found.filter((other) => !ours.includes(other))) {
    layout.kept.push({ shot: one.to.shot, what: "where it lies, because another clip has its new place" });
    layout.left[one.to.shot] = left[one.to.shot] ?? one.from;
  }
  for (const { clip, from, to } of ours) {
    const length = to.end - to.start;
    if (from.end - from.start > length) layout.shrinks.push({ clip, end: from.start + length });
    if (from.end - from.start < length) layout.grows.push({ clip, end: to.end });
    if (left[to.shot]?.retired) layout.recalled.push({ shot: to.shot, clip });
    layout.left[to.shot] = { item: from.item, track: from.track, start: to.start, end: to.end };
  }
  layout.moves = ordered(ours.filter(({ from, to }) => from.start !== to.start), lying);
  leaveOrRetire(layout, wanted, lying, left, shots);
  place(layout, fresh, lying, ours, lowest);
  return layout;
}

/**
 * Those whose new place is free of everything that will not move away.
 * @param {Ours[]} found
 * @param {Lying[]} lying
 * @returns {Ours[]}
 */
function movable(found, lying) {
  let ours = found;
  for (;;) {
    const staying = lying.filter((_, clip) => !ours.some((one) => one.clip === clip));
    const free = ours.filter(({ from, to }) =>
      !staying.some((other) => other.track === from.track && overlap(other, to)));
    if (free.length === ours.length) return ours;
    ours = free;
  }
}

/**
 * Moves in an order in which none lands on a clip that has still to go: to the right from the last
 * one, to the left from the first. Where shots changed their order none is safe, so all go behind
 * the end first, and from there to their places.
 * @param {Ours[]} moved
 * @param {Lying[]} lying
 */
function ordered(moved, lying) {
  const by = moved.map(({ clip, from, to }) => ({ clip, from, by: to.start - from.start }));
  const sorted = [...moved].sort((a, b) => a.from.start - b.from.start);
  const sameOrder = sorted.every((one, i) => i === 0 || sorted[i - 1].to.start < one.to.start);
  if (sameOrder) {
    const right = by.filter((one) => one.by > 0).sort((a, b) => b.from.start - a.from.start);
    const left = by.filter((one) => one.by < 0).sort((a, b) => a.from.start - b.from.start);
    return [...right, ...left].map(({ clip, by: ticks }) => ({ clip, by: ticks }));
  }
  const end = Math.max(...lying.map((one) => one.end), ...moved.map(({ to }) => to.end));
  return [
    ...by.map((one) => ({ clip: one.clip, by: end + one.by })),
    ...by.map((one) => ({ clip: one.clip, by: -end })),
  ];
}

/**
 * @param {Layout} layout
 * @param {Wanted[]} wanted
 * @param {Lying[]} lying
 * @param {Left} left
 * @param {Set<string>} shots
 */
function leaveOrRetire(layout, wanted, lying, left, shots) {
  for (const [shot, before] of Object.entries(left)) {
    if (wanted.some((one) => one.shot === shot)) continue;
    if (shots.has(shot)) {
      layout.left[shot] = before;
      continue;
    }
    const clip = lying.findIndex((found) => isAs(found, before));
    // Once only: an editor who switches it on again is right.
    if (clip >= 0 && !before.retired) layout.retired.push({ shot, clip });
    layout.left[shot] = { ...before, retired: true };
  }
}

/**
 * @param {Layout} layout
 * @param {Wanted[]} fresh
 * @param {Lying[]} lying
 * @param {Ours[]} ours
 * @param {number} lowest
 */
function place(layout, fresh, lying, ours, lowest) {
  /** @type {Array<{track: number, start: number, end: number}>} */
  const taken = lying.map((one, clip) => {
    const mine = ours.find((other) => other.clip === clip);
    return mine ? { track: one.track, start: mine.to.start, end: mine.to.end } : one;
  });
  for (const one of fresh) {
    let track = lowest;
    while (taken.some((other) => other.track === track && overlap(other, one))) {
      track += 1;
    }
    taken.push({ track, start: one.start, end: one.end });
    layout.places.push({ ...one, track });
    layout.left[one.shot] = { item: one.item, track, start: one.start, end: one.end };
  }
}

/** @param {{start: number, end: number}} a @param {{start: number, end: number}} b */
function overlap(a, b) {
  return a.start < b.end && b.start < a.end;
}

/** @param {Lying} a @param {Lying} b */
function isAs(a, b) {
  return a.item === b.item && a.track === b.track && a.start === b.start && a.end === b.end;
}
