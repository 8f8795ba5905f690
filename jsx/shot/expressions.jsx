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

    /* A hand's slow sway where the shot has none of its own: three waves that do not repeat together. */
    function gentle(size, phase) {
        var waves = [[0.31, 0.51], [0.83, 0.31], [1.57, 0.18]];
        var found = [];
        for (var i = 0; i < waves.length; i += 1) {
            found.push([waves[i][1] * size, waves[i][0], phase * (i + 1)]);
        }
        return found;
    }

    /* The waves of the shot's hand, [amplitude, Hz, phase] each, by channel. */
    function wavesOf(shot) {
        var width = shot.manifest.comp.width;
        if (shot.move.sway) {
            return shot.move.sway.waves;
        }
        return {
            x: gentle(width * TREMBLE, 0.3),
            y: gentle(width * TREMBLE, 1.9),
            z: [],
            look_x: gentle(width * TREMBLE / 2, 0.9),
            look_y: gentle(width * TREMBLE / 2, 2.6),
            roll: gentle(TILT, 4.1)
        };
    }

    /* Lines that give the sums of these channels' waves as the list `sway`. */
    function swayed(rig, shot, channels) {
        var all = wavesOf(shot);
        var sums = [];
        var zeros = [];
        for (var c = 0; c < channels.length; c += 1) {
            var waves = all[channels[c]] || [];
            var parts = [];
            for (var i = 0; i < waves.length; i += 1) {
                parts.push(list([waves[i][0], 2 * Math.PI * waves[i][1], waves[i][2]]));
            }
            sums.push("[" + parts.join(", ") + "]");
            zeros.push("0");
        }
        // A shot that is held by a hand rests at Move Amount 0, too.
        var whole = shot.move.sway ? " * " + slider(rig, "Move Amount") + " / 100" : "";
        return [
            "var hand = " + slider(rig, "Handheld Amount") + " / 100" + whole + ";",
            "var t = " + (shot.move.sway ? slider(rig, "Handheld Time") : "time") + ";",
            "var waves = [" + sums.join(", ") + "];",
            "var sway = [" + zeros.join(", ") + "];",
            "for (var i = 0; i < waves.length; i += 1) {",
            "    for (var k = 0; k < waves[i].length; k += 1) {",
            "        sway[i] += hand * waves[i][k][0] * Math.sin(waves[i][k][1] * t + waves[i][k][2]);",
            "    }",
            "}"
        ];
    }

    /* Lines that give x, y and z of a point of the camera. */
    function point(rig, rest) {
        return [
            "var move = " + slider(rig, "Move Amount") + " / 100;",
            "var rest = " + list(rest) + ";",
            "var x = rest[0] + (value[0] - rest[0]) * move;",
            "var y = rest[1] + (value[1] - rest[1]) * move;",
            "var z = rest[2] + (value[2] - rest[2]) * move;"
        ];
    }

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

    /* The depth beyond which a dialled camera would be too near to the nearest plane, px. */
    function wall(shot) {
        return depths(shot).near - NEAREST * shot.manifest.camera.zoom;
    }

    function parallax(rig) {
        return "var parallax = Math.max(0, " + slider(rig, "Parallax") + ") / 100;";
    }

    return {
        cameraPosition: function (rig, shot) {
            var comp = shot.manifest.comp;
            var rest = [comp.width / 2, comp.height / 2, -shot.manifest.camera.zoom];
            return ["// Multiplane: Move Amount scales the way from rest."].concat(point(rig, rest), [
                "// However far it is dialled, the camera stays before the nearest plane.",
                "z = Math.min(z, Math.max(value[2], " + number(wall(shot)) + "));",
                "move === 1 ? value : [x, y, z]"
            ]).join("\n");
        },

        /** A hand turns the camera a little more than it moves it. */
        pointOfInterest: function (rig, shot) {
            var comp = shot.manifest.comp;
            // A move of the rig's looks at what it turns about, at rest too.
            var middle = [comp.width / 2, comp.height / 2, shot.move.isOnRig ? shot.move.pivot[2] : 0];
            return ["// Multiplane: Move Amount scales the way from rest, Handheld Amount adds a hand's tremble."].concat(
                point(rig, middle),
                swayed(rig, shot, ["look_x", "look_y"]),
                ["move === 1 && hand === 0 ? value : [x + sway[0], y + sway[1], z]"]).join("\n");
        },

        roll: function (rig, shot) {
            return [
                "// Multiplane: Move Amount scales the roll, Handheld Amount adds a hand's tilt.",
                "var move = " + slider(rig, "Move Amount") + " / 100;"
            ].concat(
                swayed(rig, shot, ["roll"]),
                ["move === 1 && hand === 0 ? value : value * move + sway[0]"]).join("\n");
        },

        /** The hand that holds the camera moves the rig. */
        rigPosition: function (rig, shot) {
            var room = wall(shot) + shot.manifest.camera.zoom;
            return ["// Multiplane: Handheld Amount adds a hand's sway."].concat(
                swayed(rig, shot, ["x", "y", "z"]),
                [
                    "// However far it is dialled, the camera stays before the nearest plane.",
                    "var z = value[2] + Math.min(sway[2], " + number(room) + ");",
                    "hand === 0 ? value : [value[0] + sway[0], value[1] + sway[1], z]"
                ]).join("\n");
        },

        /** How far the rig turns; "" in a shot in which it does not. */
        rigTurn: function (rig, shot) {
            if (!shot.move.isOnRig || shot.move.sway) {
                return "";
            }
            var pivot = shot.move.pivot[2];
            var share = (pivot - wall(shot)) / (pivot + shot.manifest.camera.zoom);
            var most = Math.acos(Math.max(-1, Math.min(1, share))) * 180 / Math.PI;
            return [
                "// Multiplane: Move Amount scales the turn about the subject.",
                "var move = " + slider(rig, "Move Amount") + " / 100;",
                "// However far it is dialled, the camera stays before the nearest plane.",
                "var most = Math.max(" + number(most) + ", Math.abs(value));",
                "move === 1 ? value : Math.max(-most, Math.min(most, value * move))"
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
