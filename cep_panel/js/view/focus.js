// The focus where what had it goes: a button that is hidden, taken out or out of use hands it on.

/**
 * Show a part as it is now. Whoever was at a control of it that cannot be used any more comes to
 * another one, and not to the page's beginning.
 * @param {HTMLElement} part
 * @param {() => void} show
 * @param {() => HTMLElement | null | undefined} next
 */
export function handingOn(part, show, next) {
  const at = document.activeElement;
  const had = at instanceof HTMLElement && part.contains(at) ? at : null;
  show();
  // Of a part that is not seen any more nobody is left.
  if (had && isUseless(had) && part.getClientRects().length > 0) next()?.focus({ preventScroll: true });
}

/** @param {HTMLElement} control */
function isUseless(control) {
  return !control.isConnected || control.getClientRects().length === 0 || control.matches(":disabled");
}
