// Puts the selected shot on the stage: finished, or cut into its layers and being filmed, it plays;
// else its picture as far as there is one, and what it waits for.

import { fieldsOf } from "../board/document.js";
import { t } from "../text/text.js";
import { troubleOf } from "../trouble.js";

/** @typedef {import("../panel.js").Panel} Panel */
/** @typedef {import("./pane.js").PanelState} PanelState */

export class StagePane {
  #shown = "";
  /** The newest picture of each shot that is being painted, by job and shot. @type {Map<string, Blob>} */
  #previews = new Map();
  /** The server was gone when it was asked for what is shown. */
  #isLost = false;
  #wasOnline = false;

  /** @param {Panel} panel */
  constructor(panel) {
    this.panel = panel;
    this.stage = panel.stage;
    this.element = this.stage.element;
    this.stage.onPreview = (job, shot, picture) => this.#painted(job, shot, picture);
  }

  /** @param {Readonly<PanelState>} state */
  show({ work, index, selected, shot, online }) {
    if (!this.stage.isSeen) return;
    const made = shot !== null && (shot.cut || shot.manifest) ? shot : null;
    // Until it is finished, what is seen of a shot that is made anew is the newest that there was.
    if (made && !made.cut && (made.state === "queued" || made.state === "running") && this.#hasCut(work.job, selected)) return;
    const key = JSON.stringify([work.job, selected, index < 0, made ? [made.result, made.cut] : null, made || !shot ? "" : shot.state]);
    const isBack = online && !this.#wasOnline;
    this.#wasOnline = online;
    if (key === this.#shown && !(this.#isLost && isBack)) return;
    this.#shown = key;
    this.#isLost = false;
    if (made) {
      this.#previews.delete(nameOf(work.job, selected));
      this.panel.attempt(async () => {
        try {
          const found = await this.stage.shots.get(work.job, made);
          if (this.#shown !== key) return;
          const loaded = this.stage.show(found);
          if (made.result) this.#showStill(key, () => this.panel.files.thumbnail(String(made.result)));
          await loaded;
        } catch (error) {
          if (troubleOf(error).code !== "server.gone") throw error;
          this.#isLost = this.#shown === key;
        }
      });
      return;
    }
    const size = /** @type {[number, number] | undefined} */ (work.board.size);
    this.stage.clear(index < 0 ? t("stage.empty") : t(`stage.${shot ? shot.state : "unmade"}`), size);
    const preview = this.#previews.get(nameOf(work.job, selected));
    const { picture } = fieldsOf(work.board.shots[index]);
    if (preview) {
      this.#showStill(key, async () => preview);
    } else if (typeof picture === "string" && picture.startsWith("upload:")) {
      this.#showStill(key, () => this.panel.files.thumbnail(picture.slice("upload:".length)));
    }
  }

  close() {
    this.stage.close();
  }

  /** Whether layers of this shot that are not filmed yet are on the stage. @param {string} job @param {string} shot */
  #hasCut(job, shot) {
    const { made } = this.stage;
    return made !== null && made.job === job && made.shot === shot && !made.isFilmed;
  }

  /** @param {string} job @param {string} shot @param {Blob} picture */
  #painted(job, shot, picture) {
    this.#previews.set(nameOf(job, shot), picture);
    const [shownJob, shownShot] = JSON.parse(this.#shown || "[]");
    if (job === shownJob && shot === shownShot) this.#showStill(this.#shown, async () => picture);
  }

  /** @param {string} key @param {() => Promise<Blob>} fetchIt */
  async #showStill(key, fetchIt) {
    try {
      const picture = await fetchIt();
      if (this.#shown === key) await this.stage.showStill((canvas) => this.panel.pictures.draw(canvas, picture));
    } catch {
      // The sentence over it says what there is to know.
    }
  }
}

/** @param {string} job @param {string} shot */
function nameOf(job, shot) {
  return `${job} ${shot}`;
}
