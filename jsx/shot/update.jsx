// A shot that the project has: only what changed in it is written, and never over a designer's work.

multiplane.updater = (function () {
    /**
     * Size, rate and length, unless a designer changed them: then their earlier state is returned.
     * @param {CompItem} comp
     */
    function setUpComp(comp, shot, kept) {
        var tag = multiplane.tags.read(comp);
        var size = shot.manifest.comp;
        var now = [comp.width, comp.height, multiplane.timing.rate(comp.frameRate), comp.duration.toFixed(4)].join(" ");
        if (tag.comp !== undefined && tag.comp !== now) {
            kept.push({ layer: comp.name, what: "the comp's size, rate or length" });
            return tag.comp;
        }
        if (now !== multiplane.compState(size.width, size.height, shot)) {
            comp.width = size.width;
            comp.height = size.height;
            comp.frameRate = shot.rate;
            comp.duration = shot.duration;
        }
        return undefined;
    }

    /* Refreshes the picture of a plane. A source that a designer put there stays. */
    function updatePlane(layer, shot, entry, folders, made, report) {
        multiplane.planes.recall(layer);
        var state = multiplane.planes.state(layer);
        var path = shot.path(entry.file);
        var footage = multiplane.precomps.footageOf(layer, shot, entry.id);
        if (footage) {
            if (multiplane.footage.refresh(footage, path, entry.file)) {
                report.replaced.push(entry.id);
            }
            multiplane.precomps.fit(layer, shot, entry.id);
        } else {
            report.kept.push({ layer: layer.name, what: "its source" });
        }
        multiplane.planes.update(layer, shot, entry, state, report.kept);
    }

    function addPlane(comp, shot, entry, folders, made, report) {
        var item = multiplane.footage.bring(
            shot.path(entry.file), entry.file, folders.layers, entry.name, shot.identity(entry.id), made);
        var layer = multiplane.planes.add(comp, item, shot, entry);
        report.added.push(entry.id);
        return layer;
    }

    function orderOf(comp, ids) {
        var order = [];
        for (var i = comp.numLayers; i >= 1; i -= 1) {
            var tag = multiplane.tags.read(comp.layer(i));
            if (tag && ids["_" + tag.layer]) {
                order.push(tag.layer);
            }
        }
        return order;
    }

    function setOf(list) {
        var found = {};
        for (var i = 0; i < list.length; i += 1) {
            found["_" + list[i]] = true;
        }
        return found;
    }

    function known(list, among) {
        var found = [];
        for (var i = 0; i < list.length; i += 1) {
            if (among["_" + list[i]]) {
                found.push(list[i]);
            }
        }
        return found.join("\n");
    }

    /* Each plane directly over the one behind it; layers of a designer's between them stay there
       unless the order of ours changed. */
    function stack(comp, shot, isTheirs, added) {
        var below = null;
        var fresh = setOf(added);
        for (var i = 0; i < shot.manifest.layers.length; i += 1) {
            var id = shot.manifest.layers[i].id;
            var layer = multiplane.layers.byId(comp, id);
            if (layer && (!isTheirs || fresh["_" + id])) {
                if (below && layer.index > below.index) {
                    layer.moveBefore(below);
                } else if (below && fresh["_" + id]) {
                    layer.moveBefore(below);
                } else if (!below && fresh["_" + id]) {
                    layer.moveToEnd();
                }
            }
            below = layer || below;
        }
    }

    function retireOthers(comp, shot, report) {
        var wanted = setOf([multiplane.camera.LAYER, multiplane.rig.LAYER].concat(multiplane.guides.ids(shot)));
        for (var e = 0; e < shot.manifest.layers.length; e += 1) {
            wanted["_" + shot.manifest.layers[e].id] = true;
        }
        for (var i = 1; i <= comp.numLayers; i += 1) {
            var tag = multiplane.tags.read(comp.layer(i));
            if (tag && tag.layer && !wanted["_" + tag.layer] && multiplane.planes.retire(comp.layer(i))) {
                report.retired.push(tag.layer);
            }
        }
    }

    return {
        /** Bring the comp up to date; `report` is filled with what was done and what was kept. */
        run: function (comp, shot, report) {
            var made = [];
            var entries = shot.manifest.layers;
            var folders = multiplane.items.shotFolders(shot.storyboard, shot.id, made);
            var tag = multiplane.tags.read(comp);
            var before = tag.order || [];
            shot.move = multiplane.move.within(comp, shot);
            if ((tag.expressions || "all") !== shot.expressions) {
                multiplane.rig.equip(comp, shot);
            }
            var words = multiplane.compWords.state(comp);
            var present = setOf(before);
            var now = orderOf(comp, present);
            var isTheirs = known(before, setOf(now)) !== now.join("\n");
            var theirState = setUpComp(comp, shot, report.kept);
            for (var i = 0; i < entries.length; i += 1) {
                var layer = multiplane.layers.byId(comp, entries[i].id);
                if (layer) {
                    updatePlane(layer, shot, entries[i], folders, made, report);
                } else if (present["_" + entries[i].id]) {
                    report.kept.push({ layer: entries[i].name, what: "that it was deleted" });
                } else {
                    addPlane(comp, shot, entries[i], folders, made, report);
                }
            }
            retireOthers(comp, shot, report);
            if (isTheirs) {
                report.kept.push({ layer: comp.name, what: "the order of its layers" });
            }
            stack(comp, shot, isTheirs, report.added);
            multiplane.rig.update(comp, shot, report.kept);
            // Comps of versions that did not note their guides had this one.
            multiplane.guides.update(comp, shot, tag.guides || ["original-picture"], folders.layers, made, report.kept);
            if (!multiplane.camera.update(comp, shot, report.kept)) {
                report.kept.push({ layer: comp.name, what: "that its camera was deleted" });
            }
            multiplane.markers.write(comp, shot.manifest.markers || [], shot.time, shot.rate, report.kept);
            if (shot.motionBlur !== undefined) {
                comp.motionBlur = shot.motionBlur;
            }
            multiplane.markShot(comp, shot, theirState, multiplane.compWords.write(comp, shot, words, report.kept));
        }
    };
}());
