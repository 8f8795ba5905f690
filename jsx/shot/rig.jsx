// The Camera Rig: a null that the camera hangs on, with sliders to dial the move.

multiplane.rig = (function () {
    var NAME = "Camera Rig";
    var LAYER = "camera-rig";
    var EFFECTS = "ADBE Effect Parade";
    var SLIDER = "ADBE Slider Control";
    var VALUE = "ADBE Slider Control-0001";
    /* Neutral values: with these the camera does exactly what was baked. */
    var SLIDERS = [["Move Amount", 100], ["Parallax", 100], ["Handheld Amount", 0], ["Focus", 0]];
    var LABEL = 2;
    var at = multiplane.properties;
    var aspects = multiplane.aspects;
    var PLACE = {
        name: "place",
        says: "where it is",
        read: function (rig) {
            return multiplane.userEdits.values(at.anchor(rig)) + "; " + multiplane.userEdits.values(at.position(rig));
        },
        write: function (rig, wanted) {
            // The anchor where the position is: what hangs on it is unmoved, and it turns in the middle.
            var middle = [wanted.shot.manifest.comp.width / 2, wanted.shot.manifest.comp.height / 2, 0];
            at.anchor(rig).setValue(middle);
            at.position(rig).setValue(middle);
        }
    };
    var ALL = [aspects.label, aspects.span, PLACE];

    function write(rig, shot, state, kept) {
        var wanted = { shot: shot, label: LABEL };
        multiplane.tags.write(rig, shot.tag(LAYER, multiplane.userEdits.write(rig, ALL, wanted, state, kept)));
    }

    /** @param {AVLayer} rig */
    function effectsOf(rig) {
        return /** @type {PropertyGroup} */ (rig.property(EFFECTS));
    }

    /** @param {AVLayer} rig */
    function addSlider(rig, name, neutral) {
        // Every look starts at the layer: adding an effect makes earlier references void.
        effectsOf(rig).addProperty(SLIDER).name = name;
        /** @type {Property<any>} */ (effectsOf(rig).property(name).property(VALUE)).setValue(neutral);
    }

    return {
        LAYER: LAYER,

        /**
         * A new rig: a 3D null in the middle, which changes nothing until somebody moves it.
         * @param {CompItem} comp
         * @param {FolderItem} folder
         */
        add: function (comp, shot, folder, made) {
            // A null brings a solid of its own; its duration is ignored and is set below.
            var before = app.project.numItems;
            var rig = comp.layers.addNull();
            var solids = rig.source.parentFolder;
            made.push(rig.source);
            rig.source.name = multiplane.names.kept(NAME + " " + shot.id);
            rig.source.parentFolder = folder;
            // The solid is one item more; a second is the folder that was made for it.
            if (app.project.numItems === before + 2 && solids.numItems === 0) {
                solids.remove();
            }
            multiplane.tags.write(rig.source, shot.identity(LAYER));
            rig.name = NAME;
            rig.threeDLayer = true;
            for (var i = 0; i < SLIDERS.length; i += 1) {
                addSlider(rig, SLIDERS[i][0], SLIDERS[i][1]);
            }
            write(rig, shot, multiplane.userEdits.FRESH, []);
            return rig;
        },

        /** Bring the rig up to date: its length, and its middle when the comp's size changed. */
        update: function (comp, shot, kept) {
            var rig = this.layerIn(comp);
            if (rig) {
                write(rig, shot, multiplane.userEdits.state(rig, ALL), kept);
            }
        },

        /** The rig's name in this comp for expressions; "" when it or a slider is gone. */
        nameIn: function (comp) {
            var rig = this.layerIn(comp);
            if (!rig) {
                return "";
            }
            for (var i = 0; i < SLIDERS.length; i += 1) {
                if (!this.slider(rig, SLIDERS[i][0])) {
                    return "";
                }
            }
            return rig.name;
        },

        layerIn: function (comp) {
            return multiplane.layers.byId(comp, LAYER);
        },

        /** The value of a slider as a property, or null. */
        slider: function (rig, name) {
            var effect = effectsOf(rig).property(name);
            return effect ? effect.property(VALUE) : null;
        },

        names: function () {
            var names = [];
            for (var i = 0; i < SLIDERS.length; i += 1) {
                names.push(SLIDERS[i][0]);
            }
            return names;
        }
    };
}());
