// The facts, by the number of the mistake that each would make harmless or fatal; 0: of no mistake,
// but we rely on it.

multiplane.conformance = (function () {
    var TRANSFORM = "ADBE Transform Group";
    var REPORT = "multiplane-conformance.json";
    var made = /** @type {any[]} */ ([]);
    var findings = /** @type {any[]} */ ([]);

    /** @returns {any} */
    function position(layer) {
        return layer.property(TRANSFORM).property("ADBE Position");
    }

    function near(one, other) {
        return Math.abs(one - other) < 0.001;
    }

    /* One fact: `look` gives {found, holds}; what it throws is a finding too. */
    function fact(number, statement, look) {
        var finding = { mistake: number, fact: statement, holds: false, found: /** @type {any} */ (null) };
        try {
            var seen = look();
            finding.found = seen.found;
            finding.holds = seen.holds;
        } catch (error) {
            finding.found = "error: " + error.message;
        }
        findings.push(finding);
    }

    function comp() {
        var fresh = app.project.items.addComp("Multiplane conformance", 400, 200, 1, 4, 25);
        made.push(fresh);
        return fresh;
    }

    /** @returns {any} */
    function imported(path) {
        var options = new ImportOptions(multiplane.files.at(path));
        options.importAs = ImportAsType.FOOTAGE;
        options.sequence = false;
        var item = app.project.importFile(options);
        made.push(item);
        return item;
    }

    function solidOf(layer) {
        made.push(layer.source);
        return layer;
    }

    function cameras() {
        fact(1, "addCamera's position is [0, 0, -zoom], and it has two nodes", function () {
            var camera = comp().layers.addCamera("c", [200, 100]);
            var at = position(camera).value;
            var lens = /** @type {any} */ (camera.property("ADBE Camera Options Group"));
            var zoom = lens.property("ADBE Camera Zoom").value;
            return {
                found: { position: at, zoom: zoom, auto_orient: camera.autoOrient },
                holds: near(at[0], 0) && near(at[1], 0) && near(at[2], -zoom) && near(zoom, 400 / 0.72) &&
                    camera.autoOrient === AutoOrientType.CAMERA_OR_POINT_OF_INTEREST
            };
        });
    }

    function keys() {
        fact(6, "the depth of a 2D layer's position is not kept", function () {
            var layer = solidOf(comp().layers.addNull());
            position(layer).setValue([10, 20, 30]);
            layer.threeDLayer = true;
            var depth = position(layer).value[2];
            return { found: depth, holds: near(depth, 0) };
        });
        fact(11, "an ease has one part for a 3D position and three for a 3D scale", function () {
            var layer = solidOf(comp().layers.addNull());
            var flat = solidOf(comp().layers.addNull());
            var counts = [];
            layer.threeDLayer = true;
            var asked = [[layer, "ADBE Position"], [layer, "ADBE Scale"], [flat, "ADBE Position"], [flat, "ADBE Scale"]];
            for (var i = 0; i < asked.length; i += 1) {
                var property = asked[i][0].property(TRANSFORM).property(asked[i][1]);
                property.setValueAtTime(0, property.value);
                counts.push(property.keyInTemporalEase(1).length);
            }
            return { found: counts, holds: counts[0] === 1 && counts[1] === 3 };
        });
        fact(19, "an ease makes its key a Bezier, and LINEAR after it takes the ease away", function () {
            var layer = solidOf(comp().layers.addNull());
            var opacity = layer.property(TRANSFORM).property("ADBE Opacity");
            opacity.setValuesAtTimes([0, 1], [0, 100]);
            opacity.setTemporalEaseAtKey(1, [new KeyframeEase(0, 80)]);
            var eased = opacity.keyOutInterpolationType(1);
            opacity.setInterpolationTypeAtKey(1, KeyframeInterpolationType.LINEAR);
            var middle = opacity.valueAtTime(0.25, true);
            return {
                found: { after_ease: eased, linear_at_a_quarter: middle },
                holds: eased === KeyframeInterpolationType.BEZIER && near(middle, 25)
            };
        });
    }

    function times() {
        fact(23, "startTime, inPoint and outPoint, set in this order, place a layer", function () {
            var place = comp();
            place.time = 1;
            var layer = solidOf(place.layers.addNull());
            var inherited = layer.startTime;
            layer.startTime = 0;
            layer.inPoint = 0;
            layer.outPoint = 4;
            return {
                found: { inherited: inherited, placed: [layer.startTime, layer.inPoint, layer.outPoint] },
                holds: near(layer.startTime, 0) && near(layer.inPoint, 0) && near(layer.outPoint, 4)
            };
        });
        fact(24, "setting inPoint moves outPoint", function () {
            var layer = solidOf(comp().layers.addNull());
            layer.outPoint = 2;
            layer.inPoint = 1;
            return { found: layer.outPoint, holds: near(layer.outPoint, 3) };
        });
        fact(25, "addNull ignores its duration and leaves a 100 x 100 solid", function () {
            var layer = solidOf(comp().layers.addNull(1));
            var size = [layer.source.width, layer.source.height];
            return {
                found: { length: layer.outPoint - layer.inPoint, size: size },
                holds: near(layer.outPoint - layer.inPoint, 4) && size[0] === 100 && size[1] === 100
            };
        });
    }

    function parents() {
        fact(26, "parent= rewrites keys, setParentWithJump() keeps them", function () {
            var place = comp();
            var above = solidOf(place.layers.addNull());
            position(above).setValue([50, 60]);
            var firsts = [];
            for (var i = 0; i < 2; i += 1) {
                var child = solidOf(place.layers.addNull());
                position(child).setValuesAtTimes([0, 1], [[10, 20], [30, 40]]);
                if (i === 0) {
                    child["parent"] = above;
                } else {
                    child.setParentWithJump(above);
                }
                firsts.push(position(child).keyValue(1)[0]);
            }
            return { found: firsts, holds: !near(firsts[0], 10) && near(firsts[1], 10) };
        });
    }

    /* A null with the rig's sliders. */
    function rigIn(place) {
        var rig = solidOf(place.layers.addNull());
        var names = ["Move Amount", "Handheld Amount"];
        rig.name = "Rig \"A\"";
        for (var i = 0; i < names.length; i += 1) {
            rig.property("ADBE Effect Parade").addProperty("ADBE Slider Control").name = names[i];
            slider(rig, names[i]).setValue(i === 0 ? 100 : 0);
        }
        return rig;
    }

    /** @returns {any} */
    function slider(rig, name) {
        return rig.property("ADBE Effect Parade").property(name).property("ADBE Slider Control-0001");
    }

    function expressions() {
        fact(38, "a bad expression does not throw, and expressionError tells of it", function () {
            var property = position(solidOf(comp().layers.addNull()));
            property.expression = "nothing.there";
            var said = String(property.expressionError);
            return { found: { error: said, enabled: property.expressionEnabled }, holds: said !== "" };
        });
        fact(0, "the rig's expression: neutral sliders change nothing, half the move is half the way", function () {
            var place = comp();
            var rig = rigIn(place);
            var camera = place.layers.addCamera("c", [200, 100]);
            var shot = {
                manifest: {
                    comp: { width: 400, height: 200 },
                    camera: { zoom: 500 },
                    layers: [{ position: [200, 100, 0] }]
                }
            };
            position(camera).setValuesAtTimes([0, 1], [[200, 100, -500], [260, 100, -440]]);
            position(camera).expression = multiplane.expressions.cameraPosition(rig.name, shot);
            var error = String(position(camera).expressionError);
            var neutral = position(camera).valueAtTime(0.52, false);
            var baked = position(camera).valueAtTime(0.52, true);
            slider(rig, "Move Amount").setValue(50);
            var half = position(camera).valueAtTime(1, false);
            return {
                found: { error: error, neutral: neutral, baked: baked, half: half },
                holds: error === "" && neutral[0] === baked[0] && neutral[2] === baked[2] &&
                    near(half[0], 230) && near(half[2], -470)
            };
        });
    }

    function comments() {
        fact(0, "comments of items and layers keep 4000 characters", function () {
            var place = comp();
            var layer = solidOf(place.layers.addNull());
            var text = new Array(401).join("0123456789");
            place.comment = text;
            layer.comment = text;
            var kept = [place.comment.length, layer.comment.length];
            return { found: kept, holds: kept[0] === 4000 && kept[1] === 4000 };
        });
    }

    function files(folder) {
        fact(31, "File() reads its text as a URI: a percent sign is %25", function () {
            var path = multiplane.files.join(folder, "multiplane 50%25 \u00e4.png");
            multiplane.pictures.small(path);
            var item = imported(path);
            var found = item.file.fsName;
            var holds = item.width === 16 && multiplane.files.at(path).exists && found.indexOf("50%25 ") >= 0;
            item.remove();
            multiplane.files.at(path).remove();
            return { found: found, holds: holds };
        });
        fact(33, "replace() by another size takes the anchor along", function () {
            var small = multiplane.files.join(folder, "multiplane-small.png");
            var wide = multiplane.files.join(folder, "multiplane-wide.png");
            multiplane.pictures.small(small);
            multiplane.pictures.wide(wide);
            var item = imported(small);
            var layer = comp().layers.add(item);
            var anchor = /** @type {any} */ (layer.property(TRANSFORM).property("ADBE Anchor Point"));
            anchor.setValue([4, 4]);
            item.replace(multiplane.files.at(wide));
            var now = anchor.value;
            var holds = item.width === 32 && near(now[0], 8) && near(now[1], 4);
            layer.remove();
            item.remove();
            multiplane.files.at(small).remove();
            multiplane.files.at(wide).remove();
            return { found: now, holds: holds };
        });
    }

    function clean() {
        for (var i = made.length - 1; i >= 0; i -= 1) {
            try {
                made[i].remove();
            } catch (gone) {
                // Removed by its fact already.
            }
        }
    }

    return {
        /** Look at all facts, leave the project as it was, and write the report. In a sentence. */
        run: function () {
            var folder = multiplane.files.pathOf(Folder.desktop);
            multiplane.undoable("Multiplane: conformance", function () {
                try {
                    cameras();
                    keys();
                    times();
                    parents();
                    expressions();
                    comments();
                    files(multiplane.files.pathOf(Folder.temp));
                } finally {
                    clean();
                }
            });
            var path = multiplane.files.join(folder, REPORT);
            multiplane.files.write(path, multiplane.json.stringify({
                schema: "multiplane/conformance/1",
                version: app.version,
                language: app.isoLanguage,
                system: $.os,
                findings: findings
            }));
            var held = 0;
            for (var i = 0; i < findings.length; i += 1) {
                held += findings[i].holds ? 1 : 0;
            }
            return held + " of " + findings.length + " facts hold. The report is here: " + path;
        }
    };
}());
