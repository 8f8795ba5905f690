// States and troubles of the server in words.

import { isDrawing } from "../board/shot.js";
import { ENDED } from "../state/jobs.js";
import { named, t } from "../text/text.js";
import { textInWords } from "../text/told.js";

/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("../../../shared_schema/multiplane").JobView} JobView */

/**
 * What a shot does, in a line.
 * @param {ShotView} shot
 * @param {unknown} [entry]  of its storyboard, where it is known
 * @param {boolean} [online]  whether the server would tell of anything new
 */
export function ofShot(shot, entry, online = true) {
  if (shot.state === "running") {
    const what = running(shot, isDrawing(entry));
    return online ? what : t("state.last_heard", { what });
  }
  return shot.state === "finished" ? finished(shot) : named("state.", shot.state);
}

/** @param {ShotView} shot @param {boolean} drawn  nothing of it is painted */
function running({ step, done, total, cut }, drawn) {
  const doing = cut ? "film" : step === "generate" && drawn ? "read" : step;
  const what = doing === null ? t("making.starting") : named("making.", doing);
  return done === null || total === null || total === 0 ? what : t("making.count", { what, done, total });
}

/** @param {ShotView} shot */
function finished({ layers, reused, seconds }) {
  const parts = [];
  if (layers !== null) parts.push(t("state.layers", { n: layers }));
  if (reused) parts.push(t("state.reused"));
  else if (seconds !== null) parts.push(lasting(seconds));
  return parts.join(" · ") || t("state.finished");
}

/**
 * What a storyboard does, in a line.
 * @param {JobView} job
 * @param {number | null} [left]  seconds until it is made, if anybody knows
 * @param {boolean} [online]  whether the server would tell of anything new
 */
export function ofJob(job, left = null, online = true) {
  const { counts } = job;
  const note = job.note ? textInWords(job.note) : null;
  const some = t("job.made", { done: counts.finished ?? 0, total: job.shots });
  const made = counts.failed ? t("job.failed", { made: some, n: counts.failed }) : some;
  if (!online && !ENDED.has(job.state)) return t("job.last_heard", { made });
  switch (job.state) {
    case "finished":
      return job.shots === 1 ? t("job.one") : t("job.all", { n: job.shots });
    case "failed":
      return job.error ? t("job.unwritten") : made;
    case "cancelled":
      return t(job.delivery === "cancelled" ? "job.writing_cancelled" : "job.cancelled", { made: some });
    case "delivering":
      return t("job.writing");
    case "queued":
      return note ?? (job.position ? t("job.position", { n: job.position }) : t("state.queued"));
    default: {
      const rest = left === null ? [] : [left < 1 ? t("job.nearly") : t("job.left", { time: lasting(left) })];
      return [made, ...(note ? [note] : []), ...rest].join(" · ");
    }
  }
}

/** @param {number} seconds */
export function lasting(seconds) {
  if (seconds < 90) return t("time.seconds", { n: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return t("time.minutes", { n: Math.round(seconds / 60) });
  return t("time.hours", { n: Math.round(seconds / 360) / 10 });
}

/**
 * Where a trouble is, in a line; "" where nobody knows.
 * @param {import("../trouble.js").Trouble} trouble
 */
export function placeOf({ file, field, value }) {
  const parts = [file, field].filter((part) => part !== null && part !== "");
  if (value !== null && value !== undefined && value !== "") {
    // The server shows texts as Python writes them.
    parts.push(typeof value === "string" ? value.replace(/^'(.*)'$/, "$1") : JSON.stringify(value));
  }
  return parts.join(" · ");
}

/** A trouble's sentences: what is wrong, and what to do. @param {import("../trouble.js").Trouble} trouble */
export function sentencesOf({ message, remedy }) {
  return remedy ? [message, remedy] : [message];
}

/** The name of a camera preset; of one that the catalogue lacks: "push_in" -> "Push in". @param {string} name */
export function presetTitle(name) {
  const words = name.replace(/_/g, " ");
  return named("preset.", name, words.charAt(0).toUpperCase() + words.slice(1));
}
