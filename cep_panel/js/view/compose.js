// What is to be made: text or an opened storyboard, cameras, settings, and the button.

import { relativeFiles } from "../board/opened.js";
import { fieldsOf } from "../board/document.js";
import { presetOf } from "../board/storyboard.js";
import { byId, counted, element, say } from "./element.js";
import { presetTitle } from "./words.js";

const FIELDS = /** @type {const} */ (["title", "style", "size", "model"]);
const MOST_MISSING = 4;

/**
 * @typedef {object} Actions
 * @property {() => void} make
 * @property {(files: File[]) => Promise<void>} open
 */

/** The left column. */
export class ComposeView {
  /** @type {HTMLSelectElement[]} */
  #lists = [];

  /**
   * @param {import("../board/draft.js").Draft} draft
   * @param {import("./cameras.js").Cameras} cameras
   * @param {Actions} actions
   */
  constructor(draft, cameras, actions) {
    this.draft = draft;
    this.cameras = cameras;
    /** @type {Array<{name: string, title: string}>} */
    this.models = [];
    this.text = byId("text");
    this.text.value = draft.text;
    this.text.addEventListener("input", () => {
      draft.retype(this.text.value);
      this.show();
    });
    byId("compose").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && !byId("make").disabled) actions.make();
    });
    byId("make").addEventListener("click", actions.make);
    byId("new").addEventListener("click", () => {
      draft.clear();
      this.text.value = "";
      this.show();
      if (!byId("text-part").hidden) this.text.focus();
    });
    this.#listenToFiles(actions);
    this.#listenToFields();
    byId("cameras").addEventListener("toggle", () => this.#showCameras());
    this.show();
  }

  /** @param {Actions} actions */
  #listenToFiles(actions) {
    const chooser = byId("open-files");
    byId("open").addEventListener("click", () => chooser.click());
    chooser.addEventListener("change", async () => {
      const files = [...(chooser.files ?? [])];
      chooser.value = ""; // so that the same file can be chosen again
      if (files.length > 0) await actions.open(files);
    });
    const target = byId("compose");
    target.addEventListener("dragover", (/** @type {DragEvent} */ event) => {
      if (event.dataTransfer?.types.includes("Files")) event.preventDefault();
    });
    target.addEventListener("drop", async (/** @type {DragEvent} */ event) => {
      const files = [...(event.dataTransfer?.files ?? [])];
      if (files.length === 0) return;
      event.preventDefault();
      await actions.open(files);
    });
  }

  #listenToFields() {
    const { setting } = this.draft;
    for (const name of FIELDS) {
      const field = byId(name);
      field.addEventListener("input", () => {
        setting[name] = field.value;
        this.draft.keep();
      });
    }
    byId("fps").addEventListener("input", () => {
      setting.fps = Number(byId("fps").value);
      this.draft.keep();
    });
    byId("seconds").addEventListener("input", () => {
      const seconds = Number(byId("seconds").value);
      if (seconds > 0) setting.seconds = seconds;
      this.draft.keep();
    });
    byId("all-camera").addEventListener("input", () => {
      setting.camera = byId("all-camera").value;
      this.draft.keep();
      this.show();
    });
    byId("folder").addEventListener("input", () => {
      if (this.draft.opened) this.draft.opened.folder = byId("folder").value.trim();
      this.draft.keep();
    });
  }

  /** Show the draft as it is now. */
  show() {
    const { draft } = this;
    const isOpened = draft.opened !== null;
    byId("text-part").hidden = isOpened;
    byId("opened-part").hidden = !isOpened;
    for (const one of document.querySelectorAll(".text-only")) /** @type {HTMLElement} */ (one).hidden = isOpened;
    const [summary] = byId("more").getElementsByTagName("summary");
    say(summary, isOpened ? "Model" : "Title, style, size, model");
    this.#showOpened();
    this.#showFields();
    const many = draft.shots;
    say(byId("make"), many === 0 ? "Make" : `Make ${counted(many, "shot")}`);
    byId("make").disabled = many === 0;
    byId("cameras").hidden = many === 0;
    byId("new").disabled = many === 0 && draft.text === "";
    this.#showCameras();
  }

  /** @param {string} text  "" for none */
  showUnsent(text) {
    byId("unsent").hidden = text === "";
    say(byId("unsent"), text);
  }

  #showFields() {
    const { setting } = this.draft;
    for (const name of /** @type {const} */ (["title", "style", "size", "fps", "seconds"])) {
      const field = byId(name);
      const value = String(setting[name]);
      if (field.value !== value && document.activeElement !== field) field.value = value;
    }
    this.cameras.showAll(byId("all-camera"), setting.camera);
    const model = byId("model");
    const models = [{ name: "auto", title: "The best that is installed" }, ...this.models];
    if (!models.some((one) => one.name === setting.model)) models.push({ name: setting.model, title: setting.model });
    if (model.options.length !== models.length || model.value !== setting.model) {
      model.replaceChildren(...models.map((one) => element("option", { value: one.name }, one.title)));
      model.value = setting.model;
    }
  }

  #showOpened() {
    const { opened } = this.draft;
    if (!opened) return;
    say(byId("opened-name"), String(opened.document.title || opened.name));
    say(byId("opened-count"), `${counted(opened.document.shots.length, "shot")} · ${opened.name}`);
    const missing = relativeFiles(opened.document);
    byId("folder-field").hidden = missing.length === 0;
    const names = missing.slice(0, MOST_MISSING).join(", ") + (missing.length > MOST_MISSING ? " …" : "");
    say(byId("folder-help"), `It names ${names}. Or open the storyboard together with its pictures.`);
    if (document.activeElement !== byId("folder")) byId("folder").value = opened.folder;
  }

  /** Only while it is folded out: hundreds of lists are not made for nobody. */
  #showCameras() {
    if (!byId("cameras").open) return;
    const { draft } = this;
    const list = byId("camera-list");
    while (this.#lists.length > draft.shots) {
      this.#lists.pop();
      list.lastElementChild?.remove();
    }
    while (this.#lists.length < draft.shots) {
      const index = this.#lists.length;
      const choice = this.cameras.list(`Camera of shot ${index + 1}`, (name) => this.#choose(index, name));
      this.#lists.push(choice);
      list.append(element("li", {}, element("span"), choice));
    }
    this.#lists.forEach((choice, index) => {
      const { text, own, usual } = this.#cameraOf(index);
      say(/** @type {HTMLElement} */ (choice.previousElementSibling), `${index + 1}  ${text}`);
      this.cameras.show(choice, own ?? "", `As ${draft.opened ? "in the file" : "all"}: ${usual}`);
    });
  }

  /** @param {number} index */
  #cameraOf(index) {
    const { opened, lines, setting } = this.draft;
    if (!opened) {
      return { text: lines[index].text, own: lines[index].camera, usual: presetTitle(setting.camera) };
    }
    const shot = opened.document.shots[index];
    const { prompt, id, picture } = fieldsOf(shot);
    const text = prompt ?? id ?? picture ?? "";
    return { text: String(text), own: opened.cameras[index] ?? null, usual: presetTitle(presetOf(shot)) };
  }

  /**
   * @param {number} index
   * @param {string} name
   */
  #choose(index, name) {
    const { opened, lines } = this.draft;
    if (opened) opened.cameras[index] = name || null;
    else lines[index] = { ...lines[index], camera: name || null };
    this.draft.keep();
    this.show();
  }
}
