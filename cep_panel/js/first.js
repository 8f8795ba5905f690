"use strict";
/* Runs before the page is shown, and as the one script that is no module: it sets the colours, and
   it says so when the modules do not come. */
(function () {
  var light = typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = light ? "light" : "dark";

  var PATIENCE_MS = 5000;
  function say(/** @type {string} */ why) {
    var notice = document.getElementById("not-started");
    var at = document.getElementById("not-started-why");
    if (!notice || !at || document.documentElement.dataset.started) return;
    notice.hidden = false;
    if (why) at.textContent = why;
  }
  addEventListener("error", function (event) {
    var lost = event.target instanceof HTMLScriptElement;
    var blocked = lost && location.protocol === "file:";
    if (lost || !document.documentElement.dataset.started) {
      say(blocked
        ? "Its modules may not be loaded from the disk here. Install it again: multiplane panel install; " +
          "or start the server and open its address in a browser."
        : event.message);
    }
  }, true);
  addEventListener("load", function () { setTimeout(say, PATIENCE_MS, ""); });
}());
