// Values as pieces of script text, in pure ASCII: what lies between the panel and the host's
// engine may garble other characters, and ES3 ends a line at U+2028 and U+2029 even in a string.

/**
 * A string as a literal of ES3.
 * @param {string} text
 */
export function literal(text) {
  return JSON.stringify(text).replace(
    /[\u007f-\uffff]/g,
    (unit) => "\\u" + unit.charCodeAt(0).toString(16).padStart(4, "0"),
  );
}

/**
 * A path for `new File()`, which reads its text as a URI.
 * @param {string} path  with forward slashes
 */
export function fileLiteral(path) {
  // A lone half of a character has no UTF-8, so no file's name holds one.
  const whole = path.replace(/[\ud800-\udbff](?![\udc00-\udfff])|(?<![\ud800-\udbff])[\udc00-\udfff]/g, "_");
  return literal(encodeURI(whole).replace(/[#?]/g, encodeURIComponent));
}
