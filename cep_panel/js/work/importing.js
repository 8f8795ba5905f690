// Finished shots into the host: one import at a time, with its progress, and a report at the end.

import { Imports } from "../state/imports.js";
import { troubleOf } from "../trouble.js";

/**
 * What goes on; null where nothing does. `shot`: the one that is next, in an import of many.
 * @typedef {{job: string, shot: string | null, done: number, total: number, stopping: boolean}} Progress
 */

/**
 * @typedef {object} Settings
 * @property {number} handles  frames
 * @property {number} dissolve  frames
 * @property {"films" | "comps"} media  what a shot is brought in as, where the host has both
 * @property {"all" | "camera" | "none"} expressions  that comps get
 * @property {boolean} motionBlur  whether the comps' own motion blur is switched on
 */

/** The way from the server's disk into the host. */
export class Importing {
  /** @type {Progress | null} */
  progress = null;
  imports = new Imports();

  /**
   * @param {import("../../hosts/adapter.js").HostAdapter} host
   * @param {import("../server/connection.js").Connection} connection
   * @param {import("../server/files.js").Files} files
   * @param {() => void} changed  told of every step
   */
  constructor(host, connection, files, changed) {
    this.host = host;
    this.connection = connection;
    this.files = files;
    this.changed = changed;
  }

  /**
   * One finished shot. Rejects with whatever stands in the way.
   * @param {import("../state/jobs.js").KnownJob} known
   * @param {import("../state/jobs.js").ShotView} shot
   * @param {Settings} settings
   * @returns {Promise<import("../../hosts/adapter.js").ShotReport>}
   */
  one({ job }, shot, settings) {
    return this.#alone({ job: job.job, shot: shot.id, done: 0, total: 1, stopping: false }, async () => {
      const { folder } = await this.connection.ask("host.paths", { job: job.job, shot: shot.id });
      const report = await this.host.importShot({
        folder,
        storyboard: job.title,
        handles: settings.handles,
        media: settings.media,
        ...rigOf(settings),
        source: this.#source(job.job, String(shot.manifest).replace(/[^/]*$/, "")),
      });
      this.imports.add(job.job, shot, report.comp);
      return report;
    });
  }

  /**
   * A whole storyboard. Rejects when nothing could be imported; shots that fail are in the report.
   * @param {import("../state/jobs.js").KnownJob} known
   * @param {Settings} settings
   * @param {Array<{shot: string, file: string, start?: number}>} audio
   * @returns {Promise<import("../../hosts/adapter.js").SequenceReport>}
   */
  all({ job, shots }, settings, audio) {
    return this.#alone({ job: job.job, shot: null, done: 0, total: job.shots, stopping: false }, () =>
      this.host.importSequence(
        {
          folder: job.folder,
          storyboard: job.title,
          handles: settings.handles,
          dissolve: settings.dissolve,
          media: settings.media,
          ...rigOf(settings),
          audio,
          source: this.#source(job.job, ""),
          stopped: () => this.progress?.stopping === true,
        },
        (report, done, total) => {
          const shot = shots?.get(report.shot);
          if (shot && report.state !== "failed" && report.state !== "unmade") this.imports.add(job.job, shot, report.comp);
          if (this.progress) this.progress = { ...this.progress, shot: report.shot, done, total };
          this.changed();
        },
      ));
  }

  /** Import no further shot; the one that is being imported is finished. */
  stop() {
    if (this.progress) this.progress = { ...this.progress, stopping: true };
    this.changed();
  }

  /**
   * @template Report
   * @param {Progress} progress
   * @param {() => Promise<Report>} work
   * @returns {Promise<Report>}
   */
  async #alone(progress, work) {
    this.progress = progress;
    this.changed();
    try {
      return await work();
    } catch (error) {
      throw troubleOf(error);
    } finally {
      this.progress = null;
      this.changed();
    }
  }

  /**
   * @param {string} job
   * @param {string} folder  in the job's folder, "" or with a slash at its end
   * @returns {import("../../hosts/adapter.js").FileSource}
   */
  #source(job, folder) {
    return {
      list: async () => {
        const { files } = await this.connection.ask("job.files", { job });
        return files
          .filter((file) => file.path.startsWith(folder))
          .map((file) => ({ ...file, path: file.path.slice(folder.length) }));
      },
      read: (path) => this.files.read(job, folder + path),
    };
  }
}

/**
 * What counts for hosts whose comps have a rig. Motion blur that is not asked for stays as it is.
 * @param {Settings} settings
 * @returns {Pick<import("../../hosts/adapter.js").ShotRequest, "expressions" | "motion_blur">}
 */
function rigOf({ expressions, motionBlur }) {
  return { expressions, ...(motionBlur ? { motion_blur: true } : {}) };
}
