// Starts the panel in whatever program shows it.

import { pickHost } from "../hosts/pick.js";
import { Panel } from "./panel.js";
import { Settings } from "./state/settings.js";
import { fillTexts, speak } from "./text/text.js";
import { Notices } from "./view/notices.js";
import { byId } from "./view/element.js";
import { chooseTheme, followTheme } from "./view/theme.js";
import { troubleOf } from "./trouble.js";

async function start() {
  document.documentElement.dataset.started = "yes";
  const notices = new Notices(byId("notices"));
  speak(undefined);
  try {
    const host = await pickHost();
    speak(host.language);
    fillTexts(document);
    followTheme(host);
    chooseTheme(new Settings().theme);
    new Panel(host, notices).start();
  } catch (error) {
    followTheme(null);
    notices.trouble(troubleOf(error));
  }
}

start();
