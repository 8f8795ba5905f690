// One shot of the document as a row: its picture, what it says, its camera and length, how far it is,
// and what can be done with it.

import { fieldsOf } from "../board/document.js";
import { plateOf } from "../board/plates.js";
import { USUAL_SHOT, aboutShot, presetOf, sameButCamera, sameCamera } from "../board/shot.js";
import { secondsOf, submittedShot } from "../board/work.js";
import { fromServer } from "../trouble.js";
import { withFileNames } from "../state/uploads.js";
import { t } from "../text/text.js";
import { textInWords } from "../text/told.js";
import { Badges } from "./badges.js";
import { Doubts } from "./doubts.js";
import { element, say } from "./element.js";
import { troubleText } from "./notices.js";
import { isRefused, takeNumbers } from "./numbers.js";
import { PromptView } from "./prompt.js";
import { ShotDetails } from "./shot_details.js";
import { ofShot, presetTitle, sentencesOf } from "./words.js";

/** @typedef {import("../../../shared_schema/multiplane").ShotView} ShotView */

/**
 * @typedef {object} Actions
 * @property {import("../work/editing.js").Editing} editing
 * @property {(id: string) => void} select
 * @property {(id: string) => void} look  at the shot on the stage
 * @property {(card: Card, event: MouseEvent) => void} mark  for a change of many
 * @property {(card: Card, by: -1 | 1) => void} move
 * @property {(indexes: number[], place: string) => void} place  see `Editing.place`
 * @property {(shot: ShotView) => void} importShot
 * @property {(shot: ShotView) => void} cancel
 * @property {(shot: ShotView) => void} retry
 * @property {(index: number, camera: string | undefined) => void} camera  undefined: as all
 * @property {(shot: ShotView) => Promise<Blob>} thumbnail
 * @property {(upload: string) => Promise<Blob>} drawing  an uploaded picture, small
 * @property {(shot: ShotView) => Promise<import("../work/notes.js").Note[]>} notes  what its manifest says of it, in sentences
 */

/**
 * @typedef {object} Surroundings
 * @property {import("../board/work.js").Work} work
 * @property {number} index  of the shot
 * @property {string} scene  name of the scene that begins with it, or ""
 * @property {ShotView | null} shot  as the job has it
 * @property {unknown} entry  of the job's storyboard, if it is known
 * @property {boolean} isElsewhere  its plate is not what it was made with
 * @property {import("../../../shared_schema/multiplane").PromptSubjects | null} found  subjects
 * @property {boolean} isUnsent  it waits for the server
 * @property {string[]} notes  what was said of it meanwhile
 * @property {boolean} isAsked  the server has been asked what became of it, and has not answered yet
 * @property {import("../trouble.js").Told[]} warnings  what is to be known of it before it is made
 * @property {import("../trouble.js").Told[]} faults  why it cannot be made so
 * @property {"no" | "current" | "older"} imported
 * @property {boolean} importing  this very shot is being imported
 * @property {boolean} busy  something is being imported, so nothing else can be
 * @property {boolean} canImport  by the host
 * @property {boolean} selected
 * @property {boolean} marked
 * @property {string} verb  "Import" or "Download"
 * @property {string} againVerb  of what is imported already
 * @property {boolean} online
 */

export class Card {
  /** @type {ShotView | null} */
  #shot = null;
  /** @type {Surroundings | null} */
  #around = null;
  #pictureOf = "";
  #troubleOf = "";
  #notesOf = "";
  /** @type {import("../work/notes.js").Note[]} */
  #notes = [];
  /** @type {ShotDetails | null} */
  #details = null;
  /** Whether the document's shot is another one than the job's, and what that was found of. */
  #compared = { shot: /** @type {unknown} */ (null), entry: /** @type {unknown} */ (null), all: "", changed: false };

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {string} id
   * @param {Actions} actions
   */
  constructor(cameras, pictures, id, actions) {
    this.id = id;
    this.cameras = cameras;
    this.pictures = pictures;
    this.actions = actions;
    const { editing } = actions;
    this.scene = element("h3", { class: "card-scene", dir: "auto", hidden: true });
    this.number = element("button", {
      class: "card-number", type: "button", "aria-pressed": "false", title: t("shot.number.help"),
      onclick: (/** @type {Event} */ event) => actions.mark(this, /** @type {MouseEvent} */ (event)),
    });
    this.canvas = element("canvas", { role: "img", width: "16", height: "9", "aria-label": t("shot.picture", { shot: id }) });
    this.picture = element("button", {
      class: "picture", type: "button", "aria-label": t("shot.look", { shot: id }), title: t("shot.look", { shot: id }),
      onclick: () => actions.look(id),
    }, this.canvas);
    this.badges = new Badges();
    this.prompt = new PromptView(id, {
      typed: (prompt) => editing.prompt(this.index, prompt),
      emptied: () => editing.remove([this.index]),
      pasted: (lines) => editing.insert(this.index + 1, lines),
    });
    this.plate = element("p", { class: "card-plate", dir: "auto" });
    this.state = element("p", { class: "shot-state" });
    this.progress = element("progress", { max: "1", "aria-label": t("shot.progress", { shot: id }), hidden: true });
    this.trouble = element("div");
    this.doubts = new Doubts();
    this.noted = element("ul", { class: "notes", hidden: true });
    this.camera = cameras.list(t("shot.camera", { shot: id }), (name) => actions.camera(this.index, name || undefined));
    this.seconds = element("input", {
      class: "seconds", type: "number", min: "0.1", max: "600", step: "0.1", inputmode: "decimal",
      "aria-label": t("step.field", { what: t("field.duration"), shot: id }), title: t("field.duration"),
    });
    this.importButton = element("button", { type: "button", onclick: () => actions.importShot(this.#now) });
    this.cancel = element("button", { type: "button", onclick: () => actions.cancel(this.#now) });
    this.retry = element("button", {
      type: "button", onclick: () => actions.retry(this.#now), "aria-label": t("shot.of", { what: t("shot.retry"), shot: id }),
    }, t("shot.retry"));
    this.more = element("button", {
      class: "icon more", type: "button", "aria-expanded": "false", "aria-label": t("shot.of", { what: t("shot.more"), shot: id }),
      title: t("shot.more"), onclick: () => this.#fold(),
    }, "⋯");
    const acts = element("div", { class: "tools-acts" }, this.importButton, this.retry, this.cancel);
    takeNumbers(this.seconds, {
      changed: (seconds) => editing.set([this.index], "duration", seconds ?? undefined),
      now: () => this.#secondsText,
      below: acts,
    });
    this.tools = element("div", { class: "tools" }, this.camera, this.seconds, acts);
    this.root = element(
      "li", {
        class: "card", tabindex: "-1", "data-shot": id, onfocusin: () => actions.select(id),
        onkeydown: (/** @type {KeyboardEvent} */ event) => this.#key(event),
      },
      this.scene, this.number, this.picture,
      element("div", { class: "about" },
        element("div", { class: "card-head" },
          element("span", { class: "card-id", dir: "auto", title: id }, id), this.badges.element, this.more),
        this.prompt.element, this.plate, this.state, this.progress, this.trouble, this.doubts.root, this.noted),
      this.tools,
    );
  }

  /** @returns {ShotView} */
  get #now() {
    return /** @type {ShotView} */ (this.#shot);
  }

  /** In the document. */
  get index() {
    return this.#around?.index ?? -1;
  }

  /** @param {Surroundings} around */
  show(around) {
    if (this.#around !== null && isAlike(this.#around, around)) return;
    const { work, index, shot } = around;
    const entry = work.board.shots[index];
    const state = shot?.state ?? "new";
    const isThere = shot !== null && shot.manifest !== null;
    const changed = this.#isChanged(around);
    this.#shot = shot;
    this.#around = around;
    this.root.dataset.state = state;
    say(this.scene, around.scene);
    this.scene.hidden = around.scene === "";
    if (around.selected) this.root.setAttribute("aria-current", "true");
    else this.root.removeAttribute("aria-current");
    this.number.setAttribute("aria-pressed", String(around.marked));
    this.number.setAttribute("aria-label", t("shot.number", { n: index + 1, shot: this.id }));
    say(this.number, String(index + 1));
    this.prompt.show(entry, aboutShot(entry, work.names), around.found);
    say(this.state, this.#stateText(around));
    this.progress.hidden = state !== "running" && !around.importing;
    const isCounted = shot !== null && shot.done !== null && shot.total && !around.importing;
    if (isCounted) this.progress.value = /** @type {number} */ (shot.done) / /** @type {number} */ (shot.total);
    else this.progress.removeAttribute("value");
    this.#showTrouble(around);
    this.doubts.show(shot);
    this.#showNotes(around);
    this.badges.show(around, changed);
    this.#showCamera(around);
    this.#showSeconds(around);
    this.#showButtons(around, isThere);
    this.#showPicture(entry, isThere);
    this.#details?.show(work.board, entry);
    const plate = plateOf(work.board, entry);
    say(this.plate, plate === "" ? "" : t("shot.plate", { name: plate }));
    this.plate.title = plate;
  }

  /** The picture as it is being painted. @param {Blob} picture */
  preview(picture) {
    if (this.#shot?.state !== "running") return;
    this.#pictureOf = "";
    this.pictures.draw(this.canvas, picture);
  }

  remove() {
    this.pictures.forget(this.canvas);
    this.root.remove();
  }

  /** Fold out, or away, what else the shot says. */
  #fold() {
    if (!this.#details) {
      const { editing } = this.actions;
      this.#details = new ShotDetails(this.id, {
        set: (field, value) => editing.set([this.index], field, value),
        place: (place) => this.actions.place([this.index], place),
        placeWords: (name, words) => editing.placeWords(name, words),
        double: () => editing.double(this.index),
        remove: () => editing.remove([this.index]),
        move: (by) => this.actions.move(this, by),
      });
      this.#details.element.hidden = true;
      this.root.append(this.#details.element);
      const around = this.#around;
      if (around) this.#details.show(around.work.board, around.work.board.shots[around.index]);
    }
    const { element: part } = this.#details;
    part.hidden = !part.hidden;
    this.more.setAttribute("aria-expanded", String(!part.hidden));
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
    event.preventDefault();
    this.actions.move(this, event.key === "ArrowUp" ? -1 : 1);
  }

  /** Of its own; "" where it is as long as all. */
  get #secondsText() {
    const { duration } = fieldsOf(this.#around?.work.board.shots[this.index]);
    return duration === undefined ? "" : String(duration);
  }

  /** @param {Surroundings} around */
  #stateText({ shot, entry, importing, isAsked, isUnsent, online }) {
    if (importing) return t("foot.importing");
    if (isAsked) return t("shot.asked");
    if (shot === null) return t(isUnsent ? "shot.unsent" : "shot.unmade");
    if (shot.state === "queued" && shot.manifest !== null) return t("shot.anew");
    return ofShot(shot, entry, online);
  }

  /** @param {Surroundings} around */
  #isChanged({ work, index, shot, entry, isElsewhere }) {
    if (shot === null || entry === null) return false;
    const all = `${work.seconds} ${work.camera}`;
    const now = work.board.shots[index];
    const known = this.#compared;
    if (known.shot !== now || known.entry !== entry || known.all !== all) {
      const asSent = submittedShot(work, index);
      const isMoved = !sameCamera(cameraOf(asSent), cameraOf(entry));
      this.#compared = { shot: now, entry, all, changed: isMoved || !sameButCamera(asSent, entry) };
    }
    return this.#compared.changed || isElsewhere;
  }

  /** @param {Surroundings} around */
  #showCamera({ work, index, importing }) {
    const own = presetOf(work.board.shots[index]);
    this.cameras.show(this.camera, own, t("shot.camera.all", { preset: presetTitle(work.camera) }));
    this.camera.disabled = importing || typeof work.board.shots[index] !== "object";
  }

  /** @param {Surroundings} around */
  #showSeconds({ work, index }) {
    this.seconds.placeholder = String(secondsOf(work, index));
    const value = this.#secondsText;
    if (isRefused(this.seconds)) return;
    if (Number(this.seconds.value) !== Number(value) || value === "") this.seconds.value = value;
  }

  /**
   * @param {Surroundings} around
   * @param {boolean} isThere
   */
  #showButtons(around, isThere) {
    const { state } = around.shot ?? { state: "new" };
    const isAnew = isThere && state !== "finished";
    this.importButton.hidden = state !== "finished" || !around.canImport;
    this.importButton.disabled = around.busy || !around.online;
    const again = around.imported === "current";
    const verb = again ? around.againVerb : around.imported === "older" ? t("shot.update") : around.verb;
    say(this.importButton, again ? t("shot.again") : verb); // short: the row has room for a word
    this.importButton.title = again ? verb : "";
    this.importButton.setAttribute("aria-label", t("shot.of", { what: verb, shot: this.id }));
    const canStop = state === "queued" || state === "running" || (isAnew && state === "failed");
    say(this.cancel, isAnew && state === "failed" ? t("shot.keep") : t("shot.cancel"));
    this.cancel.setAttribute("aria-label", t("shot.of", { what: String(this.cancel.textContent), shot: this.id }));
    this.#hide(this.cancel, !canStop);
    this.#hide(this.retry, state !== "failed" && state !== "cancelled");
    this.cancel.disabled = this.retry.disabled = !around.online;
  }

  /**
   * A button that goes while it has the focus hands it to what has come in its place.
   * @param {HTMLButtonElement} button
   * @param {boolean} hidden
   */
  #hide(button, hidden) {
    const had = document.activeElement === button && hidden;
    button.hidden = hidden;
    if (!had) return;
    // Once the others are shown.
    setTimeout(() => {
      const others = [this.retry, this.importButton, this.camera];
      (others.find((one) => !one.hidden && !one.disabled) ?? this.root).focus();
    }, 0);
  }

  /** @param {Surroundings} around */
  #showTrouble({ shot, faults }) {
    const said = shot?.state === "failed" && shot.error ? [shot.error] : shot === null ? faults : [];
    const text = said.length > 0 ? JSON.stringify(said) : "";
    if (text === this.#troubleOf) return;
    this.#troubleOf = text;
    this.trouble.replaceChildren(...said.map((one) => {
      const shown = troubleText(fromServer(one));
      shown.tabIndex = 0; // A long one is scrolled, also with the keyboard.
      return shown;
    }));
  }

  /** @param {Surroundings} around */
  #showNotes({ shot, notes, warnings }) {
    const own = shot?.state === "finished" ? this.#notes : [];
    const doubts = shot?.state === "finished" ? shot.doubts ?? [] : [];
    const told = new Map(notes.map((said) => [said, withFileNames(textInWords(said))]));
    // A finished shot tells by its notes what became of it.
    if (own.length === 0) for (const one of warnings) told.set(one.message ?? "", sentencesOf(fromServer(one)).join(" "));
    for (const { said, shown } of own) told.set(said, shown);
    const all = [...told].filter(([said]) => !doubts.some(({ text }) => said.startsWith(text))).map(([, shown]) => shown);
    const text = all.join("\n");
    if (text === this.#notesOf) return;
    this.#notesOf = text;
    this.noted.hidden = all.length === 0;
    this.noted.replaceChildren(...all.map((note) => element("li", { dir: "auto" }, note)));
  }

  /**
   * @param {unknown} entry
   * @param {boolean} isThere
   */
  #showPicture(entry, isThere) {
    const shot = this.#shot;
    const version = isThere ? String(shot?.result) : uploadOf(entry);
    if (version === this.#pictureOf || (shot?.state === "running" && !isThere)) return;
    this.#pictureOf = version;
    this.#notes = [];
    if (version === "") {
      this.pictures.forget(this.canvas);
      this.canvas.width = this.canvas.height = 1;
      delete this.canvas.dataset.drawn;
    } else if (isThere) {
      this.pictures.whenSeen(this.canvas, () => this.#seen(version));
    } else {
      this.pictures.whenSeen(this.canvas, () => this.actions.drawing(version));
    }
  }

  /** @param {string} version */
  async #seen(version) {
    const shot = this.#now;
    if (this.#notes.length === 0) {
      this.actions.notes(shot).then((notes) => {
        if (this.#pictureOf !== version || this.#shot === null) return;
        this.#notes = notes;
        if (this.#around) this.#showNotes(this.#around);
      }, () => undefined);
    }
    return this.actions.thumbnail(shot);
  }
}

/**
 * Whether two surroundings show the same; of the document only the shot itself and what all have.
 * @param {Surroundings} one
 * @param {Surroundings} other
 */
function isAlike(one, other) {
  const { work: a, ...rest } = one;
  const { work: b, ...others } = other;
  return a.board.shots[one.index] === b.board.shots[other.index] && a.seconds === b.seconds && a.camera === b.camera
    && a.names === b.names && a.board.plates === b.board.plates
    && Object.entries(rest).every(([name, value]) => value === others[/** @type {keyof typeof rest} */ (name)]);
}

/** @param {unknown} shot */
function cameraOf(shot) {
  return fieldsOf(shot).camera ?? USUAL_SHOT.camera;
}

/** The upload that a shot is made from; "" for none. @param {unknown} entry */
function uploadOf(entry) {
  const { picture } = fieldsOf(entry);
  return typeof picture === "string" && picture.startsWith("upload:") ? picture : "";
}
