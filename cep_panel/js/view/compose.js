// The document as text, and its settings.

import { cuttersOf } from "../board/cutters.js";
import { relativeFiles } from "../board/files.js";
import { isBlank, retyped, withSetting } from "../board/work.js";
import { keep, recall } from "../state/keep.js";
import { fromServer } from "../trouble.js";
import { byId, element, say } from "./element.js";
import { troubleText } from "./notices.js";
import { isRefused, takeNumbers } from "./numbers.js";
import { presetTitle } from "./words.js";
import { t } from "../text/text.js";

/** @typedef {import("../board/work.js").Work} Work */

const MOST_MISSING = 4;
const MOST_FINDINGS = 4;
const SIZES = [[1280, 720], [1920, 1080], [3840, 2160], [1080, 1080], [1080, 1350], [1080, 1920]];
const TEXT_OPEN = "text.open";
const RATES = ["23.976", "24", "25", "29.97", "30", "50", "60"];

/** The text and the settings of all shots. */
export class ComposeView {
  #findingsOf = "";

  /**
   * @param {import("../state/steps.js").Steps} steps
   * @param {import("./cameras.js").Cameras} cameras
   */
  constructor(steps, cameras) {
    this.steps = steps;
    this.cameras = cameras;
    /** @type {Array<{name: string, title: string}>} */
    this.models = [];
    this.cutters = cuttersOf([]);
    this.text = byId("text");
    this.text.addEventListener("input", () => {
      steps.change(retyped(steps.now, this.text.value), t("step.typing"), { key: "text" });
    });
    for (const [width, height] of SIZES) offer("size", `${width}x${height}`, `${width} × ${height}`);
    for (const rate of RATES) offer("fps", rate, rate);
    this.#listenToFields();
    // Text is how a storyboard begins; later it is there for who wants it.
    const isOpen = recall(TEXT_OPEN);
    byId("text-part").open = typeof isOpen === "boolean" ? isOpen : isBlank(steps.now);
    byId("text-part").addEventListener("toggle", () => keep(TEXT_OPEN, byId("text-part").open));
  }

  /** Somebody begins to write. */
  begin() {
    byId("text-part").open = true;
    this.text.focus();
  }

  #listenToFields() {
    /**
     * @param {import("./page.js").FieldId} id
     * @param {(work: Work, value: string) => Work} changed
     */
    const listen = (id, changed) => {
      const field = byId(id);
      field.addEventListener("input", () => {
        const label = document.querySelector(`label[for="${id}"]`)?.textContent ?? t("step.setting");
        this.steps.change(changed(this.steps.now, field.value), label, { key: id });
      });
    };
    listen("title", (work, title) => withSetting(work, { title }));
    listen("style", (work, style) => withSetting(work, { style }));
    listen("fps", (work, fps) => withSetting(work, { fps: Number(fps) }));
    listen("size", (work, size) => {
      const [width, height] = size.split("x").map(Number);
      return withSetting(work, { size: [width, height] });
    });
    listen("model", (work, model) => ({ ...work, model }));
    listen("cut", (work, cut) => withSetting(work, { cut }));
    listen("fill", (work, fill) => withSetting(work, { fill }));
    listen("all-camera", (work, camera) => ({ ...work, camera }));
    listen("folder", (work, folder) => ({ ...work, folder: folder.trim() }));
    takeNumbers(byId("seconds"), {
      changed: (seconds) => {
        if (seconds === null) return;
        this.steps.change({ ...this.steps.now, seconds }, t("field.duration"), { key: "seconds" });
      },
      now: () => String(this.steps.now.seconds),
    });
  }

  /** Show the document as it is now. */
  show() {
    const work = this.steps.now;
    this.#showText(work.text);
    this.#showFile(work);
    this.#showFields(work);
  }

  /**
   * What is wrong with the document before it is made.
   * @param {import("../../../shared_schema/multiplane").Finding[]} findings
   */
  showFindings(findings) {
    const key = JSON.stringify(findings);
    if (key === this.#findingsOf) return;
    this.#findingsOf = key;
    const errors = findings.filter((one) => one.level === "error");
    const shots = new Set(errors.map((one) => one.shot));
    /** @type {Array<HTMLElement>} */
    const parts = [];
    if (errors.length > 0) {
      const title = shots.has(null)
        ? t("findings.whole")
        : t("findings.shots", { n: shots.size });
      parts.push(element("p", { class: "notice-title" }, title));
    }
    for (const { said } of findings.slice(0, MOST_FINDINGS)) parts.push(troubleText(fromServer(said)));
    const rest = findings.length - MOST_FINDINGS;
    if (rest > 0) parts.push(element("p", {}, t("findings.more", { n: rest })));
    byId("findings").replaceChildren(...parts);
    byId("findings").hidden = parts.length === 0;
    byId("findings").dataset.level = errors.length > 0 ? "error" : "warning";
  }

  /** The text, and the caret where it was changed by others than keys. @param {string} text */
  #showText(text) {
    const field = this.text;
    if (field.value === text) return;
    const old = field.value;
    let tail = 0;
    const most = Math.min(old.length, text.length);
    while (tail < most && old[old.length - 1 - tail] === text[text.length - 1 - tail]) tail += 1;
    field.value = text;
    if (document.activeElement === field) field.setSelectionRange(text.length - tail, text.length - tail);
  }

  /** @param {Work} work */
  #showFields({ board, seconds, camera, model, folder }) {
    const [width, height] = Array.isArray(board.size) ? board.size : [1920, 1080];
    const size = `${width}x${height}`;
    offer("size", size, `${width} × ${height}`);
    offer("fps", String(board.fps ?? 24), String(board.fps ?? 24));
    fill("model", [{ name: "auto", title: t("compose.model.auto") }, ...this.models]);
    offer("model", model, model);
    const cut = String(board.cut ?? "auto");
    fill("cut", this.cutters);
    offer("cut", cut, cut);
    const values = /** @type {const} */ ([
      ["title", board.title], ["style", board.style], ["size", size], ["fps", board.fps ?? 24],
      ["model", model], ["cut", cut], ["fill", board.fill ?? "pixels"], ["folder", folder],
    ]);
    for (const [id, value] of values) {
      const field = byId(id);
      const text = String(value ?? "");
      if (field.value.trim() !== text.trim()) field.value = text;
    }
    const length = byId("seconds");
    if (!isRefused(length) && Number(length.value) !== seconds && (length.value !== "" || document.activeElement !== length)) {
      length.value = String(seconds);
    }
    this.cameras.showAll(byId("all-camera"), camera);
    say(byId("more-now"), [
      presetTitle(camera), t("time.seconds", { n: seconds }), `${width} × ${height}`, String(board.style ?? ""),
    ].filter(Boolean).join(" · "));
  }

  /** @param {Work} work */
  #showFile({ board, name, folder }) {
    const missing = relativeFiles(board);
    byId("opened-part").hidden = name === "" && missing.length === 0;
    say(byId("opened-name"), String(board.title || name));
    say(byId("opened-count"), [t("count.shots", { n: board.shots.length }), name].filter(Boolean).join(" · "));
    byId("folder-field").hidden = missing.length === 0 && folder === "";
    const names = missing.slice(0, MOST_MISSING).join(", ") + (missing.length > MOST_MISSING ? " …" : "");
    say(byId("folder-help"), t("compose.missing", { names }));
  }
}

/**
 * A list has these entries.
 * @param {"model" | "cut"} id
 * @param {Array<{name: string, title: string}>} entries
 */
function fill(id, entries) {
  const list = byId(id);
  const key = entries.map((one) => one.name).join();
  if (list.dataset.key === key) return;
  list.dataset.key = key;
  list.replaceChildren(...entries.map((one) => element("option", { value: one.name }, one.title)));
}

/**
 * A list has what is chosen among its entries.
 * @param {"size" | "fps" | "model" | "cut"} id
 * @param {string} value
 * @param {string} text
 */
function offer(id, value, text) {
  const list = byId(id);
  if (![...list.options].some((option) => option.value === value)) {
    list.append(element("option", { value }, text));
  }
}
