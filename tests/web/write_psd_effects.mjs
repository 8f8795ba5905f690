// Writes a PSD of three layers with ag-psd: one has a drop shadow, one had it switched off.
import { writeFileSync } from "node:fs";
import { writePsdUint8Array } from "ag-psd";

const [file] = process.argv.slice(2);
const [width, height] = [64, 36];

function plain(wide, high, [red, green, blue]) {
  const data = new Uint8ClampedArray(wide * high * 4);
  for (let at = 0; at < data.length; at += 4) data.set([red, green, blue, 255], at);
  return { width: wide, height: high, data };
}

const shadow = {
  enabled: true,
  present: true,
  showInDialog: true,
  blendMode: "multiply",
  color: { r: 0, g: 0, b: 0 },
  opacity: 0.75,
  useGlobalLight: true,
  angle: 120,
  distance: { units: "Pixels", value: 8 },
  choke: { units: "Pixels", value: 0 },
  size: { units: "Pixels", value: 6 },
};
writeFileSync(
  file,
  writePsdUint8Array({
    width,
    height,
    imageData: plain(width, height, [90, 140, 220]),
    children: [
      { name: "sky", left: 0, top: 0, imageData: plain(width, height, [90, 140, 220]) },
      {
        name: "kite",
        left: 20,
        top: 10,
        imageData: plain(16, 12, [220, 40, 40]),
        effects: { dropShadow: [shadow] },
      },
      {
        name: "calm",
        left: 44,
        top: 10,
        imageData: plain(8, 8, [20, 160, 60]),
        effects: { dropShadow: [{ ...shadow, enabled: false }] },
      },
    ],
  }),
);
console.log("{}");
