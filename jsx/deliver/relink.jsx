// Footage whose files moved: found again where the storyboard's output lies now.

multiplane.relink = function (given) {
    var sequence = multiplane.files.readJson(multiplane.files.join(given.folder, "sequence.json"), "The sequence");
    var title = given.storyboard || sequence.title;
    var folders = {};
    /** @type {{relinked: string[], missing: string[]}} */
    var report = { relinked: [], missing: [] };
    for (var i = 0; i < sequence.shots.length; i += 1) {
        var shot = sequence.shots[i];
        if (shot.manifest) {
            folders["_" + shot.id] = shot.manifest.substring(0, shot.manifest.lastIndexOf("/") + 1);
        }
    }
    return multiplane.undoable("Multiplane: relink", function () {
        multiplane.items.eachTagged({ storyboard: title }, function (item) {
            if (!(item instanceof FootageItem) || !item.footageMissing) {
                return;
            }
            var tag = multiplane.tags.read(item);
            var within = tag.audio ? "" : folders["_" + tag.shot];
            var path = multiplane.files.join(given.folder, (within || "") + tag.file);
            if (within !== undefined && multiplane.files.at(path).exists) {
                multiplane.footage.refresh(item, path);
                report.relinked.push(item.name);
            } else {
                report.missing.push(item.name);
            }
        });
        return report;
    });
};
