// Dialogue, action and notes as markers. Ours are those that are still as we wrote them; one that
// an editor changed or took away stays as it is, and is not written anew.

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Markers} Markers */

/**
 * @typedef {object} Note
 * @property {string} name  such as "Dialogue"
 * @property {string} text
 * @property {string} start  ticks
 * @property {string} duration  ticks
 */

const LABELS = ["Dialogue", "Action", "Notes"];

/**
 * A manifest's marker as a note: its label becomes the name.
 * @param {{text: string}} marker
 * @returns {{name: string, text: string}}
 */
export function named(marker) {
  for (const label of LABELS) {
    if (marker.text.startsWith(`${label}: `)) {
      return { name: label, text: marker.text.slice(label.length + 2) };
    }
  }
  return { name: "Note", text: marker.text };
}

/**
 * What has to be done so that `wanted` stand there.
 * @param {Markers} markers
 * @param {Note[]} wanted
 * @param {Note[]} earlier  what was written the last time
 * @returns {{gone: import("@adobe/premierepro").Marker[], fresh: Note[], kept: string[], record: Note[]}}
 *   kept: the names of those that an editor changed
 */
export function planMarkers(markers, wanted, earlier) {
  const there = [...markers.getMarkers()];
  /** @type {import("@adobe/premierepro").Marker[]} */
  const gone = [];
  /** @type {Note[]} */
  const theirs = [];
  for (const note of earlier) {
    const at = there.findIndex((marker) => isAs(marker, note));
    if (at >= 0) gone.push(...there.splice(at, 1));
    else theirs.push(note);
  }
  const free = wanted.filter((note) => !theirs.some((other) => other.name === note.name && other.start === note.start));
  // What is right already is left where it is, also where nobody remembers who put it there.
  const same = free.filter((note) => [...gone, ...there].some((marker) => isAs(marker, note)));
  return {
    gone: gone.filter((marker) => !same.some((note) => isAs(marker, note))),
    fresh: free.filter((note) => !same.includes(note)),
    kept: theirs.map((note) => note.name),
    record: [...free, ...theirs],
  };
}

/**
 * The actions of a plan; to be called within a transaction.
 * @param {Premiere} premiere
 * @param {Markers} markers
 * @param {ReturnType<typeof planMarkers>} plan
 * @returns {object[]}
 */
export function markerActions(premiere, markers, plan) {
  const { TickTime, Marker } = premiere;
  return [
    ...plan.gone.map((marker) => markers.createRemoveMarkerAction(marker)),
    ...plan.fresh.map((note) =>
      markers.createAddMarkerAction(
        note.name,
        Marker.MARKER_TYPE_COMMENT,
        TickTime.createWithTicks(note.start),
        TickTime.createWithTicks(note.duration),
        note.text,
      )),
  ];
}

/**
 * The colours of markers that were just written; a marker has to be there before it gets one.
 * @param {Premiere} premiere
 * @param {Markers} markers
 * @param {Note[]} fresh
 * @returns {object[]}
 */
export function colourActions(premiere, markers, fresh) {
  const { GREEN, ORANGE, YELLOW, BLUE } = premiere.Constants.MarkerColor;
  /** @type {Record<string, number>} */
  const colours = { Dialogue: GREEN, Action: ORANGE, Notes: YELLOW };
  return markers.getMarkers()
    .filter((marker) => fresh.some((note) => isAs(marker, note)))
    .map((marker) => marker.createSetColorByIndexAction(colours[marker.getName()] ?? BLUE));
}

/**
 * @param {import("@adobe/premierepro").Marker} marker
 * @param {Note} note
 */
function isAs(marker, note) {
  return marker.getName() === note.name && sameText(marker.getComments(), note.text) &&
    marker.getStart().ticks === note.start && marker.getDuration().ticks === note.duration;
}

/**
 * Whatever line ends the host gives back.
 * @param {string} one
 * @param {string} other
 */
function sameText(one, other) {
  return one.replace(/\r\n?/g, "\n") === other.replace(/\r\n?/g, "\n");
}
