// Where the server is: as the host reads it from files, or as the user has paired this page.

import { fieldsOf } from "../board/document.js";
import { keep, recall } from "../state/keep.js";
import { Trouble } from "../trouble.js";
import { t } from "../text/text.js";

const PAIRED = "paired";
const FOLDER = "data-folder";

/** The ways to a server, and what of them is remembered. */
export class Places {
  /** @param {import("../../hosts/adapter.js").HostAdapter} host */
  constructor(host) {
    this.host = host;
    /** Of the server that served this page; null for a page from the disk. */
    this.ownUrl = /^https?:$/.test(location.protocol) ? location.origin : null;
  }

  get readsFiles() {
    return this.host.findServer !== undefined;
  }

  /** Data folder that the user has named; "" for the usual one. */
  get folder() {
    return String(recall(FOLDER) ?? "");
  }

  set folder(folder) {
    keep(FOLDER, folder || null);
  }

  /**
   * The host's files come first: a server that was started again has another port. Rejects with
   * what the host says, and with `server.no_place` for a page that is not paired.
   * @returns {Promise<import("./connection.js").Place>}
   */
  async find() {
    const paired = this.#paired();
    if (!this.host.findServer) {
      if (paired) return paired;
      throw new Trouble("server.no_place", t("trouble.no_place"), {
        remedy: t("trouble.no_place.remedy"),
      });
    }
    try {
      return await this.host.findServer(this.folder || undefined);
    } catch (error) {
      if (paired) return paired;
      throw error;
    }
  }

  #paired() {
    const { token, ...kept } = fieldsOf(recall(PAIRED));
    const url = this.ownUrl ?? kept.url;
    return token && url ? { url: String(url), token: String(token), isPaired: true } : null;
  }

  /** @param {import("./connection.js").Place} place */
  remember({ url, token }) {
    keep(PAIRED, { url, token });
  }

  forget() {
    keep(PAIRED, null);
  }
}
