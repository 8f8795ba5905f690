// The facts, by the number of the mistake that each would make harmless or fatal; 0: of no mistake,
// but we rely on it. The numbers are those of tests/jsx/mutations/table.py.

multiplane.conformance = (function () {
    var TRANSFORM = "ADBE Transform Group";
    var REPORT = "multiplane-conformance.json";
    var made = /** @type {any[]} */ ([]);
    var findings = /** @type {any[]} */ ([]);
    var solids = /** @type {any} */ (null); // the folder that the program puts solids into

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
        solids = layer.source.parentFolder;
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

    function oneNode() {
        fact(45, "a camera of one node has no point of interest to write, and says so by throwing", function () {
            var camera = comp().layers.addCamera("c", [200, 100]);
            var point = /** @type {any} */ (camera.property(TRANSFORM).property("ADBE Anchor Point"));
            camera.autoOrient = AutoOrientType.NO_AUTO_ORIENT;
            var said = "nothing";
            try {
                point.setValue([1, 2, 3]);
            } catch (refused) {
                said = refused.message;
            }
            camera.autoOrient = AutoOrientType.CAMERA_OR_POINT_OF_INTEREST;
            point.setValue([1, 2, 3]);
            return { found: { one_node: said, two_nodes: point.value }, holds: said !== "nothing" && near(point.value[0], 1) };
        });
    }

    function renderers() {
        fact(46, "a comp can have Classic 3D, whose script name is ADBE Advanced 3d", function () {
            var place = comp();
            var first = place.renderer;
            var offered = place.renderers.join(" ");
            place.renderer = "ADBE Advanced 3d";
            return {
                found: { of_a_new_comp: first, offered: offered, then: place.renderer },
                holds: place.renderer === "ADBE Advanced 3d"
            };
        });
    }

    function markers() {
        fact(47, "a marker keeps two lines, whatever line end they come back with", function () {
            var property = comp().markerProperty;
            property.setValueAtTime(1, new MarkerValue("one\ntwo"));
            var text = property.keyValue(1).comment;
            var codes = [];
            for (var i = 3; i < text.length - 3; i += 1) {
                codes.push(text.charCodeAt(i));
            }
            return { found: { between: codes }, holds: text.replace(/\r\n?/g, "\n") === "one\ntwo" };
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

    function solidsFolder() {
        fact(48, "a null's solid is one item more, and at most one folder for it", function () {
            var place = comp();
            var before = app.project.numItems;
            var layer = solidOf(place.layers.addNull());
            var more = app.project.numItems - before;
            return {
                found: { items: more, folder: layer.source.parentFolder.name },
                holds: more === 1 || (more === 2 && layer.source.parentFolder.numItems === 1)
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

    function turns() {
        fact(0, "a null that is turned about Y by 90 degrees brings its right side 100 px nearer", function () {
            var place = comp();
            var rig = solidOf(place.layers.addNull());
            var probe = solidOf(place.layers.addNull());
            rig.name = "Rig";
            rig.threeDLayer = true;
            probe.threeDLayer = true;
            rig.property(TRANSFORM).property("ADBE Anchor Point").setValue([50, 50, 0]);
            position(rig).setValue([200, 100, 30]);
            rig.property(TRANSFORM).property("ADBE Rotate Y").setValue(90);
            position(probe).expression = "thisComp.layer(\"Rig\").toWorld([150, 50, 0])";
            var at = position(probe).valueAtTime(0, false);
            return { found: at, holds: near(at[0], 200) && near(at[1], 100) && near(at[2], -70) };
        });
    }

    function regions() {
        fact(0, "a marker keeps its colour and that it protects its time", function () {
            var property = comp().markerProperty;
            var value = new MarkerValue("speech");
            value.duration = 2;
            value.label = 14;
            value.protectedRegion = true;
            property.setValueAtTime(1, value);
            var kept = property.keyValue(1);
            return {
                found: { label: kept.label, protects: kept.protectedRegion, duration: kept.duration },
                holds: kept.label === 14 && kept.protectedRegion === true && near(kept.duration, 2)
            };
        });
    }

    function sources() {
        fact(0, "a layer that shows a comp of the same size instead keeps its name, anchor and position", function () {
            var layer = solidOf(comp().layers.addNull());
            var inner = app.project.items.addComp("Multiplane conformance, inner", 100, 100, 1, 4, 25);
            made.push(inner);
            layer.name = "Mine";
            layer.property(TRANSFORM).property("ADBE Anchor Point").setValue([10, 20]);
            position(layer).setValue([33, 44]);
            layer.replaceSource(inner, false);
            var anchor = layer.property(TRANSFORM).property("ADBE Anchor Point").value;
            var at = position(layer).value;
            return {
                found: { name: layer.name, anchor: anchor, position: at },
                holds: layer.name === "Mine" && near(anchor[0], 10) && near(anchor[1], 20) && near(at[0], 33)
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

    function scripts(folder) {
        fact(49, "File.name has the extension, whatever the system shows", function () {
            var file = multiplane.files.at(multiplane.files.join(folder, "multiplane 50% \u00e4.txt"));
            var name = multiplane.files.nameOf(file);
            return { found: { name: name, shown: file.displayName }, holds: name === "multiplane 50% \u00e4.txt" };
        });
        fact(0, "$.evalFile reads a script with those that it includes, from its own folder", function () {
            var inner = multiplane.files.join(folder, "multiplane-inner.jsx");
            var outer = multiplane.files.join(folder, "multiplane-outer.jsx");
            multiplane.files.write(inner, "multiplane.included = 41;\n");
            multiplane.files.write(outer, "//@include \"multiplane-inner.jsx\"\nmultiplane.included + 1;\n");
            var answer = $.evalFile(multiplane.files.at(outer));
            multiplane.files.at(inner).remove();
            multiplane.files.at(outer).remove();
            return { found: answer, holds: answer === 42 };
        });
    }

    function clean(count) {
        for (var i = made.length - 1; i >= 0; i -= 1) {
            try {
                made[i].remove();
            } catch (gone) {
                // Removed by its fact already.
            }
        }
        if (solids && app.project.numItems === count + 1 && solids.numItems === 0) {
            solids.remove(); // it was made for ours
        }
    }

    return {
        /** Look at all facts, leave the project as it was, and write the report. In a sentence. */
        run: function () {
            var folder = multiplane.files.pathOf(Folder.desktop);
            var count = app.project.numItems;
            multiplane.undoable("Multiplane: conformance", function () {
                try {
                    // First: in a project that has no folder for solids yet.
                    solidsFolder();
                    cameras();
                    oneNode();
                    renderers();
                    markers();
                    keys();
                    times();
                    parents();
                    expressions();
                    turns();
                    regions();
                    sources();
                    comments();
                    files(multiplane.files.pathOf(Folder.temp));
                    scripts(multiplane.files.pathOf(Folder.temp));
                } finally {
                    clean(count);
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
