"use strict";
/* Runs before the page is shown, and as the one script that is no module: it sets the colours, and
   it says so when the modules do not come. */
(function () {
  var light = typeof matchMedia === "function" && matchMedia("(prefers-color-scheme: light)").matches;
  document.documentElement.dataset.theme = light ? "light" : "dark";

  var PATIENCE_MS = 5000;
  // The catalogue is a module, too: these texts have to stand here.
  var TEXTS = /^ja/i.test(navigator.language || "") ? {
    title: "パネルを起動できませんでした。",
    why: "もう一度インストールしてください：multiplane panel install。",
    blocked: "ここではディスクからモジュールを読み込めません。もう一度インストールするか（multiplane panel install）、" +
      "サーバーを起動してそのアドレスをブラウザーで開いてください。"
  } : {
    title: "The panel could not start.",
    why: "Install it again: multiplane panel install.",
    blocked: "Its modules may not be loaded from the disk here. Install it again: multiplane panel install; " +
      "or start the server and open its address in a browser."
  };
  function say(/** @type {string} */ why) {
    var notice = document.getElementById("not-started");
    var title = document.getElementById("not-started-title");
    var at = document.getElementById("not-started-why");
    if (!notice || !title || !at || document.documentElement.dataset.started) return;
    notice.hidden = false;
    title.textContent = TEXTS.title;
    at.textContent = why || TEXTS.why;
  }
  addEventListener("error", function (event) {
    var lost = event.target instanceof HTMLScriptElement;
    var blocked = lost && location.protocol === "file:";
    if (lost || !document.documentElement.dataset.started) {
      say(blocked ? TEXTS.blocked : event.message);
    }
  }, true);
  addEventListener("load", function () { setTimeout(say, PATIENCE_MS, ""); });
}());
