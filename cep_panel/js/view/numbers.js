// Number fields: what is within a field's bounds is taken at once, and of anything else the field says
// what may stand there and what stays.

import { t } from "../text/text.js";
import { element, say } from "./element.js";

/**
 * @typedef {object} Taking
 * @property {(value: number | null) => void} changed  null: the field was emptied
 * @property {() => string} now  what holds as long as nothing else is taken; "" for nothing
 * @property {boolean} [atEnd]  taken once the field is left, or Enter is pressed, not with each digit
 * @property {HTMLElement} [below]  an element after which the sentence stands, instead of the field
 */

let last = 0;

/**
 * Listen to a field. Its bounds are its own `min`, `max` and `step` ("1": whole numbers), as they are
 * when somebody types.
 * @param {HTMLInputElement} input
 * @param {Taking} taking
 */
export function takeNumbers(input, { changed, now, atEnd = false, below = input }) {
  last += 1;
  const fault = element("p", { class: "field-fault", id: `fault-${last}`, role: "alert", hidden: true });
  const tell = (/** @type {string} */ text) => {
    if (text !== "" && !fault.isConnected) below.after(fault);
    fault.hidden = text === "";
    say(fault, text);
    if (text === "") input.removeAttribute("aria-describedby");
    else input.setAttribute("aria-describedby", fault.id);
  };
  const take = () => {
    if (input.value === "") changed(null);
    else changed(input.step === "1" ? Math.round(Number(input.value)) : Number(input.value));
  };
  input.addEventListener("input", () => {
    const text = input.validity.badInput ? "" : faultOf(input, now());
    tell(text);
    input.toggleAttribute("data-refused", text !== "");
    if (text === "") input.removeAttribute("aria-invalid");
    else input.setAttribute("aria-invalid", "true");
    if (text === "" && !atEnd && !input.validity.badInput) take();
  });
  input.addEventListener("change", () => {
    const isRefused = input.hasAttribute("data-refused") || input.validity.badInput;
    if (input.validity.badInput) tell(sentence("number.none", input, now()));
    input.removeAttribute("data-refused");
    input.removeAttribute("aria-invalid");
    if (isRefused) input.value = now(); // with the sentence that says why
    else if (atEnd) take();
  });
}

/** Whether something stands in it that is not taken: it is left to whom types. @param {HTMLInputElement} input */
export function isRefused(input) {
  return input.hasAttribute("data-refused");
}

/**
 * Why a field's number is not taken; "" for one that is.
 * @param {HTMLInputElement} input
 * @param {string} now
 */
function faultOf(input, now) {
  if (input.value === "") return "";
  const value = Number(input.value);
  const isWithin = value >= Number(input.min || -Infinity) && value <= Number(input.max || Infinity);
  return isWithin ? "" : sentence("number.outside", input, now);
}

/**
 * @param {"number.outside" | "number.none"} key
 * @param {HTMLInputElement} input
 * @param {string} now
 */
function sentence(key, input, now) {
  const bounds = { value: input.value, least: Number(input.min), most: Number(input.max) };
  return [t(key, bounds), now === "" ? "" : t("number.stays", { now })].filter(Boolean).join(" ");
}
