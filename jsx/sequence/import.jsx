// A whole storyboard. The panel asks for the plan, imports shot by shot (one call each, so that
// After Effects can breathe and the panel shows progress), and has the master comp built at the end.

multiplane.sequences = (function () {
    function read(given) {
        var sequence = given.sequence ||
            multiplane.files.readJson(multiplane.files.join(given.folder, "sequence.json"), "The sequence");
        if (sequence.schema !== "multiplane/sequence/1" || !multiplane.json.isList(sequence.shots)) {
            throw multiplane.failure("after_effects.sequence", "This is no sequence that this version reads.", {
                field: "schema",
                value: sequence.schema,
                file: given.folder,
                remedy: "Render the storyboard again with this version of Multiplane."
            });
        }
        return sequence;
    }

    function folderOf(given, shot, place) {
        if (!multiplane.files.isInside(shot.manifest)) {
            throw multiplane.failure("after_effects.sequence", "A shot is named by its path in the folder.", {
                field: "shots[" + place + "].manifest",
                value: shot.manifest,
                file: given.folder,
                remedy: "Render the storyboard again with this version of Multiplane."
            });
        }
        var path = multiplane.files.join(given.folder, shot.manifest);
        return path.substring(0, path.lastIndexOf("/"));
    }

    function plan(given) {
        var sequence = read(given);
        var title = given.storyboard || sequence.title;
        var shots = [];
        for (var i = 0; i < sequence.shots.length; i += 1) {
            var shot = sequence.shots[i];
            shots.push({
                id: shot.id,
                folder: shot.manifest ? folderOf(given, shot, i) : null,
                known: multiplane.items.shot(title, shot.id) !== null,
                error: shot.error
            });
        }
        return { storyboard: title, sequence: sequence, shots: shots };
    }

    function audioOf(given, silent) {
        try {
            return given.audio || (given.folder ? multiplane.sounds.inFolder(given.folder) : []);
        } catch (error) {
            // The film is made all the same, and its report says why it has no sound.
            silent.push({ shot: null, error: multiplane.told(error) });
            return [];
        }
    }

    function finish(given) {
        var sequence = read(given);
        return multiplane.undoable("Multiplane: " + (given.storyboard || sequence.title), function () {
            var silent = [];
            var report = multiplane.master.build({
                sequence: sequence,
                storyboard: given.storyboard,
                audio: audioOf(given, silent),
                dissolve: given.dissolve
            });
            report.silent = report.silent.concat(silent);
            return report;
        });
    }

    return {
        /** {folder} -> {storyboard, sequence, shots: [{id, folder, known, error}]} */
        plan: plan,

        /**
         * {folder | sequence, storyboard?, audio?, dissolve?} -> the master comp's report. Without
         * `audio` the folder's own storyboard tells which shot has which file.
         */
        finish: finish,

        /** All in one call, without a panel: a shot that fails is told of, and the others go on. */
        all: function (given) {
            var planned = plan(given);
            var reports = [];
            for (var i = 0; i < planned.shots.length; i += 1) {
                var shot = planned.shots[i];
                try {
                    if (!shot.folder) {
                        reports.push({ shot: shot.id, state: "unmade", error: shot.error });
                    } else {
                        reports.push(multiplane.importShot({
                            folder: shot.folder,
                            storyboard: planned.storyboard,
                            handles: given.handles,
                            force: given.force,
                            motion_blur: given.motion_blur,
                            expressions: given.expressions
                        }));
                    }
                } catch (error) {
                    reports.push({ shot: shot.id, state: "failed", error: multiplane.told(error) });
                }
            }
            return { storyboard: planned.storyboard, shots: reports, master: finish(given) };
        }
    };
}());
