// Finished shots as the player needs them: their manifests, and their layers' pictures in the size
// that they are shown at. What was fetched last is kept.

/** @typedef {import("../../../shared_schema/multiplane").Manifest} Manifest */
/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("../server/files.js").Files} Files */

/**
 * A shot whose layers are there. isFilmed: it is finished; else its film is still being made, and the
 * server has what the shot was before.
 * @typedef {{job: string, shot: string, result: string, folder: string, manifest: Manifest, isFilmed: boolean}} MadeShot
 */

const PERCENTS = [12, 25, 50, 100]; // that the server makes
const NEARER = 1.25; // moves come so much nearer, as a rule
const MOST_MANIFESTS = 12;
const MOST_BYTES = 64 * 2 ** 20;

export class MadeShots {
  /** @type {Map<string, Promise<MadeShot>>} */
  #shots = new Map();
  /** Addresses of pictures, the longest unused first. @type {Map<string, Promise<{url: string, size: number}>>} */
  #pictures = new Map();
  #bytes = 0;

  /** @param {Files} files */
  constructor(files) {
    this.files = files;
  }

  /**
   * The shot as it was made last; of one that is being filmed, its new layers. Rejects as
   * `Files.read`.
   * @param {string} job
   * @param {ShotView} shot  with a manifest, or cut
   * @returns {Promise<MadeShot>}
   */
  get(job, shot) {
    const key = shot.cut ? `${job} ${shot.id} ${shot.cut}` : `${job} ${shot.manifest} ${shot.result}`;
    const known = this.#shots.get(key) || this.#read(job, shot);
    this.#shots.delete(key);
    this.#shots.set(key, known);
    known.catch(() => this.#shots.delete(key)); // asked for again, it may be there
    for (const old of [...this.#shots.keys()].slice(0, -MOST_MANIFESTS)) this.#shots.delete(old);
    return known;
  }

  /** @param {string} job @param {ShotView} shot @returns {Promise<MadeShot>} */
  async #read(job, shot) {
    if (shot.cut) {
      const manifest = JSON.parse(await (await this.files.artifact(shot.cut)).text());
      return { job, shot: shot.id, result: manifest.content_hash, folder: "", manifest, isFilmed: false };
    }
    const path = String(shot.manifest);
    const manifest = JSON.parse(await (await this.files.read(job, path)).text());
    const folder = path.replace(/[^/]*$/, "");
    return { job, shot: shot.id, result: String(shot.result), folder, manifest, isFilmed: true };
  }

  /**
   * Where a shot's layers are for the player.
   * @param {MadeShot} made
   * @param {number} width  px of the screen that the frame is shown with
   * @returns {import("../player/player.js").UrlOf}
   */
  urlsOf(made, width) {
    const percent = percentFor(made.manifest, width);
    return (file) => this.#url(made, file, percent);
  }

  /** @param {MadeShot} made @param {string} file @param {number} percent */
  async #url(made, file, percent) {
    const digest = /** @type {Record<string, string | undefined>} */ (made.manifest.sha256 || {})[file];
    const key = digest ? `${digest}/${percent}` : `${made.job}/${made.folder}${file} ${made.result}`;
    const known = this.#pictures.get(key) || this.#fetch(made, file, digest, percent);
    this.#pictures.delete(key);
    this.#pictures.set(key, known);
    try {
      return (await known).url;
    } catch (error) {
      this.#pictures.delete(key);
      throw error;
    }
  }

  /** @param {MadeShot} made @param {string} file @param {string | undefined} digest @param {number} percent */
  async #fetch({ job, folder }, file, digest, percent) {
    const blob = digest ? await this.files.layer(digest, percent) : await this.files.read(job, folder + file);
    this.#bytes += blob.size;
    this.#freeSome();
    return { url: URL.createObjectURL(blob), size: blob.size };
  }

  /** What was used longest ago goes first. */
  async #freeSome() {
    for (const [key, picture] of this.#pictures) {
      if (this.#bytes <= MOST_BYTES) return;
      this.#pictures.delete(key);
      const found = await picture.catch(() => null);
      if (!found) continue;
      this.#bytes -= found.size;
      URL.revokeObjectURL(found.url);
    }
  }
}

/**
 * The smallest size that is sharp.
 * @param {Manifest} manifest
 * @param {number} width  px of the screen that the frame is shown with
 */
export function percentFor({ comp, camera, layers }, width) {
  const [{ scale, z }] = layers;
  // A px of the lowest layer is so many px of the comp for the camera at rest.
  const large = scale[0] / 100 * camera.zoom / (camera.zoom + z);
  const wanted = 100 * NEARER * large * width / comp.width;
  return PERCENTS.find((percent) => percent >= wanted) || 100;
}
