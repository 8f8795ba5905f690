// Renders Lottie files with Skottie (the CPU renderer of canvaskit-wasm) and measures where plain
// colours are. Argument: a JSON file with a list of
//   {"file": path, "frames": [number], "scale": number, "colours": [{"rgb", "reach"}]}
// Prints, for each entry, its rate, length and size, and boxes[frame][colour]: left, top, right,
// bottom in px of the comp, of the pixels whose colour is at most "reach" from "rgb" (of 255,
// Euclidean) when it is rendered "scale" times as large; null where there are none.
import { readFile } from "node:fs/promises";
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(import.meta.url);
const folder = path.dirname(require.resolve("canvaskit-wasm/bin/full/canvaskit.js"));
const CanvasKit = await require("canvaskit-wasm/bin/full/canvaskit.js")({
  locateFile: (name) => path.join(folder, name),
});

function box(pixels, width, height, scale, { rgb: [r, g, b], reach }) {
  const most = reach * reach;
  let left = width;
  let top = height;
  let right = 0;
  let bottom = 0;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at += 4) {
      const dr = pixels[at] - r;
      const dg = pixels[at + 1] - g;
      const db = pixels[at + 2] - b;
      if (dr * dr + dg * dg + db * db > most) continue;
      if (x < left) left = x;
      if (x >= right) right = x + 1;
      if (y < top) top = y;
      bottom = y + 1;
    }
  }
  return right > left ? [left, top, right, bottom].map((side) => side / scale) : null;
}

function measure(animation, size, scale, frames, colours) {
  const [width, height] = size.map((side) => side * scale);
  const surface = CanvasKit.MakeSurface(width, height);
  const canvas = surface.getCanvas();
  const boxes = frames.map((frame) => {
    canvas.clear(CanvasKit.TRANSPARENT);
    animation.seekFrame(frame);
    animation.render(canvas, [0, 0, width, height]);
    surface.flush();
    const pixels = canvas.readPixels(0, 0, {
      width,
      height,
      colorType: CanvasKit.ColorType.RGBA_8888,
      alphaType: CanvasKit.AlphaType.Unpremul,
      colorSpace: CanvasKit.ColorSpace.SRGB,
    });
    return colours.map((colour) => box(pixels, width, height, scale, colour));
  });
  surface.delete();
  return boxes;
}

const results = [];
for (const { file, frames, scale, colours } of JSON.parse(await readFile(process.argv[2], "utf8"))) {
  const text = await readFile(file, "utf8");
  const animation = CanvasKit.MakeManagedAnimation(text, null);
  if (!animation) throw new Error(`Skottie cannot read ${file}`);
  const size = Array.from(animation.size());
  results.push({
    fps: animation.fps(),
    seconds: animation.duration(),
    size,
    boxes: measure(animation, size, scale, frames, colours),
  });
  animation.delete();
}
process.stdout.write(JSON.stringify(results));
