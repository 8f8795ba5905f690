// What a pane of the panel is: a part of the page with one purpose, such as the stage or the queue.
// Types only.
//
// A pane is a class in js/panes/<name>.js and a line in js/panes/mounts.js, which says in which
// element of index.html it stands. It is made once, when the panel starts, and told of every change:
//
//     export class QueuePane {
//       constructor(panel) {
//         this.panel = panel;
//         this.element = element("div", {});       // js/view/element.js
//       }
//       show(state) {}                              // often: compare before touching the page
//       close() {}                                  // timers, object URLs, listeners of the window
//     }
//
// Ways of a pane to everything else (js/panel.js):
//   panel.select(id)           another shot of the document is the selected one
//   panel.goTo("shot")         show a tab; panel.openPage("models") a page of the menu; "" closes it
//   panel.attempt(async work)  do what may fail; its error is shown above everything
//   panel.announce(text)       say what happened, in the foot, also to screen readers
//   panel.draw()               show everything soon, after the pane has changed something of its own
//   panel.steps                the document with its undo: steps.change(work, label)
//   panel.connection.ask(...)  the server;  panel.files  its files;  panel.host  the program around
//   panel.stage                the selected shot as it plays: js/stage/stage.js
//   panel.notices              sentences above everything
// Texts come from t("...") of js/text/text.js; both catalogues have every key.

/** @typedef {import("../panel.js").Panel} Panel */

/**
 * Everything that a pane may show, as it is now. Frozen: nobody changes it.
 * @typedef {object} PanelState
 * @property {import("../board/work.js").Work} work  the document
 * @property {import("../state/jobs.js").KnownJob | null} known  the job that was made of it
 * @property {import("../state/jobs.js").KnownJob[]} jobs  all that the server has told of, newest first
 * @property {string} selected  id of the selected shot; "" where the document has none
 * @property {number} index  of the selected shot in the document; -1 for none
 * @property {import("../state/jobs.js").ShotView | null} shot  the selected one as the job has it
 * @property {{many: number, isMade: boolean}} scope  what Make would make
 * @property {boolean} isUnsent  what was made of the document waits for the server
 * @property {Map<string, string[]>} notes  what the server said of the job's shots, by id
 * @property {import("../../../shared_schema/multiplane").Finding[]} findings  of the document
 * @property {import("../work/importing.js").Progress | null} importing  what is being imported
 * @property {import("../state/imports.js").Imports} imports  what was imported in this session
 * @property {import("../../hosts/adapter.js").HostAbilities} abilities
 * @property {boolean} online
 * @property {Tab} tab
 * @property {Tool} tool  of the selected shot
 * @property {Page} page  of the menu, in place of the tabs; "" for none
 */

/** @typedef {"shots" | "shot" | "import"} Tab */
/** @typedef {"picture" | "layers" | "camera"} Tool */
/** @typedef {"" | "history" | "models" | "queue" | "settings"} Page */

/**
 * @typedef {object} Pane
 * @property {HTMLElement} element
 * @property {(state: Readonly<PanelState>) => void} show
 * @property {() => void} close
 * @property {(job: string, shot: string, picture: Blob) => void} [preview]  a shot as it is being painted
 */

export {};
