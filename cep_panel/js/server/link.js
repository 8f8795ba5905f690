// The code in the address that `multiplane serve` and `multiplane pair` print.

const CODE = /^#code=([A-Za-z0-9-]{4,40})$/;

/**
 * The code in this page's address, which has it no more afterwards; "" for none.
 * @returns {string}
 */
export function takeCode() {
  const found = CODE.exec(location.hash);
  if (!found) return "";
  history.replaceState(null, "", location.pathname + location.search);
  return found[1];
}
