// Which host this is.

/**
 * The adapter of the program that shows this page. Another host's module is never even loaded.
 * @returns {Promise<import("./adapter.js").HostAdapter>}
 */
export async function pickHost() {
  const { __adobe_cep__: cep } = /** @type {{__adobe_cep__?: import("./cep/bridge.js").AdobeCep}} */ (globalThis);
  if (cep) {
    return (await import("./cep/host.js")).createHost(cep);
  }
  // In UXP the page is shown by a webview; the plugin around it has the host's modules.
  const { uxpHost } = /** @type {{uxpHost?: import("./webview/host.js").UxpHost}} */ (globalThis);
  if (uxpHost) {
    return (await import("./webview/host.js")).createHost(uxpHost);
  }
  return (await import("./browser.js")).createHost();
}
