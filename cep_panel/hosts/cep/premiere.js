// Premiere under CEP: its ExtendScript is at its end and it has no comps, so the panel makes the
// shots and hands over the timeline file, which Premiere reads by itself.

import { HostError } from "../adapter.js";

const TIMELINE = "timeline.xml";
const ADVICE =
  "This version of Premiere takes a timeline file: File > Import, and choose timeline.xml. " +
  "Premiere 25.6 and later has a panel of its own that builds the sequence (multiplane panel install).";

/**
 * @param {string} version
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createPremiere(version) {
  const noComps = async () => {
    throw new HostError("premiere.no_shots", "Single shots cannot be imported into this version of Premiere.", {
      remedy: ADVICE,
    });
  };
  return {
    name: "premiere-cep",
    abilities: { shots: false, updates: false, sequence: true, handles: false, dissolve: false, audio: false, media: false },
    hostInfo: async () => ({ host: "premiere", title: "Premiere", version, project: null, advice: ADVICE }),
    importShot: noComps,
    updateShot: noComps,
    importSequence: async ({ folder, storyboard, source }) => {
      const files = source ? await source.list() : [];
      if (!files.some((file) => file.path === TIMELINE)) {
        throw new HostError("premiere.no_timeline", "The storyboard has no timeline file yet.", {
          file: `${folder}/${TIMELINE}`,
          remedy: "Wait until all its shots are made.",
        });
      }
      return {
        storyboard: storyboard ?? "",
        shots: [],
        sequence: null,
        file: `${folder}${folder.includes("\\") ? "\\" : "/"}${TIMELINE}`,
        advice: ADVICE,
        error: null,
      };
    },
  };
}
