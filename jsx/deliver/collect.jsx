// All files of the storyboard copied beside the project, which then shows the copies.

multiplane.collect = function (given) {
    if (!app.project.file) {
        throw multiplane.failure("after_effects.project_unsaved", "The project was never saved.", {
            remedy: "Save the project first: the files are put beside it."
        });
    }
    var title = given.storyboard;
    var beside = multiplane.files.pathOf(app.project.file.parent);
    var root = multiplane.files.join(beside, "Multiplane files");
    /** @type {{folder: string, copied: number, failed: string[]}} */
    var report = { folder: root, copied: 0, failed: [] };

    /* Audio files of two shots may have one name, so each shot has a folder for them too. */
    function targetOf(tag) {
        var safe = multiplane.names.safe;
        var within = tag.audio === undefined ? safe(tag.shot) : "Audio/" + safe(tag.audio);
        return multiplane.files.join(root, safe(tag.storyboard) + "/" + within + "/" + tag.file);
    }

    /** @param {FootageItem} item */
    function take(item, tag) {
        var source = multiplane.files.pathOf(item.file);
        var path = targetOf(tag);
        if (item.footageMissing || source === path) {
            return;
        }
        var file = multiplane.files.at(path);
        multiplane.files.makeFolder(path.substring(0, path.lastIndexOf("/")));
        if (!multiplane.files.at(source).copy(file)) {
            report.failed.push(source);
            return;
        }
        item.replace(file);
        // As After Effects writes it, for a later import compares the two.
        tag.collected = item.file ? item.file.fsName : file.fsName;
        multiplane.footage.mark(item, source, tag);
        report.copied += 1;
    }

    return multiplane.undoable("Multiplane: collect files", function () {
        multiplane.items.eachTagged(title ? { storyboard: title } : {}, function (item) {
            var tag = item instanceof FootageItem ? multiplane.tags.read(item) : null;
            if (tag && tag.file && item.file) {
                take(item, tag);
            }
        });
        return report;
    });
};
