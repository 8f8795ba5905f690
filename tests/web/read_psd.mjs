// Reads a PSD with ag-psd and prints its tree: names, bounds, flags and hashes of the pixels.
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { initializeCanvas, readPsd } from "ag-psd";

// No canvas is needed to read pixels, only somewhere to put them.
const noCanvas = () => { throw new Error("no canvas here"); };
initializeCanvas(noCanvas, (width, height) => ({
  width, height, data: new Uint8ClampedArray(width * height * 4),
}));

const psd = readPsd(readFileSync(process.argv[2]), {
  useImageData: true,
  skipThumbnail: true,
  throwForMissingFeatures: true,
});
const hash = (image) =>
  image ? createHash("sha256").update(Buffer.from(image.data.buffer, image.data.byteOffset, image.data.byteLength)).digest("hex") : null;
const layer = (one) => ({
  name: one.name,
  bounds: [one.left, one.top, one.right, one.bottom],
  hidden: Boolean(one.hidden),
  opacity: one.opacity,
  blend: one.blendMode,
  id: one.id,
  opened: one.opened ?? null,
  size: one.imageData ? [one.imageData.width, one.imageData.height] : null,
  pixels: hash(one.imageData),
  children: one.children ? one.children.map(layer) : null,
});
console.log(JSON.stringify({
  size: [psd.width, psd.height],
  mode: psd.colorMode,
  bits: psd.bitsPerChannel,
  composite: hash(psd.imageData),
  xmp: psd.imageResources?.xmpMetadata ?? null,
  children: psd.children.map(layer),
}));
