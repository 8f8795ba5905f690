// The layers of the selected shot: their list, and the hands that correct them on the picture. Every
// edit is a change of the document, which the server is brought to (js/work/hands.js).

import { fieldsOf, shotsOf } from "../board/document.js";
import { sameButSeed } from "../board/shot.js";
import { submittedShot, withEdits } from "../board/work.js";
import { composed } from "../layers/composing.js";
import { Easel } from "../layers/easel.js";
import { areDue, editTitle, editsIn, orderEdit, sameEdit } from "../layers/edits.js";
import { LayerPictures, layerAt } from "../layers/layer_pictures.js";
import { LayerDetails, LayerList } from "../layers/list.js";
import { LookField } from "../layers/look.js";
import { LayerTools, withinBrush } from "../layers/tools.js";
import { PromptWords, heatOf } from "../layers/words.js";
import { t } from "../text/text.js";
import { fromServer, troubleOf } from "../trouble.js";
import { sentence } from "../view/doubts.js";
import { element, say } from "../view/element.js";
import { handingOn } from "../view/focus.js";

/** @typedef {import("../panel.js").Panel} Panel */
/** @typedef {import("./pane.js").PanelState} PanelState */
/** @typedef {import("../layers/edits.js").LayerEdit} LayerEdit */
/** @typedef {import("../layers/easel.js").Mark} Mark */
/** @typedef {import("../layers/tools.js").Tool} Tool */
/** @typedef {import("../layers/tools.js").Look} Look */
/** @typedef {import("../stage/made_shots.js").MadeShot} MadeShot */
/** @typedef {import("../../../shared_schema/multiplane").LookView} LookView */
/** @typedef {import("../../../shared_schema/multiplane").WordView} WordView */
/** @typedef {import("../layers/places.js").Rect} Rect */

const THUMBNAIL = 160; // px of the screen that a whole frame would be wide
const REFUSED = "layer.edit_not_done";
const NO_WORDS = Object.freeze({ key: "", words: [], area: null, looks: [] });
/** Looks that the easel shows; the others are the player's. */
const AT_REST = new Set(["picture", "solo", "matte"]);

export class LayersPane {
  /** @type {Look} */
  #look = "picture";
  /** @type {Tool} */
  #tool = "choose";
  #width = 0.03;
  #isBox = false;
  /** @type {string[]} */
  #chosen = [];
  /** What is drawn and waits for a name, or to be split. @type {Mark[]} */
  #drawn = [];
  /** What is drawn and on its way. @type {Mark[]} */
  #sent = [];
  /** @type {Readonly<PanelState> | null} */
  #state = null;
  /** The shot whose choices these are. */
  #shot = "";
  #composed = "";
  /** @type {HTMLCanvasElement | null} */
  #picture = null;
  /** The words of a shot, the picture that they are of, and searches for more. @type {{key: string, words: WordView[], area: Rect | null, looks: LookView[]}} */
  #words = NO_WORDS;
  /** Whether the words have to be asked for again. */
  #isOld = false;
  /** Words that this panel has looked for. @type {Set<string>} */
  #wanted = new Set();
  /** Of these, what was found and is not shown yet. @type {string[]} */
  #found = [];
  /** What is to be said of the last search. @type {string[]} */
  #told = [];
  /** @type {HTMLCanvasElement | null} */
  #heat = null;
  #heats = 0;

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.pictures = new LayerPictures(panel.stage.shots, (error) => this.#failed(error), () => panel.draw());
    this.easel = new Easel({
      stroke: (stroke) => this.#stroked(stroke),
      box: (box) => this.#boxed(box),
      brush: (factor) => this.#brush(this.#width * factor),
      pick: (at) => this.#pick(at),
      leave: () => this.#leave(),
      zoomed: () => panel.draw(),
    });
    this.tools = new LayerTools({
      look: (look) => this.#lookAt(look),
      tool: (tool) => this.#take(tool),
      width: (width) => this.#brush(width),
      shape: (isBox) => {
        this.#isBox = isBox;
        this.#clear();
      },
      make: (name) => this.#make(name),
      clear: () => this.#clear(),
    });
    this.list = new LayerList({
      choose: (id, isMore) => this.#choose(id, isMore),
      leave: () => this.#leave(),
      rename: (id, name) => this.#edit({ op: "rename", layer: id, name }),
      move: (id, to) => {
        const edit = orderEdit(this.#layers, id, to);
        if (edit) this.#edit(edit);
      },
    });
    this.details = new LayerDetails({
      kind: (id, kind) => this.#edit({ op: "kind", layer: id, kind }),
      near: (id, nearness) => this.#edit({ op: "near", layer: id, nearness }),
      fill: (id) => this.#edit({ op: "fill", layer: id, seed: Math.floor(Math.random() * 2 ** 32) }),
      split: (id) => this.#edit({ op: "split", layer: id, parts: [] }),
      merge: () => this.#merge(),
      rename: (id) => this.list.name(id),
    });
    this.look = new LookField({
      look: (words) => this.panel.attempt(() => this.#lookFor(words)),
      stop: () => this.panel.attempt(() => this.#stopLooking()),
    });
    this.words = new PromptWords({
      choose: (words) => this.#heatFor(words),
      make: (words, name) => this.#edit({ op: "words", words, name: name || null, near: null }),
    }, this.look.element);
    this.empty = element("p", { class: "hint" });
    this.news = element("p", { class: "layers-news", role: "status", "aria-live": "polite" });
    this.refused = element("ul", { class: "notes" });
    this.takeBack = element("button", { type: "button", onclick: () => this.#without(1) }, t("layers.take_back"));
    this.reset = element("button", { type: "button", onclick: () => this.#without(Infinity) }, t("layers.reset"));
    this.whole = element("div", { class: "layers-made" },
      this.tools.element, this.news, this.refused,
      this.list.element, this.details.element, this.words.element,
      element("div", { class: "actions" }, this.takeBack, this.reset));
    this.element = element("div", { class: "layers-tool" }, this.empty, this.whole);
    panel.stage.addEventListener("shot", () => this.#arrived());
    this.unhear = panel.onEvent((event) => {
      if (event.type === "look") this.#heardLook(event.data);
    });
  }

  /** @param {Readonly<PanelState>} state */
  show(state) {
    handingOn(this.element, () => this.#show(state), () => this.list.current);
  }

  /** @param {Readonly<PanelState>} state */
  #show(state) {
    this.#state = state;
    const name = `${state.work.job} ${state.selected}`;
    if (name !== this.#shot) this.#begin(name);
    const isOpen = state.tool === "layers" && state.page === "" && state.tab !== "import";
    const { made } = this;
    const { player, overlay } = this.panel.stage;
    const isAtRest = isOpen && made !== null && AT_REST.has(this.#look);
    if (isAtRest !== (this.easel.element.parentNode === overlay)) {
      if (isAtRest) overlay.append(this.easel.element);
      else this.easel.element.remove();
      if (isAtRest) player.pause();
    }
    const mode = isOpen && made && (this.#look === "fan" || this.#look === "depth") ? this.#look : "film";
    if (player.mode !== mode) player.mode = mode;
    if (!isOpen) return;
    this.whole.hidden = made === null;
    this.empty.hidden = made !== null;
    say(this.empty, t(state.index < 0 ? "layers.no_shot" : state.shot?.manifest ? "layers.loading" : "layers.not_made"));
    if (made) this.#showMade(state, made);
  }

  close() {
    this.unhear();
    this.easel.close();
  }

  /** The finished shot on the stage, if it is the selected one. @returns {MadeShot | null} */
  get made() {
    const { made } = this.panel.stage;
    const state = this.#state;
    return made && state && made.job === state.work.job && made.shot === state.selected ? made : null;
  }

  get #layers() {
    const { made } = this;
    return made ? made.manifest.layers : [];
  }

  /** Another shot: nothing of the earlier one is chosen or half drawn. @param {string} name */
  #begin(name) {
    this.#shot = name;
    this.#chosen = [];
    this.#drawn = [];
    this.#sent = [];
    this.#found = [];
    this.#told = [];
    this.words.choose([]);
  }

  /** Another result is on the stage: what was on its way is done. */
  #arrived() {
    const { made } = this;
    if (made && this.#state && !areDue(made.manifest, fieldsOf(this.panel.work.board.shots[this.#state.index]).edits)) this.#sent = [];
    this.panel.draw();
  }

  /** @param {Readonly<PanelState>} state @param {MadeShot} made */
  #showMade(state, made) {
    const { manifest } = made;
    const canEdit = this.#canEdit(state);
    const ids = manifest.layers.map((layer) => layer.id);
    this.#chosen = this.#chosen.filter((id) => ids.includes(id));
    // Of which layer they show something is seen in the list.
    if (this.#chosen.length === 0 && (this.#look === "solo" || this.#look === "matte")) this.#chosen = ids.slice(-1);
    const chosen = this.#chosen.map((id) => manifest.layers[ids.indexOf(id)]);
    this.tools.show({
      tool: this.#tool, look: this.#look, width: this.#width, isBox: this.#isBox, marks: this.#drawn.length,
      layer: chosen.length === 1 ? chosen[0].name : "", help: this.#help(chosen.map((one) => one.name), canEdit), canEdit,
    });
    const urlOf = this.panel.stage.shots.urlsOf(made, THUMBNAIL);
    this.list.show({
      layers: manifest.layers, chosen: this.#chosen, isMeasured: Boolean(manifest.model.calibrated), canEdit,
      version: made.result, urlOf: async (layer) => urlOf(layer.file, layer),
    });
    this.details.show(manifest.layers, this.#chosen, canEdit);
    this.#showNews(state, made);
    this.#askWords(state, made);
    const prompt = [manifest.original_prompt, manifest.style].filter(Boolean).join(", ");
    this.words.show(prompt, this.#words.words, canEdit);
    if (this.#found.length > 0 && this.#found.every((word) => this.#words.words.some((one) => one.word === word))) {
      const found = this.#found;
      this.#found = [];
      this.words.choose(found);
    }
    this.look.show(this.#words.looks, this.#told, state.online && made.isFilmed);
    if (this.easel.element.parentNode) this.#showEasel(state, made);
  }

  /** Whether the document's shot is the one on the stage, but for its layers. @param {Readonly<PanelState>} state */
  #canEdit({ work, index, selected, known, shot }) {
    const entry = shotsOf(known?.storyboard).find((one) => one.id === selected);
    return shot !== null && shot.manifest !== null && entry !== undefined && index >= 0 && sameButSeed(submittedShot(work, index), entry)
      && fieldsOf(submittedShot(work, index)).seed === entry.seed;
  }

  /** @param {string[]} chosen  names @param {boolean} canEdit */
  #help(chosen, canEdit) {
    if (!canEdit) return t(this.made?.isFilmed === false ? "layers.help.first_film" : "layers.help.changed");
    if (this.#look === "fan" || this.#look === "depth") return t(`layers.help.${this.#look}`);
    if (this.#look === "film") return "";
    if (["keep", "remove", "box", "split"].includes(this.#tool) && chosen.length !== 1) return t("layers.help.choose_one");
    const name = chosen[0] ?? "";
    switch (this.#tool) {
      case "keep": return t("layers.help.keep", { name });
      case "remove": return t("layers.help.remove", { name });
      case "box": return t("layers.help.box", { name });
      case "split": return t("layers.help.split", { name });
      case "new": return t(this.#isBox ? "layers.help.new_box" : "layers.help.new");
      default: return t("layers.help.select");
    }
  }

  /** @param {Readonly<PanelState>} state @param {MadeShot} made */
  #showNews({ shot, work, index, jobs }, made) {
    const said = fieldsOf(work.board.shots[index]).edits;
    const edits = editsIn(said);
    const isQueued = shot !== null && (shot.state === "queued" || shot.state === "running");
    const isMade = shot !== null && shot.state === "finished" && !areDue(made.manifest, said);
    const isFilming = isQueued && !made.isFilmed && !areDue(made.manifest, said) && !this.panel.hands.isOurs(made.shot);
    const isMaking = isQueued || this.panel.hands.isOurs(made.shot) || (shot?.state === "finished" && !isMade);
    const failed = shot?.state === "failed" && shot.error ? [shot.error.message, shot.error.remedy].filter(Boolean).join(" ") : "";
    const isBehind = shot?.state === "queued" && jobs.some(({ shots }) => shots !== null && [...shots.values()].some((other) => other.state === "running"));
    const doing = isFilming ? t("layers.filming") : isMaking ? t(isBehind ? "layers.behind" : "layers.making") : "";
    say(this.news, failed || doing || (edits.length > 0 ? t("layers.edits", { n: edits.length }) : ""));
    this.news.dataset.state = failed ? "failed" : isFilming ? "filming" : isMaking ? "making" : "";
    const part = shot && shot.done !== null && shot.total ? shot.done / shot.total : null;
    this.easel.showBusy(isMaking && !isFilming, part);
    const told = isMaking && !isFilming ? [] : made.manifest.notices.filter((one) => one.code.startsWith("layer.")).map((one) => one.text);
    if (told.join("\n") !== [...this.refused.children].map((one) => one.textContent).join("\n")) {
      this.refused.replaceChildren(...told.map((text) => element("li", { dir: "auto" }, text)));
    }
    this.refused.hidden = told.length === 0;
    this.takeBack.hidden = edits.length === 0 || !made.manifest.notices.some((one) => one.code === REFUSED);
    this.reset.hidden = edits.length === 0;
  }

  /** @param {Readonly<PanelState>} state @param {MadeShot} made */
  #showEasel(state, made) {
    const { layers } = made.manifest;
    const size = /** @type {[number, number]} */ ([0, 1].map((axis) => Math.max(...layers.map(({ bbox }) => bbox[axis] + bbox[axis + 2]))));
    const loaded = this.pictures.get(made, size[0] * this.easel.scale);
    const look = /** @type {import("../layers/composing.js").Look} */ (this.#look);
    const heat = this.#heat && this.#words.area && look === "picture" ? { image: this.#heat, area: this.#words.area } : null;
    const key = JSON.stringify([loaded && [loaded.made.result, loaded.scale, loaded.made.shot], look, this.#chosen, heat && this.#heats]);
    if (key !== this.#composed) {
      this.#composed = key;
      this.#picture = loaded && composed({ size, scale: loaded.scale, layers: loaded.layers, chosen: this.#chosen, look, heat });
    }
    const pen = this.#penFor(this.#canEdit(state));
    this.easel.show({
      size,
      area: made.manifest.drawing_area ?? [0, 0, ...size],
      picture: this.#picture,
      pen,
      width: this.#width,
      colour: this.#tool === "remove" ? "take" : "add",
      marks: [...this.#sent, ...this.#drawn],
      message: loaded ? "" : t("layers.loading"),
    });
  }

  /** @param {boolean} canEdit @returns {import("../layers/easel.js").Pen} */
  #penFor(canEdit) {
    if (!canEdit || this.#tool === "choose") return "none";
    if (this.#tool === "new") return this.#isBox ? "box" : "stroke";
    if (this.#chosen.length !== 1) return "none";
    return this.#tool === "box" ? "box" : "stroke";
  }

  // The words of the prompt

  /**
   * Once for each picture, for edits do not change them; again with each conversation with the server,
   * and once others were found. @param {Readonly<PanelState>} state @param {MadeShot} made
   */
  #askWords({ online }, made) {
    const key = `${made.job} ${made.shot} ${made.manifest.picture_hash ?? made.result}`;
    if (!online) this.#isOld = true;
    if ((this.#words.key === key && !this.#isOld) || !online || !made.isFilmed) return;
    this.#words = this.#words.key === key ? this.#words : { ...NO_WORDS, key };
    this.#isOld = false;
    this.panel.attempt(async () => {
      try {
        const { words, area, looks } = await this.panel.connection.ask("layer.words", { job: made.job, shot: made.shot });
        if (this.#words.key === key) this.#words = { key, words, area, looks: looks ?? [] };
      } catch (error) {
        if (this.#words.key === key) this.#words = NO_WORDS;
        if (troubleOf(error).code !== "server.gone") throw error;
      }
    });
  }

  /** @param {string[]} words */
  async #lookFor(words) {
    const { made } = this;
    if (!made) return;
    this.#told = [];
    for (const word of words) this.#wanted.add(word);
    await this.panel.connection.ask("layer.look", { job: made.job, shot: made.shot, words });
  }

  async #stopLooking() {
    const { made } = this;
    if (made) await this.panel.connection.ask("layer.look_stop", { job: made.job, shot: made.shot });
  }

  /** @param {import("../server/connection.js").Events["look"]} look */
  #heardLook({ job, shot, words, state, done = null, total = null, notices = [], error = null }) {
    const { made } = this;
    if (!made || made.job !== job || made.shot !== shot) return;
    const looks = this.#words.looks.filter((one) => String(one.words) !== String(words));
    const goesOn = state === "waiting" || state === "running";
    this.#words = { ...this.#words, looks: goesOn ? [...looks, { words, state, done, total }] : looks };
    if (state === "found") {
      this.#isOld = true;
      this.#found = words.filter((word) => this.#wanted.delete(word));
      this.#told = notices.map(sentence);
    } else if (state === "failed") {
      const { message, remedy } = fromServer(error);
      this.#told = [[t("layers.find.failed", { words: words.join(", ") }), message, remedy].filter(Boolean).join(" ")];
    }
    if (!goesOn) this.panel.announce(t(`layers.find.${state}`, { words: words.join(", ") }));
    this.panel.draw();
  }

  /** @param {string[]} words */
  async #heatFor(words) {
    const heats = (this.#heats += 1);
    if (words.length > 0) this.#look = "picture";
    this.panel.draw();
    const heat = await heatOf(this.#words.words, words);
    if (this.#heats !== heats) return;
    this.#heat = heat;
    this.#heats += 1;
    this.panel.draw();
  }

  // What the user does

  /** @param {Look} look */
  #lookAt(look) {
    this.#look = look;
    this.panel.draw();
  }

  /** @param {Tool} tool */
  #take(tool) {
    this.#tool = tool;
    if (tool !== "choose") this.#look = "picture";
    this.words.choose([]);
    this.#clear();
  }

  /** @param {number} width */
  #brush(width) {
    this.#width = withinBrush(width);
    this.panel.draw();
  }

  #clear() {
    this.#drawn = [];
    this.panel.draw();
  }

  /** @param {string} id @param {boolean} isMore */
  #choose(id, isMore) {
    const others = this.#chosen.filter((one) => one !== id);
    const wasChosen = others.length < this.#chosen.length;
    if (isMore) this.#chosen = wasChosen ? others : [...others, id];
    else this.#chosen = [id];
    if (this.#tool === "split") this.#drawn = [];
    this.words.choose([]);
    this.panel.draw();
  }

  /** No layer is chosen: the picture is seen as it is. */
  #leave() {
    this.#chosen = [];
    this.#clear();
  }

  /** @param {[number, number]} at  px of the picture */
  #pick(at) {
    const { loaded } = this.pictures;
    const id = loaded && loaded.made.result === this.made?.result ? layerAt(loaded.layers, at) : null;
    if (id) this.#choose(id, false);
  }

  /** @param {import("../layers/easel.js").Stroke} stroke */
  #stroked(stroke) {
    const mark = /** @type {Mark} */ ({ strokes: [stroke], box: null, colour: this.#tool === "remove" ? "take" : "add" });
    const [layer] = this.#chosen;
    if (this.#tool === "keep" || this.#tool === "remove") {
      this.#edit({ op: this.#tool, layer, strokes: [stroke] }, [mark]);
    } else {
      this.#drawn = [...this.#drawn, mark];
      this.panel.draw();
    }
  }

  /** @param {import("../layers/easel.js").Area} box */
  #boxed(box) {
    const mark = /** @type {Mark} */ ({ strokes: [], box, colour: "add" });
    if (this.#tool === "box") this.#edit({ op: "box", layer: this.#chosen[0], box }, [mark]);
    else {
      this.#drawn = [mark];
      this.panel.draw();
      this.tools.name.focus();
    }
  }

  /** A new layer of what was drawn, or one that is split along it. @param {string} name */
  #make(name) {
    const marks = this.#drawn;
    this.#drawn = [];
    if (this.#tool === "split") {
      const layer = this.#layers.find((one) => one.id === this.#chosen[0]);
      if (!layer) return;
      const parts = marks.map(({ strokes }, index) => ({ name: `${layer.name} ${index + 1}`, strokes }));
      this.#edit({ op: "split", layer: layer.id, parts }, marks);
      return;
    }
    const strokes = marks.flatMap((mark) => mark.strokes);
    const known = new Set(this.#layers.map((layer) => layer.name.toLocaleLowerCase()));
    let usual = t("layers.new.called", { n: known.size });
    for (let n = known.size + 1; known.has(usual.toLocaleLowerCase()); n += 1) usual = t("layers.new.called", { n });
    this.#edit({ op: "new", name: name || usual, strokes, apart: [], box: marks[0]?.box ?? null, near: null }, marks);
  }

  #merge() {
    // The nearest one is the first: it gives the name.
    const layers = [...this.#layers].reverse().map((one) => one.id).filter((id) => this.#chosen.includes(id));
    this.#edit({ op: "merge", layers, name: null });
    this.#chosen = layers.slice(0, 1);
  }

  /**
   * @param {LayerEdit} edit
   * @param {Mark[]} [marks]  that stay until it is done
   */
  #edit(edit, marks = []) {
    const state = this.#state;
    if (!state || !this.#canEdit(state)) return;
    const { work } = this.panel;
    const said = fieldsOf(fieldsOf(work.board.shots[state.index]).edits);
    const before = editsIn(said);
    if (before.length > 0 && sameEdit(before[before.length - 1], edit)) return; // it is so already
    const edits = { edits: [...before, edit], undone: [], picture: said.picture ?? null };
    this.#sent = [...this.#sent, ...marks];
    this.panel.steps.change(withEdits(work, state.index, edits), editTitle(edit, this.#layers));
    this.panel.announce(t("layers.making"));
  }

  /** Take the last edits back, as a step of its own. @param {number} count */
  #without(count) {
    const state = this.#state;
    if (!state) return;
    const { work } = this.panel;
    const said = fieldsOf(fieldsOf(work.board.shots[state.index]).edits);
    const left = editsIn(said).slice(0, Math.max(0, editsIn(said).length - count));
    const edits = left.length > 0 ? { edits: left, undone: [], picture: said.picture ?? null } : undefined;
    this.panel.steps.change(withEdits(work, state.index, edits), t(count === 1 ? "layers.take_back" : "layers.reset"));
  }

  /** @param {unknown} error */
  #failed(error) {
    const trouble = troubleOf(error);
    if (trouble.code !== "server.gone") this.panel.notices.trouble(trouble, "layers");
  }
}
