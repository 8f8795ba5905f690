// Multiplane for After Effects (18 and later): finished shots become comps.
// ExtendScript, the language of 1999 (ES3). One global, `multiplane`; every function in the table
// at the end takes a text (JSON) and returns a text (ASCII JSON), and never throws.

/** @type {any} */
var multiplane = {};

//@include "lib/json.jsx"
//@include "lib/failure.jsx"
//@include "lib/names.jsx"
//@include "lib/files.jsx"
//@include "lib/timing.jsx"
//@include "project/tags.jsx"
//@include "project/items.jsx"
//@include "project/imported.jsx"
//@include "project/footage.jsx"
//@include "project/properties.jsx"
//@include "shot/manifest.jsx"
//@include "shot/keys.jsx"
//@include "shot/user_edits.jsx"
//@include "shot/planes.jsx"
//@include "shot/expressions.jsx"
//@include "shot/rig.jsx"
//@include "shot/camera.jsx"
//@include "shot/markers.jsx"
//@include "shot/guide.jsx"
//@include "shot/create.jsx"
//@include "shot/update.jsx"
//@include "shot/import.jsx"
//@include "sequence/sounds.jsx"
//@include "sequence/audio.jsx"
//@include "sequence/master.jsx"
//@include "sequence/import.jsx"
//@include "deliver/essential_graphics.jsx"
//@include "deliver/relink.jsx"
//@include "deliver/collect.jsx"
//@include "host_info.jsx"
//@include "entries.jsx"
