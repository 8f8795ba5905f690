// What the scripts of jsx/ find in ExtendScript, over the `aftereffects` module of UXP. By Adobe's
// UXP reference the objects, their names and their 1-based indexes are the same; different are
//   paths       texts, where ExtendScript has File objects (Project.file, FootageItem.file ...)
//   no file     "" or null, where ExtendScript has null
//   instanceof  nowhere described, so classes are told by what only they have
// A proxy stands before every host object, and the host itself never gets one.

import { HostError } from "../adapter.js";
import { fileClasses } from "./extendscript_files.js";

/** What the host gives, or is given: a property of it may be anything. @typedef {Record<PropertyKey, unknown>} HostObject */
/** @typedef {new (...given: unknown[]) => HostObject} HostClass */

/** Properties that hold a path. */
const PATHS = new Set(["file"]);
/** What only objects of these classes have, of those that the scripts ask about. */
const SIGNS = {
  CompItem: (/** @type {HostObject} */ one) => typeof one.numLayers === "number",
  FolderItem: (/** @type {HostObject} */ one) =>
    typeof one.numItems === "number" && typeof one.importFile !== "function",
  FootageItem: (/** @type {HostObject} */ one) =>
    typeof one.footageMissing === "boolean" && typeof one.numLayers !== "number",
  AVLayer: (/** @type {HostObject} */ one) => typeof one.threeDLayer === "boolean",
};
/** What scripts make themselves, and the properties that their arguments become. */
const MADE = {
  ImportOptions: ["file"],
  KeyframeEase: ["speed", "influence"],
  MarkerValue: ["comment"],
};
const ENUMERATIONS = [
  "AlphaMode", "AutoOrientType", "ImportAsType", "KeyframeInterpolationType", "PREFType", "RQItemStatus",
];

/**
 * The globals of the scripts.
 * @param {HostObject} module  what require("aftereffects") gives: the application, or its holder
 * @param {import("./extendscript_files.js").SyncFs} fs
 * @param {{platform: () => string}} os
 */
export function globalsOf(module, fs, os) {
  const windows = os.platform().startsWith("win");
  const { File, Folder } = fileClasses(fs, windows);
  const application = module.app ?? module;
  /** @type {WeakMap<object, HostObject>} */
  const behind = new WeakMap();

  /** @param {unknown} value @returns {unknown} */
  const inside = (value) => {
    if (value instanceof File || value instanceof Folder) return value.fsName;
    if (Array.isArray(value)) return value.map(inside);
    return typeof value === "object" && value !== null ? (behind.get(value) ?? value) : value;
  };
  /** @param {unknown} value @returns {unknown} */
  const outside = (value) => {
    if (Array.isArray(value)) return value.map(outside);
    if (typeof value !== "object" || value === null) return value;
    // Before an object of ours: a proxy may not show other values than a frozen target has.
    const object = /** @type {HostObject} */ (value);
    const proxy = new Proxy({}, handlerOf(object));
    behind.set(proxy, object);
    return proxy;
  };
  /** @param {HostObject} target @returns {ProxyHandler<object>} */
  const handlerOf = (target) => ({
    get(_, name) {
      const value = target[name];
      if (typeof value === "function") {
        return (/** @type {unknown[]} */ ...given) => outside(value.apply(target, given.map(inside)));
      }
      if (typeof name === "string" && PATHS.has(name)) return value ? File.native(String(value)) : null;
      return outside(value);
    },
    set(_, name, value) {
      target[name] = inside(value);
      return true;
    },
  });

  /** @type {HostObject} */
  const host = {};
  for (const [name, sign] of Object.entries(SIGNS)) host[name] = classOf(behind, sign);
  for (const [name, properties] of Object.entries(MADE)) {
    host[name] = function (/** @type {unknown[]} */ ...given) {
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
 * @param {WeakMap<object, HostObject>} behind
 * @param {(one: HostObject) => boolean} sign
 */
function classOf(behind, sign) {
  return {
    /** @param {unknown} value */
    [Symbol.hasInstance]: (value) => {
      const one = typeof value === "object" && value !== null ? behind.get(value) : undefined;
      return one !== undefined && sign(one);
    },
  };
}

/**
 * A new host object. Its properties are written too, because Adobe's reference describes them and
 * not what constructors do.
 * @param {HostObject} module
 * @param {string} name
 * @param {string[]} properties
 * @param {unknown[]} given
 */
function make(module, name, properties, given) {
  const Class = /** @type {HostClass | undefined} */ (module[name]);
  if (typeof Class !== "function") throw missing(name);
  const made = new Class(...given);
  properties.forEach((property, i) => {
    if (given[i] !== undefined && made[property] !== given[i]) made[property] = given[i];
  });
  return made;
}

/**
 * An enumeration of the host's. Its numbers are the host's own: none is guessed.
 * @param {HostObject} module
 * @param {string} name
 */
function enumeration(module, name) {
  const application = /** @type {HostObject | undefined} */ (module.app);
  const values = /** @type {HostObject | undefined} */ (module[name] ?? application?.[name]);
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
