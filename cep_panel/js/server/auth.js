// Ways in: a token, or a code that is shown once and exchanged for it; and why there is none.

import { Trouble, fromServer } from "../trouble.js";
import { proven } from "./proof.js";
import { t } from "../text/text.js";

const TOKEN = /^[A-Za-z0-9_-]{20,}$/;
const NOTHING = "/artifacts/0"; // needs the token, and is not there

/**
 * Whether the server is there and takes the token. Rejects with `server.not_running`,
 * `server.refused`.
 * @param {import("./connection.js").Place} place
 */
export async function letIn(place) {
  const answer = await reach(`${place.url}${NOTHING}`, place.url, {
    headers: { Authorization: `Bearer ${place.token}` },
  });
  if (answer.status === 401) {
    throw new Trouble("server.refused", t("trouble.token"), {
      remedy: t("trouble.token.remedy"),
    });
  }
}

/**
 * The token for what the user typed: the token itself, or a code such as K7QM-2XRT.
 * Rejects with `pair.empty`, `pair.refused`, `server.not_running`.
 * @param {string} url  of the server
 * @param {string} typed
 * @returns {Promise<string>}
 */
export async function tokenFor(url, typed) {
  const said = typed.trim();
  if (said === "") {
    throw new Trouble("pair.empty", t("trouble.no_code"), {
      remedy: t("trouble.no_code.remedy"),
    });
  }
  if (TOKEN.test(said)) {
    await letIn(await proven({ url, token: said, isPaired: true }));
    return said;
  }
  const answer = await reach(`${url}/pair`, url, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify({ code: said.slice(0, 40) }),
  });
  const body = await answer.json().catch(() => null);
  if (!answer.ok) throw fromServer(body?.error ?? body);
  return body.token;
}

/**
 * @param {string} address
 * @param {string} url
 * @param {RequestInit} init
 */
async function reach(address, url, init) {
  try {
    return await fetch(address, { ...init, cache: "no-store" });
  } catch {
    throw new Trouble("server.not_running", t("trouble.not_running", { url }), {
      remedy: t("trouble.not_running.remedy"),
    });
  }
}
