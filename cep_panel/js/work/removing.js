// Removing a job, and bringing it back: the server keeps results that no job has, so what was made
// is taken from them and not made again.

/**
 * What a removed job was.
 * @typedef {object} RemovedJob
 * @property {import("./making.js").Requests["submit"]} order
 * @property {string[]} made  ids of its finished shots; the others are not begun when it comes back
 */

/**
 * @param {import("../state/jobs.js").KnownJob} known
 * @param {string | null} folder
 * @returns {RemovedJob}
 */
export function asRemoved({ job, shots, storyboard }, folder) {
  const all = [...(shots?.values() ?? [])];
  return {
    order: { job: job.job, storyboard: storyboard ?? {}, folder, model: job.model },
    made: all.filter((shot) => shot.state === "finished").map((shot) => shot.id),
  };
}

/**
 * Hand a removed job in again. Rejects with the server's error.
 * @param {import("../server/connection.js").Connection} connection
 * @param {RemovedJob} removed
 */
export async function bringBack(connection, { order, made }) {
  const { job } = order;
  await connection.ask("submit", { ...order, paused: true });
  const { shots } = await connection.ask("job.get", { job });
  const back = new Set(made);
  for (const { id, state } of shots) {
    if (state === "queued" && !back.has(id)) await connection.ask("cancel", { job, shot: id });
  }
  await connection.ask("resume", { job });
}
