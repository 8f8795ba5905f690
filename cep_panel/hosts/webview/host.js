// The host of a page in a webview: every call goes to the plugin around it, by messages.

import { HostError } from "../adapter.js";

/** What UXP puts into the page of a webview. @typedef {{postMessage: (message: string) => void}} UxpHost */

/** Calls that not every host has. @typedef {"imported" | "active" | "open"} Look */

/** A step of an import. @typedef {{report: import("../adapter.js").ShotReport, done: number, total: number}} Progress */

/** What the plugin says of the host.
 * @typedef {Pick<import("../adapter.js").HostAdapter, "name" | "abilities"> & {looks: Look[], delivers: boolean,
 *   skin: import("../adapter.js").HostSkin | null}} Described */

const DESCRIBE_MS = 10_000;

/** Questions that wait for an answer. */
class Plugin {
  #ids = 0;
  /** @type {Map<number, {resolve: (result: unknown) => void, reject: (error: HostError) => void,
   *   step: (progress: Progress) => void}>} */
  #waiting = new Map();
  /** Called when the host's look changes. @type {(skin: import("../adapter.js").HostSkin) => void} */
  onSkin = () => undefined;

  /** @param {UxpHost} uxp */
  constructor(uxp) {
    this.uxp = uxp;
    addEventListener("message", (event) => this.#heard(event.data));
  }

  /**
   * The plugin's answer: of the type that the adapter's contract has for the call.
   * @template Result
   * @param {Record<string, unknown>} question  with its `call`
   * @param {(progress: Progress) => void} [step]
   * @returns {{id: number, answer: Promise<Result>}}
   */
  ask(question, step = () => undefined) {
    this.#ids += 1;
    const id = this.#ids;
    /** @type {Promise<Result>} */
    const answer = new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve: /** @type {(result: unknown) => void} */ (resolve), reject, step });
    });
    this.uxp.postMessage(JSON.stringify({ ...question, id }));
    return { id, answer };
  }

  /** @param {unknown} text */
  #heard(text) {
    let said;
    try {
      said = JSON.parse(String(text));
    } catch {
      return; // Others may speak here, too.
    }
    if (said?.skin) {
      this.onSkin(said.skin);
      return;
    }
    const asked = this.#waiting.get(said?.id);
    if (!asked) return;
    if (said.progress) {
      asked.step(said.progress);
      return;
    }
    this.#waiting.delete(said.id);
    if (said.error) asked.reject(HostError.told(said.error, "uxp.answer", "The plugin failed without saying why."));
    else asked.resolve(said.result);
  }
}

/**
 * Rejects with HostError `uxp.no_plugin` where nobody answers.
 * @param {UxpHost} uxp
 * @returns {Promise<import("../adapter.js").HostAdapter>}
 */
export async function createHost(uxp) {
  const plugin = new Plugin(uxp);
  /** @type {Promise<Described>} */
  const described = plugin.ask({ call: "describe" }).answer;
  const { name, abilities, looks, delivers, skin } = await soon(described);
  return {
    name,
    abilities,
    hostInfo: () => plugin.ask({ call: "hostInfo" }).answer,
    importShot: ({ source, ...request }) => plugin.ask({ call: "importShot", request }).answer,
    updateShot: ({ source, ...request }) => plugin.ask({ call: "updateShot", request }).answer,
    importSequence: ({ source, stopped, ...request }, onShot) => {
      const { id, answer } = plugin.ask({ call: "importSequence", request }, ({ report, done, total }) => {
        onShot(report, done, total);
        if (stopped?.()) plugin.ask({ call: "stop", of: id });
      });
      return answer;
    },
    ...looking(plugin, looks),
    ...(delivers ? { delivery: delivering(plugin) } : {}),
    ...(skin ? { onSkin: following(plugin, skin) } : {}),
    findServer: (folder) => plugin.ask({ call: "findServer", folder, origin: location.origin }).answer,
  };
}

/**
 * Of what the host's project holds the plugin tells what it can.
 * @param {Plugin} plugin
 * @param {Look[]} looks
 * @returns {Pick<import("../adapter.js").HostAdapter, Look>}
 */
function looking(plugin, looks) {
  /** @type {Pick<import("../adapter.js").HostAdapter, Look>} */
  const host = {};
  if (looks.includes("imported")) {
    host.imported = (storyboard, shots) => plugin.ask({ call: "imported", storyboard, shots }).answer;
  }
  if (looks.includes("active")) host.active = () => plugin.ask({ call: "active" }).answer;
  if (looks.includes("open")) {
    host.open = (storyboard, shot) => plugin.ask({ call: "open", storyboard, shot }).answer;
  }
  return host;
}

/**
 * Tells of the host's skin now and whenever it changes.
 * @param {Plugin} plugin
 * @param {import("../adapter.js").HostSkin} skin
 * @returns {NonNullable<import("../adapter.js").HostAdapter["onSkin"]>}
 */
function following(plugin, skin) {
  return (listener) => {
    plugin.onSkin = listener;
    listener(skin);
  };
}

/**
 * What the host makes of comps, where the plugin can ask it.
 * @param {Plugin} plugin
 * @returns {import("../adapter.js").Delivery}
 */
function delivering(plugin) {
  return {
    outputModules: () => plugin.ask({ call: "outputModules" }).answer,
    queueInEncoder: (request) => plugin.ask({ call: "queueInEncoder", request }).answer,
    exportTemplate: (request) => plugin.ask({ call: "exportTemplate", request }).answer,
    precompose: (request) => plugin.ask({ call: "precompose", request }).answer,
  };
}

/**
 * @template Result
 * @param {Promise<Result>} answer
 * @returns {Promise<Result>}
 */
function soon(answer) {
  const late = new Promise((_, reject) => setTimeout(() => reject(new HostError(
    "uxp.no_plugin", "The plugin around this page does not answer.", {
      remedy: "Close the panel and open it again. If that does not help: multiplane panel install.",
    })), DESCRIBE_MS));
  return Promise.race([answer, /** @type {Promise<never>} */ (late)]);
}
