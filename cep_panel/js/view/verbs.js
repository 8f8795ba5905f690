// What importing is called in a host.

import { t } from "../text/text.js";

/**
 * @typedef {object} Verbs
 * @property {string} one  "Import", say
 * @property {string} all  where shots cannot be counted
 * @property {"import.count" | "download.count"} allKey  of so many shots
 * @property {"import.again" | "download.again"} againKey  of what is imported already
 * @property {string} title  of the host
 */

/**
 * @param {import("../../hosts/adapter.js").HostAdapter} host
 * @returns {Verbs}
 */
export function verbsOf({ name }) {
  const isBrowser = name === "browser";
  return {
    one: t(isBrowser ? "verb.download" : "verb.import"),
    all: t("import.timeline"),
    allKey: isBrowser ? "download.count" : "import.count",
    againKey: isBrowser ? "download.again" : "import.again",
    title: t(isBrowser ? "host.browser" : name.startsWith("premiere") ? "host.premiere" : "host.after_effects"),
  };
}
