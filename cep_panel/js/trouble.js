// Everything that can go wrong, in one shape: the contract's errors, whoever says them.

import { withFileNames } from "./state/uploads.js";
import { t } from "./text/text.js";
import { inWords } from "./text/told.js";

/**
 * @typedef {object} TroubleDetail
 * @property {string | null} [file]
 * @property {string | null} [field]
 * @property {unknown} [value]
 * @property {string | null} [remedy]  what to do, in a sentence
 * @property {import("./text/told.js").Values} [values]  what the sentences were told with
 * @property {string | null} [original]  the message as it was told, where it is told in other words here
 * @property {Trouble[]} [also]  further ones, found at the same time
 */

/** An error that others tell, as far as it is an ErrorEntry.
 * @typedef {Partial<import("../../shared_schema/multiplane").ErrorEntry> | Partial<ScriptError>} Told */
/** @typedef {import("../../shared_schema/multiplane").ScriptError & {also?: undefined, values?: undefined}} ScriptError */

/** The contract's error: a code that stays, a sentence, where, and what to do. */
export class Trouble extends Error {
  /**
   * @param {string} code  such as "server.not_running"; programs compare it, never the message
   * @param {string} message  a sentence
   * @param {TroubleDetail} [detail]
   */
  constructor(code, message, detail = {}) {
    super(message);
    this.name = "Trouble";
    this.code = code;
    this.file = detail.file ?? null;
    this.field = detail.field ?? null;
    this.value = detail.value ?? null;
    this.remedy = detail.remedy ?? null;
    this.values = detail.values ?? {};
    this.original = detail.original && detail.original !== message ? detail.original : null;
    this.also = detail.also ?? [];
  }
}

/**
 * An error of the server, in the user's language. Files that it knows by their content have the names that users know.
 * @param {Told | null | undefined} entry
 * @returns {Trouble}
 */
export function fromServer(entry) {
  const { code, message, also, file, value, remedy, values, ...detail } = entry ?? {};
  const said = inWords({ code, message: String(message ?? t("trouble.unknown")), remedy, values });
  return new Trouble(String(code ?? "server.unforeseen"), withFileNames(said.message), {
    ...detail,
    values,
    file: withFileNames(file),
    value: typeof value === "string" ? withFileNames(value) : value,
    remedy: withFileNames(said.remedy),
    original: withFileNames(message),
    also: Array.isArray(also) ? also.map(fromServer) : [],
  });
}

/**
 * Whatever was thrown. What is no Trouble is a fault of the panel, and says so.
 * @param {unknown} thrown
 * @returns {Trouble}
 */
export function troubleOf(thrown) {
  if (thrown instanceof Trouble) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new Trouble("panel.unforeseen", t("trouble.unforeseen", { message }), {
    remedy: t("trouble.unforeseen.remedy"),
  });
}
