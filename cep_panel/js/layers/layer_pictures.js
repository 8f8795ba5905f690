// The layers' pictures of a finished shot, decoded, at a size that is sharp where they are shown.

/** @typedef {import("../stage/made_shots.js").MadeShot} MadeShot */
/** @typedef {import("../stage/made_shots.js").MadeShots} MadeShots */
/** @typedef {import("./composing.js").Drawn} Drawn */

/** A shot's layers, back to front. scale: px of their pictures for one px of the shot's. @typedef {{made: MadeShot, layers: Drawn[], scale: number}} Loaded */

export class LayerPictures {
  #key = "";

  /**
   * @param {MadeShots} shots
   * @param {(error: unknown) => void} failed
   * @param {() => void} arrived
   */
  constructor(shots, failed, arrived) {
    this.shots = shots;
    this.failed = failed;
    this.arrived = arrived;
    /** What was asked for last, as far as it is there. @type {Loaded | null} */
    this.loaded = null;
  }

  /**
   * What is there of a shot; the rest is on its way, and `arrived` tells of it. An earlier result of
   * the same shot stays until the new one is there.
   * @param {MadeShot} made
   * @param {number} width  px of the screen that the frame is shown with
   * @returns {Loaded | null}
   */
  get(made, width) {
    const key = JSON.stringify([made.job, made.shot, made.result, Math.round(Math.log2(Math.max(1, width)) * 2)]);
    if (key !== this.#key) {
      this.#key = key;
      this.#load(made, width, key);
    }
    const known = this.loaded;
    return known && known.made.job === made.job && known.made.shot === made.shot ? known : null;
  }

  /** @param {MadeShot} made @param {number} width @param {string} key */
  async #load(made, width, key) {
    const urlOf = this.shots.urlsOf(made, width);
    const { layers } = made.manifest;
    try {
      const images = await Promise.all(layers.map(async (layer) => {
        const image = new Image();
        image.src = await urlOf(layer.file, layer);
        await image.decode();
        return image;
      }));
      if (this.#key !== key) return;
      const widest = layers.reduce((most, layer, index) => (layer.bbox[2] > layers[most].bbox[2] ? index : most), 0);
      this.loaded = {
        made,
        scale: images[widest].naturalWidth / Math.max(1, layers[widest].bbox[2]),
        layers: layers.map(({ id, bbox }, index) => ({ id, box: bbox, image: images[index] })),
      };
      this.arrived();
    } catch (error) {
      if (this.#key !== key) return;
      this.#key = ""; // asked for again, it may be there
      this.failed(error);
    }
  }
}

/**
 * The nearest layer at a place of the picture; null where there is none.
 * @param {Drawn[]} layers  back to front
 * @param {[number, number]} at  px of the picture
 */
export function layerAt(layers, [x, y]) {
  const probe = document.createElement("canvas");
  probe.width = probe.height = 1;
  const into = /** @type {CanvasRenderingContext2D} */ (probe.getContext("2d", { willReadFrequently: true }));
  const found = [...layers].reverse().find(({ box: [left, top, width, height], image }) => {
    if (x < left || y < top || x >= left + width || y >= top + height) return false;
    into.clearRect(0, 0, 1, 1);
    into.drawImage(image, left - x, top - y, width, height);
    return into.getImageData(0, 0, 1, 1).data[3] > 127;
  });
  return found ? found.id : null;
}
