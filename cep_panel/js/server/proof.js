// The server proves that it knows the token before anything is sent to it, and the token itself is
// never sent: contract/proof.py says how. Any program may have taken the port of a server that was
// killed. SHA-256 (FIPS 180-4) and HMAC (RFC 2104) are here because UXP has no `crypto.subtle`.

import { fieldsOf } from "../board/document.js";
import { Trouble } from "../trouble.js";
import { t } from "../text/text.js";

const SERVER = "multiplane server";
const CLIENT = "multiplane client";
const BLOCK = 64;

/**
 * The same place with what to show there instead of the token. Rejects with `server.not_running`;
 * with `server.not_ours` when another program answers; with `server.refused` when the user has given
 * the token.
 * @param {import("./connection.js").Place} place
 * @returns {Promise<import("./connection.js").Place>}
 */
export async function proven(place) {
  const nonce = newNonce();
  const port = portOf(place.url);
  const said = fieldsOf(await asked(`${place.url}/prove?nonce=${nonce}`, place.url));
  const run = String(said.run ?? "");
  if (said.proof !== signed(place.token, [SERVER, port, run, nonce])) throw notOurs(place);
  return { ...place, token: signed(place.token, [CLIENT, port, run]) };
}

/**
 * HMAC-SHA-256 over lines of ASCII, as hexadecimal digits.
 * @param {string} key
 * @param {string[]} lines
 */
export function signed(key, lines) {
  const padded = new Uint8Array(BLOCK);
  const bytes = bytesOf(key);
  padded.set(bytes.length > BLOCK ? sha256(bytes) : bytes);
  const inner = padded.map((byte) => byte ^ 0x36);
  const outer = padded.map((byte) => byte ^ 0x5c);
  const digest = sha256(joined(outer, sha256(joined(inner, bytesOf(lines.join("\n"))))));
  return hex(digest);
}

/**
 * @param {Uint8Array} bytes
 * @returns {Uint8Array} 32 bytes
 */
function sha256(bytes) {
  const length = bytes.length;
  const padded = new Uint8Array((((length + 8) >> 6) + 1) << 6);
  padded.set(bytes);
  padded[length] = 0x80;
  const view = new DataView(padded.buffer);
  view.setUint32(padded.length - 8, Math.floor(length / 0x20000000));
  view.setUint32(padded.length - 4, (length << 3) >>> 0);
  const state = Uint32Array.from(ROOTS.slice(0, 8), (prime) => fraction(Math.sqrt(prime)));
  const words = new Uint32Array(64);
  for (let at = 0; at < padded.length; at += BLOCK) {
    for (let i = 0; i < 64; i += 1) {
      words[i] = i < 16 ? view.getUint32(at + 4 * i) : expanded(words, i);
    }
    compress(state, words);
  }
  const digest = new DataView(new ArrayBuffer(32));
  state.forEach((word, index) => digest.setUint32(4 * index, word));
  return new Uint8Array(digest.buffer);
}

/**
 * @param {Uint32Array} words
 * @param {number} i
 */
function expanded(words, i) {
  const early = words[i - 15];
  const late = words[i - 2];
  const first = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
  const second = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
  return (words[i - 16] + first + words[i - 7] + second) | 0;
}

/**
 * @param {Uint32Array} state  changed in place
 * @param {Uint32Array} words
 */
function compress(state, words) {
  let [a, b, c, d, e, f, g, h] = state;
  for (let i = 0; i < 64; i += 1) {
    const high = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const first = (h + high + ((e & f) ^ (~e & g)) + CONSTANTS[i] + words[i]) | 0;
    const low = turned(a, 2) ^ turned(a, 13) ^ turned(a, 22);
    const second = (low + ((a & b) ^ (a & c) ^ (b & c))) | 0;
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + first) | 0, c, b, a, (first + second) | 0];
  }
  [a, b, c, d, e, f, g, h].forEach((word, index) => {
    state[index] += word;
  });
}

/**
 * @param {number} word
 * @param {number} by  bits to the right
 */
function turned(word, by) {
  return (word >>> by) | (word << (32 - by));
}

/** The first 32 bits of a number's fraction. @param {number} value */
function fraction(value) {
  return Math.floor((value - Math.floor(value)) * 0x100000000) >>> 0;
}

/** The first 64 primes. */
const ROOTS = primes(64);
const CONSTANTS = Uint32Array.from(ROOTS, (prime) => fraction(Math.cbrt(prime)));

/** @param {number} count */
function primes(count) {
  /** @type {number[]} */
  const found = [];
  for (let n = 2; found.length < count; n += 1) {
    if (found.every((prime) => n % prime !== 0)) found.push(n);
  }
  return found;
}

/** @param {string} text  ASCII */
function bytesOf(text) {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/**
 * @param {Uint8Array} one
 * @param {Uint8Array} other
 */
function joined(one, other) {
  const both = new Uint8Array(one.length + other.length);
  both.set(one);
  both.set(other, one.length);
  return both;
}

/** @param {Uint8Array} bytes */
function hex(bytes) {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** It has to be new each time, so that an earlier answer is worth nothing; nobody has to guess it. */
function newNonce() {
  const bytes = new Uint8Array(32);
  if (typeof crypto !== "undefined" && crypto.getRandomValues) crypto.getRandomValues(bytes);
  else bytes.forEach((_, index) => { bytes[index] = Math.floor(Math.random() * 256); });
  return hex(bytes);
}

/** @param {string} url */
function portOf(url) {
  const found = /:(\d+)\/?$/.exec(url);
  return found ? found[1] : url.startsWith("https") ? "443" : "80";
}

/**
 * @param {string} address
 * @param {string} url
 * @returns {Promise<unknown>} null for what is no answer of a server of ours
 */
async function asked(address, url) {
  let answer;
  try {
    answer = await fetch(address, { cache: "no-store", redirect: "error" });
  } catch {
    throw new Trouble("server.not_running", t("trouble.not_running", { url }), {
      remedy: t("trouble.not_running.remedy"),
    });
  }
  return answer.ok ? answer.json().catch(() => null) : null;
}

/** @param {import("./connection.js").Place} place */
function notOurs(place) {
  if (place.isPaired) {
    return new Trouble("server.refused", t("trouble.token"), {
      remedy: t("trouble.token.kept"),
    });
  }
  return new Trouble("server.not_ours", t("trouble.not_ours", { url: place.url }), {
    remedy: t("trouble.not_ours.remedy"),
  });
}
