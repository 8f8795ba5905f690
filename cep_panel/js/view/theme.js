// The colours of the host, or else of the system.

/**
 * @param {import("../../hosts/adapter.js").HostAdapter | null} host
 */
export function followTheme(host) {
  if (host?.onSkin) host.onSkin(show);
  else followSystem();
}

function followSystem() {
  if (typeof matchMedia !== "function") return;
  const light = matchMedia("(prefers-color-scheme: light)");
  const tell = () => show({ theme: light.matches ? "light" : "dark" });
  tell();
  light.addEventListener("change", tell);
}

/** @param {import("../../hosts/adapter.js").HostSkin} skin */
function show({ theme, background, fontSize }) {
  const { style, dataset } = document.documentElement;
  dataset.theme = theme;
  if (background) style.setProperty("--ground", background);
  if (fontSize) style.fontSize = `${Math.min(20, Math.max(10, fontSize))}px`;
}
