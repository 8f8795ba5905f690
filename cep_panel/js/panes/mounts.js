// Which pane stands where in index.html.

import { CameraPane } from "./camera.js";
import { LayersPane } from "./layers.js";
import { PicturePane } from "./picture.js";
import { StagePane } from "./stage.js";
import { DeliverPane } from "./deliver.js";
import { HistoryPane } from "./history.js";
import { ImportPane } from "./import.js";
import { ModelsPane } from "./models.js";
import { QueuePane } from "./queue.js";
import { SettingsPane } from "./settings.js";
import { StartingPane } from "./starting.js";
import { FilmStripPane } from "./film_strip.js";

/** @typedef {import("./pane.js").Pane} Pane */

/**
 * Element's id and its pane, in the order in which they are told of changes. An element may hold
 * several panes, one after the other.
 * @type {Array<[import("../view/page.js").MountId, new (panel: import("../panel.js").Panel) => Pane]>}
 */
export const MOUNTS = [
  ["stage", StagePane],
  ["tools-picture", PicturePane],
  ["tools-layers", LayersPane],
  ["tools-camera", CameraPane],
  ["pane-import", ImportPane],
  ["pane-import", DeliverPane],
  ["pane-history", HistoryPane],
  ["pane-models", ModelsPane],
  ["pane-queue", QueuePane],
  ["pane-settings", SettingsPane],
  ["connect-start", StartingPane],
  ["film-strip", FilmStripPane],
];
