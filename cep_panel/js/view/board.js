// The shots of the document as cards, and the job that has made them: how far it is, and what can be
// done with it.

import { fieldsOf, shotsOf } from "../board/document.js";
import { fromServer } from "../trouble.js";
import { ENDED } from "../state/jobs.js";
import { Card } from "./card.js";
import { byId, element, say } from "./element.js";
import { troubleText } from "./notices.js";
import { namesOfJobs } from "./history.js";
import { ofJob } from "./words.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */
/** @typedef {import("../board/work.js").Work} Work */

/**
 * @typedef {object} Actions
 * @property {(job: string) => void} select
 * @property {() => void} importAll
 * @property {() => void} stopImport
 * @property {() => void} cancel
 * @property {() => void} retry
 * @property {() => void} remove
 * @property {import("./card.js").Actions} card
 */

/**
 * @typedef {object} Surroundings
 * @property {Work} work
 * @property {KnownJob | null} known  the job that was made of it
 * @property {KnownJob[]} jobs
 * @property {boolean} isUnsent  what was made of it waits for the server
 * @property {Map<string, string[]>} notes  what was said of shots, by id
 * @property {import("../../../shared_schema/multiplane").Finding[]} findings  of the document
 * @property {import("../work/importing.js").Importing} importing
 * @property {import("../../hosts/adapter.js").HostAbilities} abilities
 * @property {string} verb
 * @property {string} allVerb  "Import all", say
 * @property {boolean} online
 */

/**
 * What another try would do.
 * @param {KnownJob["job"]["counts"]} counts
 */
function retryText(counts) {
  if (counts.failed) return "Try failed shots again";
  return counts.cancelled ? "Make cancelled shots" : "Write the files again";
}

export class BoardView {
  /** @type {Map<string, Card>} */
  #cards = new Map();
  #order = "";
  #job = "";

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {import("../state/import_settings.js").ImportSettings} settings
   * @param {Actions} actions
   */
  constructor(cameras, pictures, settings, actions) {
    this.cameras = cameras;
    this.pictures = pictures;
    this.actions = actions;
    this.list = byId("job");
    this.shots = byId("shots");
    this.list.addEventListener("change", () => actions.select(this.list.value));
    byId("import-all").addEventListener("click", actions.importAll);
    byId("stop-import").addEventListener("click", actions.stopImport);
    byId("cancel-job").addEventListener("click", actions.cancel);
    byId("retry-job").addEventListener("click", actions.retry);
    byId("remove-job").addEventListener("click", actions.remove);
    for (const name of /** @type {const} */ (["handles", "dissolve"])) {
      byId(name).value = String(settings[name]);
      byId(name).addEventListener("input", () => {
        settings[name] = Math.max(0, Math.round(Number(byId(name).value) || 0));
        settings.keep();
      });
    }
    byId("media").value = settings.media;
    byId("media").addEventListener("change", () => {
      settings.media = byId("media").value === "comps" ? "comps" : "films";
      settings.keep();
    });
  }

  /** @param {Surroundings} around */
  show(around) {
    const { known, work } = around;
    const isEmpty = work.board.shots.length === 0;
    byId("board-empty").hidden = !isEmpty;
    byId("board-full").hidden = isEmpty;
    byId("job-part").hidden = known === null;
    this.#showJobs(around);
    if (known) this.#showJob(known, around);
    else byId("import-settings").hidden = true;
    this.#showShots(around);
  }

  /**
   * @param {string} job
   * @param {string} shot
   * @param {Blob} picture
   */
  preview(job, shot, picture) {
    if (job === this.#job) this.#cards.get(shot)?.preview(picture);
  }

  /** @param {Surroundings} around */
  #showJobs({ jobs, work, known }) {
    this.list.hidden = jobs.length === 0;
    const entries = namesOfJobs(jobs.map(({ job }) => job));
    const isListed = jobs.some(({ job }) => job.job === work.job);
    if (!isListed) entries.unshift(["", work.board.shots.length > 0 ? "Not made yet" : "New"]);
    const key = JSON.stringify(entries);
    // A list that is open would close if it were filled again.
    if (this.list.dataset.key !== key && document.activeElement !== this.list) {
      this.list.dataset.key = key;
      this.list.replaceChildren(...entries.map(([id, text]) => element("option", { value: id, dir: "auto" }, text)));
    }
    this.list.value = known ? known.job.job : "";
  }

  /**
   * @param {KnownJob} known
   * @param {Surroundings} around
   */
  #showJob({ job, heard }, { importing, abilities, allVerb, online }) {
    const { counts } = job;
    const progress = importing.progress;
    const ended = ENDED.has(job.state);
    const made = (counts.finished ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0);
    const bar = byId("job-progress");
    bar.max = progress ? progress.total : job.shots;
    bar.value = progress ? progress.done : made;
    bar.hidden = ended && !progress;
    say(byId("job-text"), progress ? importText(progress) : ofJob(job, leftOf(job, heard)));
    const errorText = job.error ? JSON.stringify(job.error) : "";
    const error = byId("job-error");
    if (error.dataset.key !== errorText) {
      error.dataset.key = errorText;
      error.replaceChildren(...(job.error ? [troubleText(fromServer(job.error))] : []));
    }
    const some = (counts.finished ?? 0) > 0;
    byId("import-all").hidden = !abilities.sequence || !some;
    byId("import-all").disabled = !ended || progress !== null || !online;
    byId("import-all").title = ended ? "" : "Once all shots have ended";
    say(byId("import-all"), allVerb);
    byId("stop-import").hidden = progress === null || progress.total < 2;
    byId("stop-import").disabled = progress?.stopping === true;
    hideButKeepFocus("cancel-job", ended, ["retry-job", "import-all", "remove-job"]);
    const unwritten = job.delivery === "failed" || job.delivery === "cancelled";
    byId("retry-job").hidden = !(counts.failed || counts.cancelled || (ended && unwritten));
    say(byId("retry-job"), retryText(counts));
    byId("remove-job").hidden = !ended;
    for (const id of /** @type {const} */ (["cancel-job", "retry-job"])) byId(id).disabled = !online;
    byId("remove-job").disabled = !online || progress !== null;
    const { handles, dissolve, media } = abilities;
    byId("import-settings").hidden = !(handles || dissolve || media) || !some;
    byId("media-field").hidden = !media;
    byId("handles-field").hidden = !handles;
    byId("dissolve-field").hidden = !dissolve;
  }

  /** @param {Surroundings} around */
  #showShots(around) {
    const { work, known, importing } = around;
    const entries = shotsOf(known?.storyboard);
    const views = known?.shots ?? new Map();
    const byIndex = new Map([...views.values()].map((view) => [view.index, view]));
    const progress = importing.progress;
    const job = known?.job.job ?? "";
    if (this.#job !== job) this.#job = job;
    const ids = work.board.shots.map((shot, index) => idOf(shot, index));
    const first = new Map([...ids.entries()].reverse().map(([index, id]) => [id, index]));
    // A shot whose id another one has is told from it by its place.
    const twins = ids.map((id, index) => first.get(id) !== index);
    this.#arrange(ids, twins);
    ids.forEach((id, index) => {
      const twin = twins[index];
      const shot = (twin ? byIndex.get(index) : views.get(id)) ?? null;
      this.#cards.get(keyOf(id, index, twin))?.show({
        work,
        index,
        shot,
        entry: shot ? entries[shot.index] ?? null : null,
        isUnsent: around.isUnsent,
        notes: around.notes.get(id) ?? [],
        faults: around.findings.filter((one) => one.shot === index && one.level === "error").map((one) => one.said),
        imported: shot ? importing.imports.stateOf(job, shot) : "no",
        importing: progress !== null && progress.total === 1 && progress.shot === id,
        busy: progress !== null,
        canImport: around.abilities.shots,
        verb: around.verb,
        online: around.online,
      });
    });
  }

  /**
   * A card for each shot, in order; those that stay are not touched.
   * @param {string[]} ids
   * @param {boolean[]} twins
   */
  #arrange(ids, twins) {
    const keys = ids.map((id, index) => keyOf(id, index, twins[index]));
    const order = JSON.stringify(keys);
    if (order === this.#order) return;
    this.#order = order;
    const wanted = new Set(keys);
    for (const [key, card] of this.#cards) {
      if (wanted.has(key)) continue;
      card.remove();
      this.#cards.delete(key);
    }
    keys.forEach((key, index) => {
      let card = this.#cards.get(key);
      if (!card) {
        card = new Card(this.cameras, this.pictures, ids[index], this.actions.card);
        this.#cards.set(key, card);
      }
      const there = this.shots.children[index];
      if (there !== card.root) this.shots.insertBefore(card.root, there ?? null);
    });
  }
}

/**
 * @param {unknown} shot
 * @param {number} index
 */
function idOf(shot, index) {
  const { id } = fieldsOf(shot);
  return typeof id === "string" && id.trim() !== "" ? id.trim() : `shot-${String(index + 1).padStart(3, "0")}`;
}

/**
 * @param {string} id
 * @param {number} index
 * @param {boolean} twin  an earlier shot has the same id
 */
function keyOf(id, index, twin) {
  return twin ? `${id}\u0000${index}` : id;
}

/** What is left of a job now. @param {KnownJob["job"]} job @param {number} heard  when the server said it */
function leftOf(job, heard) {
  return job.seconds_left === null ? null : Math.max(0, job.seconds_left - (Date.now() - heard) / 1000);
}

/**
 * A button that goes while it has the focus hands it on.
 * @param {"cancel-job"} id
 * @param {boolean} hidden
 * @param {Array<"retry-job" | "import-all" | "remove-job">} others
 */
function hideButKeepFocus(id, hidden, others) {
  const button = byId(id);
  const had = hidden && document.activeElement === button;
  button.hidden = hidden;
  if (!had) return;
  setTimeout(() => { // Once the others are shown.
    const next = others.map((other) => byId(other)).find((one) => !one.hidden && !one.disabled);
    (next ?? byId("job")).focus();
  }, 0);
}

/** @param {import("../work/importing.js").Progress} progress */
function importText({ done, total, stopping }) {
  if (stopping) return "Stopping after this shot…";
  return total === 1 ? "Importing…" : `Importing, ${done} of ${total}`;
}
