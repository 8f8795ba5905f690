// ExtendScript's File and Folder, as far as the scripts of jsx/ use them, over UXP's `fs`.

/** @typedef {{isDirectory?: () => boolean, size?: number, mtime?: Date | string | number | null}} Stats */

/**
 * What we use of it. UXP documents no other calls that wait for their result.
 * @typedef {object} SyncFs
 * @property {(path: string, options?: {encoding: "utf-8"}) => string | ArrayBuffer} readFileSync
 * @property {(path: string, data: string | ArrayBuffer, options?: {encoding: "utf-8"}) => void} writeFileSync
 * @property {(path: string) => Stats} lstatSync
 */

/**
 * @param {SyncFs} fs
 * @param {boolean} windows
 */
export function fileClasses(fs, windows) {
  class Place {
    /** @param {string} text  read as a URI: %XX is a byte of UTF-8 */
    constructor(text) {
      this.path = decoded(windows ? text.replace(/\\/g, "/") : text);
      this.error = "";
      this.encoding = "";
      this.lineFeed = "Unix";
      this.mode = "";
      this.text = "";
    }

    /**
     * Of a path as the system writes it, which is no URI.
     * @param {string} path
     */
    static native(path) {
      const place = new this("");
      place.path = windows ? path.replace(/\\/g, "/") : path;
      return place;
    }

    get fsName() {
      return windows ? this.path.replace(/\//g, "\\") : this.path;
    }

    /** In URI notation, as in ExtendScript. */
    get name() {
      return encodeURIComponent(this.path.slice(this.path.lastIndexOf("/") + 1));
    }

    get parent() {
      return Folder.native(this.path.slice(0, Math.max(this.path.lastIndexOf("/"), 0)) || "/");
    }

    /** @returns {Stats | null} null where nothing is there */
    get stats() {
      try {
        return fs.lstatSync(this.fsName);
      } catch {
        return null;
      }
    }

    get isFolder() {
      return this.stats?.isDirectory?.() === true;
    }
  }

  class File extends Place {
    get exists() {
      return this.stats !== null && !this.isFolder;
    }

    get length() {
      return Number(this.stats?.size ?? 0);
    }

    get modified() {
      const when = this.stats?.mtime;
      return when === undefined || when === null ? null : new Date(when);
    }

    /** @param {string} mode  "r" or "w" */
    open(mode) {
      this.mode = mode;
      this.text = "";
      if (mode !== "r" || this.exists) return true;
      this.error = "File not found";
      return false;
    }

    read() {
      // A mark at the start is no part of the text.
      return String(fs.readFileSync(this.fsName, { encoding: "utf-8" })).replace(/^\ufeff/, "");
    }

    /** @param {string} text */
    write(text) {
      this.text += text;
      return true;
    }

    close() {
      if (this.mode !== "w") return true;
      return this.tried(() => fs.writeFileSync(this.fsName, this.text, { encoding: "utf-8" }));
    }

    /** @param {File} target */
    copy(target) {
      return this.tried(() => fs.writeFileSync(target.fsName, fs.readFileSync(this.fsName)));
    }

    /** @param {() => unknown} work */
    tried(work) {
      try {
        work();
        return true;
      } catch (error) {
        this.error = error instanceof Error ? error.message : String(error);
        return false;
      }
    }
  }

  class Folder extends Place {
    get exists() {
      return this.isFolder;
    }

    create() {
      // UXP makes folders only in its own time, and the scripts go on at once.
      return this.exists;
    }
  }

  return { File, Folder };
}

/** @param {string} text */
function decoded(text) {
  return text.replace(/(?:%[0-9A-Fa-f]{2})+/g, (bytes) => {
    try {
      return decodeURIComponent(bytes);
    } catch {
      return bytes;
    }
  });
}
