// The project panel: folders, and finding a shot's comp again.

multiplane.items = (function () {
    var ROOT = "Multiplane";
    /* Where shots were found, so that hundreds of imports do not each read the whole project:
       ids by key, and how many items the project had. Every hit is checked again. */
    var known = { count: -1, ids: {}, last: 0 };

    function key(storyboard, shotId) {
        return storyboard + "\n" + shotId;
    }

    function under(item, name) {
        for (var folder = item.parentFolder; folder; folder = folder.parentFolder) {
            if (folder.name === name) {
                return true;
            }
        }
        return false;
    }

    function isShot(item, storyboard, shotId) {
        if (!(item instanceof CompItem) || !multiplane.tags.has(item, { shot: shotId })) {
            return false;
        }
        var tag = multiplane.tags.read(item);
        // A project written without After Effects names the storyboard only in its folders.
        return tag.storyboard === storyboard || (tag.storyboard === undefined && under(item, storyboard));
    }

    function byId(id) {
        try {
            return app.project.itemByID(id);
        } catch (gone) {
            return null;
        }
    }

    function stillThere(id, storyboard, shotId) {
        var item = id ? byId(id) : null;
        return item && isShot(item, storyboard, shotId) ? item : null;
    }

    function fresh() {
        if (known.count !== app.project.numItems) {
            return false;
        }
        return !known.last || byId(known.last) !== null;
    }

    function readAll() {
        known = { count: app.project.numItems, ids: {}, last: 0 };
        for (var i = 1; i <= app.project.numItems; i += 1) {
            var item = app.project.item(i);
            if (item instanceof CompItem) {
                var tag = multiplane.tags.read(item);
                if (tag && tag.shot) {
                    note(tag, item);
                }
            }
        }
    }

    /* Of two comps with one identity (a designer's copy), the older one is ours. */
    function note(tag, item) {
        var name = key(tag.storyboard === undefined ? "" : tag.storyboard, tag.shot);
        if (!known.ids[name] || item.id < known.ids[name]) {
            known.ids[name] = item.id;
        }
        known.last = item.id;
    }

    /** @param {FolderItem} parent */
    function child(parent, name, tag) {
        var named = null;
        for (var i = 1; i <= parent.numItems; i += 1) {
            var item = parent.item(i);
            if (item instanceof FolderItem) {
                if (multiplane.tags.has(item, tag)) {
                    return item;
                }
                named = item.name === name && named === null ? item : named;
            }
        }
        return named;
    }

    return {
        /** The comp of a shot, or null. */
        shot: function (storyboard, shotId) {
            if (!fresh()) {
                readAll();
            }
            var ids = known.ids;
            var found = stillThere(ids[key(storyboard, shotId)], storyboard, shotId) ||
                stillThere(ids[key("", shotId)], storyboard, shotId);
            if (!found && ids[key(storyboard, shotId)]) {
                readAll();
                found = stillThere(known.ids[key(storyboard, shotId)], storyboard, shotId);
            }
            return found;
        },

        /** Say that a shot's comp is this one now; called when all else of the shot is made. */
        remember: function (storyboard, shotId, comp) {
            known.ids[key(storyboard, shotId)] = comp.id;
            known.last = comp.id;
            known.count = app.project.numItems;
        },

        /** The next look reads the whole project. */
        forget: function () {
            known.count = -1;
        },

        /** The comp of the whole storyboard, or null. */
        master: function (title) {
            for (var i = 1; i <= app.project.numItems; i += 1) {
                var item = app.project.item(i);
                if (item instanceof CompItem && multiplane.tags.has(item, { sequence: title })) {
                    return item;
                }
            }
            return null;
        },

        /** A folder in `parent`, by its tag or its name; made when there is none. */
        folder: function (parent, name, tag, made) {
            var kept = multiplane.names.kept(name);
            var found = child(parent, kept, tag);
            if (found) {
                return found;
            }
            found = parent.items.addFolder(kept);
            multiplane.tags.write(found, tag);
            made.push(found);
            return found;
        },

        /** Multiplane/<storyboard> */
        storyboard: function (title, made) {
            var root = this.folder(app.project.rootFolder, ROOT, { folder: "root" }, made);
            return this.folder(root, title, { folder: "storyboard", storyboard: title }, made);
        },

        /** Multiplane/<storyboard>/<shot>/{Layers,Comps} */
        shotFolders: function (title, shotId, made) {
            var board = this.storyboard(title, made);
            var shot = this.folder(board, shotId, { folder: "shot", shot: shotId }, made);
            return {
                layers: this.folder(shot, "Layers", { folder: "layers" }, made),
                comps: this.folder(shot, "Comps", { folder: "comps" }, made)
            };
        },

        /** Take away what was made for a shot that failed; the last first. */
        remove: function (made) {
            for (var i = made.length - 1; i >= 0; i -= 1) {
                try {
                    made[i].remove();
                } catch (gone) {
                    // Removed with its folder.
                }
            }
            this.forget();
        },

        /** Call `visit(item)` for every item of the project that has a tag with these entries. */
        eachTagged: function (wanted, visit) {
            for (var i = 1; i <= app.project.numItems; i += 1) {
                var item = app.project.item(i);
                if (multiplane.tags.has(item, wanted)) {
                    visit(item);
                }
            }
        }
    };
}());
