// The Camera Rig: a null that the camera hangs on, with sliders to dial the move.

multiplane.rig = (function () {
    var NAME = "Camera Rig";
    var LAYER = "camera-rig";
    var EFFECTS = "ADBE Effect Parade";
    var SLIDER = "ADBE Slider Control";
    var VALUE = "ADBE Slider Control-0001";
    var HAND = "Handheld Amount";
    var HAND_TIME = "Handheld Time";
    /* Neutral values: with these the camera does exactly what the manifest says. In a shot that is
       held by a hand, Handheld Amount is 100. */
    var NEUTRAL = { "Move Amount": 100, "Parallax": 100, "Handheld Amount": 0, "Focus": 0 };
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
            // The anchor where the position is: what hangs on it is unmoved, and it turns about this.
            at.anchor(rig).setValue(wanted.shot.move.pivot);
            at.position(rig).setValue(wanted.shot.move.pivot);
        }
    };
    /* When the hand's waves are taken: two keys, which retime them. */
    var TIME = {
        name: "hand_time",
        says: "its Handheld Time",
        before: "none",
        read: function (rig) {
            var value = valueOf(rig, HAND_TIME);
            return value ? multiplane.userEdits.values(value) : "none";
        },
        write: function (rig, wanted) {
            var sway = wanted.shot.move.sway;
            if (sway && !valueOf(rig, HAND_TIME)) {
                addSlider(rig, HAND_TIME, 0);
            }
            if (sway) {
                multiplane.keys.write(valueOf(rig, HAND_TIME), sway.time, wanted.shot);
            }
        }
    };
    /* What the rig does when it has the move. The expressions come last: they ask for the sliders. */
    var MOVING = [
        PLACE,
        aspects.values("y_rotation", "its Y rotation", at.yRotation, function (property, wanted) {
            multiplane.keys.write(property, wanted.shot.move.yRotation, wanted.shot);
        }, "0.000"),
        TIME,
        aspects.expression("position.expression", "the expression of its position", at.position, function (wanted) {
            return multiplane.expressions.rigPosition(wanted.rig, wanted.shot);
        }, ""),
        aspects.expression("y_rotation.expression", "the expression of its Y rotation", at.yRotation, function (wanted) {
            return multiplane.expressions.rigTurn(wanted.rig, wanted.shot);
        }, "")
    ];
    var ALL = [aspects.label, aspects.shy, aspects.span].concat(MOVING);

    /* Handheld Amount at its neutral value: 100 where the shot is held by a hand, else 0. */
    function neutralHand(shot) {
        return shot.move.sway ? 100 : NEUTRAL[HAND];
    }

    function write(rig, comp, shot, state, kept) {
        var hand = neutralHand(shot);
        if (isAt(rig, HAND, handOf(rig))) {
            valueOf(rig, HAND).setValue(hand);
        }
        var wanted = { shot: shot, label: LABEL, rig: nameIn(comp, shot) };
        var tag = shot.tag(LAYER, multiplane.userEdits.write(rig, ALL, wanted, state, kept));
        tag.hand = hand;
        multiplane.tags.write(rig, tag);
    }

    /* The neutral value that Handheld Amount was last given. */
    function handOf(rig) {
        var tag = multiplane.tags.read(rig);
        return tag && tag.hand !== undefined ? tag.hand : NEUTRAL[HAND];
    }

    /**
     * The value of a slider as a property, or null.
     * @param {any} rig
     * @returns {any}
     */
    function valueOf(rig, name) {
        var effect = effectsOf(rig).property(name);
        return effect ? effect.property(VALUE) : null;
    }

    /* Whether a slider stands still at this value. */
    function isAt(rig, name, value) {
        var found = valueOf(rig, name);
        return found !== null && found.expression === "" &&
            multiplane.userEdits.values(found) === Number(value).toFixed(3);
    }

    function nameIn(comp, shot) {
        var rig = multiplane.layers.byId(comp, LAYER);
        if (!rig || shot.sliders.length === 0) {
            return "";
        }
        for (var i = 0; i < shot.sliders.length; i += 1) {
            if (!valueOf(rig, shot.sliders[i])) {
                return "";
            }
        }
        return rig.name;
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

    /* Sliders by choice of expressions: those of the planes hang on Parallax alone. */
    var CHOICES = {
        all: ["Move Amount", "Parallax", "Handheld Amount", "Focus"],
        camera: ["Move Amount", "Handheld Amount", "Focus"],
        none: /** @type {string[]} */ ([])
    };

    /* The shot's sliders that the rig does not have yet. */
    function addSliders(rig, shot) {
        for (var i = 0; i < shot.sliders.length; i += 1) {
            if (!valueOf(rig, shot.sliders[i])) {
                addSlider(rig, shot.sliders[i], NEUTRAL[shot.sliders[i]]);
            }
        }
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
            rig.name = multiplane.names.kept(multiplane.wording.named(shot, NAME));
            rig.threeDLayer = true;
            // The tag first: by it the rig is found for the expressions.
            multiplane.tags.write(rig, shot.identity(LAYER));
            addSliders(rig, shot);
            write(rig, comp, shot, multiplane.userEdits.FRESH, []);
            return rig;
        },

        /** Bring the rig up to date: its length, and its middle when the comp's size changed. */
        update: function (comp, shot, kept) {
            var rig = this.layerIn(comp);
            if (rig) {
                write(rig, comp, shot, multiplane.userEdits.state(rig, ALL), kept);
            }
        },

        /** The rig's name in this comp for expressions; "" when it or a slider of the shot is gone. */
        nameIn: nameIn,

        /** Whether nobody changed what the rig would move by. */
        isFree: function (rig) {
            var untouched = multiplane.userEdits.state(rig, MOVING).untouched;
            for (var i = 0; i < MOVING.length; i += 1) {
                if (!untouched[MOVING[i].name]) {
                    return false;
                }
            }
            return true;
        },

        /** Whether Handheld Amount is as it was left. */
        handIsNeutral: function (rig) {
            return isAt(rig, HAND, handOf(rig));
        },

        layerIn: function (comp) {
            return multiplane.layers.byId(comp, LAYER);
        },

        /** The value of a slider as a property, or null. */
        slider: valueOf,

        /** Give a rig the sliders of its shot that it lacks. */
        equip: function (comp, shot) {
            var rig = this.layerIn(comp);
            if (rig) {
                addSliders(rig, shot);
            }
        },

        /** Names of the sliders of a choice of expressions; null for what is none. */
        slidersOf: function (choice) {
            return CHOICES.hasOwnProperty(choice) ? CHOICES[choice] : null;
        },

        /** Names of all sliders that a rig may have for dialling. */
        names: function () {
            return CHOICES.all;
        }
    };
}());
