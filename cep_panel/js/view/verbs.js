// What importing is called in a host.

/**
 * @param {import("../../hosts/adapter.js").HostAdapter} host
 * @returns {{one: string, all: string, title: string}}
 */
export function verbsOf({ name, abilities }) {
  if (name === "browser") return { one: "Download", all: "Download all", title: "the browser" };
  const title = name.startsWith("premiere") ? "Premiere" : "After Effects";
  return { one: "Import", all: abilities.shots ? "Import all" : "Timeline file", title };
}
