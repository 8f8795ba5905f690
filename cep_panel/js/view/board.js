// The storyboard that is looked at: how far it is, what can be done with it, and its shots.

import { shotsOf } from "../board/document.js";
import { fromServer } from "../trouble.js";
import { ENDED } from "../state/jobs.js";
import { Card } from "./card.js";
import { byId, element, say } from "./element.js";
import { troubleText } from "./notices.js";
import { ofJob } from "./words.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */

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
 * @property {KnownJob | null} known  the job that is looked at
 * @property {KnownJob[]} jobs
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
  #cardsOf = "";

  /**
   * @param {import("./cameras.js").Cameras} cameras
   * @param {import("./pictures.js").Pictures} pictures
   * @param {import("../board/draft.js").Draft} draft
   * @param {Actions} actions
   */
  constructor(cameras, pictures, draft, actions) {
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
      byId(name).value = String(draft[name]);
      byId(name).addEventListener("input", () => {
        draft[name] = Math.max(0, Math.round(Number(byId(name).value) || 0));
        draft.keep();
      });
    }
    byId("media").value = draft.media;
    byId("media").addEventListener("change", () => {
      draft.media = byId("media").value === "comps" ? "comps" : "films";
      draft.keep();
    });
  }

  /** @param {Surroundings} around */
  show(around) {
    const { known } = around;
    byId("board-empty").hidden = known !== null;
    byId("board-full").hidden = known === null;
    this.#showJobs(around);
    if (!known) {
      this.#clear("");
      return;
    }
    if (this.#cardsOf !== known.job.job) this.#clear(known.job.job);
    this.#showJob(known, around);
    this.#showShots(known, around);
  }

  /**
   * @param {string} job
   * @param {string} shot
   * @param {Blob} picture
   */
  preview(job, shot, picture) {
    if (job === this.#cardsOf) this.#cards.get(shot)?.preview(picture);
  }

  /** @param {Surroundings} around */
  #showJobs({ jobs, known }) {
    this.list.hidden = jobs.length === 0;
    const entries = jobs.map(({ job }) => [job.job, `${job.title} · ${madeAt(job.created)}`]);
    const key = JSON.stringify(entries);
    // A list that is open would close if it were filled again.
    if (this.list.dataset.key !== key && document.activeElement !== this.list) {
      this.list.dataset.key = key;
      this.list.replaceChildren(...entries.map(([id, text]) => element("option", { value: id }, text)));
    }
    if (known) this.list.value = known.job.job;
  }

  /**
   * @param {KnownJob} known
   * @param {Surroundings} around
   */
  #showJob({ job }, { importing, abilities, allVerb, online }) {
    const { counts } = job;
    const progress = importing.progress;
    const ended = ENDED.has(job.state);
    const made = (counts.finished ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0);
    const bar = byId("job-progress");
    bar.max = progress ? progress.total : job.shots;
    bar.value = progress ? progress.done : made;
    bar.hidden = ended && !progress;
    say(byId("job-text"), progress ? importText(progress) : ofJob(job));
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
    byId("cancel-job").hidden = ended;
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

  /**
   * @param {KnownJob} known
   * @param {Surroundings} around
   */
  #showShots(known, around) {
    const shots = [...(known.shots?.values() ?? [])].sort((a, b) => a.index - b.index);
    const entries = shotsOf(known.storyboard);
    const progress = around.importing.progress;
    for (const shot of shots) {
      let card = this.#cards.get(shot.id);
      if (!card) {
        card = new Card(this.cameras, this.pictures, shot.id, this.actions.card);
        this.#cards.set(shot.id, card);
        this.shots.append(card.root);
      }
      card.show(shot, {
        entry: entries[shot.index] ?? null,
        imported: around.importing.imports.stateOf(known.job.job, shot),
        importing: progress !== null && progress.total === 1 && progress.shot === shot.id,
        busy: progress !== null,
        canImport: around.abilities.shots,
        verb: around.verb,
        online: around.online,
      });
    }
  }

  /** @param {string} job */
  #clear(job) {
    for (const card of this.#cards.values()) card.remove();
    this.#cards.clear();
    this.#cardsOf = job;
  }
}

/**
 * A time of the server as people here write it; the day only where it is another one.
 * @param {string} created  RFC 3339
 */
function madeAt(created) {
  const then = new Date(created);
  const isToday = then.toDateString() === new Date().toDateString();
  const time = then.toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" });
  return isToday ? time : `${then.toLocaleDateString()} ${time}`;
}

/** @param {import("../work/importing.js").Progress} progress */
function importText({ done, total, stopping }) {
  if (stopping) return "Stopping after this shot…";
  return total === 1 ? "Importing…" : `Importing, ${done} of ${total}`;
}
