// The film of a shot over its picture: it plays, and is drawn along its time with a slider.

import { element } from "./element.js";
import { t } from "../text/text.js";

const SHAPES = { play: "M3 1.5v9l7.5-4.5z", pause: "M2.5 2h2.5v8H2.5zM7 2h2.5v8H7z" };

export class Film {
  #version = "";
  /** @type {HTMLVideoElement | null} */
  #video = null;

  /**
   * @param {HTMLElement} over  the picture
   * @param {string} shot  for readers of the screen
   * @param {() => Promise<Blob>} fetchIt
   */
  constructor(over, shot, fetchIt) {
    this.over = over;
    this.shot = shot;
    this.fetchIt = fetchIt;
    this.play = element("button", { class: "play", type: "button", hidden: true, onclick: () => this.#playOrPause() });
    this.time = element("input", {
      class: "scrub", type: "range", min: "0", max: "1", step: "any", value: "0", hidden: true,
      "aria-label": t("film.time", { shot }), oninput: () => this.#seek(),
    });
    over.append(this.play, this.time);
    this.#shape("play");
  }

  /** @param {string} version  of the film; "" for none */
  show(version) {
    this.play.hidden = version === "";
    if (version !== this.#version) this.close();
    this.#version = version;
  }

  close() {
    const video = this.#video;
    this.#video = null;
    this.time.hidden = true;
    this.#shape("play");
    if (!video) return;
    video.pause();
    URL.revokeObjectURL(video.src);
    video.remove();
  }

  async #playOrPause() {
    const video = this.#video ?? await this.#open();
    if (!video) return;
    if (video.paused) {
      this.#shape("pause");
      await video.play().catch(() => this.#shape("play"));
    } else {
      video.pause();
      this.#shape("play");
    }
  }

  async #open() {
    const version = this.#version;
    try {
      const film = await this.fetchIt();
      if (this.#version !== version || this.#video) return this.#video;
      const video = document.createElement("video");
      video.muted = true;
      video.loop = true;
      video.playsInline = true;
      video.src = URL.createObjectURL(film);
      video.onerror = () => this.close();
      video.ontimeupdate = () => this.#follow();
      this.#video = video;
      this.over.insertBefore(video, this.play);
      this.time.hidden = false;
      this.#drawTime();
      return video;
    } catch {
      return null; // A shot may have no film.
    }
  }

  /** Smoother than the film's own events, as long as it plays. */
  #drawTime() {
    if (!this.#video) return;
    if (!this.#video.paused) this.#follow();
    requestAnimationFrame(() => this.#drawTime());
  }

  #follow() {
    const { duration = 0, currentTime = 0 } = this.#video ?? {};
    if (duration > 0) this.time.value = String(currentTime / duration);
  }

  #seek() {
    const video = this.#video;
    if (!video || !(video.duration > 0)) return;
    video.pause();
    this.#shape("play");
    video.currentTime = Number(this.time.value) * video.duration;
  }

  /** @param {"play" | "pause"} shape */
  #shape(shape) {
    const drawing = document.createElementNS("http://www.w3.org/2000/svg", "svg");
    drawing.setAttribute("viewBox", "0 0 12 12");
    drawing.setAttribute("aria-hidden", "true");
    const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
    path.setAttribute("d", SHAPES[shape]);
    drawing.append(path);
    this.play.replaceChildren(drawing);
    this.play.setAttribute("aria-label", t(`film.${shape}`, { shot: this.shot }));
  }
}
