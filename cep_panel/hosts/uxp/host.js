// The adapter of the program that UXP runs this page in.

import { HostError } from "../adapter.js";
import { createAfterEffectsUxp } from "./after_effects.js";
import { Files } from "./files.js";
import { createPremiere } from "./premiere.js";
import { findServer } from "./server_place.js";

/** UXP's `require`. @typedef {(name: string) => any} Loader */

/**
 * Throws HostError `uxp.unknown_host` in a program that the panel was not made for.
 * @param {Loader} loader
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createHost(loader) {
  const said = module(loader, "uxp")?.host ?? {};
  const version = String(said.version ?? "");
  const fs = loader("fs");
  const os = loader("os");
  const shared = {
    /** @param {string} [folder] */
    findServer: (folder) => findServer(fs, os, folder),
  };
  const premiere = module(loader, "premierepro");
  if (premiere) return { ...createPremiere(premiere, new Files(fs), version), ...shared };
  const afterEffects = module(loader, "aftereffects");
  if (afterEffects) {
    return { ...createAfterEffectsUxp(afterEffects, fs, os, () => loader("./jsx.js")), ...shared };
  }
  throw new HostError("uxp.unknown_host", "The panel does not know this program.", {
    value: said.name,
    remedy: "Open it in Premiere or After Effects, or in a browser.",
  });
}

/**
 * A module of the host's, null where it has none: UXP throws.
 * @param {Loader} loader
 * @param {string} name
 */
function module(loader, name) {
  try {
    return loader(name) ?? null;
  } catch {
    return null;
  }
}
