// The disk, through UXP's path-based `fs`. Paths are as the server says them.

import { HostError } from "../adapter.js";

/**
 * What we use of it; all of it is documented for UXP, and Node's has the same.
 * @typedef {object} UxpFs
 * @property {(path: string, options: {encoding: "utf-8"}) => Promise<string>} readFile
 * @property {(path: string) => Promise<{isDirectory?: () => boolean}>} lstat
 */

export class Files {
  /** @param {UxpFs} fs */
  constructor(fs) {
    this.fs = fs;
  }

  /**
   * @param {string} path
   * @returns {Promise<boolean>} whether there is a file
   */
  async exists(path) {
    try {
      const found = await this.fs.lstat(path);
      return found.isDirectory?.() !== true;
    } catch {
      return false;
    }
  }

  /**
   * Rejects with HostError `premiere.file_missing`.
   * @param {string} path
   * @param {string} what  for people, such as "The shot's film"
   */
  async insist(path, what) {
    if (await this.exists(path)) return;
    throw new HostError("premiere.file_missing", `${what} is missing.`, {
      file: path,
      remedy: "Make the shot again, or say where its folder is now.",
    });
  }

  /**
   * Rejects with HostError `premiere.file_missing`, `premiere.file_broken`.
   * @param {string} path
   * @param {string} what
   * @returns {Promise<any>}
   */
  async readJson(path, what) {
    await this.insist(path, what);
    try {
      return JSON.parse(await this.fs.readFile(path, { encoding: "utf-8" }));
    } catch (error) {
      throw new HostError("premiere.file_broken", `${what} cannot be read: ${error instanceof Error ? error.message : String(error)}`, {
        file: path,
        remedy: "Make the shot again.",
      });
    }
  }
}

/**
 * `relative` (forward slashes, as in manifests) in `folder`, in the folder's own kind of slash.
 * @param {string} folder
 * @param {string} relative
 */
export function join(folder, relative) {
  const windows = /^[A-Za-z]:|^\\\\/.test(folder);
  const slash = windows && folder.includes("\\") ? "\\" : "/";
  const start = /[\\/]$/.test(folder) ? folder.slice(0, -1) : folder;
  return start + slash + relative.split("/").join(slash);
}
