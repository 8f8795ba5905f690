// The camera of the selected shot: all moves on its own layers, what can be said of one, and its
// first and last view as rectangles. It is seen on the stage at once, and saved by Apply.

import { FRAMING, cameraOf, moveOf, withPreset } from "../board/camera.js";
import { fieldsOf } from "../board/document.js";
import { sameCamera } from "../board/shot.js";
import { submittedShot } from "../board/work.js";
import { FramingTool } from "../stage/framing.js";
import { MoveFields } from "../stage/move_fields.js";
import { restCamera, widthOfAll } from "../stage/rest_view.js";
import { Tiles } from "../stage/tiles.js";
import { t } from "../text/text.js";
import { textInWords } from "../text/told.js";
import { troubleOf } from "../trouble.js";
import { element } from "../view/element.js";
import { handingOn } from "../view/focus.js";
import { presetTitle } from "../view/words.js";
import { CameraTries } from "../work/camera_tries.js";

/** @typedef {import("../panel.js").Panel} Panel */
/** @typedef {import("./pane.js").PanelState} PanelState */
/** @typedef {import("../board/camera.js").Move} Move */
/** @typedef {import("../work/camera_tries.js").Tried} Tried */
/** @typedef {import("../stage/made_shots.js").MadeShot} MadeShot */
/** @typedef {import("../stage/stage.js").Mark} Mark */
/** @typedef {import("../../../shared_schema/multiplane").CameraView} Preset */
/** @typedef {import("../../../shared_schema/multiplane").FilmFinding} FilmFinding */

const QUIET_MS = 250; // before the worst frames are looked at

export class CameraPane {
  /** Moves that are tried and not applied yet, by the shot that they are of. @type {Map<string, Move>} */
  #drafts = new Map();
  /** @type {Readonly<PanelState> | null} */
  #state = null;
  /** The shot on the stage that the camera is of. @type {MadeShot | null} */
  #made = null;
  /** What the server has said of the move that is shown in place of the film's. @type {Tried | null} */
  #tried = null;
  /** The move that was asked for last; "" for the film's own. */
  #asked = "";
  /** What would show in the tried move's worst frames that must not. @type {FilmFinding[]} */
  #found = [];
  #timer = 0;
  /** Rectangles are drawn, in place of the film. */
  #isDrawing = false;

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.stage = panel.stage;
    this.tries = new CameraTries(panel.connection);
    this.tiles = new Tiles(panel.stage.shots, this.tries, (preset) => this.#choose(preset), t("camera.moves"));
    this.fields = new MoveFields((change) => this.#edit({ ...this.#move, ...change }));
    this.framing = new FramingTool((framing) => this.#edit({ ...this.#move, framing }));
    this.edges = element("div", { class: "stage-edges", "aria-hidden": "true" });
    this.draw = element("button", { type: "button", onclick: () => this.#setDrawing(!this.#isDrawing) }, t("framing.draw"));
    this.notes = element("ul", { class: "camera-notes" });
    this.apply = element("button", { type: "button", class: "camera-apply", onclick: () => this.#apply() }, t("camera.apply"));
    this.cancel = element("button", { type: "button", class: "quiet", onclick: () => this.#cancel() }, t("camera.cancel"));
    this.foot = element("div", { class: "camera-foot" }, this.apply, this.cancel);
    this.empty = element("p", { class: "hint" }, t("camera.no_shot"));
    this.body = element("div", { class: "camera-body" },
      this.tiles.element, this.draw, this.fields.element, element("div", { role: "status" }, this.notes), this.foot);
    this.element = element("div", { class: "camera-tools" }, this.empty, this.body);
    this.stage.picture.append(this.edges);
    this.stage.addEventListener("shot", () => this.#again());
    this.stage.player.addEventListener("play", () => this.#setDrawing(false));
    this.stage.slider.addEventListener("input", () => this.#setDrawing(false));
  }

  /** @param {Readonly<PanelState>} state */
  show(state) {
    const before = this.#state;
    this.#state = state;
    if (before === null || before.selected !== state.selected || before.work.job !== state.work.job) {
      this.#tried = null;
      this.#asked = "";
      this.#isDrawing = false;
    }
    this.empty.hidden = state.index >= 0;
    this.body.hidden = state.index < 0;
    const { made } = this.stage;
    const isThis = made !== null && made.job === state.work.job && made.shot === state.selected;
    this.#made = isThis ? made : null;
    if (state.index < 0) return;
    this.#try();
    this.#draw();
  }

  close() {
    clearTimeout(this.#timer);
    this.tries.drop();
    this.tiles.close();
  }

  #again() {
    if (this.#state) this.show(this.#state);
  }

  get #isOpen() {
    const state = this.#state;
    return state !== null && state.tool === "camera" && this.element.offsetParent !== null;
  }

  /** As the document has it. @returns {unknown} */
  get #documents() {
    const { work, index } = /** @type {PanelState} */ (this.#state);
    return fieldsOf(submittedShot(work, index)).camera;
  }

  /** A shot of another storyboard may have the same id. */
  get #draftsName() {
    const { work, index, selected } = /** @type {PanelState} */ (this.#state);
    const { prompt, picture } = fieldsOf(work.board.shots[index]);
    return JSON.stringify([selected, prompt, picture]);
  }

  /** What is tried, else the document's. @returns {Move} */
  get #move() {
    return this.#drafts.get(this.#draftsName) || moveOf(this.#documents);
  }

  get #isDraft() {
    return this.#state !== null && this.#drafts.has(this.#draftsName);
  }

  /** @returns {Preset[]} */
  get #presets() {
    return [...this.panel.cameras.presets, framingPreset()];
  }

  /** @param {Preset} preset */
  #choose(preset) {
    this.#isDrawing = preset.name === FRAMING;
    if (this.#isDrawing) this.stage.player.pause();
    this.#edit(withPreset(this.#move, preset));
    const isCalm = matchMedia("(prefers-reduced-motion: reduce)").matches;
    if (!this.#isDrawing && this.#made && !isCalm) this.stage.player.play();
  }

  /** @param {Move} move */
  #edit(move) {
    if (sameCamera(cameraOf(move), this.#documents)) this.#drafts.delete(this.#draftsName);
    else this.#drafts.set(this.#draftsName, move);
    this.#try();
    this.#draw();
  }

  /** The move is the document's from now on: a step that can be undone. */
  #apply() {
    const { work, index, selected } = /** @type {PanelState} */ (this.#state);
    const camera = cameraOf(this.#move);
    this.#drafts.delete(this.#draftsName);
    this.#isDrawing = false;
    this.panel.editing.set([index], "camera", camera);
    this.panel.announce(t("camera.applied", { shot: selected, move: presetTitle(moveOf(camera).preset) }));
    this.panel.draw();
  }

  #cancel() {
    this.#drafts.delete(this.#draftsName);
    this.#isDrawing = false;
    this.#again();
  }

  /** @param {boolean} on */
  #setDrawing(on) {
    if (on === this.#isDrawing || !this.#state || this.#state.index < 0) return;
    this.#isDrawing = on;
    if (on) this.stage.player.pause();
    this.#showOnStage();
    this.#draw();
  }

  /** See that the stage shows what it should: the draft, the document's camera, or the film's own. */
  #try() {
    const [state, made] = [this.#state, this.#made];
    if (!state || !made || !state.shot || !this.stage.isSeen) return;
    if (this.stage.made !== made) return;
    if (made.isFilmed ? made.result !== state.shot.result : !state.shot.cut) return; // the new one is on its way to the stage
    const draft = this.#isOpen ? this.#drafts.get(this.#draftsName) : undefined;
    const documents = this.#documents;
    const isMade = state.shot.state === "finished" || !made.isFilmed;
    const isFilmed = isMade && sameCamera(documents, state.work.cameras[state.selected]);
    if (!draft && isFilmed) {
      this.#asked = "";
      this.#tried = null;
      this.tries.drop();
      this.#showOnStage();
      return;
    }
    const move = draft || moveOf(documents);
    const asked = JSON.stringify([made.job, made.shot, made.result, cameraOf(move)]);
    this.#showOnStage();
    if (asked === this.#asked) return;
    this.#asked = asked;
    this.#found = [];
    clearTimeout(this.#timer);
    this.tries.askNewest(made, move, {
      said: (tried) => {
        if (this.#asked !== asked) return;
        this.#tried = tried;
        this.#showOnStage();
        this.#draw();
        if (draft) this.#timer = window.setTimeout(() => this.#check(made, move, asked), QUIET_MS);
      },
      failed: (error) => {
        const trouble = troubleOf(error);
        if (trouble.code !== "server.gone") this.panel.notices.trouble(trouble);
        else if (this.#asked === asked) this.#asked = ""; // asked again when it is back
      },
    });
  }

  /**
   * Once nobody changes the move any more, its worst frames are looked at.
   * @param {MadeShot} made
   * @param {Move} move
   * @param {string} asked
   */
  async #check(made, move, asked) {
    try {
      const found = await this.tries.check(made, move);
      if (this.#asked !== asked) return;
      this.#found = found;
      this.#showOnStage();
      this.#draw();
    } catch {
      // What the server cannot look at now it looks at when the film is made.
    }
  }

  #showOnStage() {
    const [made, tried] = [this.#made, this.#tried];
    if (!made || this.stage.made !== made) return;
    const { framing } = this.#move;
    if (this.#isOpen && this.#isDrawing && framing !== null) {
      const places = tried ? tried.layers : [];
      const wide = widthOfAll(made.manifest, places);
      this.framing.show(framing, wide);
      this.stage.showCamera({ camera: restCamera(made.manifest, wide), layers: places });
      if (!this.framing.element.isConnected) this.stage.overlay.append(this.framing.element);
    } else {
      this.framing.element.remove();
      this.stage.showCamera(tried);
    }
    this.stage.picture.classList.toggle("is-drawn-on", this.framing.element.isConnected);
    this.stage.mark(this.#marks);
    const sides = new Set((tried ? tried.edges : []).map((edge) => edge.side));
    this.edges.replaceChildren(...[...sides].map((side) => element("i", { class: `stage-edge ${side}` })));
    this.edges.hidden = !this.#isOpen || !this.#isDraft;
  }

  /**
   * What must not show: edges that the move as it was asked for would show; of a film what was found
   * in its worst frames.
   * @returns {Mark[]}
   */
  get #marks() {
    const [made, tried] = [this.#made, this.#tried];
    if (!made) return [];
    const { layers, checks } = made.manifest;
    const found = tried ? this.#found : checks.film ? checks.film.found || [] : [];
    const names = new Map(layers.map((layer) => [layer.id, layer.name]));
    return [
      ...(tried ? tried.edges : []).map(({ frame, layer, side }) => ({
        frame, text: t(`edge.${side}`, { layer: names.get(layer) || layer, frame }),
      })),
      ...found.filter((one) => one.action === "none").map((one) => ({
        frame: one.frame, text: sentence(one), label: t(`found.${one.kind}.label`), places: one.places,
      })),
    ];
  }

  #draw() {
    const [made, tried, state] = [this.#made, this.#tried, this.#state];
    if (!state || state.index < 0) return;
    if (!this.#isOpen) {
      this.tiles.rest();
      return;
    }
    const move = this.#move;
    const presets = this.#presets;
    const preset = presets.find((one) => one.name === move.preset) || { ...framingPreset(), name: move.preset, takes: [] };
    this.tiles.show(presets, made, move);
    const { duration = state.work.seconds } = fieldsOf(submittedShot(state.work, state.index));
    const layers = made ? made.manifest.layers.map((layer) => layer.name).reverse() : [];
    this.fields.show(move, preset, layers, Number(duration));
    this.draw.hidden = move.framing === null || made === null;
    this.draw.setAttribute("aria-pressed", String(this.#isDrawing));
    handingOn(this.body, () => { this.foot.hidden = !this.#isDraft; }, () => this.tiles.current);
    const notes = made ? [...(tried ? tried.warnings.map(textInWords) : []), ...this.#marks.map((mark) => mark.text)] : [t(state.shot?.manifest ? "layers.loading" : "camera.not_made")];
    const key = JSON.stringify(notes);
    if (this.notes.dataset.key === key) return;
    this.notes.dataset.key = key;
    this.notes.replaceChildren(...notes.map((text) => element("li", {}, text)));
  }
}

/** Rectangles: they need more than their name, so the server does not list them. @returns {Preset} */
function framingPreset() {
  return {
    name: FRAMING, description: t("framing.what"), directions: [], degrees: false, unit: "", strongest: 1,
    takes: ["ease", "focus", "framing"], loops: false,
  };
}

const ACROSS = /** @type {const} */ (["left", "middle", "right"]);
const DOWN = /** @type {const} */ (["top", "middle", "bottom"]);

/** What, and where the largest of it lies. @param {FilmFinding} finding */
function sentence({ kind, frame, layers = [], places = [] }) {
  const what = t(`found.${kind}`, { frame, layers: layers.join(", ") });
  if (places.length === 0) return what;
  const [x, y, width, height] = places[0];
  const across = ACROSS[third(x + width / 2)];
  const down = DOWN[third(y + height / 2)];
  return [what, t(`place.${down}_${across}`)].join(" ");
}

/** @param {number} share  0..1 */
function third(share) {
  return Math.min(2, Math.floor(3 * share));
}
