// Subjects in comps of their own, for puppet pins, roto and paint: the plane stays where it is, and
// shows the comp, whose only layer is the picture.

multiplane.precomps = (function () {
    var LABEL = 15;

    function identity(shot, storyboard, layer) {
        return { precomp_of: shot, layer: layer, storyboard: storyboard };
    }

    /** The footage item of ours that a comp of this kind shows, or null. @param {CompItem} comp */
    function footageIn(comp, wanted) {
        for (var i = 1; i <= comp.numLayers; i += 1) {
            var layer = comp.layer(i);
            if (layer instanceof AVLayer && layer.source && multiplane.footage.isOf(layer.source, wanted)) {
                return layer;
            }
        }
        return null;
    }

    /** @param {CompItem} comp */
    function folderOf(comp) {
        return /** @type {FolderItem} */ (comp.parentFolder);
    }

    /**
     * @param {CompItem} comp
     * @param {AVLayer} layer
     */
    function precompose(comp, layer, tag, storyboard) {
        var source = /** @type {FootageItem} */ (layer.source);
        var inner = multiplane.items.addComp(
            folderOf(comp), layer.name, source.width, source.height, comp.duration, comp.frameRate);
        inner.label = LABEL;
        multiplane.tags.write(inner, identity(tag.shot, storyboard, tag.layer));
        var picture = inner.layers.add(source);
        multiplane.timing.place(picture, 0, 0, comp.duration);
        picture.motionBlur = true;
        layer.replaceSource(inner, false);
        return inner.name;
    }

    return {
        /**
         * {shot, storyboard?, layers?} -> {comp, made: [{layer, comp}], kept: [{layer, what}]}.
         * `layers`: ids; without, all that are no background.
         */
        run: function (given) {
            var storyboard = given.storyboard || "Shots";
            var comp = multiplane.items.knownShot(storyboard, given.shot);
            var report = {
                comp: comp.name,
                made: /** @type {any[]} */ ([]),
                kept: /** @type {any[]} */ ([])
            };
            var ids = given.layers ? "\n" + given.layers.join("\n") + "\n" : null;
            return multiplane.undoable("Multiplane: precomps of " + given.shot, function () {
                return multiplane.layers.unlocked(comp, function () {
                    for (var i = 1; i <= comp.numLayers; i += 1) {
                        var layer = comp.layer(i);
                        var tag = multiplane.tags.read(layer);
                        var isAsked = tag && (ids === null
                            ? tag.kind !== undefined && tag.kind !== "background" && !tag.retired
                            : ids.indexOf("\n" + tag.layer + "\n") >= 0);
                        if (isAsked && layer instanceof AVLayer) {
                            if (multiplane.footage.isOf(layer.source, { shot: tag.shot, layer: tag.layer })) {
                                report.made.push({
                                    layer: tag.layer,
                                    comp: precompose(comp, layer, tag, storyboard)
                                });
                            } else {
                                report.kept.push({ layer: layer.name, what: "its source" });
                            }
                        }
                    }
                    multiplane.items.forget();
                    return report;
                });
            });
        },

        /**
         * The footage of ours that a plane shows, by itself or in its own comp; null when it shows
         * another.
         * @param {AVLayer} layer
         */
        footageOf: function (layer, shot, id) {
            if (multiplane.footage.isOf(layer.source, shot.identity(id))) {
                return layer.source;
            }
            var inner = this.innerOf(layer, shot, id);
            return inner ? inner.source : null;
        },

        /** The picture's layer in a plane's own comp, or null. */
        innerOf: function (layer, shot, id) {
            var source = layer.source;
            if (!(source instanceof CompItem) || !multiplane.tags.has(source, identity(shot.id, shot.storyboard, id))) {
                return null;
            }
            return footageIn(source, shot.identity(id));
        },

        /** A plane's own comp takes the size of its new picture and the length of the shot. */
        fit: function (layer, shot, id) {
            var inner = this.innerOf(layer, shot, id);
            if (!inner) {
                return;
            }
            var comp = layer.source;
            var picture = inner.source;
            if (comp.width !== picture.width || comp.height !== picture.height) {
                comp.width = picture.width;
                comp.height = picture.height;
                var place = multiplane.properties.position(inner);
                var anchor = multiplane.properties.anchor(inner);
                if (place.numKeys === 0 && anchor.numKeys === 0) {
                    anchor.setValue([picture.width / 2, picture.height / 2]);
                    place.setValue([picture.width / 2, picture.height / 2]);
                }
            }
            if (comp.duration < shot.duration) {
                comp.duration = shot.duration;
                inner.outPoint = shot.duration;
            }
        }
    };
}());
