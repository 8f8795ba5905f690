// States and troubles of the server in words.

/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("../../../shared_schema/multiplane").JobView} JobView */

/** @type {Record<string, string>} */
const STEPS = {
  intake: "Reading",
  generate: "Painting",
  masks: "Finding what belongs to which word",
  mattes: "Cutting soft edges",
  depth: "Estimating depth",
  fill: "Filling what was hidden",
  stage: "Placing layers and camera",
  deliver: "Writing files",
};

/**
 * What a shot does, in a line.
 * @param {ShotView} shot
 */
export function ofShot(shot) {
  switch (shot.state) {
    case "queued":
      return "Waiting";
    case "running":
      return running(shot);
    case "finished":
      return finished(shot);
    case "cancelled":
      return "Cancelled";
    default:
      return "Failed";
  }
}

/** @param {ShotView} shot */
function running({ step, done, total }) {
  const word = step === null ? "Starting" : STEPS[step] ?? step;
  return done === null || total === null || total === 0 ? word : `${word}, ${done} of ${total}`;
}

/** @param {ShotView} shot */
function finished({ layers, reused, seconds }) {
  const parts = [];
  if (layers !== null) parts.push(`${layers} ${layers === 1 ? "layer" : "layers"}`);
  if (reused) parts.push("made before");
  else if (seconds !== null) parts.push(lasting(seconds));
  return parts.join(" · ") || "Finished";
}

/**
 * What a storyboard does, in a line.
 * @param {JobView} job
 * @param {number | null} [left]  seconds until it is made, if anybody knows
 */
export function ofJob(job, left = null) {
  const { counts } = job;
  const made = `${counts.finished ?? 0} of ${job.shots} made`;
  const failed = counts.failed ? `, ${counts.failed} failed` : "";
  switch (job.state) {
    case "finished":
      return job.shots === 1 ? "1 shot made" : `All ${job.shots} shots made`;
    case "failed":
      return job.error ? "The storyboard's files could not be written" : made + failed;
    case "cancelled":
      if (job.delivery === "cancelled") return `${made}; writing the files was cancelled`;
      return `Cancelled, ${made}`;
    case "delivering":
      return "Writing the storyboard's files";
    case "queued":
      return job.note ?? (job.position ? `${job.position} before it in the queue` : "Waiting");
    default: {
      const rest = left === null ? "" : left < 1 ? " · nearly done" : ` · about ${lasting(left)} left`;
      return (job.note ? `${made}${failed} · ${job.note}` : `${made}${failed}`) + rest;
    }
  }
}

/** @param {number} seconds */
export function lasting(seconds) {
  if (seconds < 90) return `${Math.max(1, Math.round(seconds))} s`;
  if (seconds < 5400) return `${Math.round(seconds / 60)} min`;
  return `${Math.round(seconds / 360) / 10} h`;
}

/**
 * Where a trouble is, in a line; "" where nobody knows.
 * @param {import("../trouble.js").Trouble} trouble
 */
export function placeOf({ file, field, value }) {
  const parts = [file, field].filter((part) => part !== null && part !== "");
  if (value !== null && value !== undefined && value !== "") {
    parts.push(typeof value === "string" ? value : JSON.stringify(value));
  }
  return parts.join(" · ");
}

/** "push_in" -> "Push in". @param {string} name */
export function presetTitle(name) {
  const words = name.replace(/_/g, " ");
  return words.charAt(0).toUpperCase() + words.slice(1);
}
