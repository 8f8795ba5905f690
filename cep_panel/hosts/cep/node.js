// Node.js, which CEP puts beside the page's own JavaScript.

/**
 * What the panel uses of it.
 * @typedef {object} NodeModules
 * @property {{promises: {readFile: (path: string, encoding: "utf8") => Promise<string>,
 *   realpath: (path: string) => Promise<string>, mkdtemp: (prefix: string) => Promise<string>,
 *   open: (path: string, flags: "w") => Promise<{fd: number, close: () => Promise<void>}>}}} fs
 * @property {{homedir: () => string, tmpdir: () => string}} os
 * @property {{spawn: (file: string, given: string[], how: {detached: boolean, windowsHide: boolean,
 *   stdio: ["ignore", number, number]}) => Child}} child_process
 * @property {{env: Record<string, string | undefined>, platform: string}} process
 */

/**
 * A process that was started.
 * @typedef {object} Child
 * @property {{(event: "error", heard: (error: Error) => void): void,
 *   (event: "exit", heard: (status: number | null) => void): void}} on
 * @property {() => void} unref
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
