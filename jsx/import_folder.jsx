// Without the panel: File > Scripts > Run Script File, this file. It asks for the folder that
// `multiplane render` has written, and imports the whole storyboard, or brings it up to date.

//@include "multiplane.jsx"

multiplane.importFolder = function () {
    var folder = Folder.selectDialog("The folder that Multiplane rendered (sequence.json lies in it)");
    if (!folder) {
        return;
    }
    var given = multiplane.json.stringify({ folder: multiplane.files.pathOf(folder) });
    var answer = multiplane.json.parse(multiplane.call.importSequence(given));
    alert(multiplane.summary(answer), "Multiplane");
};

/** An answer of `importSequence` in sentences. */
multiplane.summary = function (answer) {
    if (!answer.ok) {
        return answer.error.message + "\n" + (answer.error.file || "") + "\n" + (answer.error.remedy || "");
    }
    var lines = [];
    var counts = { created: 0, updated: 0, unchanged: 0, failed: 0, unmade: 0 };
    for (var i = 0; i < answer.result.shots.length; i += 1) {
        var shot = answer.result.shots[i];
        counts[shot.state] += 1;
        if (shot.state === "failed" || shot.state === "unmade") {
            lines.push(shot.shot + ": " + (shot.error ? shot.error.message : "was not rendered"));
        }
        for (var k = 0; shot.kept && k < shot.kept.length; k += 1) {
            lines.push(shot.shot + ", " + shot.kept[k].layer + ": " + shot.kept[k].what + " was kept");
        }
    }
    var head = counts.created + " shots new, " + counts.updated + " updated, " +
        counts.unchanged + " unchanged, " + counts.failed + " failed" +
        (counts.unmade > 0 ? ", " + counts.unmade + " not made." : ".");
    var more = lines.length - 20;
    var shown = lines.slice(0, 20).join("\n") + (more > 0 ? "\n... and " + more + " more" : "");
    return head + (shown === "" ? "" : "\n\n" + shown);
};

multiplane.importFolder();
