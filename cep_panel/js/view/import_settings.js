// How shots are brought in: fields that the host has a use for.

import { choiceOf } from "../state/import_settings.js";
import { byId } from "./element.js";
import { takeNumbers } from "./numbers.js";

export class ImportSettingsView {
  /** @param {import("../state/import_settings.js").ImportSettings} settings */
  constructor(settings) {
    for (const name of /** @type {const} */ (["handles", "dissolve"])) {
      byId(name).value = String(settings[name]);
      takeNumbers(byId(name), {
        changed: (frames) => {
          settings[name] = frames ?? 0;
          settings.keep();
        },
        now: () => String(settings[name]),
      });
    }
    byId("media").value = settings.media;
    byId("media").addEventListener("change", () => {
      settings.media = byId("media").value === "comps" ? "comps" : "films";
      settings.keep();
    });
    byId("expressions").value = settings.expressions;
    byId("expressions").addEventListener("change", () => {
      settings.expressions = choiceOf(byId("expressions").value);
      settings.keep();
    });
    byId("motion-blur").checked = settings.motionBlur;
    byId("motion-blur").addEventListener("change", () => {
      settings.motionBlur = byId("motion-blur").checked;
      settings.keep();
    });
  }

  /** @param {Readonly<import("../panes/pane.js").PanelState>} state */
  show({ abilities: { handles, dissolve, media, rig } }) {
    byId("import-settings").hidden = !(handles || dissolve || media || rig);
    byId("expressions-field").hidden = !rig;
    byId("motion-blur-field").hidden = !rig;
    byId("media-field").hidden = !media;
    byId("handles-field").hidden = !handles;
    byId("dissolve-field").hidden = !dissolve;
  }
}
