// Footage whose files moved: found again where the storyboard's output lies now.

multiplane.relink = function (given) {
    var sequence = multiplane.files.readJson(multiplane.files.join(given.folder, "sequence.json"), "The sequence");
    var title = given.storyboard || sequence.title;
    var folders = {};
    var sounds = /** @type {any} */ (null);
    /** @type {{relinked: string[], missing: string[]}} */
    var report = { relinked: [], missing: [] };
    for (var i = 0; i < sequence.shots.length; i += 1) {
        var shot = sequence.shots[i];
        if (shot.manifest) {
            folders["_" + shot.id] = shot.manifest.substring(0, shot.manifest.lastIndexOf("/") + 1);
        }
    }
    function pictureOf(tag) {
        var within = folders["_" + tag.shot];
        return within === undefined ? undefined : multiplane.files.join(given.folder, within + tag.file);
    }

    function soundOf(tag) {
        if (sounds === null) {
            sounds = {};
            var heard = multiplane.sounds.inFolder(given.folder);
            for (var s = 0; s < heard.length; s += 1) {
                sounds["_" + heard[s].shot] = heard[s].file;
            }
        }
        return sounds["_" + tag.audio];
    }

    return multiplane.undoable("Multiplane: relink", function () {
        multiplane.items.eachTagged({ storyboard: title }, function (item) {
            if (!(item instanceof FootageItem) || !item.footageMissing) {
                return;
            }
            var tag = multiplane.tags.read(item);
            var path = tag.audio === undefined ? pictureOf(tag) : soundOf(tag);
            if (path !== undefined && multiplane.files.at(path).exists) {
                multiplane.footage.refresh(item, path, tag.file);
                report.relinked.push(item.name);
            } else {
                report.missing.push(item.name);
            }
        });
        return report;
    });
};
