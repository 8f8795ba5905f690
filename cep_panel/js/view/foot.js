// The foot: the one button that goes on with the work, how far it is, and the way to stop it.

import { fromServer } from "../trouble.js";
import { ENDED } from "../state/jobs.js";
import { t } from "../text/text.js";
import { byId, say } from "./element.js";
import { handingOn } from "./focus.js";
import { troubleText } from "./notices.js";
import { ofJob } from "./words.js";

/** @typedef {import("../state/jobs.js").KnownJob} KnownJob */
/** @typedef {import("../panes/pane.js").PanelState} PanelState */

/**
 * What the button does next. `many`: of shots.
 * @typedef {{does: "make" | "import" | "update" | "none", many: number, text: string, enabled: boolean}} Act
 */

/**
 * @typedef {object} Actions
 * @property {() => void} make
 * @property {(why: string) => void} nothing  Make was asked for by keys, and there is nothing to make
 * @property {() => void} importAll
 * @property {() => void} stopImport
 * @property {() => void} cancel
 * @property {() => void} retry
 */

export class FootView {
  /** The job that the user has stopped, until it has ended; whether its queued shots are called off. */
  #stopped = { job: "", isEmpty: false };

  /**
   * @param {import("./verbs.js").Verbs} verbs
   * @param {Actions} actions
   */
  constructor(verbs, actions) {
    this.verbs = verbs;
    const act = () => {
      const { does } = byId("act").dataset;
      if (byId("act").disabled) return;
      if (does === "make") actions.make();
      else actions.importAll();
    };
    byId("act").addEventListener("click", act);
    byId("stop").addEventListener("click", () => {
      if (byId("stop").dataset.stops === "import") actions.stopImport();
      else {
        this.#stopped = { job: byId("foot").dataset.of ?? "", isEmpty: false };
        say(byId("job-text"), t("foot.stopping"));
        byId("stop").disabled = true;
        actions.cancel();
      }
    });
    byId("retry-job").addEventListener("click", actions.retry);
    addEventListener("keydown", (event) => {
      const isMake = event.key === "Enter" && (event.ctrlKey || event.metaKey) && !event.defaultPrevented;
      if (!isMake) return;
      if (byId("act").dataset.does === "make") act();
      else actions.nothing(String(byId("act").textContent));
    });
  }

  /**
   * @param {Readonly<PanelState>} state
   * @param {string} unsent  what waits for the server, in a sentence; "" for nothing
   */
  show(state, unsent) {
    // To none of the other buttons: who presses Enter twice does not mean Stop.
    handingOn(byId("foot"), () => this.#show(state, unsent), () => byId("job-text"));
  }

  /** @param {Readonly<PanelState>} state @param {string} unsent */
  #show(state, unsent) {
    const { known, importing } = state;
    const act = actOf(state, this.verbs);
    say(byId("act"), act.text);
    byId("act").disabled = !act.enabled;
    byId("act").dataset.does = act.does;
    byId("unsent").hidden = unsent === "";
    say(byId("unsent"), unsent);
    const hasEnded = known !== null && ENDED.has(known.job.state);
    byId("foot").dataset.of = known?.job.job ?? "";
    this.#seeWhetherStopped(state, hasEnded);
    byId("foot").dataset.job = importing ? "importing" : known === null ? "none" : hasEnded ? "ended" : "running";
    this.#showProgress(state, hasEnded);
    this.#showButtons(state, hasEnded);
    const error = known?.job.error ?? null;
    const key = error ? JSON.stringify(error) : "";
    if (byId("job-error").dataset.key !== key) {
      byId("job-error").dataset.key = key;
      byId("job-error").replaceChildren(...(error ? [troubleText(fromServer(error))] : []));
    }
    byId("job-error").hidden = importing !== null;
  }

  /**
   * What is being made ends with its step; until then it is told, unless shots were queued again.
   * @param {Readonly<PanelState>} state
   * @param {boolean} hasEnded
   */
  #seeWhetherStopped({ known, online }, hasEnded) {
    const queued = known?.job.counts.queued ?? 0;
    const goesOn = queued > 0 && this.#stopped.isEmpty;
    if (hasEnded || !online || known?.job.job !== this.#stopped.job || goesOn) this.#stopped = { job: "", isEmpty: false };
    else if (queued === 0) this.#stopped.isEmpty = true;
  }

  /** @param {Readonly<PanelState>} state @param {boolean} hasEnded */
  #showProgress({ known, importing, online }, hasEnded) {
    const bar = byId("job-progress");
    const counts = known?.job.counts ?? {};
    bar.hidden = importing === null && (known === null || hasEnded);
    bar.max = importing ? importing.total : known?.job.shots ?? 1;
    bar.value = importing ? importing.done : (counts.finished ?? 0) + (counts.failed ?? 0) + (counts.cancelled ?? 0);
    say(byId("job-text"), importing ? importText(importing)
      : this.#stopped.job ? t("foot.stopping") : known ? ofJob(known.job, leftOf(known), online) : "");
  }

  /** @param {Readonly<PanelState>} state @param {boolean} hasEnded */
  #showButtons({ known, importing, online }, hasEnded) {
    const stop = byId("stop");
    const canStopImport = importing !== null && importing.total > 1;
    const counts = known?.job.counts ?? {};
    const { delivery } = known?.job ?? {};
    const unwritten = delivery === "failed" || delivery === "cancelled";
    byId("retry-job").hidden = importing !== null || !online || !(counts.failed || counts.cancelled || (hasEnded && unwritten));
    say(byId("retry-job"), t(counts.failed ? "foot.retry.failed" : counts.cancelled ? "foot.retry.cancelled" : "foot.retry.files"));
    stop.dataset.stops = importing ? "import" : "making";
    say(stop, t(importing ? "foot.stop_import" : "foot.stop"));
    stop.disabled = importing ? importing.stopping : !online || this.#stopped.job !== "";
    hideButKeepFocus(importing ? !canStopImport : known === null || hasEnded);
  }
}

/**
 * @param {Readonly<PanelState>} state
 * @param {import("./verbs.js").Verbs} verbs
 * @returns {Act}
 */
export function actOf({ work, known, scope, importing, imports, abilities, online }, verbs) {
  const none = (/** @type {string} */ text) => ({ does: /** @type {const} */ ("none"), many: 0, text, enabled: false });
  if (importing) return none(t("foot.importing"));
  if (scope.many > 0) return { does: "make", many: scope.many, text: t("make.count", { n: scope.many }), enabled: true };
  if (work.board.shots.length === 0 || known === null) return none(t("make.nothing"));
  if (known.shots === null) return none(t(online ? "shot.asked" : "make.waits"));
  if (!ENDED.has(known.job.state)) return none(t(online ? "make.running" : "make.waits"));
  const made = [...(known.shots?.values() ?? [])].filter((shot) => shot.state === "finished");
  const { failed = 0 } = known.job.counts;
  if (made.length === 0 && failed > 0) return none(t("make.failed", { n: failed }));
  if (made.length === 0 || !abilities.sequence) return none(t(scope.isMade ? "make.done" : "make.nothing"));
  if (!abilities.shots) return { does: "import", many: made.length, text: verbs.all, enabled: online };
  const states = made.map((shot) => imports.stateOf(known.job.job, shot));
  const fresh = states.filter((one) => one === "no").length;
  const older = states.filter((one) => one === "older").length;
  if (fresh > 0) return { does: "import", many: fresh + older, text: t(verbs.allKey, { n: fresh + older }), enabled: online };
  if (older > 0) return { does: "update", many: older, text: t("update.count", { n: older }), enabled: online };
  return { does: "import", many: 0, text: t(verbs.againKey), enabled: online };
}

/** What is left of a job now. @param {KnownJob} known */
function leftOf({ job, heard }) {
  return job.seconds_left === null ? null : Math.max(0, job.seconds_left - (Date.now() - heard) / 1000);
}

/** A button that goes while it has the focus hands it on. @param {boolean} hidden */
function hideButKeepFocus(hidden) {
  const stop = byId("stop");
  const had = hidden && document.activeElement === stop;
  stop.hidden = hidden;
  if (!had) return;
  setTimeout(() => { // Once the others are shown.
    const next = [byId("retry-job"), byId("act")].find((one) => !one.hidden && !one.disabled);
    (next ?? byId("boards")).focus();
  }, 0);
}

/** @param {import("../work/importing.js").Progress} progress */
function importText({ done, total, stopping }) {
  if (stopping) return t("foot.import.stopping");
  return total === 1 ? t("foot.importing") : t("foot.import.count", { done, total });
}
