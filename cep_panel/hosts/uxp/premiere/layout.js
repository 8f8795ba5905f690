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

/** What we left there: by shot. @typedef {Record<string, Lying>} Left */

/**
 * @typedef {object} Layout
 * @property {Array<{clip: number, by: number}>} moves  in this order; `clip` counts in what lies there
 * @property {Array<{clip: number, end: number}>} trims  after the moves
 * @property {Array<Wanted & {track: number}>} places  new ones
 * @property {Array<{shot: string, what: string}>} kept
 * @property {Array<{shot: string, clip: number}>} retired  of shots that the storyboard has no more
 * @property {Left} left  what will lie there of ours, and what is no longer ours
 */

/**
 * @param {Wanted[]} wanted  in the storyboard's order
 * @param {Lying[]} lying
 * @param {Left} left  from the last time
 * @returns {Layout}
 */
export function planLayout(wanted, lying, left) {
  /** @type {Layout} */
  const layout = { moves: [], trims: [], places: [], kept: [], retired: [], left: {} };
  /** @type {Array<{clip: number, from: Lying, to: Wanted}>} */
  const ours = [];
  /** @type {Wanted[]} */
  const fresh = [];
  for (const one of wanted) {
    const before = left[one.shot];
    if (!before) {
      fresh.push(one);
      continue;
    }
    const clip = lying.findIndex((found) => isAs(found, before));
    if (clip >= 0) ours.push({ clip, from: lying[clip], to: one });
    else {
      const here = lying.some((found) => found.item === before.item);
      layout.kept.push({ shot: one.shot, what: here ? "where it lies" : "that it was taken out" });
      layout.left[one.shot] = before;
    }
  }
  const moved = ours.filter(({ from, to }) => from.start !== to.start);
  layout.moves = ordered(moved, lying);
  layout.trims = ours
    .filter(({ from, to }) => from.end - from.start !== to.end - to.start)
    .map(({ clip, to }) => ({ clip, end: to.end }));
  for (const { from, to } of ours) {
    layout.left[to.shot] = { item: from.item, track: from.track, start: to.start, end: to.end };
  }
  retire(layout, wanted, lying, left);
  place(layout, fresh, lying, ours);
  return layout;
}

/**
 * Moves in an order in which none lands on a clip that has still to go: to the right from the last
 * one, to the left from the first. Where shots changed their order none is safe, so all go behind
 * the end first, and from there to their places.
 * @param {Array<{clip: number, from: Lying, to: Wanted}>} moved
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
 */
function retire(layout, wanted, lying, left) {
  for (const [shot, before] of Object.entries(left)) {
    if (wanted.some((one) => one.shot === shot)) continue;
    const clip = lying.findIndex((found) => isAs(found, before));
    if (clip >= 0) layout.retired.push({ shot, clip });
    layout.left[shot] = before;
  }
}

/**
 * @param {Layout} layout
 * @param {Wanted[]} fresh
 * @param {Lying[]} lying
 * @param {Array<{clip: number, to: Wanted}>} ours
 */
function place(layout, fresh, lying, ours) {
  /** @type {Array<{track: number, start: number, end: number}>} */
  const taken = lying.map((one, clip) => {
    const mine = ours.find((other) => other.clip === clip);
    return mine ? { track: one.track, start: mine.to.start, end: mine.to.end } : one;
  });
  for (const one of fresh) {
    let track = 0;
    while (taken.some((other) => other.track === track && other.start < one.end && one.start < other.end)) {
      track += 1;
    }
    taken.push({ track, start: one.start, end: one.end });
    layout.places.push({ ...one, track });
    layout.left[one.shot] = { item: one.item, track, start: one.start, end: one.end };
  }
}

/** @param {Lying} a @param {Lying} b */
function isAs(a, b) {
  return a.item === b.item && a.track === b.track && a.start === b.start && a.end === b.end;
}
