// A ZIP of files as they are: pictures and films are compressed already. PKWARE's APPNOTE 6.3,
// without ZIP64: names in UTF-8, sizes known before.

const MOST_BYTES = 0xffffffff;
const MOST_FILES = 0xffff;
const LOCAL = 0x04034b50;
const CENTRAL = 0x02014b50;
const END = 0x06054b50;
const VERSION = 20;
const UTF8_NAMES = 0x0800;
const DOS_1980 = 0x0021; // the first day that the format knows
const TABLE = crcTable();

/** Adds files and gives the whole as one Blob. */
export class Zip {
  /** @type {BlobPart[]} */
  #parts = [];
  /** @type {Uint8Array[]} */
  #directory = [];
  #size = 0;

  /** Whether so much more would not fit into the format. */
  static tooLarge(/** @type {number} */ bytes, /** @type {number} */ files) {
    return files > MOST_FILES || bytes + files * 4096 > MOST_BYTES;
  }

  /**
   * @param {string} path  with forward slashes
   * @param {Blob} content
   */
  async add(path, content) {
    const name = new TextEncoder().encode(path);
    const crc = await crcOf(content);
    const facts = [VERSION, UTF8_NAMES, 0, 0, DOS_1980];
    const sizes = [crc, content.size, content.size];
    const local = packed([[4, [LOCAL]], [2, facts], [4, sizes], [2, [name.length, 0]]], name);
    this.#directory.push(
      packed([[4, [CENTRAL]], [2, [VERSION, ...facts]], [4, sizes],
        [2, [name.length, 0, 0, 0, 0]], [4, [0, this.#size]]], name),
    );
    this.#parts.push(local, content);
    this.#size += local.length + content.size;
  }

  /** @returns {Blob} */
  finish() {
    const length = this.#directory.reduce((sum, entry) => sum + entry.length, 0);
    const files = this.#directory.length;
    const end = packed([[4, [END]], [2, [0, 0, files, files]], [4, [length, this.#size]], [2, [0]]]);
    const parts = /** @type {BlobPart[]} */ ([...this.#parts, ...this.#directory, end]);
    return new Blob(parts, { type: "application/zip" });
  }
}

/**
 * Little-endian numbers, and bytes behind them.
 * @param {Array<[number, number[]]>} groups  width in bytes, and the numbers of that width
 * @param {Uint8Array} [tail]
 */
function packed(groups, tail = new Uint8Array()) {
  const length = groups.reduce((sum, [width, numbers]) => sum + width * numbers.length, 0);
  const bytes = new Uint8Array(length + tail.length);
  const view = new DataView(bytes.buffer);
  let at = 0;
  for (const [width, numbers] of groups) {
    for (const number of numbers) {
      if (width === 4) view.setUint32(at, number, true);
      else view.setUint16(at, number, true);
      at += width;
    }
  }
  bytes.set(tail, at);
  return bytes;
}

/** @param {Blob} content */
async function crcOf(content) {
  let crc = 0xffffffff;
  const step = 8 * 2 ** 20; // a film of gigabytes is never whole in memory
  for (let at = 0; at < content.size; at += step) {
    for (const byte of new Uint8Array(await content.slice(at, at + step).arrayBuffer())) {
      crc = TABLE[(crc ^ byte) & 0xff] ^ (crc >>> 8);
    }
  }
  return (crc ^ 0xffffffff) >>> 0;
}

function crcTable() {
  const table = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte += 1) {
    let value = byte;
    for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
    table[byte] = value;
  }
  return table;
}
