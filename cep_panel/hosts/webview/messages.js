// What the page in a webview and the plugin around it say to each other, each as JSON. Types only.

/** @typedef {import("../adapter.js").ShotRequest} ShotRequest */
/** @typedef {import("../adapter.js").SequenceRequest} SequenceRequest */
/** @typedef {import("../adapter.js").ShotReport} ShotReport */

/**
 * What a call of the host's delivery is given.
 * @template {Exclude<keyof import("../adapter.js").Delivery, "outputModules">} Call
 * @typedef {Parameters<import("../adapter.js").Delivery[Call]>[0]} Given
 */

/**
 * The page asks; `stop`: after the shot that is being imported.
 * @typedef {{id: number, call: "describe"} | {id: number, call: "hostInfo"}
 *   | {id: number, call: "importShot", request: ShotRequest}
 *   | {id: number, call: "updateShot", request: ShotRequest}
 *   | {id: number, call: "importSequence", request: SequenceRequest}
 *   | {id: number, call: "imported", storyboard: string, shots: string[]} | {id: number, call: "active"}
 *   | {id: number, call: "open", storyboard: string, shot: string | null}
 *   | {id: number, call: "outputModules"}
 *   | {id: number, call: "queueInEncoder", request: Given<"queueInEncoder">}
 *   | {id: number, call: "exportTemplate", request: Given<"exportTemplate">}
 *   | {id: number, call: "precompose", request: Given<"precompose">}
 *   | {id: number, call: "findServer", folder?: string, origin: string}
 *   | {id: number, call: "stop", of: number}} Asked
 */

/**
 * The plugin answers, each question once, after any number of steps. It tells of the host's skin
 * unasked.
 * @typedef {{id: number, result: unknown} | {id: number, error: import("../../js/trouble.js").Told}
 *   | {id: number, progress: {report: ShotReport, done: number, total: number}}
 *   | {skin: import("../adapter.js").HostSkin}} Told
 */

export {};
