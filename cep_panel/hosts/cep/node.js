// Node.js, which CEP puts beside the page's own JavaScript.

/**
 * A module of Node's; null where there is no Node.
 * @param {"fs" | "os" | "path" | "process"} name
 * @returns {any}
 */
export function nodeModule(name) {
  const page = /** @type {any} */ (globalThis);
  const require = page.cep_node?.require ?? page.require;
  return typeof require === "function" ? require(name) : null;
}
