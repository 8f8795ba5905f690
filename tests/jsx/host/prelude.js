"use strict";
/* Makes a bare JavaScript engine look like After Effects' ExtendScript: the built-ins of ES3 and
   nothing more, and host objects that are proxies for Python's. Runs before any script; what it
   needs itself it keeps in this closure. */
(() => {
  const { parse, stringify } = JSON;
  const { keys, create, getOwnPropertyDescriptor, getOwnPropertyNames } = Object;
  const { isArray } = Array;
  const { isFinite: finite } = Number;
  const HostDate = Date;
  const evaluate = eval; // called by another name, it works in the global scope
  const HostProxy = Proxy;
  const each = (list, change) => {
    const changed = [];
    for (let i = 0; i < list.length; i += 1) changed[i] = change(list[i]);
    return changed;
  };
  const bridge = globalThis.__bridge;
  const known = new WeakMap(); // host object -> its handle
  const classes = {};

  /* ---- Values over the bridge: JSON; host objects as {"$": handle, "c": class}. */
  const pack = (value) => {
    if (value === undefined) return { $undefined: 1 };
    if (value === null || typeof value === "boolean" || typeof value === "string") return value;
    if (typeof value === "number") return finite(value) ? value : { $number: String(value) };
    if (known.has(value)) return { $: known.get(value) };
    if (isArray(value)) return each(value, pack);
    if (typeof value === "function") throw new TypeError("a function is no value for the host");
    const plain = {};
    for (const name of keys(value)) plain[name] = pack(value[name]);
    return { $plain: plain };
  };
  const unpack = (value) => {
    if (value === null || typeof value !== "object") return value;
    if (isArray(value)) return each(value, unpack);
    if ("$undefined" in value) return undefined;
    if ("$date" in value) return new HostDate(value.$date);
    if ("$plain" in value) {
      const plain = {};
      for (const name of keys(value.$plain)) plain[name] = unpack(value.$plain[name]);
      return plain;
    }
    return wrap(value.$, value.c);
  };
  const ask = (operation, handle, name, args) => {
    const answer = parse(bridge(stringify([operation, handle, name, each(args, pack)])));
    if ("e" in answer) throw new Error(answer.e);
    return answer;
  };

  /* A new proxy each time: two references to one object are not ===, as in After Effects. */
  const wrap = (handle, name) => {
    const proxy = new HostProxy(create(classes[name].prototype), {
      get(target, key) {
        if (typeof key === "symbol") return undefined;
        if (key === "toString") return () => `[object ${name}]`;
        const answer = ask("get", handle, key, []);
        if (!answer.m) return unpack(answer.v);
        return (...args) => unpack(ask("call", handle, key, args).v);
      },
      set(target, key, value) {
        ask("set", handle, key, [value]);
        return true;
      },
      has: (target, key) => ask("has", handle, key, []).v,
      deleteProperty: () => { throw new Error("host objects have no properties to delete"); },
      ownKeys: () => { throw new Error("host objects cannot be enumerated"); },
    });
    known.set(proxy, handle);
    return proxy;
  };

  /* instanceof knows an object's own class only: After Effects' hierarchy is none in scripts. */
  const publish = (name, creatable) => {
    const made = function (...args) {
      if (!creatable) throw new Error(`${name} cannot be made by a script`);
      return unpack(ask("new", 0, name, args).v);
    };
    classes[name] = made;
    globalThis[name] = made;
  };

  /* ---- Down to ES3 (ECMA-262, 3rd edition, section 15; substr, escape and unescape: annex B). */
  const words = (text) => text.split(" ");
  const GLOBALS = words("NaN Infinity undefined eval parseInt parseFloat isNaN isFinite decodeURI " +
    "decodeURIComponent encodeURI encodeURIComponent escape unescape Object Function Array String " +
    "Boolean Number Date RegExp Error EvalError RangeError ReferenceError SyntaxError TypeError " +
    "URIError Math");
  const OWN = {
    Function: "", Object: "", Array: "", String: "fromCharCode", Boolean: "",
    Number: "MAX_VALUE MIN_VALUE NaN NEGATIVE_INFINITY POSITIVE_INFINITY",
    Date: "parse UTC", RegExp: "", Error: "",
    Math: "E LN10 LN2 LOG2E LOG10E PI SQRT1_2 SQRT2 abs acos asin atan atan2 ceil cos exp floor " +
      "log max min pow random round sin sqrt tan",
  };
  const PROTOTYPES = {
    Object: "constructor toString toLocaleString valueOf hasOwnProperty isPrototypeOf " +
      "propertyIsEnumerable __proto__",
    Function: "constructor toString apply call length name",
    Array: "constructor toString toLocaleString concat join pop push reverse shift slice sort " +
      "splice unshift length",
    String: "constructor toString valueOf charAt charCodeAt concat indexOf lastIndexOf " +
      "localeCompare match replace search slice split substr substring toLowerCase " +
      "toLocaleLowerCase toUpperCase toLocaleUpperCase length",
    Boolean: "constructor toString valueOf",
    Number: "constructor toString toLocaleString valueOf toFixed toExponential toPrecision",
    Date: "constructor toString toDateString toTimeString toLocaleString toLocaleDateString " +
      "toLocaleTimeString valueOf getTime getFullYear getUTCFullYear getMonth getUTCMonth getDate " +
      "getUTCDate getDay getUTCDay getHours getUTCHours getMinutes getUTCMinutes getSeconds " +
      "getUTCSeconds getMilliseconds getUTCMilliseconds getTimezoneOffset setTime setMilliseconds " +
      "setUTCMilliseconds setSeconds setUTCSeconds setMinutes setUTCMinutes setHours setUTCHours " +
      "setDate setUTCDate setMonth setUTCMonth setFullYear setUTCFullYear toUTCString",
    /* flags: the engine's own replace() and split() read it. */
    RegExp: "constructor exec test toString source global ignoreCase multiline lastIndex flags",
    Error: "constructor name message toString",
  };
  const surplus = (object, names) =>
    getOwnPropertyNames(object).filter((name) => !names.includes(name)).map((name) => [object, name]);
  const prune = () => {
    const kept = [...GLOBALS, ...keys(classes), ...published];
    const doomed = [
      ...keys(OWN).map((name) => surplus(globals[name], [...words(OWN[name]), "prototype", "length", "name"])),
      ...keys(PROTOTYPES).map((name) => surplus(globals[name].prototype, words(PROTOTYPES[name]))),
      surplus(globals, kept),
    ].flat();
    for (let i = 0; i < doomed.length; i += 1) {
      const [object, name] = doomed[i];
      // What is left cannot be deleted: the newer constants of Number.
      if (getOwnPropertyDescriptor(object, name).configurable) delete object[name];
    }
  };

  const published = ["$", "app", "alert"];
  const globals = globalThis;
  const setup = parse(bridge(stringify(["setup", 0, "", []])));
  for (const [name, creatable] of setup.classes) publish(name, creatable);
  for (const [name, values] of Object.entries(setup.enumerations)) {
    published.push(name);
    globals[name] = values;
  }
  globals.app = wrap(setup.app, "Application");
  globals.alert = (text) => { ask("alert", 0, String(text), []); };
  globals.Folder.selectDialog = () => unpack(ask("select", 0, "", []).v);
  globals.Folder.desktop = wrap(setup.desktop, "Folder");
  globals.Folder.temp = wrap(setup.desktop, "Folder");
  const own = {
    global: globals,
    /* What a script loops over: nothing is no object there. */
    there(value) {
      if (value === undefined || value === null) throw new TypeError(`${value} is not an object`);
      return value;
    },
    /* Its includes in place, as the preprocessor has it, and in the scope of the whole. */
    evalFile: (file) => evaluate(parse(bridge(stringify(["include", 0, file.fsName, []]))).v),
  };
  globals.$ = new HostProxy(wrap(setup.dollar, "Dollar"), {
    get: (target, key) => (key in own ? own[key] : target[key]),
  });
  prune();
})();
