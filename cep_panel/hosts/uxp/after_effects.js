// After Effects under UXP (27, public beta): the very scripts of jsx/, over the `aftereffects`
// module instead of ExtendScript's own objects. Written against Adobe's documentation, not run in
// After Effects.

import { HostError } from "../adapter.js";
import { createAfterEffects } from "../cep/after_effects.js";
import { globalsOf } from "./extendscript.js";

/** What the scripts make. @typedef {{call: Record<keyof import("../cep/scripts.js").ScriptCalls,
 *   (text: string) => string>}} Loaded */

/** The scripts as one function of the globals that they find in ExtendScript.
 * @typedef {(...globals: unknown[]) => Loaded} ScriptModule */

/**
 * @param {import("./extendscript.js").HostObject} afterEffects  what require("aftereffects") gives
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 * @param {() => ScriptModule} loadScripts  gives the module that `multiplane panel`
 *   makes of jsx/
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createAfterEffectsUxp(afterEffects, fs, os, loadScripts) {
  /** @type {Loaded | null} */
  let multiplane = null;
  /** @type {import("../cep/scripts.js").Caller} */
  const scripts = {
    call: async (entry, given) => {
      if (multiplane === null) multiplane = loaded(afterEffects, fs, os, loadScripts);
      const answer = JSON.parse(multiplane.call[entry](JSON.stringify(given)));
      if (answer.ok === true) return answer.result;
      throw HostError.told(answer.error, "uxp.answer", "The script failed without saying why.");
    },
  };
  return { ...createAfterEffects(scripts), name: "after-effects-uxp" };
}

/**
 * @param {import("./extendscript.js").HostObject} afterEffects
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 * @param {() => ScriptModule} loadScripts
 */
function loaded(afterEffects, fs, os, loadScripts) {
  try {
    const { app, $, File, Folder, host } = globalsOf(afterEffects, fs, os);
    return loadScripts()(app, $, File, Folder, host);
  } catch (error) {
    throw HostError.of(error, "uxp.scripts", "Install the panel again: multiplane panel install.");
  }
}
