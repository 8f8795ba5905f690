// What every host can do for the panel. A host's adapter is one module that exports `createHost`, so
// that the panel knows this file and nothing of After Effects or Premiere. Types only, apart from
// `HostError`: `tsc --checkJs` holds the adapters to them.

import { inWords } from "../js/text/told.js";
import { Trouble, fromServer } from "../js/trouble.js";

/** @typedef {import("../../shared_schema/multiplane").Manifest} Manifest */
/** @typedef {import("../../shared_schema/multiplane").FileEntry} FileEntry */

/**
 * What a host can do; the panel offers nothing else.
 * @typedef {object} HostAbilities
 * @property {boolean} shots  one shot can be imported by itself
 * @property {boolean} updates  what is there already is brought up to date in place
 * @property {boolean} sequence  a whole storyboard can be imported
 * @property {boolean} handles  frames before and after a shot
 * @property {boolean} dissolve  cross-dissolves between shots
 * @property {boolean} audio  the shots' sound
 * @property {boolean} media  whether films or comps are imported can be chosen
 * @property {boolean} [rig]  comps have a rig: `expressions` and `motion_blur` of a request count
 */

/**
 * @typedef {object} HostInfo
 * @property {string} host  "after-effects", "premiere" or "browser"
 * @property {string} title  for people, such as "After Effects"
 * @property {string} version  "" where there is none
 * @property {string | null} project  file of the open project; null while it is not saved, or none
 * @property {string | null} advice  a sentence about what this host cannot do, and what to do instead
 * @property {boolean} [may_write_files]  false: a preference forbids it
 */

/**
 * The files of a job over HTTP, for a host that cannot read the server's disk.
 * @typedef {object} FileSource
 * @property {() => Promise<FileEntry[]>} list  of the shot (paths in its folder), or of the whole job
 * @property {(path: string) => Promise<Blob>} read  a file of the list
 */

/**
 * @typedef {object} ShotRequest
 * @property {string} folder  absolute, on the server's computer; manifest.json lies in it
 * @property {string} [storyboard]  its title: shots of one storyboard are kept together
 * @property {number} [handles]  frames before and after the shot, in which the camera rests
 * @property {Manifest} [manifest]  where it was read already; else the host reads it from `folder`
 * @property {boolean} [force]  import again, even if nothing has changed
 * @property {"films" | "comps"} [media]  Premiere: the previews (the default), or After Effects' comps
 * @property {"all" | "camera" | "none"} [expressions]  with a rig: of planes and camera (the default), the
 *   camera alone, or keys only
 * @property {boolean} [motion_blur]  with a rig: the comps' own motion-blur switch; else as it is
 * @property {FileSource} [source]  always given by the panel
 */

/**
 * A storyboard's whole output: sequence.json lies in `folder`.
 * @typedef {object} SequenceRequest
 * @property {string} folder  absolute, on the server's computer
 * @property {string} [storyboard]  instead of the sequence's own title
 * @property {number} [handles]  frames
 * @property {Array<{shot: string, file: string, start?: number}>} [audio]  absolute paths; start: s of the
 *   sequence, of what is no shot's
 * @property {number} [dissolve]  frames
 * @property {"films" | "comps"} [media]  Premiere: the previews (the default), or After Effects' comps
 * @property {"all" | "camera" | "none"} [expressions]  as of a shot
 * @property {boolean} [motion_blur]  as of a shot
 * @property {FileSource} [source]  always given by the panel
 * @property {() => boolean} [stopped]  asked between shots; true: import no further ones
 */

/**
 * What became of a shot. `kept`: what the designer had changed and the import left alone.
 * @typedef {object} ShotReport
 * @property {string} shot
 * @property {"created" | "updated" | "unchanged" | "downloaded" | "failed" | "unmade"} state  unmade: there was
 *   nothing to import; `error`, where there is one, says why
 * @property {string} [comp]  the comp, sequence clip or file that it became
 * @property {string[]} [added]  ids of layers
 * @property {string[]} [replaced]
 * @property {string[]} [retired]
 * @property {Array<{layer: string, what: string}>} [kept]
 * @property {HostError | null} [error]  of a shot that failed or was not made; the others went on
 */

/**
 * @typedef {object} SequenceReport
 * @property {string} storyboard
 * @property {ShotReport[]} shots
 * @property {string | null} sequence  the name of the master comp, sequence or file; null for none
 * @property {string | null} file  a file that the user has to import by hand; null for none
 * @property {string | null} advice  what to do with it, in a sentence
 * @property {HostError | null} error  why there is no sequence, although shots were imported
 */

/**
 * What a host can do with comps that were imported. `folder`: absolute; without it, beside the project,
 * which then has to be saved.
 * @typedef {object} Delivery
 * @property {() => Promise<string[]>} outputModules  names of the host's, in its language
 * @property {(request: EncoderRequest) => Promise<{comps: string[], folder: string}>} queueInEncoder
 * @property {(request: {shot: string, storyboard?: string, folder?: string}) =>
 *   Promise<{comp: string, written: boolean, folder: string}>} exportTemplate  a Motion Graphics template of
 *   a shot, with the rig's sliders; the project is saved
 * @property {(request: {shot: string, storyboard?: string, layers?: string[]}) => Promise<{comp: string,
 *   made: Array<{layer: string, comp: string}>, kept: Array<{layer: string, what: string}>}>} precompose
 *   subjects into comps of their own, for puppet pins and roto; without `layers` (ids) all of them
 */

/**
 * @typedef {object} EncoderRequest
 * @property {string} [storyboard]
 * @property {"master" | "shots" | "all"} [what]  the comp of all shots (the default), theirs, or both
 * @property {string[]} [shots]  ids; without it, all shots
 * @property {string} [folder]
 * @property {string} [template]  one of `outputModules`; without it, the host's usual one
 * @property {boolean} [start]  encode at once
 */

/** @typedef {(report: ShotReport, done: number, total: number) => void} OnShot */

/**
 * Every method rejects with a `HostError` and with nothing else. The panel calls one at a time.
 * @typedef {object} HostAdapter
 * @property {string} name  "after-effects-cep", "premiere-cep", "after-effects-uxp", "premiere-uxp", "browser"
 * @property {HostAbilities} abilities
 * @property {string} [language]  the host's, such as "ja_JP"; without it the browser's is taken
 * @property {() => Promise<HostInfo>} hostInfo
 * @property {(request: ShotRequest) => Promise<ShotReport>} importShot
 * @property {(request: ShotRequest) => Promise<ShotReport>} updateShot  for a shot that must be there
 * @property {(request: SequenceRequest, onShot: OnShot) => Promise<SequenceReport>} importSequence
 * @property {Delivery} [delivery]  where the host makes films and templates of comps
 * @property {(listener: (skin: HostSkin) => void) => void} [onSkin]  now, and when the host's look changes
 * @property {(folder?: string) => Promise<ServerPlace>} [findServer]  where the host lets the panel
 *   read files; `folder`: of the server's data, instead of the usual one
 * @property {(folder?: string) => Promise<void>} [startServer]  until it answers; `folder` as above
 * @property {(folder?: string) => Promise<boolean>} [canStartServer]  whether it is installed here
 * @property {(url: string) => void} [openUrl]  in the user's browser; without it a link does
 * @property {(storyboard: string, shots: string[]) => Promise<ShotInHost[]>} [imported]  which of these shots are
 *   there, by their ids
 * @property {() => Promise<ActiveItem>} [active]  what the user looks at; asked every second or so
 * @property {(storyboard: string, shot: string | null) => Promise<void>} [open]  show a shot, or with
 *   null all of them, where it is imported
 */

/**
 * A shot that is imported. `hash`: of the shot then, as the manifest's `content_hash`; null where
 * nobody noted it.
 * @typedef {{shot: string, name: string, hash: string | null, handles: number | null}} ShotInHost
 */

/**
 * `key` changes with whatever is active, ours or not. `shot`: null for another thing, and for all
 * shots of the storyboard together.
 * @typedef {{key: string, storyboard: string | null, shot: string | null}} ActiveItem
 */

/**
 * How the host looks. Without it the panel asks the system.
 * @typedef {object} HostSkin
 * @property {"dark" | "light"} theme
 * @property {string} [background]  a CSS colour, of the host's panels
 * @property {number} [fontSize]  px
 */

/**
 * @typedef {object} ServerPlace
 * @property {string} url  such as http://127.0.0.1:8472
 * @property {string} token
 * @property {string} folder  the data folder that it was read from
 */

/** What a host refuses, or a program around it, in the user's language: see `Trouble` for its fields. */
export class HostError extends Trouble {
  /**
   * @param {string} code  such as "after_effects.file_missing"
   * @param {string} message  a sentence
   * @param {import("../js/trouble.js").TroubleDetail} [detail]
   */
  constructor(code, message, detail = {}) {
    const said = inWords({ code, message, remedy: detail.remedy, values: detail.values });
    super(code, said.message, { ...detail, remedy: said.remedy, original: detail.original ?? message });
    this.name = "HostError";
  }

  /**
   * An error as a script or a document tells it.
   * @param {import("../js/trouble.js").Told | null | undefined} entry
   * @param {string} code  for one that has none
   * @param {string} message
   */
  static told(entry, code, message) {
    const { code: said, message: sentence, also, ...detail } = entry ?? {};
    return new HostError(said ?? code, sentence ?? message, { ...detail, also: (also ?? []).map(fromServer) });
  }

  /**
   * Whatever was thrown, as a HostError.
   * @param {unknown} thrown
   * @param {string} code  for what has none
   * @param {string} [remedy]
   */
  static of(thrown, code, remedy) {
    if (thrown instanceof HostError) return thrown;
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    return new HostError(code, message, { remedy });
  }
}
