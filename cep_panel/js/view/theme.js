// The colours of the host, or else of the system.

/** As the host, or the system, has it. @type {import("../../hosts/adapter.js").HostSkin} */
let offered = { theme: "dark" };
/** @type {import("../state/settings.js").ThemeChoice} */
let chosen = "host";

/**
 * @param {import("../../hosts/adapter.js").HostAdapter | null} host
 */
export function followTheme(host) {
  if (host?.onSkin) host.onSkin(take);
  else followSystem();
}

/** Other colours than the host's, or the host's again. @param {import("../state/settings.js").ThemeChoice} theme */
export function chooseTheme(theme) {
  chosen = theme;
  show();
}

function followSystem() {
  if (typeof matchMedia !== "function") return;
  const light = matchMedia("(prefers-color-scheme: light)");
  const tell = () => take({ theme: light.matches ? "light" : "dark" });
  tell();
  light.addEventListener("change", tell);
}

/** @param {import("../../hosts/adapter.js").HostSkin} skin */
function take(skin) {
  offered = skin;
  show();
}

function show() {
  const { theme, background, fontSize } = offered;
  const { style, dataset } = document.documentElement;
  dataset.theme = chosen === "host" ? theme : chosen;
  // The host's own ground goes with its own colours only.
  if (background && dataset.theme === theme) style.setProperty("--ground", background);
  else style.removeProperty("--ground");
  if (fontSize) style.fontSize = `${Math.min(20, Math.max(10, fontSize))}px`;
}
