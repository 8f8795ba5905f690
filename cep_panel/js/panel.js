// The whole panel: what the user does goes to the document, the server and the host; what these say
// is shown.

import { fieldsOf } from "./board/document.js";
import { cleared, freshTitle, handedIn, heard, indexOf, isBlank, ofJob as workOfJob, submitted, withCamera, withSetting } from "./board/work.js";
import { Connection } from "./server/connection.js";
import { Files } from "./server/files.js";
import { tokenFor } from "./server/auth.js";
import { takeCode } from "./server/link.js";
import { Places } from "./server/place.js";
import { ImportSettings } from "./state/import_settings.js";
import { ENDED, Jobs } from "./state/jobs.js";
import { Steps } from "./state/steps.js";
import { fromServer, troubleOf } from "./trouble.js";
import { BoardView } from "./view/board.js";
import { Cameras } from "./view/cameras.js";
import { ComposeView } from "./view/compose.js";
import { ConnectView } from "./view/connect.js";
import { takeDrops } from "./view/dropping.js";
import { byId, say } from "./view/element.js";
import { Pictures } from "./view/pictures.js";
import { tellSequence, tellShot } from "./view/reports.js";
import { UndoView } from "./view/undo.js";
import { verbsOf } from "./view/verbs.js";
import { ofJob } from "./view/words.js";
import { audioOf } from "./work/audio.js";
import { CameraChanges } from "./work/cameras.js";
import { Checking } from "./work/checking.js";
import { Importing } from "./work/importing.js";
import { Making } from "./work/making.js";
import { notesOf } from "./work/notes.js";
import { open } from "./work/opening.js";
import { asRemoved, bringBack } from "./work/removing.js";
import { scopeOf } from "./work/scope.js";

/** @typedef {import("../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("./board/work.js").Work} Work */

const LISTED = 40;
const CONNECTION = "connection";
const TICK_MS = 1000;
const MOST_NOTES = 5;

export class Panel {
  #drawing = false;
  /** What the server said of shots meanwhile, by job and shot. @type {Map<string, Map<string, string[]>>} */
  #notes = new Map();

  /**
   * @param {import("../hosts/adapter.js").HostAdapter} host
   * @param {import("./view/notices.js").Notices} notices
   */
  constructor(host, notices) {
    this.host = host;
    this.notices = notices;
    this.jobs = new Jobs();
    this.steps = new Steps((now, before) => this.#changed(now, before));
    this.settings = new ImportSettings();
    this.cameras = new Cameras();
    this.verbs = verbsOf(host);
    this.places = new Places(host);
    this.connection = new Connection(() => this.places.find(), {
      onLink: (link) => this.#linked(link),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onEvent: (event) => this.#heard(event),
      onPreview: ({ info, picture }) => this.board.preview(info.job, info.shot, picture),
    });
    this.files = new Files(() => this.connection.link.place);
    this.making = new Making(this.connection);
    this.changes = new CameraChanges(() => this.work, this.jobs, (job, shot, camera) => this.#apply(job, shot, camera));
    this.checking = new Checking(this.connection, () => this.draw());
    this.importing = new Importing(host, this.connection, this.files, () => this.draw());
    this.connect = new ConnectView(
      { readsFiles: this.places.readsFiles, url: this.places.ownUrl, folder: this.places.folder },
      {
        connect: () => this.connection.connect(),
        pair: (url, typed) => this.#try(() => this.#pair(url, typed)),
        useFolder: (folder) => {
          this.places.folder = folder;
          this.connection.connect();
        },
        forget: () => {
          this.places.forget();
          this.connection.connect();
        },
      },
    );
    this.undo = new UndoView({ undo: () => this.#step("undo"), redo: () => this.#step("redo") });
    this.compose = new ComposeView(this.steps, this.cameras, {
      make: () => this.#try(() => this.#make()),
      open: (given) => this.#try(() => this.#open(given)),
    });
    this.board = new BoardView(this.cameras, new Pictures(), this.settings, {
      select: (job) => this.#try(() => this.#select(job)),
      importAll: () => this.#try(() => this.#importAll()),
      stopImport: () => this.importing.stop(),
      cancel: () => this.#ofJob("cancel"),
      retry: () => this.#ofJob("retry"),
      remove: () => this.#try(() => this.#remove()),
      card: {
        importShot: (shot) => this.#try(() => this.#importShot(shot)),
        cancel: (shot) => this.#ofJob("cancel", { shot: shot.id }),
        retry: (shot) => this.#ofJob("retry", { shot: shot.id }),
        camera: (id, camera) => this.#camera(id, camera),
        thumbnail: (shot) => this.files.thumbnail(String(shot.result)),
        drawing: (upload) => this.files.thumbnail(upload.slice("upload:".length)),
        film: async (shot) => this.#fileOf(shot, String((await this.#manifest(shot)).files.preview)),
        notes: async (shot) => notesOf(await this.#manifest(shot)),
      },
    });
  }

  /** The document. */
  get work() {
    return this.steps.now;
  }

  start() {
    addEventListener("unhandledrejection", (event) => this.notices.trouble(troubleOf(event.reason)));
    takeDrops((given) => this.#try(() => this.#open(given)));
    this.#nameHost();
    this.draw();
    this.#enter();
    addEventListener("hashchange", () => this.#enter()); // another link, opened in this page
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Show everything as it is, once for however many changes. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      this.#show();
    }, 16);
  }

  #show() {
    const { work, making } = this;
    const known = this.jobs.get(work.job);
    const unsent = making.unsent;
    this.checking.see(work);
    this.undo.show(this.steps.undoes, this.steps.redoes);
    this.compose.show(scopeOf(work, known, unsent.some((order) => order.job === work.job)));
    this.compose.showFindings(this.checking.findings);
    this.board.show({
      work,
      known,
      jobs: this.jobs.all(),
      isUnsent: unsent.some((order) => order.job === work.job),
      notes: this.#notes.get(work.job) ?? new Map(),
      findings: this.checking.findings,
      importing: this.importing,
      abilities: this.host.abilities,
      verb: this.verbs.one,
      allVerb: this.verbs.all,
      online: this.connection.isOpen,
    });
    const many = unsent.length;
    this.compose.showUnsent(many > 0 && !this.connection.isOpen
      ? `${many === 1 ? "Your storyboard is" : `${many} storyboards are`} kept here and handed in as soon as the server is back.`
      : this.steps.isKept ? "" : "This storyboard is too large to be kept when the panel is closed.");
  }

  /** What is left falls from second to second. */
  #tick() {
    const known = this.jobs.get(this.work.job);
    if (known && !ENDED.has(known.job.state) && known.job.seconds_left !== null) this.draw();
  }

  /**
   * The document is another one.
   * @param {Work} now
   * @param {Work} before
   */
  #changed(now, before) {
    this.changes.see(now, before);
    if (now.job !== before.job) this.#load(now.job);
    this.#show(); // at once: who types or undoes looks on
  }

  async #nameHost() {
    try {
      const { title, version, advice, may_write_files: mayWrite } = await this.host.hostInfo();
      say(byId("host"), [title, version.replace(/x\d+$/, "")].filter(Boolean).join(" "));
      byId("host").title = byId("host").textContent;
      byId("host-advice").hidden = !advice;
      say(byId("host-advice"), advice ?? "");
      if (mayWrite === false) {
        this.notices.news("mixed", `${title} does not let scripts write files.`, [
          "Importing works; templates and collecting files do not. Switch on Preferences > Scripting & " +
          "Expressions > Allow Scripts to Write Files and Access Network.",
        ], "may-write");
      }
    } catch (error) {
      this.notices.trouble(troubleOf(error), "host");
    }
  }

  /**
   * Do what may fail; what fails is said.
   * @param {() => Promise<void>} work
   */
  async #try(work) {
    try {
      await work();
    } catch (error) {
      this.notices.trouble(troubleOf(error));
    }
    this.draw();
  }

  // The server

  /** Connect; with the code of the page's address where it has one. */
  async #enter() {
    const code = takeCode();
    const url = this.places.ownUrl;
    if (code === "" || url === null) {
      if (!this.connection.isOpen) this.connection.connect();
      return;
    }
    try {
      await this.#pair(url, code);
    } catch (error) {
      // A page that was paired before comes in all the same.
      await this.connection.connect();
      if (!this.connection.isOpen) this.notices.trouble(troubleOf(error));
    }
  }

  /** @param {import("./server/connection.js").Link} link */
  #linked(link) {
    this.connect.show(link);
    if (link.kind === "open") this.notices.clear(CONNECTION);
    this.draw();
  }

  /**
   * @param {string} url
   * @param {string} typed
   */
  async #pair(url, typed) {
    const token = await tokenFor(url, typed);
    const answered = ["pair.refused", "pair.empty", "server.refused", "server.not_running", "server.not_ours"];
    for (const kind of answered) this.notices.clear(kind);
    this.places.remember({ url, token });
    await this.connection.connect();
  }

  /** @param {import("./server/connection.js").Answers["hello"]} welcome */
  async #welcomed(welcome) {
    this.cameras.presets = welcome.cameras ?? [];
    this.compose.models = welcome.models.filter((one) => one.kind === "picture" && one.installed);
    this.jobs.doubt();
    for (const { job, shots } of welcome.jobs) this.jobs.setShots(job, shots);
    try {
      const { jobs } = await this.connection.ask("jobs.list", { limit: LISTED });
      for (const job of jobs) this.jobs.setJob(job);
      const open = welcome.jobs.map((one) => one.job);
      const ours = this.work.job === "" ? [] : [this.work.job];
      this.jobs.keepOnly(new Set([...[...open, ...jobs].map((one) => one.job), ...ours]));
      const made = await this.making.again((error) => this.notices.trouble(troubleOf(error), "making"));
      for (const job of made) this.jobs.setJob(job);
    } catch (error) {
      if (troubleOf(error).code !== "server.gone") this.notices.trouble(troubleOf(error));
    }
    await this.#load(this.work.job);
    this.#openFirst();
    this.draw();
  }

  /** @param {import("./server/connection.js").ServerEvent} event */
  #heard({ type, data }) {
    const ours = this.work.job;
    if (type === "job") {
      const before = this.jobs.get(data.job.job)?.job.state;
      this.jobs.setJob(data.job);
      this.#openFirst(); // another client's
      const hasEnded = ENDED.has(data.job.state) && before !== data.job.state;
      if (hasEnded) this.#announce(`${data.job.title}: ${ofJob(data.job)}`);
    } else if (type === "job.removed") {
      this.jobs.remove(data.job);
    } else if (type === "shot") {
      this.jobs.setShot(data.job, data.shot);
      const { id, state } = data.shot;
      const hasEnded = state === "finished" || state === "failed";
      if (data.job === ours && hasEnded) this.#announce(`${id} ${state}`);
    } else if (type === "shot.entry") {
      this.jobs.setEntry(data);
      if (data.job === ours) {
        this.steps.amend(heard(this.work, data.shot, data.entry, this.changes.isOurs(data.shot)));
      }
    } else if (type === "shots") {
      for (const shot of data.shots) this.jobs.setShot(data.job, shot);
    } else if (type === "step") {
      this.jobs.setStep(data);
    } else if (type === "log") {
      if (data.level !== "info") this.#note(data.job, data.shot, data.text);
    } else if (type === "error") {
      this.notices.trouble(fromServer(data.error));
    }
    this.draw();
  }

  /**
   * A warning: of a shot on its card, else above everything.
   * @param {string | null} job
   * @param {string | null} shot
   * @param {string} text
   */
  #note(job, shot, text) {
    if (!job || !shot) {
      this.notices.news("mixed", text, [], `log ${text}`);
      return;
    }
    const shots = this.#notes.get(job) ?? new Map();
    const notes = [...(shots.get(shot) ?? []).filter((/** @type {string} */ one) => one !== text), text];
    this.#notes.set(job, shots.set(shot, notes.slice(-MOST_NOTES)));
  }

  /** @param {string} text */
  #announce(text) {
    say(byId("status"), text);
  }

  // The document

  /** Take a step back, or forward again, with all that it did. @param {"undo" | "redo"} way */
  #step(way) {
    const what = way === "undo" ? this.steps.undoes : this.steps.redoes;
    if (what === "") return;
    const effect = this.steps[way]();
    this.#announce(`${way === "undo" ? "Undone" : "Done again"}: ${what}`);
    if (effect?.kind !== "removed") return;
    this.#try(async () => {
      if (way === "undo") await bringBack(this.connection, effect.job);
      else await this.connection.ask("remove", { job: effect.job.order.job });
      await this.#load(this.work.job);
    });
  }

  /** A panel in which nobody has begun anything shows what was made last. */
  #openFirst() {
    const [newest] = this.jobs.all();
    if (newest && isBlank(this.work) && !this.work.board.title && this.steps.undoes === "") {
      this.#try(() => this.#select(newest.job.job, true));
    }
  }

  /**
   * Open an earlier storyboard.
   * @param {string} job
   * @param {boolean} [byItself]  no user has asked for it
   */
  async #select(job, byItself = false) {
    if (job === "" || job === this.work.job) return;
    const said = await this.connection.ask("job.get", { job });
    this.jobs.setShots(said.job, said.shots, said.storyboard);
    const work = workOfJob(said.job, said.storyboard, said.shots, this.work);
    if (!byItself) this.steps.change(work, `Open ${said.job.title}`);
    else if (isBlank(this.work)) this.steps.amend(work);
  }

  /** A job's shots and storyboard, which events do not bring whole. @param {string} job */
  async #load(job) {
    const known = this.jobs.get(job);
    if (job === "" || !this.connection.isOpen || (known && !known.isStale)) return;
    try {
      const said = await this.connection.ask("job.get", { job });
      this.jobs.setShots(said.job, said.shots, said.storyboard);
      if (job === this.work.job) {
        for (const entry of /** @type {unknown[]} */ (said.storyboard.shots ?? [])) {
          const id = String(fieldsOf(entry).id);
          this.steps.amend(heard(this.work, id, entry, this.changes.isOurs(id)));
        }
        await this.changes.send();
      }
    } catch (error) {
      // A broken connection loads it again with its welcome; a removed job is made again by Make.
      const { code } = troubleOf(error);
      if (code === "job.unknown") this.jobs.remove(job);
      else if (code !== "server.gone") this.notices.trouble(troubleOf(error));
    }
    this.draw();
  }

  async #make() {
    this.notices.clear("making");
    if (!String(this.work.board.title ?? "").trim()) {
      this.steps.amend(withSetting(this.work, { title: freshTitle(this.work) }));
    }
    const { folder, model } = this.work;
    const storyboard = submitted(this.work);
    const before = this.work.job;
    const order = this.making.take({ storyboard, folder: folder || null, model: model === "auto" ? null : model });
    this.steps.amend(handedIn(this.work, order.job, storyboard));
    try {
      const job = await this.making.send(order);
      this.jobs.setJob(job);
      this.#announce(`${job.title} is being made.`);
      await this.#load(job.job);
    } catch (error) {
      const trouble = troubleOf(error);
      // What did not get through is kept, and handed in with the next conversation.
      if (trouble.code === "server.gone") return;
      if (this.work.job === order.job) this.steps.amend({ ...this.work, job: before, cameras: {} });
      this.notices.trouble(trouble, "making");
    }
  }

  /** @param {import("./work/opening.js").Given[]} given */
  async #open(given) {
    this.#announce("Reading…");
    const { work, label, findings } = await open(this.work, given, {
      upload: (file) => this.files.upload(file),
      read: (files) => this.connection.ask("storyboard.read", { files }),
    });
    this.steps.change(work, label);
    if (findings.length > 0) this.checking.know(work, findings);
    this.#announce(`${label}: ${work.board.shots.length} shots.`);
  }

  /**
   * @param {"cancel" | "retry"} type
   * @param {{shot?: string}} [more]
   */
  #ofJob(type, more = {}) {
    this.#try(async () => {
      await this.connection.ask(type, { job: this.work.job, ...more });
    });
  }

  async #remove() {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    await this.#load(known.job.job);
    const removed = asRemoved(known, this.making.folders.get(known.job.job) ?? (this.work.folder || null));
    await this.connection.ask("remove", { job: known.job.job });
    this.jobs.remove(known.job.job);
    const effect = { kind: /** @type {const} */ ("removed"), job: removed };
    this.steps.change(cleared(this.work), `Remove ${known.job.title}`, { effect });
  }

  /**
   * @param {string} id
   * @param {string | undefined} camera
   */
  #camera(id, camera) {
    const index = indexOf(this.work, id);
    if (index >= 0) this.steps.change(withCamera(this.work, index, camera), `Camera of ${id}`, { key: `camera ${id}` });
  }

  /**
   * The document's camera for a shot of the job.
   * @param {string} job
   * @param {string} shot
   * @param {unknown} camera
   */
  async #apply(job, shot, camera) {
    try {
      const asked = /** @type {string} */ (camera); // or an object, as the storyboard has it
      const { warnings } = await this.connection.ask("camera.apply", { job, shot, camera: asked });
      this.#notes.get(job)?.delete(shot);
      for (const warning of warnings) this.#note(job, shot, warning);
      this.#announce(`${shot} gets another camera.`);
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.code !== "server.gone") this.notices.trouble(trouble);
    }
    this.draw();
  }

  /** @param {ShotView} shot @param {string} name */
  #fileOf(shot, name) {
    return this.files.read(this.work.job, String(shot.manifest).replace(/[^/]*$/, name));
  }

  /** @param {ShotView} shot @returns {Promise<import("../hosts/adapter.js").Manifest>} */
  async #manifest(shot) {
    return JSON.parse(await (await this.#fileOf(shot, "manifest.json")).text());
  }

  // The host

  /** @param {ShotView} shot */
  async #importShot(shot) {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    const report = await this.importing.one(known, shot, this.settings);
    tellShot(this.notices, report, (text) => this.#announce(text));
  }

  async #importAll() {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    const audio = audioOf(known.storyboard, this.making.folders.get(known.job.job));
    const report = await this.importing.all(known, this.settings, audio);
    tellSequence(this.notices, report, this.verbs.title, (text) => this.#announce(text));
  }
}
