"""The mistakes that a script for After Effects can make, each planted once in a copy of ours.

The numbers are those of the project's list of mistakes, 1 to 43, and of what a second reading of
Adobe's documents found, 44 and up. A mistake that no check can see is in
`UNSEEN` with the reason.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Mutation:
    """A mistake: in ``file`` (in jsx/) every text of ``edits`` is replaced by its other one.

    ``check`` names the check that has to see it: words of its finding when the script runs, or,
    where ``static``, the rule of the checks that only read.
    """

    number: int
    title: str
    check: str
    file: str
    edits: tuple[tuple[str, str], ...]
    static: bool = False

    @property
    def name(self) -> str:
        return f"{self.number:02d} {self.title}"


def _one(
    number: int, title: str, check: str, file: str, old: str, new: str, static: bool = False
) -> Mutation:
    return Mutation(number, title, check, file, ((old, new),), static)


CAMERA, RIG, PLANES = "shot/camera.jsx", "shot/rig.jsx", "shot/planes.jsx"
KEYS, PROPERTIES, FOOTAGE = "shot/keys.jsx", "project/properties.jsx", "project/footage.jsx"
ITEMS = "project/items.jsx"
FILES, TIMING, CREATE = "lib/files.jsx", "lib/timing.jsx", "shot/create.jsx"

_LINEAR = """                property.setInterpolationTypeAtKey(
                    k, KeyframeInterpolationType.LINEAR, KeyframeInterpolationType.LINEAR);
"""
_EASED = "repeated(ease(key.ease_out, meanSpeed(key, keys[k], shot.rate)), count));\n"
_PLACED = "            property.setValue(wanted.entry.position);\n"
_ADDED = (
    "            var camera = comp.layers.addCamera(NAME, [size.width / 2, size.height / 2]);\n"
)
_SWITCH = "            layer.threeDLayer = true;\n"
_LAYER_ADDED = "            return layer;\n        },\n\n        /** What a designer"
_CONTINUOUS = "        property.setSpatialContinuousAtKey(k, false);\n"
_UPDATED = "        multiplane.planes.update(layer,"
_STATE = "        var state = multiplane.planes.state(layer);\n"

MUTATIONS = (
    _one(
        1,
        "camera position left at the default",
        "the camera's positions are off",
        CAMERA,
        '        keyed("position", "its position", at.position, none),\n',
        "",
    ),
    _one(
        2,
        "scale compensated, position not",
        "far post: ADBE Position is",
        PLANES,
        _PLACED,
        """            var e = wanted.entry, c = wanted.shot.manifest.comp;
            var k = 1 + e.position[2] / wanted.shot.manifest.camera.zoom;
            property.setValue([c.width / 2 + (e.position[0] - c.width / 2) / k,
                c.height / 2 + (e.position[1] - c.height / 2) / k, e.position[2]]);
""",
    ),
    _one(
        3,
        "a layer behind the camera",
        "is behind the camera at frame",
        PLANES,
        _PLACED,
        "            property.setValue([wanted.entry.position[0], 90, -5000]);\n",
    ),
    _one(
        4,
        "no centre point",
        "addCamera: 1 parameters are the wrong number",
        CAMERA,
        _ADDED,
        "            var camera = comp.layers.addCamera(NAME);\n",
    ),
    _one(
        4,
        "centre point of three numbers",
        "addCamera takes a centre of two numbers",
        CAMERA,
        _ADDED,
        "            var camera = comp.layers.addCamera(NAME, [size.width / 2, 90, 0]);\n",
    ),
    _one(
        5,
        "3D switch of a camera",
        "a camera has no threeDLayer",
        CAMERA,
        _ADDED,
        _ADDED + "            camera.threeDLayer = true;\n",
    ),
    Mutation(
        6,
        "depth before the 3D switch",
        "ground: ADBE Position is [160, 90, 0]",
        PLANES,
        (
            (_SWITCH, ""),
            (
                _LAYER_ADDED,
                _SWITCH + _LAYER_ADDED,
            ),
        ),
    ),
    _one(
        7,
        "unknown match name",
        "no property ADBE Camera Options Group / ADBE Zoom",
        PROPERTIES,
        '"ADBE Camera Zoom"',
        '"ADBE Zoom"',
    ),
    _one(
        8,
        "display name",
        "no property ADBE Transform Group / Scale",
        PROPERTIES,
        '"ADBE Scale"',
        '"Scale"',
    ),
    _one(
        9,
        "ADBE Rotation",
        "no property ADBE Transform Group / ADBE Rotation",
        PROPERTIES,
        '"ADBE Rotate Z"',
        '"ADBE Rotation"',
    ),
    _one(
        10,
        "ADBE Point of Interest",
        "no property ADBE Transform Group / ADBE Point of Interest",
        PROPERTIES,
        'find(camera, TRANSFORM, "ADBE Anchor Point")',
        'find(camera, TRANSFORM, "ADBE Point of Interest")',
    ),
    _one(
        11,
        "three eases for a position",
        "setTemporalEaseAtKey takes arrays of 1",
        KEYS,
        "var count = property.keyInTemporalEase(k).length;",
        "var count = 3;",
    ),
    _one(
        12,
        "influence 0",
        "influence 0 is out of range",
        KEYS,
        "var LINEAR_INFLUENCE = 100 / 6;",
        "var LINEAR_INFLUENCE = 0;",
    ),
    _one(
        13,
        "key index 0",
        "key index 0 is out of range",
        KEYS,
        "for (var k = 1; k <= keys.length; k += 1) {\n                var key = keys[k - 1];",
        "for (var k = 0; k < keys.length; k += 1) {\n                var key = keys[k];",
    ),
    _one(
        14,
        "setValue on a keyed property",
        "setValue() on a property with keyframes",
        KEYS,
        "            clear(property);\n",
        "",
    ),
    _one(
        15,
        "a separated leader written",
        "while its dimensions are separated",
        KEYS,
        "            property.setValuesAtTimes(times, values);\n",
        "            if (property.isSeparationLeader) { property.dimensionsSeparated = true; }\n"
        "            property.setValuesAtTimes(times, values);\n",
    ),
    _one(
        16,
        "spatial call on a number",
        "ADBE Camera Zoom is not spatial",
        KEYS,
        "if (property.isSpatial) {",
        "if (true) {",
    ),
    _one(
        17,
        "outTangent left out",
        "the camera's positions are off",
        KEYS,
        "setSpatialTangentsAtKey(k, repeated(0, dimensions), repeated(0, dimensions));",
        "setSpatialTangentsAtKey(k, repeated(8, dimensions));",
    ),
    _one(
        18,
        "the first key roves",
        "the first and the last key cannot rove",
        KEYS,
        _CONTINUOUS,
        _CONTINUOUS + "        property.setRovingAtKey(k, true);\n",
    ),
    Mutation(
        19,
        "LINEAR after the ease",
        "the camera's positions are off",
        KEYS,
        ((_LINEAR, ""), (_EASED, _EASED + _LINEAR)),
    ),
    _one(
        20,
        "a layer with index 0",
        "layer index 0 is out of range",
        PLANES,
        "for (var i = comp.numLayers; i >= 1; i -= 1) {",
        "for (var i = comp.numLayers - 1; i >= 0; i -= 1) {",
    ),
    _one(
        21,
        "front to back",
        "the layers are [",
        CREATE,
        "for (var i = 0; i < entries.length; i += 1) {",
        "for (var i = entries.length - 1; i >= 0; i -= 1) {",
    ),
    _one(
        22,
        "a comp of three days",
        "addComp: duration",
        CREATE,
        "size.width, size.height, shot.duration, shot.rate",
        "size.width, size.height, shot.duration * 1e6, shot.rate",
    ),
    _one(
        23, "start time inherited", "in the film", TIMING, "        layer.startTime = start;\n", ""
    ),
    _one(
        24,
        "inPoint after outPoint",
        "in the film",
        TIMING,
        "        layer.inPoint = first;\n        layer.outPoint = end;\n",
        "        layer.outPoint = end;\n        layer.inPoint = first;\n",
    ),
    Mutation(
        25,
        "a leaked solid",
        "a failed import left ['Camera Rig broken']",
        RIG,
        (
            ("            made.push(rig.source);\n", ""),
            ("            rig.source.parentFolder = folder;\n", ""),
        ),
    ),
    _one(
        26,
        "parent= rewrites keys",
        "parent-compensates",
        CAMERA,
        "camera.setParentWithJump(wanted.rigLayer);",
        "camera.parent = wanted.rigLayer;",
        static=True,
    ),
    _one(
        27,
        "a circle of parents",
        "cannot parent a layer to itself or to one of its descendants",
        CAMERA,
        "            write(camera, comp, shot, multiplane.userEdits.FRESH, []);\n",
        "            write(camera, comp, shot, multiplane.userEdits.FRESH, []);\n"
        "            multiplane.rig.layerIn(comp).setParentWithJump(camera);\n",
    ),
    _one(28, "label 17", "label 17 is out of range", PLANES, "prop: 14 }", "prop: 17 }"),
    _one(
        28,
        "zoom 0",
        "must be >= 1, got 0",
        CAMERA,
        'keyed("zoom", "its zoom", at.zoom, restZoom),',
        'aspects.values("zoom", "its zoom", at.zoom, function (one) { one.setValue(0); }),',
    ),
    _one(
        28,
        "opacity 200",
        "must be <= 100, got 200",
        "sequence/master.jsx",
        ": [{ frame: 0, value: [100] }];",
        ": [{ frame: 0, value: [200] }];",
    ),
    _one(
        29,
        "a missing file",
        "a missing file:",
        FILES,
        "            if (file.exists) {",
        "            if (true) {",
    ),
    _one(
        30,
        "importFile(text)",
        "importFile takes ImportOptions",
        FOOTAGE,
        "importFile(options)",
        "importFile(file.fsName)",
    ),
    _one(
        31,
        "% in a path",
        "The shot's manifest is missing",
        FILES,
        '        return text.split("%").join("%25");',
        "        return text;",
    ),
    _one(
        32,
        "sequence flag not said",
        "sequence was not set",
        FOOTAGE,
        "        options.sequence = false;\n",
        "",
    ),
    Mutation(
        33,
        "replaced by another size",
        "its anchor point",
        "shot/update.jsx",
        (
            (_STATE, ""),
            (
                _UPDATED,
                _STATE + _UPDATED,
            ),
        ),
    ),
    _one(
        34,
        "undo group left open",
        "1 undo groups and 0 dialog locks were left open",
        "lib/failure.jsx",
        "        app.endUndoGroup();\n",
        "",
    ),
    _one(
        35,
        "an object for an answer",
        "the answer is no JSON: [object Object]",
        "entries.jsx",
        "return multiplane.json.stringify({ ok: true, result: work(given) });",
        "return { ok: true, result: work(given) };",
    ),
    _one(
        36, "return at the top", "es3", "host_info.jsx", "\n};\n", "\n};\n\nreturn;\n", static=True
    ),
    _one(
        37,
        "an arrow function",
        "es3",
        "lib/names.jsx",
        "kept: function (name) {",
        "kept: (name) => {",
        static=True,
    ),
    _one(
        37,
        "a newer method",
        "newer-builtin",
        "lib/names.jsx",
        'String(name).split("\\u0000").join("")',
        "String(name).trim()",
        static=True,
    ),
    _one(
        37,
        "a nested ternary",
        "nested-ternary",
        FILES,
        "remedy: tooLong\n                    ?",
        'remedy: path === "" ? "" : tooLong\n                    ?',
        static=True,
    ),
    _one(
        37,
        "== null",
        "loose-equality",
        "entries.jsx",
        "text === undefined",
        "text == null",
        static=True,
    ),
    _one(
        37,
        "a reserved word",
        "es3",
        TIMING,
        "frame: function (time, rate)",
        "int: function (time, rate)",
        static=True,
    ),
    Mutation(
        38,
        "a bad expression unnoticed",
        "'centre' is not defined",
        "shot/expressions.jsx",
        (('"var centre = " + list([', '"var middle = " + list(['),),
    ),
    Mutation(
        38,
        "a bad expression that is not asked about",
        "ADBE Position has no expression that works",
        PROPERTIES,
        (
            ('if (wrong !== "") {', "if (false) {"),
            ("property.expression = text;", 'property.expression = text === "" ? "" : text + ")";'),
        ),
    ),
    _one(
        39,
        "a reference held over addProperty",
        "Object is invalid",
        RIG,
        "                addSlider(rig, shot.sliders[i], NEUTRAL[shot.sliders[i]]);\n",
        "                var held = i > 0 ? effectsOf(rig).property(shot.sliders[0]) : null;\n"
        "                addSlider(rig, shot.sliders[i], NEUTRAL[shot.sliders[i]]);\n"
        "                if (held) { held.name = shot.sliders[0]; }\n",
    ),
    _one(
        40,
        "layer.moveTo",
        "layer.moveTo is a property's method",
        CREATE,
        "    rig.moveToBeginning();\n",
        "    rig.moveTo(1);\n",
    ),
    Mutation(
        41,
        "identity by ===",
        "finishSequence: state is updated, not created",
        "sequence/master.jsx",
        (
            ("if (list[i].id === item.id) {", "if (list[i] === item) {"),
            ("isAmong(comp, report.made)", "isAmong(multiplane.items.master(title), report.made)"),
        ),
    ),
    _one(
        41,
        "instanceof a parent class",
        "parent-class",
        "shot/import.jsx",
        "layer instanceof AVLayer",
        "layer instanceof Layer",
        static=True,
    ),
    _one(
        42,
        "a template without a controller",
        "a template without a controller:",
        "deliver/essential_graphics.jsx",
        "if (comp.motionGraphicsTemplateControllerCount === 0) {",
        "if (false) {",
    ),
    _one(
        42,
        "a template of a project with unsaved changes",
        "asks to save the changed project",
        "deliver/essential_graphics.jsx",
        "            app.project.save(app.project.file);\n",
        "",
    ),
    _one(
        43,
        "an edge of the picture in the frame",
        "the frame shows the background's edge",
        PLANES,
        "property.setValue([wanted.entry.scale[0], wanted.entry.scale[1], 100]);",
        "property.setValue([wanted.entry.scale[0] * 0.95, wanted.entry.scale[1] * 0.95, 100]);",
    ),
    _one(
        44,
        "what was found in another project",
        "importShot: state is created, not unchanged",
        ITEMS,
        "if (!found && !known.isSure) {",
        "if (false) {",
    ),
    _one(
        44,
        "another project is not doubted",
        "importShot: state is created, not unchanged",
        "entries.jsx",
        "                multiplane.items.doubt();\n",
        "",
    ),
    _one(
        45,
        "a point of interest that is hidden",
        "a parent property is hidden",
        CAMERA,
        "return camera.autoOrient === AutoOrientType.CAMERA_OR_POINT_OF_INTEREST;",
        "return true;",
    ),
    _one(
        45,
        "two nodes forced on a camera",
        "the camera has two nodes again",
        CAMERA,
        "            return String(camera.autoOrient);\n",
        '            return "";\n',
    ),
    _one(
        46,
        "the renderer of the comp before",
        "the renderer is ADBE Calder",
        ITEMS,
        "comp.renderer = CLASSIC_3D;",
        "",
    ),
    _one(
        46,
        "Advanced 3D by its display name's look",
        "the renderer is ADBE Calder",
        ITEMS,
        'var CLASSIC_3D = "ADBE Advanced 3d";',
        'var CLASSIC_3D = "ADBE Classic 3d";',
    ),
    _one(
        47,
        "line ends of a marker",
        "importShot: kept is [{",
        "shot/markers.jsx",
        'multiplane.digest(text.replace(/\\r\\n?/g, "\\n"))',
        "multiplane.digest(text)",
    ),
    _one(
        48,
        "an empty folder of solids",
        "the empty folder Solids was left",
        RIG,
        "                solids.remove();\n",
        "",
    ),
    _one(
        49,
        "a file's displayed name",
        "the sound is called sound",
        FILES,
        "return decodeURIComponent(file.name);",
        "return file.displayName;",
    ),
    _one(
        50,
        "a loop over nothing",
        "a failure without details says undefined is not an object",
        "lib/failure.jsx",
        "var said = more || {};",
        "var said = more;",
    ),
)

UNSEEN = {
    "25, the null's duration": "addNull ignores it, and what the script sets afterwards is what "
    "counts: a duration that is passed in vain does no harm that anything could show.",
    "26, when it runs": "the rig is an identity, so compensating for it changes no value; the "
    "static check sees the assignment.",
    "37, the chained ternary": "no engine here reads it from the left; the static check sees it.",
}
"""Mistakes, or halves of them, that no check which runs the script can see, and why."""
