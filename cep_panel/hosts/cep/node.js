// Node.js, which CEP puts beside the page's own JavaScript.

/**
 * What the panel uses of it.
 * @typedef {object} NodeModules
 * @property {{promises: {readFile: (path: string, encoding: "utf8") => Promise<string>,
 *   realpath: (path: string) => Promise<string>}}} fs
 * @property {{homedir: () => string}} os
 * @property {{env: Record<string, string | undefined>, platform: string}} process
 */

/** @typedef {{require?: unknown, cep_node?: {require?: unknown}}} Page */

/**
 * A module of Node's; null where there is no Node.
 * @template {keyof NodeModules} Name
 * @param {Name} name
 * @returns {NodeModules[Name] | null}
 */
export function nodeModule(name) {
  const page = /** @type {Page} */ (globalThis);
  const require = page.cep_node?.require ?? page.require;
  return typeof require === "function" ? require(name) : null;
}
