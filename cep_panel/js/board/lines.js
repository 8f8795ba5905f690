// Prompts as text, one shot a line. A line keeps its camera and its shot's id through edits of the
// lines around it, so that importing again brings the same comp up to date.

/** @typedef {{text: string, id: string, camera: string | null}} Line  camera null: that of all shots */

const ENDS = /\r\n|[\n\r\u2028\u2029]/;
const BULLET = /^(?:[-*•–]|\d+[.)])\s+/;

/**
 * What each line says, without bullets and numbers; empty ones are left out.
 * @param {string} text
 * @returns {string[]}
 */
export function promptsIn(text) {
  return text
    .split(ENDS)
    .map((line) => line.trim().replace(BULLET, "").trim())
    .filter((line) => line !== "");
}

/**
 * The lines after an edit. One that says the same is the same line; one that says something else
 * takes the place of one that is gone, as far as there are.
 * @param {Line[]} before
 * @param {string[]} prompts
 * @returns {Line[]}
 */
export function edited(before, prompts) {
  const most = Math.min(before.length, prompts.length);
  let head = 0;
  while (head < most && before[head].text === prompts[head]) head += 1;
  let tail = 0;
  while (tail < most - head && before[before.length - 1 - tail].text === prompts[prompts.length - 1 - tail]) tail += 1;
  const left = before.slice(head, before.length - tail);
  const same = prompts.slice(head, prompts.length - tail).map((text) => {
    const at = left.findIndex((line) => line.text === text);
    return at < 0 ? null : left.splice(at, 1)[0];
  });
  const ids = idsAfter(before);
  const between = same.map((line, index) => {
    const text = prompts[head + index];
    const old = line ?? left.shift();
    return old ? { ...old, text } : { text, id: ids(), camera: null };
  });
  return [...before.slice(0, head), ...between, ...before.slice(before.length - tail)];
}

/**
 * Gives ids that no line has had: shot-001 and so on.
 * @param {Line[]} lines
 */
function idsAfter(lines) {
  let last = lines.reduce((most, line) => Math.max(most, Number(line.id.slice("shot-".length)) || 0), 0);
  return () => {
    last += 1;
    return `shot-${String(last).padStart(3, "0")}`;
  };
}
