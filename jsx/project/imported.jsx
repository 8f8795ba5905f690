// What of Multiplane the project holds already, and what the designer looks at.

multiplane.imported = (function () {
    /** @param {CompItem} comp */
    function shotOf(comp, tag) {
        return {
            storyboard: tag.storyboard === undefined ? null : tag.storyboard,
            shot: tag.shot,
            comp: comp.name,
            hash: tag.hash === undefined ? null : tag.hash,
            handles: tag.handles === undefined ? null : tag.handles,
            updates: tag.order !== undefined
        };
    }

    function wanted(given, tag) {
        return given.storyboard === undefined || given.storyboard === null || tag.storyboard === given.storyboard;
    }

    return {
        /** {storyboard?} -> {shots, masters}: comps that were imported, without reading any file. */
        list: function (given) {
            var shots = [];
            var masters = [];
            for (var i = 1; i <= app.project.numItems; i += 1) {
                var item = app.project.item(i);
                if (!(item instanceof CompItem)) {
                    continue;
                }
                var tag = multiplane.tags.read(item);
                if (tag && tag.shot !== undefined && tag.layer === undefined && wanted(given, tag)) {
                    shots.push(shotOf(item, tag));
                } else if (tag && tag.sequence !== undefined) {
                    masters.push(tag.sequence);
                }
            }
            return { shots: shots, masters: masters };
        },

        /** {} -> the comp that is selected, or shown where nothing is. Cheap: it is asked often. */
        active: function () {
            var item = app.project.activeItem;
            var tag = item instanceof CompItem ? multiplane.tags.read(item) : null;
            /** @type {{item: number | null, storyboard: string | null, shot: string | null}} */
            var found = { item: item ? item.id : null, storyboard: null, shot: null };
            if (tag && tag.shot !== undefined) {
                found.shot = tag.shot;
                found.storyboard = tag.storyboard === undefined ? null : tag.storyboard;
            } else if (tag && tag.sequence !== undefined) {
                found.storyboard = tag.sequence;
            }
            return found;
        },

        /** {storyboard, shot?} -> {comp}: shown in the viewer. Without a shot the comp of all. */
        open: function (given) {
            var comp = given.shot === undefined || given.shot === null
                ? multiplane.items.master(given.storyboard)
                : multiplane.items.shot(given.storyboard || "Shots", given.shot);
            if (!comp) {
                throw multiplane.failure("after_effects.shot_unknown", "The project does not have this comp.", {
                    field: "shot",
                    value: given.shot || given.storyboard,
                    remedy: "Import it first."
                });
            }
            comp.openInViewer();
            return { comp: comp.name };
        }
    };
}());
