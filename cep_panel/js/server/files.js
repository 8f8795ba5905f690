// Files of jobs over HTTP, and pictures up to the server.

import { Trouble, fromServer } from "../trouble.js";
import { noteUploads } from "../state/uploads.js";
import { t } from "../text/text.js";

/** The server's HTTP side. */
export class Files {
  /** @param {() => import("./connection.js").Place | null} place  of the open connection */
  constructor(place) {
    this.place = place;
  }

  /**
   * A file of a job's folder. Rejects with `server.file`, `server.gone`.
   * @param {string} job
   * @param {string} path  with forward slashes
   * @returns {Promise<Blob>}
   */
  async read(job, path) {
    const escaped = path.split("/").map(encodeURIComponent).join("/");
    return this.#blob(`/jobs/${job}/${escaped}`, path);
  }

  /** @param {string} address @param {string} name */
  async #blob(address, name) {
    const answer = await this.#send(address, {});
    if (!answer.ok) {
      throw new Trouble("server.file", t("trouble.file"), {
        value: name,
        remedy: t("trouble.file.remedy"),
      });
    }
    return answer.blob();
  }

  /**
   * A small picture: of a result, or of an upload. Rejects as `read`.
   * @param {string} digest
   */
  thumbnail(digest) {
    return this.#blob(`/thumbnails/${digest}`, digest);
  }

  /**
   * A layer's picture, transparent where the layer is. Rejects as `read`.
   * @param {string} digest  of its file, as the manifest has it
   * @param {number} percent  100, 50, 25 or 12, of its size
   */
  layer(digest, percent) {
    return this.#blob(`/layers/${digest}/${percent}`, digest);
  }

  /**
   * How loud an uploaded sound is, 0 to 255, 20 times a second. Rejects as `read`.
   * @param {string} digest
   */
  async peaks(digest) {
    return new Uint8Array(await (await this.#blob(`/peaks/${digest}`, digest)).arrayBuffer());
  }

  /**
   * A file by its content. Rejects as `read`.
   * @param {string} digest
   */
  artifact(digest) {
    return this.#blob(`/artifacts/${digest}`, digest);
  }

  /**
   * Send a picture; what a storyboard calls it then. Rejects with the server's error.
   * @param {File} file
   * @returns {Promise<string>}
   */
  async upload(file) {
    const headers = { "Content-Type": "application/octet-stream" };
    const answer = await this.#send("/uploads", { method: "POST", body: file, headers });
    const body = await answer.json().catch(() => null);
    if (!answer.ok) throw fromServer({ ...(body?.error ?? body), file: file.name });
    noteUploads({ [body.picture]: file.name });
    return body.picture;
  }

  /**
   * @param {string} path
   * @param {RequestInit & {headers?: Record<string, string>}} init
   */
  async #send(path, init) {
    const place = this.place();
    if (!place) throw unreachable();
    const headers = { ...init.headers, Authorization: `Bearer ${place.token}` };
    try {
      return await fetch(place.url + path, { ...init, headers });
    } catch {
      throw unreachable();
    }
  }
}

function unreachable() {
  return new Trouble("server.gone", t("trouble.unreachable"), {
    remedy: t("trouble.unreachable.remedy"),
  });
}
