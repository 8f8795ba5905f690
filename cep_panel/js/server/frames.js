// Pictures of shots while they are painted, as binary frames of the WebSocket (contract/frames.py).

const HEADER_BYTES = 12;
const MAGIC = 0x4d504c58; // MPLX
const VERSION = 1;
const PREVIEW = 1;

/**
 * What a frame holds; null for one that this version does not know.
 * @param {ArrayBuffer} frame
 * @returns {{info: import("../../../shared_schema/multiplane").PreviewInfo, picture: Blob} | null}
 */
export function readPreview(frame) {
  if (frame.byteLength < HEADER_BYTES) return null;
  const view = new DataView(frame);
  const length = view.getUint32(8);
  const known = view.getUint32(0) === MAGIC && view.getUint8(4) === VERSION && view.getUint8(5) === PREVIEW;
  if (!known || HEADER_BYTES + length > frame.byteLength) return null;
  try {
    const info = JSON.parse(new TextDecoder().decode(new Uint8Array(frame, HEADER_BYTES, length)));
    const picture = new Blob([new Uint8Array(frame, HEADER_BYTES + length)], { type: info.media_type });
    return { info, picture };
  } catch {
    return null;
  }
}
