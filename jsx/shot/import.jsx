// One finished shot into the project: built, brought up to date, or left alone.

multiplane.importShot = function (given) {
    var shot = multiplane.shots.open(given);
    var comp = multiplane.items.shot(shot.storyboard, shot.id);
    /** @type {any} */
    var report = { shot: shot.id, state: "", comp: "", added: [], replaced: [], retired: [], kept: [] };
    var had = comp ? multiplane.tags.read(comp).expressions || "all" : undefined;
    shot.expressions = shot.asked || had || "all";
    shot.sliders = multiplane.rig.slidersOf(shot.expressions);
    return multiplane.undoable("Multiplane: " + shot.id, function () {
        if (!comp) {
            comp = multiplane.createShot(shot);
            report.state = "created";
        } else if (!multiplane.isMadeHere(comp)) {
            report.state = "unchanged";
            report.kept.push({ layer: comp.name, what: multiplane.FROM_A_FILE });
        } else if (multiplane.isCurrent(comp, shot) && !given.force) {
            report.state = "unchanged";
        } else {
            multiplane.layers.unlocked(comp, function () {
                multiplane.updater.run(comp, shot, report);
            });
            report.state = "updated";
        }
        report.comp = comp.name;
        multiplane.items.remember(shot.storyboard, shot.id, comp);
        return report;
    });
};

/**
 * Whether the script made this comp. Those of a storyboard.aep look the same, but nothing in them
 * tells what was written and what a designer has done since, so they are left alone.
 */
multiplane.isMadeHere = function (comp) {
    return multiplane.tags.read(comp).order !== undefined;
};

multiplane.FROM_A_FILE = "all of it, because it came with storyboard.aep; delete it to have it built anew";

/** As `importShot`, for a shot that must be in the project. */
multiplane.updateShot = function (given) {
    var shot = multiplane.shots.open(given);
    if (!multiplane.items.shot(shot.storyboard, shot.id)) {
        throw multiplane.failure("after_effects.shot_unknown", "The project does not have this shot.", {
            field: "shot_id",
            value: shot.id,
            remedy: "Import the shot first."
        });
    }
    return multiplane.importShot(given);
};

/** Whether the comp shows this very shot, and all its files are there. */
multiplane.isCurrent = function (comp, shot) {
    if (!multiplane.tags.has(comp, { hash: shot.hash, handles: shot.handles })) {
        return false;
    }
    if ((multiplane.tags.read(comp).expressions || "all") !== shot.expressions) {
        return false;
    }
    if (shot.motionBlur !== undefined && comp.motionBlur !== shot.motionBlur) {
        return false;
    }
    for (var i = 1; i <= comp.numLayers; i += 1) {
        var layer = comp.layer(i);
        var source = layer instanceof AVLayer ? layer.source : null;
        if (source instanceof FootageItem && source.footageMissing && multiplane.tags.read(source)) {
            return false;
        }
    }
    return true;
};
