// The conversation with the server: it is held up for as long as the panel is open, and begins
// anew by itself, with everything that is going on, whenever it broke off.

import { Trouble, fromServer, troubleOf } from "../trouble.js";
import { letIn } from "./auth.js";
import { readPreview } from "./frames.js";
import { proven } from "./proof.js";
import { t } from "../text/text.js";

export const PROTOCOL = 1;
export const VERSION = "0.1.0";
const CLIENT = `multiplane-panel ${VERSION}`;
const ANSWER_MS = 60_000;
const PAUSES_S = [1, 1, 2, 3, 5, 8, 10];

/**
 * Where the server is. `folder`: its data folder, where it was read from files. `isPaired`: the
 * user has given the token or a code. `token`: of an open connection, what `proven` gave for it.
 * @typedef {{url: string, token: string, folder?: string, isPaired?: boolean}} Place
 */

/**
 * "refused": only the user can help. "waiting": tried again by itself.
 * @typedef {{kind: "closed" | "connecting" | "open" | "waiting" | "refused",
 *   place: Place | null, seconds: number, trouble: Trouble | null}} Link
 */

/** @typedef {import("../../../shared_schema/multiplane").Requests} Requests */
/** @typedef {import("../../../shared_schema/multiplane").Answers} Answers */
/** @typedef {import("../../../shared_schema/multiplane").Events} Events */

/** A message that answers nothing. @typedef {{[T in keyof Events]: {type: T, data: Events[T]}}[keyof Events]} ServerEvent */

/** What goes with a request: nothing where it needs nothing. @typedef {{[T in keyof Requests]:
 *   {} extends Requests[T] ? [data?: Requests[T]] : [data: Requests[T]]}} Given */

/**
 * @typedef {object} Listener
 * @property {(link: Link) => void} onLink
 * @property {(welcome: Answers["hello"]) => void} onWelcome  at the start of every conversation
 * @property {(event: ServerEvent) => void} onEvent
 * @property {(preview: NonNullable<ReturnType<typeof readPreview>>) => void} onPreview
 */

/** One panel's connection. */
export class Connection {
  /** @type {WebSocket | null} */
  #socket = null;
  /** @type {Map<string, {resolve: (data: unknown) => void, reject: (trouble: Trouble) => void, timer: number}>} */
  #waiting = new Map();
  #ids = 0;
  #failures = 0;
  #attempt = 0;
  #timer = 0;

  /**
   * @param {() => Promise<Place>} find  asked anew before each attempt: a server that was started
   *   again may have another port
   * @param {Listener} listener
   */
  constructor(find, listener) {
    this.find = find;
    this.listener = listener;
    /** @type {Link} */
    this.link = { kind: "closed", place: null, seconds: 0, trouble: null };
  }

  get isOpen() {
    return this.link.kind === "open";
  }

  /** Connect now, also while waiting to. */
  async connect() {
    this.#drop();
    this.#attempt += 1;
    const attempt = this.#attempt;
    this.#say("connecting", {});
    try {
      const place = await proven(await this.find());
      const socket = await open(place);
      if (attempt !== this.#attempt) {
        socket.close();
        return;
      }
      this.#listen(socket, place);
      const welcome = await this.ask("hello", { client: CLIENT, version: PROTOCOL });
      this.#failures = 0;
      this.#say("open", { place });
      this.listener.onWelcome(welcome);
      await this.ask("subscribe", { previews: true });
    } catch (thrown) {
      if (attempt === this.#attempt) this.#failed(troubleOf(thrown));
    }
  }

  /** End it, and do not come back. */
  close() {
    this.#attempt += 1;
    this.#drop();
    this.#say("closed", {});
  }

  /**
   * Send a request; its answer's data. Rejects with the server's error, and with `server.gone`
   * when the connection ends before the answer.
   * @template {keyof Requests} Type
   * @param {Type} type
   * @param {Given[Type]} given
   * @returns {Promise<Answers[Type]>}
   */
  ask(type, ...given) {
    const socket = this.#socket;
    if (!socket || socket.readyState !== WebSocket.OPEN) return Promise.reject(gone());
    this.#ids += 1;
    const id = String(this.#ids);
    return new Promise((resolve, reject) => {
      const timer = window.setTimeout(() => socket.close(), ANSWER_MS);
      // Whoever answers is held to the contract by tests on both sides.
      this.#waiting.set(id, { resolve: /** @type {(data: unknown) => void} */ (resolve), reject, timer });
      socket.send(JSON.stringify({ type, id, data: given[0] ?? {} }));
    });
  }

  /**
   * @param {WebSocket} socket
   * @param {Place} place
   */
  #listen(socket, place) {
    this.#socket = socket;
    socket.onmessage = (event) => {
      if (typeof event.data === "string") this.#heard(event.data);
      else {
        const preview = readPreview(event.data);
        if (preview) this.listener.onPreview(preview);
      }
    };
    socket.onclose = () => {
      if (this.#socket !== socket) return;
      this.#socket = null;
      this.#rejectAll();
      if (this.link.kind === "open") this.#failed(gone(), place);
    };
  }

  /** @param {string} text */
  #heard(text) {
    const { type, id, data } = JSON.parse(text);
    const asked = id === null || id === undefined ? undefined : this.#waiting.get(id);
    if (asked) {
      this.#waiting.delete(id);
      clearTimeout(asked.timer);
      if (type === "error") asked.reject(fromServer(data.error));
      else asked.resolve(data);
    } else {
      this.listener.onEvent({ type, data });
    }
  }

  /**
   * @param {Trouble} trouble
   * @param {Place | null} [place]
   */
  #failed(trouble, place = null) {
    const final = ["server.refused", "server.no_place", "protocol.version", "cep.no_node"].includes(trouble.code);
    this.#attempt += 1;
    this.#drop();
    if (final) {
      this.#say("refused", { trouble, place });
      return;
    }
    const seconds = PAUSES_S[Math.min(this.#failures, PAUSES_S.length - 1)];
    this.#failures += 1;
    this.#say("waiting", { trouble, place, seconds });
    this.#timer = window.setTimeout(() => this.connect(), seconds * 1000);
  }

  #drop() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = null;
    this.#rejectAll();
    socket?.close();
  }

  #rejectAll() {
    const waiting = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const asked of waiting) {
      clearTimeout(asked.timer);
      asked.reject(gone());
    }
  }

  /**
   * @param {Link["kind"]} kind
   * @param {Partial<Link>} more
   */
  #say(kind, more) {
    this.link = { kind, place: this.link.place, seconds: 0, trouble: null, ...more };
    this.listener.onLink(this.link);
  }
}

/**
 * An open socket. Rejects with the reason, which the socket itself does not tell a page.
 * @param {Place} place
 * @returns {Promise<WebSocket>}
 */
function open(place) {
  return new Promise((resolve, reject) => {
    const url = `${place.url.replace(/^http/, "ws")}/ws`;
    const socket = new WebSocket(url, [`multiplane.${PROTOCOL}`, `multiplane.token.${place.token}`]);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => resolve(socket);
    socket.onclose = () => letIn(place).then(() => reject(gone()), reject);
  });
}

function gone() {
  return new Trouble("server.gone", t("trouble.gone"), {
    remedy: t("trouble.gone.remedy"),
  });
}
