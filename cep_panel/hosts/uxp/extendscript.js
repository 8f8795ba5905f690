// What the scripts of jsx/ find in ExtendScript, over the `aftereffects` module of UXP. By Adobe's
// UXP reference the objects, their names and their 1-based indexes are the same; different are
//   paths       texts, where ExtendScript has File objects (Project.file, FootageItem.file ...)
//   no file     "" or null, where ExtendScript has null
//   instanceof  nowhere described, so classes are told by what only they have
// A proxy stands before every host object, and the host itself never gets one.

import { HostError } from "../adapter.js";
import { fileClasses } from "./extendscript_files.js";

/** Properties that hold a path. */
const PATHS = new Set(["file"]);
/** What only objects of these classes have, of those that the scripts ask about. */
const SIGNS = {
  CompItem: (/** @type {any} */ one) => typeof one.numLayers === "number",
  FolderItem: (/** @type {any} */ one) =>
    typeof one.numItems === "number" && typeof one.importFile !== "function",
  FootageItem: (/** @type {any} */ one) =>
    typeof one.footageMissing === "boolean" && typeof one.numLayers !== "number",
  AVLayer: (/** @type {any} */ one) => typeof one.threeDLayer === "boolean",
};
/** What scripts make themselves, and the properties that their arguments become. */
const MADE = {
  ImportOptions: ["file"],
  KeyframeEase: ["speed", "influence"],
  MarkerValue: ["comment"],
};
const ENUMERATIONS = [
  "AlphaMode", "AutoOrientType", "ImportAsType", "KeyframeInterpolationType", "PREFType",
];

/**
 * The globals of the scripts.
 * @param {any} module  what require("aftereffects") gives: the application, or its holder
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 */
export function globalsOf(module, fs, os) {
  const windows = os.platform().startsWith("win");
  const { File, Folder } = fileClasses(fs, windows);
  const application = module.app ?? module;
  /** @type {WeakMap<object, any>} */
  const behind = new WeakMap();

  /** @param {any} value @returns {any} */
  const inside = (value) => {
    if (value instanceof File || value instanceof Folder) return value.fsName;
    if (Array.isArray(value)) return value.map(inside);
    return typeof value === "object" && value !== null ? (behind.get(value) ?? value) : value;
  };
  /** @param {any} value @returns {any} */
  const outside = (value) => {
    if (Array.isArray(value)) return value.map(outside);
    if (typeof value !== "object" || value === null) return value;
    // Before an object of ours: a proxy may not show other values than a frozen target has.
    const proxy = new Proxy({}, handlerOf(value));
    behind.set(proxy, value);
    return proxy;
  };
  /** @param {any} target @returns {ProxyHandler<any>} */
  const handlerOf = (target) => ({
    get(_, name) {
      const value = target[name];
      if (typeof value === "function") {
        return (/** @type {any[]} */ ...given) => outside(value.apply(target, given.map(inside)));
      }
      if (typeof name === "string" && PATHS.has(name)) return value ? File.native(value) : null;
      return outside(value);
    },
    set(_, name, value) {
      target[name] = inside(value);
      return true;
    },
  });

  /** @type {Record<string, any>} */
  const host = {};
  for (const [name, sign] of Object.entries(SIGNS)) host[name] = classOf(behind, sign);
  for (const [name, properties] of Object.entries(MADE)) {
    host[name] = function (/** @type {any[]} */ ...given) {
      return outside(make(module, name, properties, given.map(inside)));
    };
  }
  for (const name of ENUMERATIONS) host[name] = enumeration(module, name);
  return {
    app: outside(application),
    $: { os: windows ? "Windows" : "Macintosh OS" },
    File,
    Folder,
    host,
  };
}

/**
 * Something whose `instanceof` asks the object behind the proxy.
 * @param {WeakMap<object, any>} behind
 * @param {(one: any) => boolean} sign
 */
function classOf(behind, sign) {
  return {
    /** @param {any} value */
    [Symbol.hasInstance]: (value) => {
      const one = typeof value === "object" && value !== null ? behind.get(value) : undefined;
      return one !== undefined && sign(one);
    },
  };
}

/**
 * A new host object. Its properties are written too, because Adobe's reference describes them and
 * not what constructors do.
 * @param {any} module
 * @param {string} name
 * @param {string[]} properties
 * @param {any[]} given
 */
function make(module, name, properties, given) {
  const Class = module[name];
  if (typeof Class !== "function") throw missing(name);
  const made = new Class(...given);
  properties.forEach((property, i) => {
    if (given[i] !== undefined && made[property] !== given[i]) made[property] = given[i];
  });
  return made;
}

/**
 * An enumeration of the host's. Its numbers are the host's own: none is guessed.
 * @param {any} module
 * @param {string} name
 */
function enumeration(module, name) {
  const values = module[name] ?? module.app?.[name];
  return new Proxy({}, {
    get(_, member) {
      const value = values?.[member];
      if (value === undefined) throw missing(`${name}.${String(member)}`);
      return value;
    },
  });
}

/** @param {string} name */
function missing(name) {
  return new HostError("uxp.missing", `This After Effects does not offer ${name} to UXP.`, {
    value: name,
    remedy: "Use the CEP panel (multiplane panel install) until a newer After Effects does.",
  });
}
