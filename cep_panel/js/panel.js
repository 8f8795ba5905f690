// The whole panel: what the user does goes to the server and the host, what they say is shown.

import { Draft } from "./board/draft.js";
import { open } from "./board/opened.js";
import { Connection } from "./server/connection.js";
import { Files } from "./server/files.js";
import { tokenFor } from "./server/auth.js";
import { takeCode } from "./server/link.js";
import { Places } from "./server/place.js";
import { keep, recall } from "./state/keep.js";
import { ENDED, Jobs } from "./state/jobs.js";
import { troubleOf } from "./trouble.js";
import { BoardView } from "./view/board.js";
import { Cameras } from "./view/cameras.js";
import { ComposeView } from "./view/compose.js";
import { ConnectView } from "./view/connect.js";
import { byId, say } from "./view/element.js";
import { Pictures } from "./view/pictures.js";
import { tellSequence, tellShot } from "./view/reports.js";
import { verbsOf } from "./view/verbs.js";
import { ofJob } from "./view/words.js";
import { audioOf } from "./work/audio.js";
import { Importing } from "./work/importing.js";
import { Making } from "./work/making.js";

/** @typedef {import("../../shared_schema/multiplane").ShotView} ShotView */

const SELECTED = "selected";
const LISTED = 40;
const CONNECTION = "connection";

export class Panel {
  #drawing = false;

  /**
   * @param {import("../hosts/adapter.js").HostAdapter} host
   * @param {import("./view/notices.js").Notices} notices
   */
  constructor(host, notices) {
    this.host = host;
    this.notices = notices;
    this.jobs = new Jobs();
    this.draft = new Draft();
    this.cameras = new Cameras();
    this.verbs = verbsOf(host);
    this.selected = String(recall(SELECTED) ?? "");
    this.places = new Places(host);
    this.connection = new Connection(() => this.places.find(), {
      onLink: (link) => this.#linked(link),
      onWelcome: (welcome) => this.#welcomed(welcome),
      onEvent: (event) => this.#heard(event),
      onPreview: ({ info, picture }) => this.board.preview(info.job, info.shot, picture),
    });
    this.files = new Files(() => this.connection.link.place);
    this.making = new Making(this.connection);
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
    this.compose = new ComposeView(this.draft, this.cameras, {
      make: () => this.#try(() => this.#make()),
      open: (files) => this.#try(() => this.#open(files)),
    });
    this.board = new BoardView(this.cameras, new Pictures(), this.draft, {
      select: (job) => this.#select(job),
      importAll: () => this.#try(() => this.#importAll()),
      stopImport: () => this.importing.stop(),
      cancel: () => this.#ofJob("cancel"),
      retry: () => this.#ofJob("retry"),
      remove: () => this.#ofJob("remove"),
      card: {
        importShot: (shot) => this.#try(() => this.#importShot(shot)),
        cancel: (shot) => this.#ofJob("cancel", { shot: shot.id }),
        retry: (shot) => this.#ofJob("retry", { shot: shot.id }),
        camera: (shot, preset) => this.#try(() => this.#camera(shot, preset)),
        file: (shot, name) => this.files.read(this.selected, String(shot.manifest).replace(/[^/]*$/, name)),
      },
    });
  }

  start() {
    addEventListener("unhandledrejection", (event) => this.notices.trouble(troubleOf(event.reason)));
    // A file that is dropped beside its place would take the page's place.
    for (const type of ["dragover", "drop"]) addEventListener(type, (event) => event.preventDefault());
    this.#nameHost();
    this.draw();
    this.#enter();
    addEventListener("hashchange", () => this.#enter()); // another link, opened in this page
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

  /** Show everything as it is, once for however many changes. */
  draw() {
    if (this.#drawing) return;
    this.#drawing = true;
    setTimeout(() => {
      this.#drawing = false;
      this.board.show({
        known: this.jobs.get(this.selected),
        jobs: this.jobs.all(),
        importing: this.importing,
        abilities: this.host.abilities,
        verb: this.verbs.one,
        allVerb: this.verbs.all,
        online: this.connection.isOpen,
      });
      const waits = this.making.unsent !== null && !this.connection.isOpen;
      this.compose.showUnsent(waits
        ? "Your storyboard is kept here and handed in as soon as the server is back."
        : this.draft.isKept ? "" : "This draft is too large to be kept when the panel is closed.");
    }, 16);
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
    this.compose.show();
    try {
      const { jobs } = await this.connection.ask("jobs.list", { limit: LISTED });
      for (const job of jobs) this.jobs.setJob(job);
      const open = welcome.jobs.map((one) => one.job);
      this.jobs.keepOnly(new Set([...open, ...jobs].map((one) => one.job)));
      const job = await this.making.again();
      if (job) {
        this.jobs.setJob(job);
        this.selected = job.job;
      }
    } catch (error) {
      if (troubleOf(error).code !== "server.gone") this.notices.trouble(troubleOf(error));
    }
    const [newest] = this.jobs.all();
    this.#select(this.jobs.get(this.selected) ? this.selected : newest?.job.job ?? "");
  }

  /** @param {import("./server/connection.js").ServerEvent} event */
  #heard({ type, data }) {
    if (type === "job") {
      const before = this.jobs.get(data.job.job)?.job.state;
      this.jobs.setJob(data.job);
      if (!this.jobs.get(this.selected)) this.#select(data.job.job); // another client's, and the first
      const hasEnded = ENDED.has(data.job.state) && before !== data.job.state;
      if (hasEnded) this.#announce(`${data.job.title}: ${ofJob(data.job)}`);
    } else if (type === "job.removed") {
      this.jobs.remove(data.job);
      if (data.job === this.selected) this.#select(this.jobs.all()[0]?.job.job ?? "");
    } else if (type === "shot") {
      this.jobs.setShot(data.job, data.shot);
      const { id, state } = data.shot;
      const hasEnded = state === "finished" || state === "failed";
      if (data.job === this.selected && hasEnded) this.#announce(`${id} ${state}`);
    } else if (type === "shots") {
      for (const shot of data.shots) this.jobs.setShot(data.job, shot);
    } else if (type === "step") {
      this.jobs.setStep(data);
    } else if (type === "error") {
      this.notices.trouble(troubleOf(data.error));
    }
    this.draw();
  }

  /** @param {string} text */
  #announce(text) {
    say(byId("status"), text);
  }

  // Storyboards

  /** @param {string} job */
  #select(job) {
    this.selected = job;
    keep(SELECTED, job || null);
    this.draw();
    const known = this.jobs.get(job);
    if (known?.isStale) this.#try(() => this.#load(job));
  }

  /** A job's shots and storyboard, which events do not bring. @param {string} job */
  async #load(job) {
    try {
      const said = await this.connection.ask("job.get", { job });
      this.jobs.setShots(said.job, said.shots, said.storyboard);
    } catch (error) {
      // A broken connection loads it again with its welcome.
      if (troubleOf(error).code !== "server.gone") throw error;
    }
    this.draw();
  }

  async #make() {
    this.notices.clear("making");
    const opened = this.draft.opened;
    const { model } = this.draft.setting;
    const storyboard = this.draft.storyboard();
    this.compose.show();
    try {
      const job = await this.making.submit({
        storyboard, folder: opened?.folder || null, model: model === "auto" ? null : model,
      });
      this.jobs.setJob(job);
      this.#select(job.job);
      this.#announce(`${job.title} is being made.`);
    } catch (error) {
      const trouble = troubleOf(error);
      // What did not get through is kept, and handed in with the next conversation.
      if (trouble.code !== "server.gone") this.notices.trouble(trouble, "making");
    }
  }

  /** @param {File[]} files */
  async #open(files) {
    this.draft.opened = await open(files, (picture) => this.files.upload(picture));
    this.draft.keep();
    this.compose.show();
    this.#announce(`${this.draft.opened.name} is open.`);
  }

  /**
   * @param {"cancel" | "retry" | "remove"} type
   * @param {{shot?: string}} [more]
   */
  #ofJob(type, more = {}) {
    this.#try(async () => {
      await this.connection.ask(type, { job: this.selected, ...more });
    });
  }

  /**
   * @param {ShotView} shot
   * @param {string} preset
   */
  async #camera(shot, preset) {
    const job = this.selected;
    try {
      await this.connection.ask("camera.apply", { job, shot: shot.id, camera: preset });
      this.#announce(`${shot.id} gets another camera.`);
    } finally {
      await this.#load(job); // also after a refusal, so that the list shows what is true
    }
  }

  // The host

  /** @param {ShotView} shot */
  async #importShot(shot) {
    const known = this.jobs.get(this.selected);
    if (!known) return;
    const report = await this.importing.one(known, shot, this.draft);
    tellShot(this.notices, report, (text) => this.#announce(text));
  }

  async #importAll() {
    const known = this.jobs.get(this.selected);
    if (!known) return;
    const audio = audioOf(known.storyboard, this.making.folders.get(known.job.job));
    const report = await this.importing.all(known, this.draft, audio);
    tellSequence(this.notices, report, this.verbs.title, (text) => this.#announce(text));
  }
}
