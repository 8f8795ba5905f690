// A shot that the project does not have yet.

/** Build the shot's comp. When something fails, nothing of the shot stays in the project. */
multiplane.createShot = function (shot) {
    var made = [];
    try {
        return multiplane.buildShot(shot, made);
    } catch (error) {
        multiplane.items.remove(made);
        throw error;
    }
};

/** What `createShot` builds; items go to `made` as soon as they are there. */
multiplane.buildShot = function (shot, made) {
    var LABEL = 15;
    var size = shot.manifest.comp;
    var entries = shot.manifest.layers;
    var folders = multiplane.items.shotFolders(shot.storyboard, shot.id, made);
    var comp = multiplane.items.addComp(
        folders.comps, shot.id, size.width, size.height, shot.duration, shot.rate);
    made.push(comp);
    comp.label = LABEL;
    shot.move = multiplane.move.fresh(shot);
    var rig = multiplane.rig.add(comp, shot, folders.layers, made);
    // Every new layer lands on top, so the farthest comes first.
    for (var i = 0; i < entries.length; i += 1) {
        var item = multiplane.footage.bring(
            shot.path(entries[i].file), entries[i].file, folders.layers, entries[i].name, shot.identity(entries[i].id), made);
        multiplane.planes.add(comp, item, shot, entries[i]);
    }
    multiplane.guides.add(comp, shot, folders.layers, made);
    rig.moveToBeginning();
    multiplane.camera.add(comp, shot);
    multiplane.markers.write(comp, shot.manifest.markers || [], shot.time, shot.rate, []);
    comp.motionBlur = shot.motionBlur === true;
    multiplane.markShot(comp, shot, undefined, multiplane.compWords.write(comp, shot, multiplane.userEdits.FRESH, []));
    return comp;
};

/** What of a comp itself is ours: its size, rate and length. */
multiplane.compState = function (width, height, shot) {
    return [width, height, shot.rate, shot.duration.toFixed(4)].join(" ");
};

/* What a shot's comp says of it for people. */
multiplane.compWords = (function () {
    var ASPECTS = [multiplane.aspects.comment];
    return {
        state: function (comp) {
            return multiplane.userEdits.state(comp, ASPECTS);
        },
        /** Write it where nobody changed it; the digests for the comp's tag. */
        write: function (comp, shot, state, kept) {
            var wanted = { comment: multiplane.wording.ofShot(shot.manifest) };
            return multiplane.userEdits.write(comp, ASPECTS, wanted, state, kept);
        }
    };
}());

/**
 * The comp's tag: which shot, in which state. `state`: of the comp itself, when it is not ours;
 * `made`: digests of what was written on it.
 */
multiplane.markShot = function (comp, shot, state, made) {
    var order = [];
    for (var i = 0; i < shot.manifest.layers.length; i += 1) {
        order.push(shot.manifest.layers[i].id);
    }
    multiplane.tags.write(comp, {
        shot: shot.id,
        storyboard: shot.storyboard,
        hash: shot.hash,
        handles: shot.handles,
        expressions: shot.expressions,
        frames: shot.manifest.comp.duration_frames,
        order: order,
        guides: multiplane.guides.ids(shot),
        made: made,
        comp: state || multiplane.compState(comp.width, comp.height, shot)
    });
};
