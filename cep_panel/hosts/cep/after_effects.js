// After Effects under CEP: each call of the adapter is a call of our ExtendScript.

import { HostError } from "../adapter.js";

const SHOT_MS = 180_000;
const FINISH_MS = 300_000;
const DELIVER_MS = 300_000;

/**
 * @param {import("./scripts.js").Caller} scripts
 * @returns {import("../adapter.js").HostAdapter}
 */
export function createAfterEffects(scripts) {
  return {
    name: "after-effects-cep",
    abilities: { shots: true, updates: true, sequence: true, handles: true, dissolve: true, audio: true, media: false, rig: true },
    hostInfo: async () => {
      const said = await scripts.call("hostInfo", {});
      return {
        host: "after-effects",
        title: "After Effects",
        version: said.version,
        project: said.project,
        may_write_files: said.may_write_files,
        advice: null,
      };
    },
    importShot: (request) => scripts.call("importShot", shotOf(request), SHOT_MS),
    updateShot: (request) => scripts.call("updateShot", shotOf(request), SHOT_MS),
    importSequence: (request, onShot) => importSequence(scripts, request, onShot),
    imported: async (storyboard, wanted) => {
      const { shots } = await scripts.call("importedShots", { storyboard });
      return shots.filter(({ shot }) => wanted.includes(shot)).map(({ shot, comp, hash, handles }) => ({ shot, name: comp, hash, handles }));
    },
    active: async () => {
      const { item, storyboard, shot } = await scripts.call("activeComp", {});
      return { key: `${item} ${storyboard} ${shot}`, storyboard, shot };
    },
    open: async (storyboard, shot) => {
      await scripts.call("openComp", { storyboard, shot });
    },
    delivery: deliveryOf(scripts),
  };
}

/**
 * @param {import("./scripts.js").Caller} scripts
 * @returns {import("../adapter.js").Delivery}
 */
function deliveryOf(scripts) {
  return {
    outputModules: async () => (await scripts.call("outputModules", {})).templates,
    queueInEncoder: (request) => scripts.call("queueInEncoder", request, DELIVER_MS),
    exportTemplate: (request) => scripts.call("exportTemplate", request, DELIVER_MS),
    precompose: (request) => scripts.call("precompose", request, DELIVER_MS),
  };
}

/**
 * What the script reads; the rest of a request is for other hosts.
 * @param {import("../adapter.js").ShotRequest} request
 */
function shotOf({ folder, storyboard, handles, manifest, force, expressions, motion_blur }) {
  return { folder, storyboard, handles, manifest, force, expressions, motion_blur };
}

/**
 * One call for each shot, so that After Effects breathes between them, and a shot that fails is
 * told of while the others go on.
 * @param {import("./scripts.js").Caller} scripts
 * @param {import("../adapter.js").SequenceRequest} request
 * @param {import("../adapter.js").OnShot} onShot
 * @returns {Promise<import("../adapter.js").SequenceReport>}
 */
async function importSequence(scripts, request, onShot) {
  const { folder, storyboard, handles, audio, dissolve } = request;
  const plan = await scripts.call("planSequence", { folder, storyboard });
  /** @type {import("../adapter.js").ShotReport[]} */
  const shots = [];
  let stopped = false;
  for (const shot of plan.shots) {
    if (request.stopped?.()) {
      stopped = true;
      break;
    }
    const { expressions, motion_blur } = request;
    const report = await importOne(scripts, shot, { storyboard: plan.storyboard, handles, expressions, motion_blur });
    shots.push(report);
    onShot(report, shots.length, plan.shots.length);
  }
  const whole = { storyboard: plan.storyboard, shots, file: null, advice: null };
  if (stopped) return { ...whole, sequence: null, error: null };
  try {
    const master = await scripts.call(
      "finishSequence", { folder, storyboard: plan.storyboard, audio, dissolve }, FINISH_MS);
    return { ...whole, sequence: master.comp, error: null };
  } catch (error) {
    // The shots are in the project: what is missing is only the comp of them all.
    return { ...whole, sequence: null, error: HostError.of(error, "cep.sequence") };
  }
}

/**
 * @param {import("./scripts.js").Caller} scripts
 * @param {import("./scripts.js").ScriptCalls["planSequence"]["result"]["shots"][number]} shot
 * @param {Pick<import("../adapter.js").SequenceRequest, "storyboard" | "handles" | "expressions" | "motion_blur">} setting
 * @returns {Promise<import("../adapter.js").ShotReport>}
 */
async function importOne(scripts, shot, setting) {
  if (shot.folder === null) {
    return { shot: shot.id, state: "unmade", error: HostError.told(shot.error, "shot.not_made", "The shot was not made.") };
  }
  try {
    return await scripts.call("importShot", { folder: shot.folder, ...setting }, SHOT_MS);
  } catch (error) {
    return { shot: shot.id, state: "failed", error: HostError.of(error, "cep.shot") };
  }
}
