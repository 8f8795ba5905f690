// After Effects under UXP (27, public beta): the very scripts of jsx/, over the `aftereffects`
// module instead of ExtendScript's own objects. Written against Adobe's documentation, not run in
// After Effects.

import { HostError } from "../adapter.js";
import { createAfterEffects } from "../cep/after_effects.js";
import { globalsOf } from "./extendscript.js";

/**
 * @param {any} afterEffects  what require("aftereffects") gives
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 * @param {() => (...globals: any[]) => any} loadScripts  gives the module that `multiplane panel`
 *   makes of jsx/
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createAfterEffectsUxp(afterEffects, fs, os, loadScripts) {
  /** @type {any} */
  let multiplane = null;
  const scripts = {
    /** @param {string} entry @param {object} given */
    call: async (entry, given) => {
      if (multiplane === null) multiplane = loaded(afterEffects, fs, os, loadScripts);
      const answer = JSON.parse(multiplane.call[entry](JSON.stringify(given)));
      if (answer.ok === true) return answer.result;
      const { code, message, ...detail } = answer.error;
      throw new HostError(code, message, detail);
    },
  };
  return { ...createAfterEffects(/** @type {any} */ (scripts)), name: "after-effects-uxp" };
}

/**
 * @param {any} afterEffects
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 * @param {() => (...globals: any[]) => any} loadScripts
 */
function loaded(afterEffects, fs, os, loadScripts) {
  try {
    const { app, $, File, Folder, host } = globalsOf(afterEffects, fs, os);
    return loadScripts()(app, $, File, Folder, host);
  } catch (error) {
    throw HostError.of(error, "uxp.scripts", "Install the panel again: multiplane panel install.");
  }
}
