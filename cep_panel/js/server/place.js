// Where the server is: as the host reads it from files, or as the user has paired this page.

import { keep, recall } from "../state/keep.js";
import { Trouble } from "../trouble.js";

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
   * Rejects with what the host says, and with `server.no_place` before the page is paired.
   * @returns {Promise<import("./connection.js").Place>}
   */
  async find() {
    if (this.host.findServer) return this.host.findServer(this.folder || undefined);
    const paired = recall(PAIRED);
    const url = this.ownUrl ?? paired?.url;
    if (!paired?.token || !url) {
      throw new Trouble("server.no_place", "This page is not paired with the server yet.", {
        remedy: "Type the code that multiplane serve --pair shows in a terminal, or paste the token.",
      });
    }
    return { url, token: paired.token };
  }

  /** @param {import("./connection.js").Place} place */
  remember({ url, token }) {
    keep(PAIRED, { url, token });
  }

  forget() {
    keep(PAIRED, null);
  }
}
