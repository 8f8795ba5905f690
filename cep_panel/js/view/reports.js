// How an import went, in sentences.

import { counted, element } from "./element.js";

const KIND = "import";

/** @typedef {import("../../hosts/adapter.js").ShotReport} ShotReport */

/**
 * One shot: a line in the status, and a notice only where a designer's work was met.
 * @param {import("./notices.js").Notices} notices
 * @param {ShotReport} report
 * @param {(text: string) => void} announce
 */
export function tellShot(notices, report, announce) {
  notices.clear(KIND);
  const text = shotText(report);
  announce(text);
  const kept = keptLines(report);
  if (kept.length > 0) notices.news("good", text, kept, KIND);
}

/** @param {ShotReport} report */
function shotText({ shot, state, comp }) {
  switch (state) {
    case "created":
      return `${shot} is in the project, as ${comp}.`;
    case "updated":
      return `${shot} was brought up to date.`;
    case "unchanged":
      return `${shot} is in the project already, unchanged.`;
    case "downloaded":
      return `${comp ?? shot} was downloaded.`;
    default:
      return `${shot} could not be imported.`;
  }
}

/**
 * A whole storyboard.
 * @param {import("./notices.js").Notices} notices
 * @param {import("../../hosts/adapter.js").SequenceReport} report
 * @param {string} host
 * @param {(text: string) => void} announce
 */
export function tellSequence(notices, report, host, announce) {
  const failed = report.shots.filter((one) => one.state === "failed");
  const title = titleOf(report, host);
  announce(title);
  const lines = [
    ...failed.map((one) => `${one.shot}: ${sentences(one.error)}`),
    ...report.shots.flatMap((one) => keptLines(one).map((line) => `${one.shot}, ${line}`)),
  ];
  if (report.sequence) lines.unshift(`All in order: ${report.sequence}.`);
  if (report.error) lines.unshift(`The shots' sequence was not built: ${sentences(report.error)}`);
  if (report.advice) lines.push(report.advice);
  const tone = failed.length > 0 || report.error ? "mixed" : "good";
  notices.news(tone, title, lines, KIND, report.file ? [filePath(report.file)] : []);
}

/**
 * @param {import("../../hosts/adapter.js").SequenceReport} report
 * @param {string} host
 */
function titleOf({ shots, file }, host) {
  if (file) return `The timeline file for ${host} is ready.`;
  /** @type {Array<[ShotReport["state"], string]>} */
  const words = [
    ["created", "new"], ["updated", "brought up to date"], ["unchanged", "unchanged"],
    ["downloaded", "downloaded"], ["failed", "failed"],
  ];
  const counts = words
    .map(([state, word]) => [shots.filter((one) => one.state === state).length, word])
    .filter(([number]) => number !== 0)
    .map(([number, word]) => `${number} ${word}`);
  return `${counted(shots.length, "shot")}: ${counts.join(", ") || "nothing was imported"}.`;
}

/** @param {ShotReport} report */
function keptLines({ kept }) {
  return (kept ?? []).map(({ layer, what }) => `${layer}: ${what} was kept`);
}

/** @param {import("../../hosts/adapter.js").HostError | null | undefined} error */
function sentences(error) {
  return error ? [error.message, error.file, error.remedy].filter(Boolean).join(" ") : "It was not made.";
}

/** A path that the user needs elsewhere. @param {string} path */
function filePath(path) {
  const field = element("input", { type: "text", readonly: true, value: path, "aria-label": "Path of the file" });
  const copy = element("button", {
    type: "button",
    onclick: () => {
      field.select();
      document.execCommand("copy"); // CEP's pages have no other clipboard
      copy.textContent = "Copied";
    },
  }, "Copy path");
  return element("div", { class: "file-path" }, field, copy);
}
