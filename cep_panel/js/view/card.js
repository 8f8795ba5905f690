// One shot: its picture, what it does, its camera, and what can be done with it.

import { fieldsOf } from "../board/document.js";
import { presetOf } from "../board/storyboard.js";
import { fromServer } from "../trouble.js";
import { Doubts } from "./doubts.js";
import { element, say } from "./element.js";
import { troubleText } from "./notices.js";
import { ofShot } from "./words.js";

/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */

const SHAPES = { play: "M3 1.5v9l7.5-4.5z", stop: "M2 2h8v8H2z" };

/**
 * @typedef {object} Actions
 * @property {(shot: ShotView) => void} importShot
 * @property {(shot: ShotView) => void} cancel
 * @property {(shot: ShotView) => void} retry
 * @property {(shot: ShotView, preset: string) => void} camera
 * @property {(shot: ShotView, file: string) => Promise<Blob>} file  of the shot's folder
 */

/**
 * @typedef {object} Surroundings
 * @property {unknown} entry  the shot in the storyboard, if it is known
 * @property {"no" | "current" | "older"} imported
 * @property {boolean} importing  this very shot is being imported
 * @property {boolean} busy  something is being imported, so nothing else can be
 * @property {boolean} canImport  by the host
 * @property {string} verb  "Import" or "Download"
 * @property {boolean} online
 */

export class Card {
  /** @type {ShotView | null} */
  #shot = null;
  #pictureOf = "";
  #troubleOf = "";
  #film = "";

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {string} id
   * @param {Actions} actions
   */
  constructor(cameras, pictures, id, actions) {
    this.cameras = cameras;
    this.pictures = pictures;
    this.actions = actions;
    this.canvas = element("canvas", { role: "img", width: "16", height: "9", "aria-label": `Picture of ${id}` });
    this.play = element("button", { class: "play", type: "button", hidden: true, onclick: () => this.#playOrStop() });
    this.picture = element("div", { class: "picture" }, this.canvas, this.play);
    this.badge = element("span", { class: "badge" });
    this.prompt = element("p", { class: "prompt" });
    this.state = element("p", { class: "shot-state" });
    this.progress = element("progress", { max: "1", "aria-label": `Progress of ${id}`, hidden: true });
    this.trouble = element("div");
    this.doubts = new Doubts();
    this.camera = cameras.list(`Camera of ${id}`, (name) => actions.camera(this.#now, name));
    this.importButton = element("button", { type: "button", onclick: () => actions.importShot(this.#now) });
    this.cancel = element("button", { type: "button", onclick: () => actions.cancel(this.#now) }, "Cancel");
    this.retry = element("button", { type: "button", onclick: () => actions.retry(this.#now) }, "Try again");
    this.cancel.setAttribute("aria-label", `Cancel ${id}`);
    this.retry.setAttribute("aria-label", `Try again: ${id}`);
    this.root = element(
      "li", { class: "card" },
      this.picture,
      element("div", { class: "about" },
        element("div", { class: "card-head" }, element("span", { class: "card-id" }, id), this.badge),
        this.prompt, this.state, this.progress, this.trouble, this.doubts.root),
      element("div", { class: "tools" }, this.camera, this.importButton, this.retry, this.cancel),
    );
    this.#shape("play", `Play ${id}`);
  }

  /** @returns {ShotView} */
  get #now() {
    return /** @type {ShotView} */ (this.#shot);
  }

  /**
   * @param {ShotView} shot
   * @param {Surroundings} around
   */
  show(shot, around) {
    this.#shot = shot;
    const { state } = shot;
    this.root.dataset.state = state;
    say(this.prompt, promptOf(around.entry));
    this.prompt.title = promptOf(around.entry);
    say(this.state, around.importing ? "Importing…" : ofShot(shot));
    this.progress.hidden = state !== "running" && !around.importing;
    if (shot.done !== null && shot.total && !around.importing) this.progress.value = shot.done / shot.total;
    else this.progress.removeAttribute("value");
    this.#showTrouble(shot);
    this.doubts.show(shot);
    this.#showBadge(around);
    this.cameras.show(this.camera, presetOf(around.entry));
    this.camera.disabled = !around.online || around.importing || !around.entry;
    const finished = state === "finished";
    this.importButton.hidden = !finished || !around.canImport;
    this.importButton.disabled = around.busy || !around.online;
    const again = around.imported === "current" ? `${around.verb} again` : around.verb;
    say(this.importButton, around.imported === "older" ? "Update" : again);
    this.importButton.setAttribute("aria-label", `${this.importButton.textContent}: ${shot.id}`);
    this.cancel.hidden = state !== "queued" && state !== "running";
    this.retry.hidden = state !== "failed" && state !== "cancelled";
    this.cancel.disabled = !around.online;
    this.retry.disabled = !around.online;
    this.#showPicture(shot, finished);
  }

  /** The picture as it is being painted. @param {Blob} picture */
  preview(picture) {
    if (this.#shot?.state !== "running") return;
    this.#pictureOf = "";
    this.pictures.draw(this.canvas, picture);
  }

  remove() {
    this.#stop();
    this.pictures.forget(this.canvas);
    this.root.remove();
  }

  /** @param {Surroundings} around */
  #showBadge({ imported, verb }) {
    const done = verb === "Download" ? "Downloaded" : "Imported";
    say(this.badge, imported === "no" ? "" : imported === "current" ? `✓ ${done}` : "Changed since");
    this.badge.dataset.state = imported;
  }

  /** @param {ShotView} shot */
  #showTrouble(shot) {
    const text = shot.error && shot.state === "failed" ? JSON.stringify(shot.error) : "";
    if (text === this.#troubleOf) return;
    this.#troubleOf = text;
    if (text === "") {
      this.trouble.replaceChildren();
      return;
    }
    const said = troubleText(fromServer(shot.error));
    said.tabIndex = 0; // A long one is scrolled, also with the keyboard.
    this.trouble.replaceChildren(said);
  }

  /**
   * @param {ShotView} shot
   * @param {boolean} finished
   */
  #showPicture(shot, finished) {
    this.play.hidden = !finished;
    const version = finished ? String(shot.result) : "";
    if (version === this.#pictureOf) return;
    if (this.#film !== version) this.#stop();
    if (finished) {
      this.#pictureOf = version;
      this.pictures.whenSeen(this.canvas, () => this.actions.file(shot, "picture.png"));
    }
  }

  async #playOrStop() {
    if (this.#film !== "") {
      this.#stop();
      return;
    }
    const shot = this.#now;
    this.#film = String(shot.result);
    this.#shape("stop", `Stop ${shot.id}`);
    try {
      const film = await this.#filmOf(shot);
      if (this.#film !== String(shot.result)) return;
      const video = document.createElement("video");
      video.muted = true;
      video.loop = true;
      video.autoplay = true;
      video.playsInline = true;
      video.src = URL.createObjectURL(film);
      video.onerror = () => this.#stop();
      this.picture.insertBefore(video, this.play);
    } catch {
      this.#stop(); // A shot may have no film.
    }
  }

  /**
   * Its name is the shot's own, and the manifest says it.
   * @param {ShotView} shot
   */
  async #filmOf(shot) {
    const manifest = JSON.parse(await (await this.actions.file(shot, "manifest.json")).text());
    return this.actions.file(shot, manifest.files.preview);
  }

  #stop() {
    this.#film = "";
    const video = this.picture.querySelector("video");
    if (video) {
      URL.revokeObjectURL(video.src);
      video.remove();
    }
    this.#shape("play", `Play ${this.#shot?.id ?? ""}`);
  }

  /**
   * @param {"play" | "stop"} shape
   * @param {string} label
   */
  #shape(shape, label) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 12 12");
    drawing.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[shape]);
    drawing.append(path);
    this.play.replaceChildren(drawing);
    this.play.setAttribute("aria-label", label);
  }
}

/**
 * What a shot is about, in a line.
 * @param {unknown} entry
 */
function promptOf(entry) {
  const { prompt, picture, action } = fieldsOf(entry);
  const text = prompt ?? picture ?? action ?? "";
  return String(text).replace(/\*\*/g, "").replace(/^upload:.*/, "A drawing");
}
