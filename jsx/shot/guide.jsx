// Pictures to look at and to feed effects with, never rendered: the original picture and the depth
// pass, as 2D guide layers over the planes, switched off and shy.

multiplane.guides = (function () {
    var LABEL = 11;
    /* From the top. `file(manifest)` may be missing in a shot. */
    var ALL_GUIDES = [
        {
            id: "original-picture",
            name: "Original picture",
            file: function (manifest) {
                return manifest.files.picture;
            }
        },
        {
            id: "depth-pass",
            name: "Depth pass",
            file: function (manifest) {
                return manifest.files.depth;
            }
        }
    ];

    /* The background's size, as it is seen at rest. */
    function scaleOf(shot) {
        var back = shot.manifest.layers[0];
        var size = shot.manifest.camera.zoom / (shot.manifest.camera.zoom + back.position[2]);
        return [back.scale[0] * size, back.scale[1] * size, 100];
    }

    var SCALE = multiplane.aspects.values("scale", "its scale", multiplane.properties.scale,
        function (property, wanted) {
            property.setValue(scaleOf(wanted.shot));
        });
    var ASPECTS = [multiplane.aspects.name, multiplane.aspects.shy, multiplane.aspects.span, SCALE];
    ASPECTS[0] = {
        name: "name",
        says: "its name",
        // Guides of versions that did not note it were called so.
        before: ALL_GUIDES[0].name,
        read: multiplane.aspects.name.read,
        write: multiplane.aspects.name.write
    };

    function write(layer, shot, guide, state, kept) {
        var wanted = { shot: shot, name: multiplane.wording.named(shot, guide.name) };
        multiplane.tags.write(layer, shot.tag(guide.id, multiplane.userEdits.write(layer, ASPECTS, wanted, state, kept)));
    }

    /* The guide's file, or null where the shot has none. */
    function fileOf(shot, guide) {
        var file = guide.file(shot.manifest);
        return file && multiplane.files.at(shot.path(file)).exists ? file : null;
    }

    /** @param {CompItem} comp */
    function add(comp, shot, guide, file, folder, made) {
        var layer = comp.layers.add(multiplane.footage.bring(
            shot.path(file), file, folder, guide.name, shot.identity(guide.id), made));
        layer.label = LABEL;
        layer.guideLayer = true;
        layer.enabled = false;
        write(layer, shot, guide, multiplane.userEdits.FRESH, []);
        return layer;
    }

    function update(layer, shot, guide, file, kept) {
        var state = multiplane.userEdits.state(layer, ASPECTS);
        if (multiplane.footage.isOf(layer.source, shot.identity(guide.id))) {
            multiplane.footage.refresh(layer.source, shot.path(file), file);
        } else {
            kept.push({ layer: layer.name, what: "its source" });
        }
        write(layer, shot, guide, state, kept);
    }

    return {
        /** Ids of the guides of a shot. */
        ids: function (shot) {
            var ids = [];
            for (var i = 0; i < ALL_GUIDES.length; i += 1) {
                if (fileOf(shot, ALL_GUIDES[i]) !== null) {
                    ids.push(ALL_GUIDES[i].id);
                }
            }
            return ids;
        },

        /** Put the guides on top of a new comp. */
        add: function (comp, shot, folder, made) {
            for (var i = ALL_GUIDES.length - 1; i >= 0; i -= 1) {
                var file = fileOf(shot, ALL_GUIDES[i]);
                if (file !== null) {
                    add(comp, shot, ALL_GUIDES[i], file, folder, made);
                }
            }
        },

        /**
         * Bring the guides up to date. `before`: ids that the comp was given earlier; one of them
         * that is gone was deleted, and stays so. Guides that are new go over the nearest plane.
         */
        update: function (comp, shot, before, folder, made, kept) {
            var known = "\n" + before.join("\n") + "\n";
            for (var i = ALL_GUIDES.length - 1; i >= 0; i -= 1) {
                var guide = ALL_GUIDES[i];
                var layer = multiplane.layers.byId(comp, guide.id);
                var file = fileOf(shot, guide);
                if (layer && file !== null) {
                    update(layer, shot, guide, file, kept);
                } else if (file !== null && known.indexOf("\n" + guide.id + "\n") < 0) {
                    var nearest = multiplane.layers.byId(comp, shot.manifest.layers[shot.manifest.layers.length - 1].id);
                    var added = add(comp, shot, guide, file, folder, made);
                    if (nearest) {
                        added.moveBefore(nearest);
                    }
                }
            }
        }
    };
}());
