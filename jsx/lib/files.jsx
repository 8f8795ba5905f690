// Files of the disk. Paths come as people and other programs write them, never as URIs.

multiplane.files = (function () {
    var LONGEST_WINDOWS = 259;

    function isWindows() {
        return $.os.toLowerCase().indexOf("windows") >= 0;
    }

    /* File() reads its text as a URI, so a percent sign has to be written as %25. */
    function notation(path) {
        var text = String(path);
        if (isWindows()) {
            text = text.split("\\").join("/");
        }
        return text.split("%").join("%25");
    }

    function open(file, mode) {
        file.encoding = "UTF-8";
        file.lineFeed = "Unix";
        return file.open(mode);
    }

    return {
        at: function (path) {
            return new File(notation(path));
        },

        folder: function (path) {
            return new Folder(notation(path));
        },

        /** `relative` has forward slashes, as in manifests. */
        join: function (folder, relative) {
            var base = isWindows() ? String(folder).split("\\").join("/") : String(folder);
            return base.charAt(base.length - 1) === "/" ? base + relative : base + "/" + relative;
        },

        /** A File that is there. Throws the failure that names it otherwise. */
        existing: function (path, what) {
            var file = new File(notation(path));
            if (file.exists) {
                return file;
            }
            var tooLong = isWindows() && String(path).length > LONGEST_WINDOWS;
            throw multiplane.failure("after_effects.file_missing", what + " is missing.", {
                file: String(path),
                remedy: tooLong
                    ? "Windows may not open paths this long: move the folder to a shorter one."
                    : "Make the shot again, or say where its folder is now."
            });
        },

        /** Tells whether the file was written since. */
        stamp: function (file) {
            return String(file.length) + "-" + String(file.modified ? file.modified.getTime() : 0);
        },

        /** Whether a document's path stays in its folder: relative, with forward slashes. */
        isInside: function (path) {
            return typeof path === "string" && path !== "" && !/^([A-Za-z]:|\/)|\\|\u0000|(^|\/)\.\.(\/|$)/.test(path);
        },

        readText: function (path, what) {
            var file = this.existing(path, what);
            if (!open(file, "r")) {
                throw multiplane.failure("after_effects.file_unreadable", what + " cannot be read: " + file.error, {
                    file: String(path),
                    remedy: "Check that you may read the file."
                });
            }
            var text = file.read();
            file.close();
            return text;
        },

        readJson: function (path, what) {
            var text = this.readText(path, what);
            try {
                return multiplane.json.parse(text);
            } catch (wrong) {
                throw multiplane.failure("after_effects.file_broken", what + ": " + wrong.message, {
                    file: String(path),
                    remedy: "Make the shot again."
                });
            }
        },

        /** Make a folder, and those above it that are missing. Whether it is there then. */
        makeFolder: function (path) {
            var folder = this.folder(path);
            var above = path.substring(0, path.lastIndexOf("/"));
            if (folder.exists) {
                return true;
            }
            return above !== "" && this.makeFolder(above) && folder.create();
        },

        /** Write a text. Throws a failure that names the preference which may forbid it. */
        write: function (path, text) {
            var file = new File(notation(path));
            if (!open(file, "w") || !file.write(text) || !file.close()) {
                throw multiplane.failure("after_effects.file_unwritable", "A file cannot be written: " + file.error, {
                    file: String(path),
                    remedy: "Switch on Preferences > Scripting & Expressions > " +
                        "Allow Scripts to Write Files and Access Network."
                });
            }
        },

        /** The path of a file of the project, with forward slashes. */
        pathOf: function (file) {
            return isWindows() ? file.fsName.split("\\").join("/") : file.fsName;
        },

        /**
         * A folder that is there for what is delivered: `given`, or one of this name beside the
         * project, or the project's own where scripts make no folders, as in UXP.
         */
        deliveryFolder: function (given, name) {
            var project = app.project.file;
            if (!given && !project) {
                throw multiplane.failure("after_effects.project_unsaved", "The project was never saved.", {
                    remedy: "Save the project first, or say a folder: else the files are put beside it."
                });
            }
            var beside = project ? this.pathOf(project.parent) : "";
            var path = given ? this.pathOf(this.folder(given)) : this.join(beside, name);
            if (this.makeFolder(path)) {
                return path;
            }
            if (!given) {
                return beside;
            }
            throw multiplane.failure("after_effects.file_unwritable", "The folder cannot be made.", {
                field: "folder",
                file: path,
                remedy: "Make the folder, or choose one that is there and that you may write to."
            });
        },

        /** A file's name with its extension, which `displayName` lacks where macOS hides it. */
        nameOf: function (file) {
            return decodeURIComponent(file.name);
        },

        isWindows: isWindows
    };
}());
