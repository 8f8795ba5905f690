// Which audio file each shot has, and the soundtrack, as the rendered folder tells it.

multiplane.sounds = (function () {
    var files = multiplane.files;
    var ELSEWHERE = "file://localhost/"; // of a folder on another drive than the output

    /* A path without "." and "..", so that it compares with the one After Effects gives. */
    function tidied(path) {
        var kept = [];
        var parts = path.split("/");
        for (var i = 0; i < parts.length; i += 1) {
            if (parts[i] === ".." && kept.length > 1 && kept[kept.length - 1] !== "..") {
                kept.pop();
            } else if (parts[i] !== ".") {
                kept.push(parts[i]);
            }
        }
        return kept.join("/");
    }

    /* Where the storyboard's relative paths start: the timeline keeps it as a URL. */
    function home(folder) {
        var timeline = files.join(folder, "timeline.otio");
        if (!files.at(timeline).exists) {
            return folder;
        }
        // One entry of a document that is long: reading all of it would take seconds.
        var found = /"storyboard_folder"\s*:\s*("([^"\\]|\\.)*")/.exec(files.readText(timeline, "The timeline"));
        if (!found) {
            return folder;
        }
        var url = multiplane.json.parse(found[1]);
        if (url.indexOf(ELSEWHERE) === 0) {
            return decodeURIComponent(url.substring(ELSEWHERE.length));
        }
        return files.join(folder, decodeURIComponent(url));
    }

    /* A name as the storyboard has it, on this system. */
    function resolved(name, start) {
        var isWhole = /^([A-Za-z]:|[\/\\])/.test(name);
        var path = isWhole ? name : files.join(start, name);
        if (path.indexOf("\\") >= 0 && (files.isWindows() || !files.at(path).exists)) {
            path = path.split("\\").join("/");
        }
        return tidied(path);
    }

    return {
        /**
         * [{shot, file, start?}] of all shots with audio; none when the folder does not tell. The
         * soundtrack is that of the shot "", and starts at a time (s) of the sequence.
         */
        inFolder: function (folder) {
            var board = files.join(folder, "storyboard.json");
            var list = /** @type {any[]} */ ([]);
            if (!files.at(board).exists) {
                return list;
            }
            var storyboard = files.readJson(board, "The storyboard");
            var shots = storyboard.shots || [];
            var track = storyboard.soundtrack;
            var start = "";
            if (track && typeof track.file === "string") {
                start = home(folder);
                list.push({ shot: "", file: resolved(track.file, start), start: track.offset || 0 });
            }
            for (var i = 0; i < shots.length; i += 1) {
                if (typeof shots[i].audio === "string" && shots[i].audio !== "") {
                    start = start || home(folder);
                    list.push({ shot: shots[i].id, file: resolved(shots[i].audio, start) });
                }
            }
            return list;
        }
    };
}());
