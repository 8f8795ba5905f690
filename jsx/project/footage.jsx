// Pictures and sounds as footage items.

multiplane.footage = (function () {
    function load(file) {
        var options = new ImportOptions(file);
        if (!options.canImportAs(ImportAsType.FOOTAGE)) {
            throw multiplane.failure("after_effects.footage_refused", "After Effects cannot import this file.", {
                file: file.fsName,
                remedy: "Check that the file opens elsewhere, and make the shot again."
            });
        }
        options.importAs = ImportAsType.FOOTAGE;
        // Always said: the import dialog remembers its last choice.
        options.sequence = false;
        return /** @type {FootageItem} */ (app.project.importFile(options));
    }

    /** @param {FolderItem} folder */
    function itemOf(folder, identity) {
        for (var i = 1; i <= folder.numItems; i += 1) {
            var item = folder.item(i);
            if (item instanceof FootageItem && multiplane.tags.has(item, identity)) {
                return item;
            }
        }
        return null;
    }

    /** @param {FootageItem} item */
    function straight(item) {
        if (item.mainSource.hasAlpha) {
            item.mainSource.alphaMode = AlphaMode.STRAIGHT;
        }
    }

    return {
        /**
         * The footage item of this identity in `folder`: brought up to date, or imported.
         * `identity` are the entries of its tag, `relative` its path in the folder it is delivered
         * in; a new item is added to `made`.
         */
        bring: function (path, relative, folder, name, identity, made) {
            var item = itemOf(folder, identity);
            if (item) {
                this.refresh(item, path, relative);
                return item;
            }
            item = load(multiplane.files.existing(path, "A file of the shot"));
            made.push(item);
            item.parentFolder = folder;
            item.name = multiplane.names.kept(name);
            straight(item);
            identity.file = relative;
            this.mark(item, path, identity);
            return item;
        },

        /**
         * Read a file again, or from its new place; `relative` as for `bring`. Says whether
         * something changed.
         * @param {FootageItem} item
         */
        refresh: function (item, path, relative) {
            var file = multiplane.files.existing(path, "A file of the shot");
            var tag = multiplane.tags.read(item) || {};
            var stamp = multiplane.files.stamp(file);
            var at = item.file ? item.file.fsName : "";
            var collected = tag.collected !== undefined && at === tag.collected;
            var moved = at !== file.fsName && !collected;
            if (!moved && !item.footageMissing && tag.stamp === stamp && tag.file === relative) {
                return false;
            }
            tag.file = relative;
            if (collected && !file.copy(multiplane.files.at(tag.collected))) {
                moved = true; // the copy beside the project cannot be renewed
            }
            if (moved || item.footageMissing) {
                item.replace(file);
            } else {
                /** @type {FileSource} */ (item.mainSource).reload();
            }
            straight(item);
            this.mark(item, path, tag);
            return true;
        },

        /** Whether it is a footage item of this identity; a designer may have put another there. */
        isOf: function (item, identity) {
            return item instanceof FootageItem && multiplane.tags.has(item, identity);
        },

        /** Write an item's tag: who it is, and which state of the file it shows. */
        mark: function (item, path, tag) {
            tag.stamp = multiplane.files.stamp(multiplane.files.at(path));
            multiplane.tags.write(item, tag);
        }
    };
}());
