// Writes a PSD with ag-psd: a wall, a folder with a board that has a stroke of 6 px outside, and a
// text without pixels.
import { writeFileSync } from "node:fs";
import { writePsdUint8Array } from "ag-psd";

const [file] = process.argv.slice(2);
const [width, height] = [64, 36];

function plain(wide, high, [red, green, blue]) {
  const data = new Uint8ClampedArray(wide * high * 4);
  for (let at = 0; at < data.length; at += 4) data.set([red, green, blue, 255], at);
  return { width: wide, height: high, data };
}

const stroke = {
  enabled: true,
  present: true,
  showInDialog: true,
  overprint: false,
  position: "outside",
  fillType: "color",
  blendMode: "normal",
  opacity: 1,
  size: { units: "Pixels", value: 6 },
  color: { r: 10, g: 20, b: 120 },
};
writeFileSync(
  file,
  writePsdUint8Array({
    width,
    height,
    imageData: plain(width, height, [220, 220, 210]),
    children: [
      { name: "wall", left: 0, top: 0, imageData: plain(width, height, [220, 220, 210]) },
      {
        name: "sign",
        children: [
          {
            name: "board",
            left: 24,
            top: 12,
            imageData: plain(16, 12, [200, 40, 40]),
            effects: { stroke: [stroke] },
          },
        ],
      },
      { name: "SALE", text: { text: "SALE", transform: [1, 0, 0, 1, 5, 10] } },
    ],
  }),
);
console.log("{}");
