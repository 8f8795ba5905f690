// How the shot's move is told: by the rig, where the manifest has it so and nothing of a designer's
// stands against it, else by the camera's own keys, one at every frame where easing cannot.

multiplane.move = (function () {
    var REST = [{ frame: 0, value: [0] }];

    function baked(manifest) {
        return {
            isOnRig: false,
            pivot: [manifest.comp.width / 2, manifest.comp.height / 2, 0],
            keyframes: manifest.camera.keyframes,
            yRotation: REST,
            sway: null
        };
    }

    function byRig(manifest) {
        var rig = manifest.camera.rig;
        var keyframes = {};
        for (var name in manifest.camera.keyframes) {
            if (manifest.camera.keyframes.hasOwnProperty(name)) {
                keyframes[name] = (rig.keyframes || {})[name] || manifest.camera.keyframes[name];
            }
        }
        return {
            isOnRig: true,
            pivot: rig.pivot,
            keyframes: keyframes,
            yRotation: rig.y_rotation && rig.y_rotation.length > 0 ? rig.y_rotation : REST,
            sway: rig.sway || null
        };
    }

    /* Whether the rig may have the move: a hand's sway is an expression. */
    function isPossible(shot) {
        var rig = shot.manifest.camera.rig;
        return !!rig && !(rig.sway && shot.sliders.length === 0);
    }

    return {
        /** The move in a new comp. */
        fresh: function (shot) {
            return isPossible(shot) ? byRig(shot.manifest) : baked(shot.manifest);
        },

        /**
         * The move in a comp that is there. A comp whose move was baked goes over to the rig when
         * nobody changed what the rig would take over; asked before anything is written.
         * @param {CompItem} comp
         */
        within: function (comp, shot) {
            var camera = multiplane.layers.byId(comp, multiplane.camera.LAYER);
            var rig = multiplane.rig.layerIn(comp);
            if (!isPossible(shot) || !camera || !rig || !multiplane.camera.hangsOn(camera, multiplane.rig.LAYER)) {
                return baked(shot.manifest);
            }
            var tag = multiplane.tags.read(camera);
            var isFree = tag.on_rig || (multiplane.camera.isFree(camera) && multiplane.rig.isFree(rig));
            // Who dials a hand's sway over a move already is not given another hand.
            var takesHand = !shot.manifest.camera.rig.sway || multiplane.rig.handIsNeutral(rig);
            return isFree && takesHand ? byRig(shot.manifest) : baked(shot.manifest);
        }
    };
}());
