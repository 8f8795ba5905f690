// The whole panel: what the user does goes to the document, the server and the host; what these say
// is shown, by the frame around the panes and by the panes (js/panes/pane.js).

import { cuttersOf } from "./board/cutters.js";
import { cleared, freshTitle, handedIn, indexOf, isBlank, submitted, withSeed, withSetting } from "./board/work.js";
import { MOUNTS } from "./panes/mounts.js";
import { tokenFor } from "./server/auth.js";
import { Connection, VERSION } from "./server/connection.js";
import { Files } from "./server/files.js";
import { takeCode } from "./server/link.js";
import { Places } from "./server/place.js";
import { MadeShots } from "./stage/made_shots.js";
import { Stage } from "./stage/stage.js";
import { keepReport } from "./state/import_report.js";
import { ImportSettings } from "./state/import_settings.js";
import { ENDED, Jobs } from "./state/jobs.js";
import { Settings } from "./state/settings.js";
import { Steps } from "./state/steps.js";
import { noteUploads } from "./state/uploads.js";
import { Whereabouts } from "./state/whereabouts.js";
import { t } from "./text/text.js";
import { textInWords } from "./text/told.js";
import { troubleOf } from "./trouble.js";
import { BoardView } from "./view/board.js";
import { BoardsView } from "./view/boards.js";
import { Cameras } from "./view/cameras.js";
import { ComposeView } from "./view/compose.js";
import { ConnectView } from "./view/connect.js";
import { takeDrops } from "./view/dropping.js";
import { byId, say } from "./view/element.js";
import { FootView } from "./view/foot.js";
import { ImportSettingsView } from "./view/import_settings.js";
import { Pictures } from "./view/pictures.js";
import { tellSequence, tellShot } from "./view/reports.js";
import { Shell } from "./view/shell.js";
import { UndoView } from "./view/undo.js";
import { verbsOf } from "./view/verbs.js";
import { audioOf } from "./work/audio.js";
import { CameraChanges } from "./work/cameras.js";
import { Checking } from "./work/checking.js";
import { Editing } from "./work/editing.js";
import { Following } from "./work/following.js";
import { HandChanges } from "./work/hands.js";
import { Importing } from "./work/importing.js";
import { Looking } from "./work/looking.js";
import { Making } from "./work/making.js";
import { notesOf } from "./work/notes.js";
import { open } from "./work/opening.js";
import { asRemoved, bringBack } from "./work/removing.js";
import { scopeOf } from "./work/scope.js";
import { WhenMade } from "./work/when_made.js";
import { Subjects } from "./work/subjects.js";

/** @typedef {import("../../shared_schema/multiplane").ShotView} ShotView */
/** @typedef {import("./board/work.js").Work} Work */
/** @typedef {import("./server/connection.js").ServerEvent} ServerEvent */
/** @typedef {import("./panes/pane.js").PanelState} PanelState */

const CONNECTION = "connection";
/** Notices that are of no storyboard. */
const LASTING = new Set([CONNECTION, "host", "may-write", "server.gone"]);
const TICK_MS = 1000;

export class Panel {
  #drawing = false;
  /** Names of uploads that are noted. @type {Record<string, string> | null} */
  #named = null;
  /** Who hears of the server's events. @type {Set<(event: ServerEvent) => void>} */
  #hearing = new Set();
  version = VERSION;
  /** All that the server knows, installed or not. @type {import("../../shared_schema/multiplane").ModelView[]} */
  models = [];

  /**
   * @param {import("../hosts/adapter.js").HostAdapter} host
   * @param {import("./view/notices.js").Notices} notices
   */
  constructor(host, notices) {
    this.host = host;
    this.notices = notices;
    this.jobs = new Jobs();
    this.steps = new Steps((now, before, isHere) => this.#changed(now, before, isHere));
    this.editing = new Editing(this.steps);
    this.settings = new ImportSettings();
    this.own = new Settings();
    this.where = new Whereabouts();
    this.cameras = new Cameras();
    this.pictures = new Pictures(byId("pane-shots"));
    this.verbs = verbsOf(host);
    this.places = new Places(host);
    this.following = new Following(this);
    this.connection = new Connection(() => this.places.find(), {
      onLink: (link) => this.#linked(link),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onEvent: (event) => this.#heard(event),
      onPreview: ({ info: { job, shot }, picture }) => {
        this.board.preview(job, shot, picture);
        this.stage.onPreview(job, shot, picture);
        for (const pane of this.panes) if (pane.preview) pane.preview(job, shot, picture);
      },
    });
    this.files = new Files(() => this.connection.link.place);
    this.stage = new Stage(new MadeShots(this.files));
    this.making = new Making(this.connection);
    this.changes = new CameraChanges(() => this.work, this.jobs, (job, shot, camera) => this.#apply(job, shot, camera));
    this.hands = new HandChanges({
      work: () => this.work,
      jobs: this.jobs,
      connection: this.connection,
      refused: (shot, entry, trouble) => this.#refuse(shot, entry, trouble),
    });
    this.subjects = new Subjects(this.connection, () => this.draw());
    this.checking = new Checking(this.connection, () => this.draw());
    this.importing = new Importing(host, this.connection, this.files, () => this.draw());
    this.looking = new Looking(this);
    this.whenMade = new WhenMade(this);
    this.connect = this.#connectView();
    this.undo = new UndoView({ undo: () => this.#step("undo"), redo: () => this.#step("redo") });
    this.shell = new Shell({
      goTo: (tab) => this.goTo(tab),
      take: (tool) => this.take(tool),
      openPage: (page) => this.openPage(page),
    });
    this.boards = new BoardsView(this.steps, {
      select: (job) => this.attempt(() => this.following.open(job)),
      open: (given) => this.attempt(() => this.#open(given)),
      remove: () => this.attempt(() => this.#remove()),
      began: () => {
        this.goTo("shots");
        this.compose.begin();
      },
    });
    this.foot = new FootView(this.verbs, {
      make: () => this.attempt(() => this.#make()),
      nothing: (why) => this.#nothingToMake(why),
      importAll: () => this.attempt(() => this.importAll()),
      stopImport: () => this.importing.stop(),
      cancel: () => this.#ofJob("cancel"),
      retry: () => this.#ofJob("retry"),
    });
    this.importSettings = new ImportSettingsView(this.settings);
    this.compose = new ComposeView(this.steps, this.cameras);
    this.board = new BoardView(this.cameras, this.pictures, {
      editing: this.editing,
      announce: (text) => this.announce(text),
      select: (id) => this.select(id),
      look: (id) => {
        this.select(id);
        this.goTo("shot");
      },
      importShot: (shot) => this.attempt(() => this.importShot(shot)),
      cancel: (shot) => this.#ofJob("cancel", { shot: shot.id }),
      retry: (shot) => this.#ofJob("retry", { shot: shot.id }),
      camera: (index, camera) => this.editing.set([index], "camera", camera),
      thumbnail: (shot) => this.files.thumbnail(String(shot.result)),
      drawing: (upload) => this.files.thumbnail(upload.slice("upload:".length)),
      notes: async (shot) => notesOf(await this.manifest(shot)),
    });
    this.panes = MOUNTS.map(([id, Pane]) => {
      const pane = new Pane(this);
      byId(id).append(pane.element);
      return pane;
    });
  }

  /** The document. */
  get work() {
    return this.steps.now;
  }

  start() {
    addEventListener("unhandledrejection", (event) => this.notices.trouble(troubleOf(event.reason)));
    addEventListener("pagehide", () => this.close());
    takeDrops((given) => this.attempt(() => this.#open(given)));
    this.shell.wide.addEventListener("change", () => this.#show());
    this.#nameHost();
    this.#show();
    this.#enter();
    addEventListener("hashchange", () => this.#enter()); // another link, opened in this page
    setInterval(() => this.#tick(), TICK_MS);
  }

  /** Free what the panes hold. */
  close() {
    for (const pane of this.panes) pane.close();
    this.looking.close();
  }

  // What panes ask for

  /** Show everything as it is, once for however many changes. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      this.#show();
    }, 16);
  }

  /**
   * Do what may fail; what fails is said.
   * @param {() => Promise<void>} work
   */
  async attempt(work) {
    try {
      await work();
    } catch (error) {
      this.notices.trouble(troubleOf(error));
    }
    this.draw();
  }

  /**
   * Hear of the server's events, after what the panel itself makes of them.
   * @param {(event: ServerEvent) => void} hear
   * @returns {() => undefined}  hears no more
   */
  onEvent(hear) {
    this.#hearing.add(hear);
    return () => {
      this.#hearing.delete(hear);
      return undefined;
    };
  }

  /** @param {string} text */
  announce(text) {
    say(byId("status"), text);
  }

  /** Another shot is the selected one. @param {string} id */
  select(id) {
    if (this.where.shot === id) return;
    this.where.go({ shot: id });
    this.draw();
  }

  /** @param {import("./panes/pane.js").Tab} tab */
  goTo(tab) {
    this.where.go({ tab, page: "" });
    this.#show();
  }

  /** @param {import("./panes/pane.js").Tool} tool */
  take(tool) {
    this.where.go({ tool });
    this.#show();
  }

  /** A page of the menu; "" goes back to the tabs. @param {import("./panes/pane.js").Page} page */
  openPage(page) {
    this.where.go({ page });
    this.#show();
  }

  /** A file of a shot's folder. @param {ShotView} shot @param {string} name */
  fileOf(shot, name) {
    return this.files.read(this.work.job, String(shot.manifest).replace(/[^/]*$/, name));
  }

  /** @param {ShotView} shot @returns {Promise<import("../hosts/adapter.js").Manifest>} */
  async manifest(shot) {
    return JSON.parse(await (await this.fileOf(shot, "manifest.json")).text());
  }

  // Showing

  /** @returns {Readonly<PanelState>} */
  #state() {
    const { work, where } = this;
    const known = this.jobs.get(work.job);
    const isUnsent = this.making.unsent.some((order) => order.job === work.job);
    const selected = where.selected(work);
    return Object.freeze({
      work,
      known,
      jobs: this.jobs.all(),
      selected: selected.id,
      index: selected.index,
      shot: known?.shots?.get(selected.id) ?? null,
      scope: scopeOf(work, known, isUnsent),
      isUnsent,
      notes: this.following.notesOf(work.job),
      findings: this.checking.findings,
      importing: this.importing.progress,
      imports: this.importing.imports,
      abilities: this.host.abilities,
      online: this.connection.isOpen,
      tab: where.tab,
      tool: where.tool,
      page: where.page,
    });
  }

  #show() {
    this.#noteNames();
    this.checking.see(this.work);
    this.subjects.see(this.work);
    const state = this.#state();
    this.shell.show(state.tab, state.tool, state.page);
    this.boards.show(state);
    this.undo.show(this.steps.undoes, this.steps.redoes);
    this.foot.show(state, this.#unsentText());
    this.compose.show();
    this.compose.showFindings(state.findings);
    this.importSettings.show(state);
    this.board.show({
      work: state.work,
      known: state.known,
      selected: state.selected,
      subjects: this.subjects,
      isUnsent: state.isUnsent,
      notes: state.notes,
      findings: state.findings,
      importing: this.importing,
      abilities: state.abilities,
      verb: this.verbs.one,
      againVerb: t(this.verbs.againKey),
      online: state.online,
    });
    for (const pane of this.panes) pane.show(state);
  }

  #noteNames() {
    if (this.#named === this.work.names) return;
    this.#named = this.work.names;
    noteUploads(this.work.names);
  }

  #unsentText() {
    const n = this.making.unsent.length;
    if (n > 0 && !this.connection.isOpen) return t("foot.unsent", { n });
    return this.steps.isKept ? "" : t("foot.too_large");
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
   * @param {boolean} isHere
   */
  #changed(now, before, isHere) {
    this.changes.see(now, before);
    if (isHere) this.hands.see(now, before); // each edit is sent once
    if (isAnother(now, before)) this.notices.clearAll(LASTING);
    if (now.job !== before.job) this.following.load(now.job);
    this.#show(); // at once: who types or undoes looks on
  }

  async #nameHost() {
    try {
      const { title, version, advice, may_write_files: mayWrite } = await this.host.hostInfo();
      say(byId("host"), [title, version.replace(/x\d+$/, "")].filter(Boolean).join(" "));
      byId("host-advice").hidden = !advice;
      say(byId("host-advice"), advice ?? "");
      if (mayWrite === false) {
        this.notices.news("mixed", t("host.no_files", { host: title }), [t("host.no_files.remedy")], "may-write");
      }
    } catch (error) {
      this.notices.trouble(troubleOf(error), "host");
    }
  }

  // The server

  #connectView() {
    const { readsFiles, ownUrl: url, folder } = this.places;
    return new ConnectView({ readsFiles, url, folder }, {
      connect: () => this.connection.connect(),
      pair: (at, typed) => this.attempt(() => this.#pair(at, typed)),
      useFolder: (chosen) => {
        this.places.folder = chosen;
        this.connection.connect();
      },
      forget: () => {
        this.places.forget();
        this.connection.connect();
      },
    });
  }

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
    this.cameras.presets = (welcome.cameras ?? []).map((preset) => ({
      ...preset, description: textInWords(preset.description), unit: textInWords(preset.unit ?? ""),
    }));
    this.#offerModels(welcome.models);
    this.jobs.queue = { paused: welcome.paused, note: null };
    await this.following.welcomed(welcome);
  }

  /** @param {ServerEvent} event */
  #heard(event) {
    const { type, data } = event;
    if (type === "model") {
      this.#offerModels(this.models.map((one) => (one.name === data.model.name ? data.model : one)));
    } else if (type === "server") this.jobs.queue = { paused: data.paused, note: data.note };
    this.following.heard(event);
    for (const hear of this.#hearing) hear(event);
  }

  /** @param {import("../../shared_schema/multiplane").ModelView[]} models */
  #offerModels(models) {
    this.models = models;
    this.compose.models = models.filter((one) => one.kind === "picture" && one.installed);
    this.compose.cutters = cuttersOf(models);
  }

  /**
   * @param {"cancel" | "retry"} type
   * @param {{shot?: string}} [more]
   */
  #ofJob(type, more = {}) {
    this.attempt(async () => {
      await this.connection.ask(type, { job: this.work.job, ...more });
    });
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
      this.following.forgetNotes(job, shot);
      for (const warning of warnings) this.following.note(job, shot, warning);
      this.announce(t("said.camera", { shot }));
    } catch (error) {
      const trouble = troubleOf(error);
      if (trouble.code !== "server.gone") this.notices.trouble(trouble);
    }
    this.draw();
  }

  /**
   * What the server does not do with a shot's layers is not in the document either.
   * @param {string} shot
   * @param {import("./board/document.js").Fields} entry  what the server has instead
   * @param {import("./trouble.js").Trouble} trouble
   */
  #refuse(shot, entry, trouble) {
    const index = indexOf(this.work, shot);
    const seed = typeof entry.seed === "number" ? entry.seed : undefined;
    if (index >= 0) this.steps.takeBack(withSeed(this.work, index, seed, entry.edits));
    this.notices.trouble(trouble, "layers");
    this.draw();
  }

  // The document

  /** Take a step back, or forward again, with all that it did. @param {"undo" | "redo"} way */
  #step(way) {
    const what = way === "undo" ? this.steps.undoes : this.steps.redoes;
    if (what === "") return;
    const effect = this.steps[way]();
    this.announce(t(way === "undo" ? "undone" : "redone", { what }));
    if (effect?.kind !== "removed") return;
    this.attempt(async () => {
      if (way === "undo") await bringBack(this.connection, effect.job);
      else await this.connection.ask("remove", { job: effect.job.order.job });
      await this.following.load(this.work.job);
    });
  }

  /** @param {string} why  what the button says */
  #nothingToMake(why) {
    if (this.work.board.shots.length > 0) {
      this.announce(t("make.nothing.why", { why }));
      return;
    }
    this.goTo("shots");
    this.compose.begin();
    this.announce(t("make.nothing.empty"));
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
      this.announce(t("said.making", { title: job.title }));
      await this.following.load(job.job);
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
    this.announce(t("said.reading"));
    const { work, label, findings } = await open(this.work, given, {
      upload: (file) => this.files.upload(file),
      read: (files) => this.connection.ask("storyboard.read", { files }),
    });
    this.steps.change(work, label);
    if (findings.length > 0) this.checking.know(work, findings);
    this.announce(t("said.opened", { what: label, n: work.board.shots.length }));
  }

  async #remove() {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    await this.following.load(known.job.job);
    const removed = asRemoved(known, this.making.folders.get(known.job.job) ?? (this.work.folder || null));
    await this.connection.ask("remove", { job: known.job.job });
    this.jobs.remove(known.job.job);
    const effect = { kind: /** @type {const} */ ("removed"), job: removed };
    this.steps.change(cleared(this.work), t("step.remove", { name: known.job.title }), { effect });
  }

  // The host

  /** @param {ShotView} shot */
  async importShot(shot) {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    const report = await this.importing.one(known, shot, this.settings);
    tellShot(this.notices, report, (text) => this.announce(text));
    keepReport(known.job.title, [report]);
    await this.#showInHost(known.job.title, shot.id);
  }

  async importAll() {
    const known = this.jobs.get(this.work.job);
    if (!known) return;
    const audio = audioOf(known.storyboard, this.making.folders.get(known.job.job));
    const report = await this.importing.all(known, this.settings, audio);
    tellSequence(this.notices, report, this.verbs.title, (text) => this.announce(text));
    keepReport(known.job.title, report.shots, report);
    if (report.sequence) await this.#showInHost(known.job.title, null);
  }

  /**
   * Open what was imported; null: the comp of all.
   * @param {string} storyboard
   * @param {string | null} shot
   */
  async #showInHost(storyboard, shot) {
    if (!this.host.open || !this.settings.opens) {
      this.looking.doubt();
      return;
    }
    try {
      await this.looking.open(storyboard, shot);
    } catch {
      // It is there all the same; the report says so.
    }
  }
}

/**
 * Whether it is another storyboard, and not the same one once it is made.
 * @param {Work} now
 * @param {Work} before
 */
function isAnother(now, before) {
  const isOtherJob = now.job !== before.job && now.board.title !== before.board.title;
  return isOtherJob || now.name !== before.name || (isBlank(now) && !isBlank(before));
}
