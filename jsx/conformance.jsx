// For the first person with After Effects at hand: File > Scripts > Run Script File, this file.
// It asserts the facts that Multiplane's tests rely on and nobody of us could measure, in a comp of
// its own that it removes again, and writes multiplane-conformance.json to the desktop.

/** @type {any} */
var multiplane = {};

//@include "lib/json.jsx"
//@include "lib/failure.jsx"
//@include "lib/names.jsx"
//@include "lib/files.jsx"
//@include "shot/expressions.jsx"
//@include "conformance/pictures.jsx"
//@include "conformance/facts.jsx"

try {
    alert(multiplane.conformance.run(), "Multiplane");
} catch (error) {
    alert(error.message + "\n" + (error.file || "") + "\n" + (error.remedy || ""), "Multiplane");
}
