// The project panel: folders, and finding a shot's comp again.

multiplane.items = (function () {
    var ROOT = "Multiplane";
    var CLASSIC_3D = "ADBE Advanced 3d"; // Advanced 3D itself is called "ADBE Calder"
    /* Where shots were found, so that hundreds of imports do not each read the whole project: ids
       by key, and which project that was, with how many items. Every hit is checked again. The
       script outlives the project: `isSure` only while one call from outside lasts, in which
       nobody else changes it. */
    var known = { file: "", count: -1, ids: {}, last: 0, isSure: false };

    function projectFile() {
        return app.project.file ? String(app.project.file.fsName) : "";
    }

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

    function remembered(storyboard, shotId) {
        return stillThere(known.ids[key(storyboard, shotId)], storyboard, shotId) ||
            stillThere(known.ids[key("", shotId)], storyboard, shotId);
    }

    function fresh() {
        if (known.count !== app.project.numItems || known.file !== projectFile()) {
            return false;
        }
        return !known.last || byId(known.last) !== null;
    }

    function readAll() {
        known = { file: projectFile(), count: app.project.numItems, ids: {}, last: 0, isSure: true };
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
        /** The comp of a shot, or null: that is said only of a project that was read whole. */
        shot: function (storyboard, shotId) {
            if (!fresh()) {
                readAll();
            }
            var found = remembered(storyboard, shotId);
            if (!found && !known.isSure) {
                readAll();
                found = remembered(storyboard, shotId);
            }
            return found;
        },

        /** The comp of a shot. Fails for one that the project does not have. */
        knownShot: function (storyboard, shotId) {
            var comp = this.shot(storyboard, shotId);
            if (!comp) {
                throw multiplane.failure("after_effects.shot_unknown", "The project does not have this shot.", {
                    field: "shot",
                    value: shotId,
                    remedy: "Import the shot first."
                });
            }
            return comp;
        },

        /** A call from outside begins: what is in the project may have changed since the last. */
        doubt: function () {
            known.isSure = false;
        },

        /** Say that a shot's comp is this one now; called when all else of the shot is made. */
        remember: function (storyboard, shotId, comp) {
            known.ids[key(storyboard, shotId)] = comp.id;
            known.last = comp.id;
            known.count = app.project.numItems;
            known.file = projectFile();
        },

        /** The next look reads the whole project. */
        forget: function () {
            known.count = -1;
            known.isSure = false;
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

        /**
         * A new comp of ours. Classic 3D (its script name is another), because a new comp may have
         * the renderer of the one before it, and Advanced 3D and Cinema 4D draw planes otherwise.
         * @param {FolderItem} folder
         */
        addComp: function (folder, name, width, height, duration, rate) {
            var comp = folder.items.addComp(multiplane.names.kept(name), width, height, 1, duration, rate);
            var offered = comp.renderers || [];
            for (var i = 0; i < offered.length; i += 1) {
                if (offered[i] === CLASSIC_3D) {
                    comp.renderer = CLASSIC_3D;
                }
            }
            return comp;
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
