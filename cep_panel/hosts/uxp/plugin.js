// The plugin's side: the host's calls for the page in the webview, and where the server is.

/// <reference path="./globals.d.ts" />

import { troubleOf } from "../../js/trouble.js";
import { proven } from "../../js/server/proof.js";
import { HostError } from "../adapter.js";
import { createHost } from "./host.js";
import { followSkin, skinOf } from "./skin.js";

/** @typedef {import("../webview/messages.js").Asked} Asked */
/** @typedef {import("../webview/messages.js").Told} Told */

/** UXP's element. @typedef {HTMLElement & {postMessage: (message: string, origin: string) => void}} Webview */

const view = /** @type {Webview | null} */ (document.getElementById("panel"));
/** Calls that not every host has. @type {Array<"imported" | "active" | "open">} */
const LOOKS = ["imported", "active", "open"];
/** Imports that are to stop. @type {Set<number>} */
const stopped = new Set();

/** @param {Told} message */
function tell(message) {
  view?.postMessage(JSON.stringify(message), "*");
}

followSkin(document, (skin) => tell({ skin }));

addEventListener("message", async (event) => {
  const asked = readAsked(event.data);
  if (!asked) return;
  if (asked.call === "stop") {
    stopped.add(asked.of);
    return;
  }
  try {
    tell({ id: asked.id, result: await answer(asked) });
  } catch (error) {
    tell({ id: asked.id, error: asEntry(troubleOf(error)) });
  } finally {
    stopped.delete(asked.id);
  }
});

/**
 * An error's fields, which its JSON would leave out.
 * @param {import("../../js/trouble.js").Trouble} trouble
 * @returns {import("../../../shared_schema/multiplane").ErrorEntry}
 */
function asEntry({ code, message, file, field, value, values, remedy, also }) {
  const shown = value === null || value === undefined ? null : String(value);
  return { code, message, file, field, value: shown, values, remedy, also: also.map(asEntry) };
}

/**
 * @param {Exclude<Asked, {call: "stop"}>} asked
 * @returns {Promise<unknown>}
 */
async function answer(asked) {
  const host = await theHost();
  switch (asked.call) {
    case "describe":
      return {
        name: host.name,
        abilities: host.abilities,
        looks: LOOKS.filter((call) => host[call] !== undefined),
        delivers: host.delivery !== undefined,
        skin: skinOf(document),
      };
    case "hostInfo":
      return host.hostInfo();
    case "importShot":
      return host.importShot(asked.request);
    case "updateShot":
      return host.updateShot(asked.request);
    case "importSequence":
      return host.importSequence(
        { ...asked.request, stopped: () => stopped.has(asked.id) },
        (report, done, total) => tell({ id: asked.id, progress: { report, done, total } }),
      );
    case "imported":
      return host.imported?.(asked.storyboard, asked.shots) ?? [];
    case "active":
      return host.active?.() ?? { key: "", storyboard: null, shot: null };
    case "open":
      return host.open?.(asked.storyboard, asked.shot) ?? null;
    case "outputModules":
      return deliveryOf(host).outputModules();
    case "queueInEncoder":
      return deliveryOf(host).queueInEncoder(asked.request);
    case "exportTemplate":
      return deliveryOf(host).exportTemplate(asked.request);
    case "precompose":
      return deliveryOf(host).precompose(asked.request);
    case "findServer":
      return letIn(await /** @type {NonNullable<typeof host.findServer>} */ (host.findServer)(asked.folder), asked.origin);
    default:
      throw new HostError("uxp.call", "The page asks for something that the plugin does not know.", {
        remedy: "Install the panel again: multiplane panel install.",
      });
  }
}

/** @param {import("../adapter.js").HostAdapter} host */
function deliveryOf(host) {
  if (host.delivery) return host.delivery;
  throw new HostError("uxp.call", "This program makes no films of comps.", {
    remedy: "Ask for it in After Effects.",
  });
}

/** @type {import("../adapter.js").HostAdapter | null} */
let known = null;

/** Made when it is first asked for, so that what it throws reaches the page. */
async function theHost() {
  known = known ?? createHost(/** @type {import("./host.js").Loader} */ (require));
  return known;
}

/**
 * The server lets the webview's page in, whatever origin UXP gives it.
 * @param {import("../adapter.js").ServerPlace} place
 * @param {string} origin
 */
async function letIn(place, origin) {
  if (origin !== "null" && !origin.startsWith("file:")) {
    const { url, token } = await proven(place);
    await fetch(`${url}/pages`, {
      method: "POST",
      headers: { Authorization: `Bearer ${token}`, "Content-Type": "application/json" },
      body: JSON.stringify({ origin }),
    });
  }
  return place;
}

/**
 * @param {unknown} text
 * @returns {Asked | null}
 */
function readAsked(text) {
  try {
    const read = JSON.parse(String(text));
    return typeof read?.id === "number" && typeof read.call === "string" ? read : null;
  } catch {
    return null; // Others may speak here, too.
  }
}
