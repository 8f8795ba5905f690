// Comps to Adobe Media Encoder's queue, each with an output module of the user's choice.

multiplane.encoder = (function () {
    var OURS = "Multiplane"; // in the comment of our items of the render queue

    /** @param {CompItem} comp @returns {any} */
    function added(comp) {
        var item = /** @type {any} */ (app.project.renderQueue.items.add(comp));
        item.comment = OURS;
        return item;
    }

    /** A comp of ours; null where the project has none. @returns {CompItem | null} */
    function anyComp() {
        for (var i = 1; i <= app.project.numItems; i += 1) {
            var item = app.project.item(i);
            if (item instanceof CompItem && multiplane.tags.read(item)) {
                return item;
            }
        }
        return null;
    }

    /* Templates that are meant for people: those whose names begin with "_" are After Effects' own. */
    function shown(templates) {
        var names = [];
        for (var i = 0; i < templates.length; i += 1) {
            if (templates[i].indexOf("_") !== 0) {
                names.push(templates[i]);
            }
        }
        return names;
    }

    function templates() {
        var comp = anyComp();
        if (!comp) {
            throw multiplane.failure("after_effects.nothing_imported", "The project has no comp of Multiplane's.", {
                remedy: "Import the storyboard first."
            });
        }
        // Only an item of the queue tells them.
        return multiplane.undoable("Multiplane: output modules", function () {
            var item = added(/** @type {CompItem} */ (comp));
            try {
                return { templates: shown(item.outputModule(1).templates) };
            } finally {
                item.remove();
            }
        });
    }

    function compsOf(given) {
        var comps = /** @type {CompItem[]} */ ([]);
        var title = given.storyboard || "Shots";
        if (given.what === "shots" || given.what === "all") {
            var ids = given.shots ? "\n" + given.shots.join("\n") + "\n" : null;
            for (var i = 1; i <= app.project.numItems; i += 1) {
                var item = app.project.item(i);
                var tag = item instanceof CompItem ? multiplane.tags.read(item) : null;
                var isOurs = tag && tag.shot && (ids === null || ids.indexOf("\n" + tag.shot + "\n") >= 0);
                // A designer's copy of a comp has its tag as well: the shot's own comp counts.
                if (isOurs && multiplane.isAmong(item, [multiplane.items.shot(title, tag.shot) || { id: -1 }])) {
                    comps.push(/** @type {CompItem} */ (item));
                }
            }
        }
        var master = given.what === "shots" ? null : multiplane.items.master(title);
        if (master) {
            comps.push(master);
        }
        if (comps.length === 0) {
            throw multiplane.failure("after_effects.nothing_imported", "The project has no such comp of this storyboard.", {
                field: "storyboard",
                value: title,
                remedy: "Import the storyboard first."
            });
        }
        return comps;
    }

    /* The file of a comp, with the ending that the output module has given its own. */
    function fileOf(folder, comp, module) {
        var own = module.file ? multiplane.files.nameOf(module.file) : "";
        var dot = own.lastIndexOf(".");
        var ending = dot > 0 ? own.substring(dot) : "";
        return multiplane.files.at(multiplane.files.join(folder, multiplane.names.safe(comp.name) + ending));
    }

    /** @param {CompItem} comp */
    function queued(comp, folder, template) {
        var item = added(comp);
        try {
            var module = item.outputModule(1);
            if (template) {
                apply(module, template);
            }
            // Found anew: a template may put another module in its place.
            module = item.outputModule(1);
            module.file = fileOf(folder, comp, module);
        } catch (error) {
            item.remove();
            throw error;
        }
        return item;
    }

    function apply(module, template) {
        var known = "\n" + module.templates.join("\n") + "\n";
        if (known.indexOf("\n" + template + "\n") < 0) {
            throw multiplane.failure("after_effects.template_unknown", "After Effects has no such output module.", {
                field: "template",
                value: template,
                remedy: "Choose one of: " + shown(module.templates).join(", ") + "."
            });
        }
        module.applyTemplate(template);
    }

    /* Items of the queue that wait, taken out of it: Media Encoder is given all that wait. */
    function heldBack(queue) {
        var held = [];
        for (var i = 1; i <= queue.numItems; i += 1) {
            var item = queue.item(i);
            if (item.status === RQItemStatus.QUEUED) {
                item.render = false;
                // Ours of an earlier call have been given to Media Encoder already.
                if (item.comment !== OURS) {
                    held.push(item);
                }
            }
        }
        return held;
    }

    function send(comps, folder, given) {
        /** @type {any} */
        var queue = app.project.renderQueue;
        var made = [];
        var held = heldBack(queue);
        try {
            for (var i = 0; i < comps.length; i += 1) {
                made.push(queued(comps[i], folder, given.template));
            }
            if (!queue.canQueueInAME) {
                throw multiplane.failure("after_effects.encoder", "Nothing can be given to Media Encoder.", {
                    remedy: "Install Adobe Media Encoder of the same year as After Effects."
                });
            }
            queue.queueInAME(given.start === true);
        } catch (error) {
            for (var k = made.length - 1; k >= 0; k -= 1) {
                made[k].remove();
            }
            throw error;
        } finally {
            for (var h = 0; h < held.length; h += 1) {
                held[h].render = true;
            }
        }
    }

    return {
        /** -> {templates}: names of the output modules that this After Effects has. */
        templates: templates,

        /**
         * {storyboard?, what?: "master" | "shots" | "all", shots?: ids, folder?, template?, start?}
         * -> {comps, folder}. `start`: Media Encoder begins at once.
         */
        send: function (given) {
            var comps = compsOf(given);
            var folder = multiplane.files.deliveryFolder(given.folder, "Multiplane films");
            return multiplane.undoable("Multiplane: to Media Encoder", function () {
                send(comps, folder, given);
                var names = [];
                for (var i = 0; i < comps.length; i += 1) {
                    names.push(comps[i].name);
                }
                return { comps: names, folder: folder };
            });
        }
    };
}());
