// Which host this is.

/// <reference path="./uxp/globals.d.ts" />

/**
 * The adapter of the program that shows this page. Another host's module is never even loaded.
 * @returns {Promise<import("./adapter.js").HostAdapter>}
 */
export async function pickHost() {
  const { __adobe_cep__: cep } = /** @type {{__adobe_cep__?: import("./cep/bridge.js").AdobeCep}} */ (globalThis);
  if (cep) {
    return (await import("./cep/host.js")).createHost(cep);
  }
  // UXP has no modules, but `require`; so has a bundler's page, which then lacks UXP's own module.
  if (typeof require === "function") {
    const uxp = await import("./uxp/host.js");
    if (uxp.isUxp(require)) return uxp.createHost(require);
  }
  return (await import("./browser.js")).createHost();
}
