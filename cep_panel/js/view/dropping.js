// Files and folders that are dropped on the page, wherever.

/** @typedef {import("../work/opening.js").Given} Given */

/** What newer browsers have of a folder. @typedef {{isFile: boolean, isDirectory: boolean, name: string,
 *   file: (done: (file: File) => void, failed: (error: unknown) => void) => void,
 *   createReader: () => {readEntries: (done: (entries: Entry[]) => void, failed: (error: unknown) => void) => void}}} Entry */

/**
 * @param {(given: Given[]) => Promise<void>} dropped
 */
export function takeDrops(dropped) {
  // What is dropped without anybody taking it would take the page's place.
  addEventListener("dragover", (event) => event.preventDefault());
  addEventListener("drop", async (event) => {
    event.preventDefault();
    const given = await givenOf(event.dataTransfer);
    if (given.length > 0) await dropped(given);
  });
}

/** @param {DataTransfer | null} transfer @returns {Promise<Given[]>} */
async function givenOf(transfer) {
  if (!transfer) return [];
  const files = [...transfer.files];
  // Entries are to be asked for before anything is waited for.
  const entries = [...transfer.items].map((item) =>
    /** @type {Entry | null} */ (/** @type {unknown} */ (item.webkitGetAsEntry?.() ?? null)));
  if (!entries.some((entry) => entry?.isDirectory)) return files.map((file) => ({ file, path: file.name }));
  const found = await Promise.all(entries.map((entry) => (entry ? within(entry, "") : [])));
  return found.reduce((all, some) => [...all, ...some], []);
}

/**
 * @param {Entry} entry
 * @param {string} folder  with a slash at its end, or ""
 * @returns {Promise<Given[]>}
 */
async function within(entry, folder) {
  if (entry.isFile) {
    /** @type {File} */
    const file = await new Promise((done, failed) => entry.file(done, failed));
    return [{ file, path: folder + entry.name }];
  }
  const reader = entry.createReader();
  /** @type {Given[]} */
  const found = [];
  for (;;) {
    /** @type {Entry[]} */
    const some = await new Promise((done, failed) => reader.readEntries(done, failed));
    if (some.length === 0) return found;
    for (const one of some) found.push(...await within(one, `${folder}${entry.name}/`));
  }
}
