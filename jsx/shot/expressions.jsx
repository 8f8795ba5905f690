// The rig's expressions. With neutral sliders each gives `value` itself, so the baked move is exact.
// They are written for both expression engines: no arrow functions, no sums of lists.

multiplane.expressions = (function () {
    var TREMBLE = 0.004; // of the comp's width, at Handheld Amount 100
    var TILT = 0.25; // degrees, likewise
    var NEAREST = 0.05; // of the resting zoom, how near a dialled camera comes to the nearest plane

    function number(value) {
        return String(Math.round(value * 1e6) / 1e6);
    }

    function list(values) {
        var parts = [];
        for (var i = 0; i < values.length; i += 1) {
            parts.push(number(values[i]));
        }
        return "[" + parts.join(", ") + "]";
    }

    function quoted(name) {
        return "\"" + name.split("\\").join("\\\\").split("\"").join("\\\"") + "\"";
    }

    function slider(rig, name) {
        // The parameter by number: its name is another one in every language.
        return "thisComp.layer(" + quoted(rig) + ").effect(" + quoted(name) + ")(1).value";
    }

    /* A hand's slow sway: three waves that do not repeat together, between -1 and 1. */
    function wave(phase) {
        var waves = [[0.31, 0.51], [0.83, 0.31], [1.57, 0.18]];
        var parts = [];
        for (var i = 0; i < waves.length; i += 1) {
            var turn = number(2 * Math.PI * waves[i][0]);
            parts.push(number(waves[i][1]) + " * Math.sin(" + turn + " * time + " + number(phase * (i + 1)) + ")");
        }
        return "(" + parts.join(" + ") + ")";
    }

    /* Lines that give x, y and z of a point of the camera. */
    function point(rig, rest, phases, size) {
        return [
            "// Multiplane: Move Amount scales the way from rest, Handheld Amount adds a hand's sway.",
            "var move = " + slider(rig, "Move Amount") + " / 100;",
            "var hand = " + slider(rig, "Handheld Amount") + " / 100 * " + number(size) + ";",
            "var rest = " + list(rest) + ";",
            "var x = rest[0] + (value[0] - rest[0]) * move + hand * " + wave(phases[0]) + ";",
            "var y = rest[1] + (value[1] - rest[1]) * move + hand * " + wave(phases[1]) + ";",
            "var z = rest[2] + (value[2] - rest[2]) * move;"
        ];
    }

    var POINT = "move === 1 && hand === 0 ? value : [x, y, z]";

    /* The depths of the nearest and the farthest plane, px. */
    function depths(shot) {
        var layers = shot.manifest.layers;
        var near = layers[0].position[2];
        var far = near;
        for (var i = 1; i < layers.length; i += 1) {
            near = Math.min(near, layers[i].position[2]);
            far = Math.max(far, layers[i].position[2]);
        }
        return { near: near, far: far };
    }

    function parallax(rig) {
        return "var parallax = Math.max(0, " + slider(rig, "Parallax") + ") / 100;";
    }

    return {
        cameraPosition: function (rig, shot) {
            var comp = shot.manifest.comp;
            var zoom = shot.manifest.camera.zoom;
            var wall = depths(shot).near - NEAREST * zoom;
            return point(rig, [comp.width / 2, comp.height / 2, -zoom], [0.3, 1.9], comp.width * TREMBLE).concat([
                "// However far it is dialled, the camera stays before the nearest plane.",
                "z = Math.min(z, Math.max(value[2], " + number(wall) + "));",
                POINT
            ]).join("\n");
        },

        pointOfInterest: function (rig, shot) {
            var comp = shot.manifest.comp;
            var middle = [comp.width / 2, comp.height / 2, 0];
            return point(rig, middle, [0.9, 2.6], comp.width * TREMBLE * 1.5).concat([POINT]).join("\n");
        },

        roll: function (rig) {
            return [
                "// Multiplane: Move Amount scales the roll, Handheld Amount adds a hand's tilt.",
                "var move = " + slider(rig, "Move Amount") + " / 100;",
                "var hand = " + slider(rig, "Handheld Amount") + " / 100 * " + number(TILT) + ";",
                "var angle = value * move + hand * " + wave(4.1) + ";",
                "move === 1 && hand === 0 ? value : angle"
            ].join("\n");
        },

        zoom: function (rig, shot) {
            return [
                "// Multiplane: Move Amount scales the way from the resting zoom.",
                "var move = " + slider(rig, "Move Amount") + " / 100;",
                "var rest = " + number(shot.manifest.camera.zoom) + ";",
                "move === 1 ? value : Math.max(1, rest + (value - rest) * move)"
            ].join("\n");
        },

        /** 100 on the slider is the way from the nearest plane to the farthest. */
        focusDistance: function (rig, shot) {
            var depth = depths(shot);
            return [
                "// Multiplane: Focus moves the plane in focus, 100 from the nearest to the farthest.",
                "var focus = " + slider(rig, "Focus") + " / 100;",
                "focus === 0 ? value : Math.max(1, value + focus * " + number(depth.far - depth.near) + ")"
            ].join("\n");
        },

        /** Parallax spreads the planes in depth, and at rest each stays where it is seen. */
        planePosition: function (rig, shot) {
            var comp = shot.manifest.comp;
            return [
                "// Multiplane: Parallax spreads the planes in depth; at rest nothing moves.",
                parallax(rig),
                "var rest = " + number(shot.manifest.camera.zoom) + ";",
                "var centre = " + list([comp.width / 2, comp.height / 2]) + ";",
                "var k = (rest + value[2] * parallax) / (rest + value[2]);",
                "var x = centre[0] + (value[0] - centre[0]) * k;",
                "var y = centre[1] + (value[1] - centre[1]) * k;",
                "parallax === 1 ? value : [x, y, value[2] * parallax]"
            ].join("\n");
        },

        planeScale: function (rig, shot, entry) {
            return [
                "// Multiplane: keeps the plane's size at rest while Parallax moves it.",
                parallax(rig),
                "var rest = " + number(shot.manifest.camera.zoom) + ";",
                // The position is read after its own expression; at 0 nothing of its depth is left.
                "var baked = " + number(entry.position[2]) + ";",
                "var z = parallax > 0 ? transform.position[2] / parallax : baked;",
                "var k = (rest + z * parallax) / (rest + z);",
                "parallax === 1 ? value : [value[0] * k, value[1] * k, value[2]]"
            ].join("\n");
        }
    };
}());
