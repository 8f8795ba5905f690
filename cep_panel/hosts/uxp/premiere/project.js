// Premiere's project: what is changed goes through here, and is either done or refused with words.

import { HostError } from "../../adapter.js";

/** @typedef {import("@adobe/premierepro").premierepro} Premiere */
/** @typedef {import("@adobe/premierepro").Project} Project */
/** @typedef {import("@adobe/premierepro").ProjectItem} ProjectItem */
/** @typedef {import("@adobe/premierepro").FolderItem} FolderItem */
/** @typedef {import("@adobe/premierepro").Action} Action */

const ROOT = "Multiplane";

/**
 * The open project. Rejects with HostError `premiere.no_project`.
 * @param {Premiere} premiere
 * @returns {Promise<Project>}
 */
export async function openProject(premiere) {
  const project = await premiere.Project.getActiveProject().catch(() => null);
  if (project) return project;
  throw new HostError("premiere.no_project", "No project is open in Premiere.", {
    remedy: "Open or make a project first.",
  });
}

/**
 * Do actions as one step of undo. They are made while the project is locked, all before the first
 * is done, so that one that cannot be made leaves everything as it was.
 * Throws HostError `premiere.refused`.
 * @param {Project} project
 * @param {string} undo  what Premiere's Edit menu says
 * @param {() => Array<object | null | undefined>} make  the actions; none: nothing is done
 */
export function transact(project, undo, make) {
  let done = true;
  /** @type {unknown} */
  let fault = null;
  project.lockedAccess(() => {
    try {
      const actions = make();
      if (actions.length === 0) return;
      if (actions.some((action) => !action)) throw new Error("an action could not be made");
      done = project.executeTransaction((compound) => {
        for (const action of actions) {
          // Adding is refused for an action of another project, say; then nothing is done.
          if (!compound.addAction(/** @type {Action} */ (action))) {
            // Noted as well, in case that the host keeps the exception to itself.
            fault = new Error("an action was refused");
            throw fault;
          }
        }
      }, undo);
    } catch (thrown) {
      // Not through the host: what it makes of a script's exception is nowhere said.
      fault = thrown;
    }
  });
  if (fault !== null || !done) throw refused(undo, fault);
}

/**
 * Throws HostError `premiere.refused` unless the host said true.
 * @param {boolean} done
 * @param {string} what  such as "link shot-001.mp4"
 */
export function insist(done, what) {
  if (done !== true) throw refused(what, null);
}

/** @param {string} what @param {unknown} fault */
function refused(what, fault) {
  const why = fault === null ? "" : `: ${fault instanceof Error ? fault.message : String(fault)}`;
  return new HostError("premiere.refused", `Premiere refused this step${why}.`, {
    field: what,
    remedy: "Check that the project is not locked or read-only, and import again.",
  });
}

/**
 * The bin Multiplane/<names...>, made as far as it is not there.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {string[]} names
 * @param {string} undo
 * @returns {Promise<FolderItem>}
 */
export async function binOf(premiere, project, names, undo) {
  let bin = await project.getRootItem();
  for (const name of [ROOT, ...names]) {
    const parent = bin;
    const found = await childBin(premiere, parent, name);
    if (found) {
      bin = found;
      continue;
    }
    transact(project, undo, () => [parent.createBinAction(name, false)]);
    const made = await childBin(premiere, parent, name);
    if (!made) throw refused(`make the bin ${name}`, null);
    bin = made;
  }
  return bin;
}

/**
 * The bin Multiplane/<names...>, or null.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {string[]} names
 * @returns {Promise<FolderItem | null>}
 */
export async function findBin(premiere, project, names) {
  /** @type {FolderItem | null} */
  let bin = await project.getRootItem();
  for (const name of [ROOT, ...names]) {
    if (bin) bin = await childBin(premiere, bin, name);
  }
  return bin;
}

/**
 * @param {Premiere} premiere
 * @param {FolderItem} parent
 * @param {string} name
 * @returns {Promise<FolderItem | null>}
 */
async function childBin(premiere, parent, name) {
  for (const item of await parent.getItems()) {
    if (item.name === name) {
      const bin = asBin(premiere, item);
      if (bin) return bin;
    }
  }
  return null;
}

/**
 * The item as a bin, or null.
 * @param {Premiere} premiere
 * @param {ProjectItem} item
 * @returns {FolderItem | null}
 */
function asBin(premiere, item) {
  try {
    return premiere.FolderItem.cast(item) ?? null;
  } catch {
    return null;
  }
}

/**
 * The item as a clip, or null.
 * @param {Premiere} premiere
 * @param {ProjectItem} item
 */
export function asClip(premiere, item) {
  try {
    return premiere.ClipProjectItem.cast(item) ?? null;
  } catch {
    return null;
  }
}

/**
 * The item of this id: in `bin`, else anywhere, because an editor may have moved it. Null: gone.
 * @param {Premiere} premiere
 * @param {Project} project
 * @param {FolderItem} bin
 * @param {string} id
 * @returns {Promise<ProjectItem | null>}
 */
export async function itemById(premiere, project, bin, id) {
  for (const item of await bin.getItems()) {
    if (item.getId() === id) return item;
  }
  return search(premiere, await project.getRootItem(), id);
}

/**
 * @param {Premiere} premiere
 * @param {FolderItem} bin
 * @param {string} id
 * @returns {Promise<ProjectItem | null>}
 */
async function search(premiere, bin, id) {
  for (const item of await bin.getItems()) {
    if (item.getId() === id) return item;
    const inner = asBin(premiere, item);
    const found = inner ? await search(premiere, inner, id) : null;
    if (found) return found;
  }
  return null;
}

/**
 * What an import has put into `bin`: `run` imports and says whether it did.
 * Rejects with HostError `premiere.import`.
 * @param {FolderItem} bin
 * @param {string} path  of the file
 * @param {() => Promise<boolean>} run
 * @returns {Promise<ProjectItem>}
 */
export async function imported(bin, path, run) {
  const before = new Set((await bin.getItems()).map((item) => item.getId()));
  const done = await run();
  const fresh = (await bin.getItems()).filter((item) => !before.has(item.getId()));
  if (done === true && fresh.length > 0) return fresh[0];
  throw new HostError("premiere.import", "Premiere did not import this file.", {
    file: path,
    remedy: "Check that Premiere opens the file by File > Import, and make the shot again.",
  });
}
