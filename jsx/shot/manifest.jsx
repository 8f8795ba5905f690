// A shot as its manifest has it, checked for what a comp needs before anything is made.

multiplane.shots = (function () {
    var SCHEMA = "multiplane/manifest/1";
    var KEYED = { position: 3, point_of_interest: 3, zoom: 1, roll: 1, focus_distance: 1, aperture: 1 };
    var SMALLEST = 4;
    var LARGEST = 30000;

    function wrong(field, value, message) {
        return multiplane.failure("after_effects.manifest", message, {
            field: field,
            value: value,
            remedy: "Make the shot again with this version of Multiplane."
        });
    }

    function numbers(value, count, field) {
        if (!multiplane.json.isList(value) || value.length !== count) {
            throw wrong(field, value, "The manifest has no list of " + count + " numbers here.");
        }
        for (var i = 0; i < count; i += 1) {
            if (typeof value[i] !== "number") {
                throw wrong(field, value, "The manifest has something else than a number here.");
            }
        }
    }

    function size(value, field) {
        if (typeof value !== "number" || value < SMALLEST || value > LARGEST || value !== Math.floor(value)) {
            throw wrong(field, value, "Comps are 4 to 30000 px wide and high.");
        }
    }

    function file(path, field) {
        if (!multiplane.files.isInside(path)) {
            throw wrong(field, path, "A file is named by its path in the shot's folder.");
        }
    }

    function checkComp(comp) {
        if (!comp) {
            throw wrong("comp", comp, "The manifest has no comp.");
        }
        size(comp.width, "comp.width");
        size(comp.height, "comp.height");
        if (!(comp.duration_frames >= 1)) {
            throw wrong("comp.duration_frames", comp.duration_frames, "A shot has one frame at least.");
        }
    }

    function checkLayers(layers) {
        var seen = {};
        if (!multiplane.json.isList(layers) || layers.length === 0) {
            throw wrong("layers", layers, "The manifest has no layers.");
        }
        for (var i = 0; i < layers.length; i += 1) {
            var field = "layers[" + i + "]";
            if (typeof layers[i].id !== "string" || seen["_" + layers[i].id]) {
                throw wrong(field + ".id", layers[i].id, "A layer has an id of its own.");
            }
            file(layers[i].file, field + ".file");
            seen["_" + layers[i].id] = true;
            numbers(layers[i].position, 3, field + ".position");
            numbers(layers[i].anchor, 2, field + ".anchor");
            numbers(layers[i].scale, 2, field + ".scale");
        }
    }

    function checkCamera(camera) {
        if (!camera || !(camera.zoom >= 1)) {
            throw wrong("camera.zoom", camera && camera.zoom, "A camera's zoom is 1 px at least.");
        }
        for (var name in KEYED) {
            var keys = (camera.keyframes || {})[name];
            if (!keys && (name === "position" || name === "point_of_interest")) {
                throw wrong("camera.keyframes." + name, null, "The camera's move is not complete.");
            }
            for (var i = 0; keys && i < keys.length; i += 1) {
                numbers(keys[i].value, KEYED[name], "camera.keyframes." + name + "[" + i + "].value");
            }
        }
    }

    function check(manifest) {
        if (!manifest || manifest.schema !== SCHEMA) {
            throw wrong("schema", manifest && manifest.schema, "This is no manifest that this version reads.");
        }
        if (typeof manifest.shot_id !== "string" || manifest.shot_id === "") {
            throw wrong("shot_id", manifest.shot_id, "The manifest does not say which shot it is.");
        }
        checkComp(manifest.comp);
        checkLayers(manifest.layers);
        checkCamera(manifest.camera);
        file(manifest.files && manifest.files.picture, "files.picture");
    }

    function checkFiles(shot) {
        multiplane.files.existing(shot.path(shot.manifest.files.picture), "The shot's picture");
        for (var i = 0; i < shot.manifest.layers.length; i += 1) {
            multiplane.files.existing(shot.path(shot.manifest.layers[i].file), "A layer's picture");
        }
    }

    function expressionsOf(given) {
        if (given.expressions === undefined || given.expressions === null) {
            return undefined;
        }
        if (multiplane.rig.slidersOf(given.expressions) === null) {
            throw multiplane.failure("after_effects.argument", "This is no choice of expressions.", {
                field: "expressions",
                value: given.expressions,
                remedy: "Give all, camera or none."
            });
        }
        return given.expressions;
    }

    return {
        /**
         * {folder, manifest?, storyboard?, handles?, expressions?, motion_blur?} -> the shot. Without `manifest` it is read from
         * the folder. `handles`: frames before and after the shot, which the camera rests in.
         */
        open: function (given) {
            if (typeof given.folder !== "string" || given.folder === "") {
                throw multiplane.failure("after_effects.argument", "The shot's folder is not said.", {
                    field: "folder",
                    remedy: "Give the folder that the shot's manifest.json lies in."
                });
            }
            var manifest = given.manifest ||
                multiplane.files.readJson(multiplane.files.join(given.folder, "manifest.json"), "The shot's manifest");
            check(manifest);
            var rate = multiplane.timing.rate(manifest.comp.fps);
            var handles = given.handles > 0 ? Math.round(given.handles) : 0;
            var frames = manifest.comp.duration_frames;
            var shot = {
                id: manifest.shot_id,
                manifest: manifest,
                storyboard: given.storyboard || "Shots",
                handles: handles,
                /** Which expressions are asked for; undefined: as the comp has them, all in a new one. */
                asked: expressionsOf(given),
                /** Whether the comp's own motion blur is on; undefined: as it is, off in a new one. */
                motionBlur: typeof given.motion_blur === "boolean" ? given.motion_blur : undefined,
                rate: rate,
                duration: multiplane.timing.seconds(frames + 2 * handles, rate),
                hash: manifest.content_hash || multiplane.digest(multiplane.json.stringify(manifest)),
                path: function (relative) {
                    return multiplane.files.join(given.folder, relative);
                },
                /** When a frame of the manifest is, s. */
                time: function (frame) {
                    return multiplane.timing.seconds(frame + handles, rate);
                },
                identity: function (layer) {
                    return { shot: manifest.shot_id, layer: layer, storyboard: given.storyboard || "Shots" };
                }
            };
            /** A layer's tag: who it is, and of which state of the shot. */
            shot.tag = function (layer, made) {
                var tag = shot.identity(layer);
                tag.hash = shot.hash;
                tag.made = made;
                return tag;
            };
            checkFiles(shot);
            return shot;
        }
    };
}());
