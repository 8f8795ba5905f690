// The adapter of the program that CEP runs this page in.

import { HostError } from "../adapter.js";
import { createAfterEffects } from "./after_effects.js";
import { Bridge } from "./bridge.js";
import { nodeModule } from "./node.js";
import { createPremiere } from "./premiere.js";
import { Scripts } from "./scripts.js";
import { findServer } from "./server_place.js";
import { canStartServer, startServer } from "./server_start.js";
import { followSkin } from "./skin.js";

/**
 * Throws HostError `cep.unknown_host` in a program that the panel was not made for.
 * @param {import("./bridge.js").AdobeCep} cep
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createHost(cep) {
  const said = environment(cep);
  const folder = extensionFolder(cep);
  const openUrl = /** @type {{cep?: {util?: {openURLInDefaultBrowser?: (url: string) => void}}}} */ (globalThis)
    .cep?.util?.openURLInDefaultBrowser;
  const shared = {
    findServer,
    language: typeof said.appUILocale === "string" ? said.appUILocale : undefined,
    ...(openUrl ? { openUrl } : {}),
    ...(nodeModule("child_process") ? starting(folder) : {}),
    /** @param {(skin: import("../adapter.js").HostSkin) => void} listener */
    onSkin: (listener) => followSkin(cep, listener),
  };
  if (said.appName === "AEFT") {
    const scripts = new Scripts(new Bridge(cep, "After Effects"), folder);
    return { ...createAfterEffects(scripts), ...shared };
  }
  if (said.appName === "PPRO") {
    return { ...createPremiere(String(said.appVersion ?? "")), ...shared };
  }
  throw new HostError("cep.unknown_host", "The panel does not know this program.", {
    value: said.appName,
    remedy: "Open it in After Effects or Premiere, or in a browser.",
  });
}

/**
 * @param {string} extension
 * @returns {Pick<import("../adapter.js").HostAdapter, "startServer" | "canStartServer">}
 */
function starting(extension) {
  return {
    startServer: (folder) => startServer(extension, folder),
    canStartServer: (folder) => canStartServer(extension, folder),
  };
}

/** @param {import("./bridge.js").AdobeCep} cep */
function environment(cep) {
  try {
    return JSON.parse(cep.getHostEnvironment());
  } catch {
    return {};
  }
}

/**
 * The folder of the extension: CEP says it as a file's URL, or as a path.
 * @param {import("./bridge.js").AdobeCep} cep
 */
function extensionFolder(cep) {
  const said = cep.getSystemPath("extension").replace(/\\/g, "/");
  if (!said.startsWith("file:")) return said;
  const path = decodeURIComponent(said.replace(/^file:\/\/(localhost)?/, ""));
  // "/C:/..." is a drive; "server/..." is what file://server/... leaves of a share.
  if (/^\/[A-Za-z]:/.test(path)) return path.slice(1);
  return path.startsWith("/") ? path : `//${path}`;
}
