// How the host looks: its panels' colour and the size of its text.

const CHANGED = "com.adobe.csxs.events.ThemeColorChanged";
const DARK_BELOW = 128;

/**
 * Tell of the host's skin now and whenever it changes.
 * @param {import("./bridge.js").AdobeCep} cep
 * @param {(skin: import("../adapter.js").HostSkin) => void} listener
 */
export function followSkin(cep, listener) {
  const tell = () => {
    const skin = skinOf(cep);
    if (skin) listener(skin);
  };
  tell();
  cep.addEventListener(CHANGED, tell);
}

/**
 * @param {import("./bridge.js").AdobeCep} cep
 * @returns {import("../adapter.js").HostSkin | null}
 */
function skinOf(cep) {
  try {
    const said = JSON.parse(cep.getHostEnvironment()).appSkinInfo;
    const { red, green, blue } = said.panelBackgroundColor.color;
    const parts = [red, green, blue].map((part) => Math.round(Math.min(255, Math.max(0, Number(part)))));
    if (parts.some(Number.isNaN)) return null;
    const light = 0.299 * parts[0] + 0.587 * parts[1] + 0.114 * parts[2];
    return {
      theme: light < DARK_BELOW ? "dark" : "light",
      background: `rgb(${parts.join(", ")})`,
      fontSize: Number(said.baseFontSize) || undefined,
    };
  } catch {
    return null; // A host that does not say: the panel asks the system.
  }
}
