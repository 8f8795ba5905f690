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
            var rig = comp.layers.addNull();
            made.push(rig.source);
            rig.source.name = multiplane.names.kept(NAME + " " + shot.id);
            rig.source.parentFolder = folder;
            multiplane.tags.write(rig.source, shot.identity(LAYER));
            rig.name = NAME;
            rig.label = LABEL;
            rig.threeDLayer = true;
            multiplane.timing.place(rig, 0, 0, shot.duration);
            var middle = [shot.manifest.comp.width / 2, shot.manifest.comp.height / 2, 0];
            multiplane.properties.anchor(rig).setValue(middle);
            multiplane.properties.position(rig).setValue(middle);
            for (var i = 0; i < SLIDERS.length; i += 1) {
                addSlider(rig, SLIDERS[i][0], SLIDERS[i][1]);
            }
            multiplane.tags.write(rig, shot.identity(LAYER));
            return rig;
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
