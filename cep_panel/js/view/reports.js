// How an import went, in sentences.

import { t } from "../text/text.js";
import { element } from "./element.js";

const KIND = "import";
/** @type {Array<ShotReport["state"]>} */
const STATES = ["created", "updated", "unchanged", "downloaded", "failed", "unmade"];

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
  return t(`report.${state}`, { shot, comp: comp ?? shot });
}

/**
 * A whole storyboard.
 * @param {import("./notices.js").Notices} notices
 * @param {import("../../hosts/adapter.js").SequenceReport} report
 * @param {string} host
 * @param {(text: string) => void} announce
 */
export function tellSequence(notices, report, host, announce) {
  const missing = report.shots.filter((one) => one.state === "failed" || one.state === "unmade");
  const title = titleOf(report, host);
  announce(title);
  const lines = [
    ...missing.map((one) => `${one.shot}: ${sentences(one.error)}`),
    ...report.shots.flatMap((one) => keptLines(one).map((line) => `${one.shot}, ${line}`)),
  ];
  if (report.sequence) lines.unshift(t("report.in_order", { sequence: report.sequence }));
  if (report.error) lines.unshift(t("report.no_sequence", { why: sentences(report.error) }));
  if (report.advice) lines.push(report.advice);
  const tone = missing.length > 0 || report.error ? "mixed" : "good";
  notices.news(tone, title, lines, KIND, report.file ? [filePath(report.file)] : []);
}

/**
 * @param {import("../../hosts/adapter.js").SequenceReport} report
 * @param {string} host
 */
function titleOf({ shots, file }, host) {
  if (file) return t("report.timeline", { host });
  const counts = STATES
    .map((state) => ({ state, n: shots.filter((one) => one.state === state).length }))
    .filter(({ n }) => n !== 0)
    .map(({ state, n }) => t(`report.count.${state}`, { n }))
    .join(", ");
  return t("report.title", { shots: t("count.shots", { n: shots.length }), counts: counts || t("report.nothing") });
}

/** @param {ShotReport} report */
function keptLines({ kept }) {
  return (kept ?? []).map(({ layer, what }) => t("report.kept", { layer, what }));
}

/** @param {import("../../hosts/adapter.js").HostError | null | undefined} error */
function sentences(error) {
  return error ? [error.message, error.file, error.remedy].filter(Boolean).join(" ") : t("report.not_made");
}

/** A path that the user needs elsewhere. @param {string} path */
function filePath(path) {
  const field = element("input", { type: "text", readonly: true, value: path, "aria-label": t("report.path") });
  const copy = element("button", {
    type: "button",
    onclick: () => {
      field.select();
      document.execCommand("copy"); // CEP's pages have no other clipboard
      copy.textContent = t("report.copied");
    },
  }, t("report.copy"));
  return element("div", { class: "file-path" }, field, copy);
}
