// Names of earlier storyboards: no two are called the same.

import { language, t } from "../text/text.js";

/** @typedef {import("../../../shared_schema/multiplane").JobView} JobView */

/**
 * @param {JobView[]} jobs  the newest first
 * @returns {Array<[string, string]>}  id and name of each
 */
export function namesOfJobs(jobs) {
  const names = jobs.map((job) => nameOf(job, false));
  return jobs.map((job, index) => {
    const isTaken = names.some((name, other) => other !== index && name === names[index]);
    if (!isTaken) return [job.job, names[index]];
    const exact = nameOf(job, true);
    const same = jobs.filter((one) => nameOf(one, true) === exact);
    const number = same.length - same.indexOf(job);
    return [job.job, same.length > 1 ? `${exact} (${number})` : exact];
  });
}

/**
 * @param {JobView} job
 * @param {boolean} withSeconds
 */
function nameOf({ title, created, shots }, withSeconds) {
  return t("boards.entry", { name: title || t("boards.nameless"), time: madeAt(created, withSeconds), n: shots });
}

/**
 * A time of the server as people here write it; the day only where it is another one.
 * @param {string} created  RFC 3339
 * @param {boolean} withSeconds
 */
function madeAt(created, withSeconds) {
  const then = new Date(created);
  const isToday = then.toDateString() === new Date().toDateString();
  /** @type {Intl.DateTimeFormatOptions} */
  const parts = { hour: "2-digit", minute: "2-digit", ...(withSeconds ? { second: "2-digit" } : {}) };
  const time = then.toLocaleTimeString(language(), parts);
  return isToday ? time : `${then.toLocaleDateString(language())} ${time}`;
}
