// All camera moves as tiles, each playing on the shot's own layers. Only those that are seen are
// asked for and play.

import { withPreset } from "../board/camera.js";
import { Player } from "../player/player.js";
import { element } from "../view/element.js";
import { presetTitle } from "../view/words.js";

/** @typedef {import("./made_shots.js").MadeShot} MadeShot */
/** @typedef {import("./made_shots.js").MadeShots} MadeShots */
/** @typedef {import("../work/camera_tries.js").CameraTries} CameraTries */
/** @typedef {import("../board/camera.js").Move} Move */
/** @typedef {import("../../../shared_schema/multiplane").CameraView} Preset */

const WIDTH = 160; // px that a tile's picture is fetched for

/**
 * @typedef {object} Tile
 * @property {Preset} preset
 * @property {HTMLButtonElement} button
 * @property {HTMLElement} picture
 * @property {Player | null} player
 * @property {string} shown  what it plays; "" for nothing yet
 * @property {boolean} isSeen
 */

export class Tiles {
  /** @type {Tile[]} */
  #tiles = [];
  /** @type {MadeShot | null} */
  #made = null;
  /** @type {Move | null} */
  #move = null;
  #calm = matchMedia("(prefers-reduced-motion: reduce)");
  #observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: "40px" });

  /**
   * @param {MadeShots} shots
   * @param {CameraTries} tries
   * @param {(preset: Preset) => void} choose
   * @param {string} label  for readers of the screen
   */
  constructor(shots, tries, choose, label) {
    this.shots = shots;
    this.tries = tries;
    this.choose = choose;
    this.element = element("div", {
      class: "camera-tiles", role: "radiogroup", "aria-label": label,
      onkeydown: (/** @type {KeyboardEvent} */ event) => this.#pressed(event),
    });
  }

  /**
   * @param {Preset[]} presets
   * @param {MadeShot | null} made  null: no shot to play them on
   * @param {Move} move  the chosen one; tiles play what they would make of it
   */
  show(presets, made, move) {
    const names = presets.map((one) => one.name).join();
    if (this.element.dataset.names !== names) {
      this.element.dataset.names = names;
      this.#makeTiles(presets);
    }
    if (made !== this.#made) {
      this.#made = made;
      const { width, height } = made ? made.manifest.comp : { width: 16, height: 9 };
      this.element.style.setProperty("--shape", String(Math.min(2.4, Math.max(0.6, width / height))));
      for (const tile of this.#tiles) tile.shown = "";
    }
    const isOther = this.#move === null || this.#move.preset !== move.preset;
    this.#move = move;
    if (isOther) this.#bringIntoSight(move.preset);
    for (const tile of this.#tiles) {
      const isChosen = tile.preset.name === move.preset;
      tile.button.setAttribute("aria-checked", String(isChosen));
      tile.button.tabIndex = isChosen || (tile === this.#tiles[0] && !this.#has(move.preset)) ? 0 : -1;
      if (tile.isSeen) this.#play(tile);
    }
  }

  /** The tile that Tab comes to. */
  get current() {
    return this.#tiles.find((tile) => tile.button.tabIndex === 0)?.button;
  }

  /** Nothing of it plays, such as while another tool is open. */
  rest() {
    for (const { player } of this.#tiles) if (player) player.pause();
  }

  close() {
    this.#observer.disconnect();
    for (const { player } of this.#tiles) if (player) player.close();
  }

  /** Within the tiles alone: nothing around them scrolls. @param {string} name */
  #bringIntoSight(name) {
    const tile = this.#tiles.find((one) => one.preset.name === name);
    if (!tile) return;
    const { top, bottom } = this.element.getBoundingClientRect();
    const box = tile.button.getBoundingClientRect();
    if (box.top < top) this.element.scrollTop -= top - box.top;
    else if (box.bottom > bottom) this.element.scrollTop += box.bottom - bottom;
  }

  /** @param {string} name */
  #has(name) {
    return this.#tiles.some((tile) => tile.preset.name === name);
  }

  /** @param {Preset[]} presets */
  #makeTiles(presets) {
    this.close();
    this.#tiles = presets.map((preset) => {
      const picture = element("span", { class: "camera-tile-picture" });
      const button = element("button", {
        class: "camera-tile", type: "button", role: "radio", title: preset.description, "data-name": preset.name,
        onclick: () => this.choose(preset),
      }, picture, element("span", { class: "camera-tile-name" }, presetTitle(preset.name)));
      return { preset, button, picture, player: null, shown: "", isSeen: false };
    });
    this.element.replaceChildren(...this.#tiles.map((tile) => tile.button));
    for (const { button } of this.#tiles) this.#observer.observe(button);
  }

  /** @param {IntersectionObserverEntry[]} entries */
  #seen(entries) {
    for (const { target, isIntersecting } of entries) {
      const tile = this.#tiles.find((one) => one.button === target);
      if (!tile) continue;
      tile.isSeen = isIntersecting;
      if (isIntersecting) this.#play(tile);
      else if (tile.player) tile.player.pause();
    }
  }

  /** @param {Tile} tile */
  async #play(tile) {
    const [made, move] = [this.#made, this.#move];
    if (!made || !move) return;
    const wanted = withPreset(move, tile.preset); // what choosing it gives
    const key = JSON.stringify([made.job, made.shot, made.result, wanted]);
    if (tile.shown === key) {
      if (tile.player && !tile.player.isPlaying && !this.#calm.matches) tile.player.play();
      return;
    }
    tile.shown = key;
    try {
      const tried = await this.tries.ask(made, wanted);
      if (tile.shown !== key) return;
      const player = tile.player || new Player(tile.picture);
      tile.player = player;
      player.atEnd = "swing";
      const { manifest } = made;
      const loaded = player.load({
        manifest: { ...manifest, camera: tried.camera }, urlOf: this.shots.urlsOf(made, WIDTH),
      });
      player.setCamera(tried.camera, tried.layers);
      await loaded;
      if (tile.isSeen && !this.#calm.matches) player.play();
      else player.seek((player.frames - 1) / 2);
    } catch {
      if (tile.shown === key) tile.shown = ""; // it has its name, and plays when it is seen again
    }
  }

  /** Arrows go from tile to tile, as in any group of which one is chosen. @param {KeyboardEvent} event */
  #pressed(event) {
    const at = this.#tiles.findIndex((tile) => tile.button === document.activeElement);
    if (at < 0) return;
    const columns = getComputedStyle(this.element).gridTemplateColumns.split(" ").length;
    const last = this.#tiles.length - 1;
    const to = {
      ArrowLeft: at - 1, ArrowRight: at + 1, ArrowUp: at - columns, ArrowDown: at + columns, Home: 0, End: last,
    }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    const next = this.#tiles[Math.min(Math.max(to, 0), last)];
    this.#tiles.forEach((tile) => { tile.button.tabIndex = tile === next ? 0 : -1; });
    next.button.focus();
  }
}
