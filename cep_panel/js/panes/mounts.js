// Which pane stands where in index.html.

import { CameraPane } from "./camera.js";
import { StagePane } from "./stage.js";

/** @typedef {import("./pane.js").Pane} Pane */

/**
 * Element's id and its pane, in the order in which they are told of changes. An element may hold
 * several panes, one after the other.
 * @type {Array<[import("../view/page.js").MountId, new (panel: import("../panel.js").Panel) => Pane]>}
 */
export const MOUNTS = [
  ["stage", StagePane],
  ["tools-camera", CameraPane],
];
