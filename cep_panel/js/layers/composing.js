// The picture at rest put together of its layers as the easel shows it: whole, one layer of it, or
// with what the model looked at.

/** @typedef {import("./places.js").Rect} Rect */

/** A layer that is drawn. @typedef {{id: string, box: Rect, image: CanvasImageSource}} Drawn */

/**
 * picture: all of it, the chosen layers bright. solo: the chosen layers on a checker. matte: how much
 * of each px is theirs, white.
 * @typedef {"picture" | "solo" | "matte"} Look
 */

/**
 * @typedef {object} Composed
 * @property {[number, number]} size  of the picture, px
 * @property {number} scale  px of the canvas for one px of the picture
 * @property {Drawn[]} layers  back to front
 * @property {string[]} chosen  ids
 * @property {Look} look
 * @property {{image: CanvasImageSource, area: Rect} | null} heat  grey: bright where the model looked
 */

const CHECK = 12; // px of a square
const DARK = "rgba(10, 10, 12, .62)";
const HOT = ["rgba(40, 20, 120, 0)", "rgba(190, 40, 110, .55)", "rgba(255, 150, 40, .8)", "rgba(255, 250, 190, .95)"];

/** @param {Composed} shown @returns {HTMLCanvasElement} */
export function composed(shown) {
  const canvas = blank(shown);
  const into = context(canvas);
  const { layers, chosen, look } = shown;
  if (look === "picture") {
    for (const layer of layers) draw(into, shown, layer);
    if (chosen.length > 0 && !shown.heat) into.drawImage(shade(shown), 0, 0);
    if (shown.heat) into.drawImage(glow(shown, shown.heat), ...scaled(shown, shown.heat.area));
    return canvas;
  }
  const own = matte(shown);
  if (look === "solo") {
    checker(into);
    const cut = blank(shown);
    const cutting = context(cut);
    for (const layer of layers) if (chosen.includes(layer.id)) draw(cutting, shown, layer);
    into.drawImage(cut, 0, 0);
    return canvas;
  }
  into.fillStyle = "#000";
  into.fillRect(0, 0, canvas.width, canvas.height);
  into.drawImage(own, 0, 0);
  return canvas;
}

/** What of the chosen layers is seen in the picture, white: nearer ones stand before them. @param {Composed} shown */
function matte(shown) {
  const canvas = blank(shown);
  const into = context(canvas);
  for (const layer of shown.layers) {
    into.globalCompositeOperation = shown.chosen.includes(layer.id) ? "source-over" : "destination-out";
    draw(into, shown, layer);
  }
  into.globalCompositeOperation = "source-in";
  into.fillStyle = "#fff";
  into.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}

/** Darkness over all that is not the chosen layers'. @param {Composed} shown */
function shade(shown) {
  const canvas = blank(shown);
  const into = context(canvas);
  into.fillStyle = DARK;
  into.fillRect(0, 0, canvas.width, canvas.height);
  into.globalCompositeOperation = "destination-out";
  into.drawImage(matte(shown), 0, 0);
  return canvas;
}

/**
 * A heatmap in colours.
 * @param {Composed} shown
 * @param {{image: CanvasImageSource, area: Rect}} heat
 */
function glow(shown, { image, area }) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(area[2] * shown.scale));
  canvas.height = Math.max(1, Math.round(area[3] * shown.scale));
  const into = context(canvas);
  into.imageSmoothingQuality = "high";
  into.drawImage(image, 0, 0, canvas.width, canvas.height);
  const pixels = into.getImageData(0, 0, canvas.width, canvas.height);
  const colours = ramp();
  const { data } = pixels;
  for (let at = 0; at < data.length; at += 4) {
    const from = data[at] * 4;
    data[at] = colours[from];
    data[at + 1] = colours[from + 1];
    data[at + 2] = colours[from + 2];
    data[at + 3] = colours[from + 3];
  }
  into.putImageData(pixels, 0, 0);
  return canvas;
}

/** 256 colours, RGBA. */
function ramp() {
  const canvas = document.createElement("canvas");
  canvas.width = 256;
  canvas.height = 1;
  const into = context(canvas);
  const gradient = into.createLinearGradient(0, 0, 256, 0);
  HOT.forEach((colour, index) => gradient.addColorStop(index / (HOT.length - 1), colour));
  into.fillStyle = gradient;
  into.fillRect(0, 0, 256, 1);
  return into.getImageData(0, 0, 256, 1).data;
}

/** @param {CanvasRenderingContext2D} into */
function checker(into) {
  const { width, height } = into.canvas;
  into.fillStyle = "#8a8a8a";
  into.fillRect(0, 0, width, height);
  into.fillStyle = "#6e6e6e";
  for (let y = 0; y < height; y += CHECK) {
    for (let x = y / CHECK % 2 * CHECK; x < width; x += 2 * CHECK) into.fillRect(x, y, CHECK, CHECK);
  }
}

/** @param {CanvasRenderingContext2D} into @param {Composed} shown @param {Drawn} layer */
function draw(into, shown, layer) {
  into.drawImage(layer.image, ...scaled(shown, layer.box));
}

/** @param {Composed} shown @param {Rect} box @returns {Rect} */
function scaled({ scale }, [x, y, width, height]) {
  return [x * scale, y * scale, width * scale, height * scale];
}

/** @param {Composed} shown */
function blank({ size, scale }) {
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(size[0] * scale));
  canvas.height = Math.max(1, Math.round(size[1] * scale));
  return canvas;
}

/** @param {HTMLCanvasElement} canvas */
function context(canvas) {
  return /** @type {CanvasRenderingContext2D} */ (canvas.getContext("2d"));
}
