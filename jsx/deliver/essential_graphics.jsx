// The rig's sliders in the Essential Graphics panel, and the comp as a template for Premiere.

multiplane.graphics = (function () {
    function compOf(given) {
        return multiplane.items.knownShot(given.storyboard || "Shots", given.shot);
    }

    /** @param {CompItem} comp */
    function has(comp, name) {
        for (var i = 1; i <= comp.motionGraphicsTemplateControllerCount; i += 1) {
            if (comp.getMotionGraphicsTemplateControllerName(i) === name) {
                return true;
            }
        }
        return false;
    }

    function expose(given) {
        var comp = compOf(given);
        var names = multiplane.rig.names();
        /** @type {any} */
        var report = { comp: comp.name, added: [], refused: [] };
        for (var i = 0; i < names.length; i += 1) {
            // Found anew each time: changes of the template make references void.
            var rig = multiplane.rig.layerIn(comp);
            var slider = rig ? multiplane.rig.slider(rig, names[i]) : null;
            if (has(comp, names[i])) {
                continue;
            }
            if (slider && slider.canAddToMotionGraphicsTemplate(comp) &&
                    slider.addToMotionGraphicsTemplateAs(comp, names[i])) {
                report.added.push(names[i]);
            } else {
                report.refused.push(names[i]);
            }
        }
        if (report.added.length > 0) {
            comp.motionGraphicsTemplateName = comp.name;
        }
        return report;
    }

    return {
        /** {shot, storyboard?}: show the sliders in Essential Graphics; those there stay. */
        expose: function (given) {
            return multiplane.undoable("Multiplane: Essential Graphics", function () {
                return expose(given);
            });
        },

        /**
         * {shot, storyboard?, folder?}: save the project, write the comp as a .mogrt into the folder,
         * or into one beside the project.
         */
        exportTemplate: function (given) {
            if (!app.project.file) {
                throw multiplane.failure("after_effects.project_unsaved", "The project was never saved.", {
                    remedy: "Save the project first: templates are made from its file."
                });
            }
            var report = this.expose(given);
            var comp = compOf(given);
            if (comp.motionGraphicsTemplateControllerCount === 0) {
                throw multiplane.failure("after_effects.template_empty", "No slider could be put into the template.", {
                    field: "shot",
                    value: given.shot,
                    remedy: "The comp's Camera Rig has no sliders: import the shot again, with expressions."
                });
            }
            // With unsaved changes After Effects would ask, and wait for the answer.
            app.project.save(app.project.file);
            report.folder = multiplane.files.deliveryFolder(given.folder, "Multiplane templates");
            report.written = comp.exportAsMotionGraphicsTemplate(true, multiplane.files.folder(report.folder).fsName);
            return report;
        }
    };
}());
