// The shot's camera: the manifest's keys, and the rig's expressions over them.

multiplane.camera = (function () {
    var NAME = "Camera";
    var LAYER = "camera";
    var LABEL = 4;
    var at = multiplane.properties;
    var aspects = multiplane.aspects;
    var say = multiplane.expressions;

    var PARENT = {
        name: "parent",
        says: "its parent",
        read: function (camera) {
            // By identity, because the rig may have been renamed.
            return camera.parent ? String((multiplane.tags.read(camera.parent) || {}).layer || camera.parent.name) : "";
        },
        write: function (camera, wanted) {
            if (wanted.rigLayer) {
                // Without compensation: a rig at rest changes no value, and parent= would rewrite keys.
                camera.setParentWithJump(wanted.rigLayer);
            }
        }
    };

    /* A camera of one node has no point of interest: it is hidden, and writing it throws. */
    function looksAtPoint(camera) {
        return camera.autoOrient === AutoOrientType.CAMERA_OR_POINT_OF_INTEREST;
    }

    var ORIENTATION = {
        name: "auto_orient",
        says: "its auto-orientation",
        // Cameras of versions that did not note it were made with two nodes.
        before: String(AutoOrientType.CAMERA_OR_POINT_OF_INTEREST),
        read: function (camera) {
            return String(camera.autoOrient);
        },
        write: function (camera) {
            // Two-node is what addCamera makes: said, because the move depends on it.
            camera.autoOrient = AutoOrientType.CAMERA_OR_POINT_OF_INTEREST;
        }
    };

    /* An aspect of the point of interest: left alone where the camera has none. */
    function pointed(aspect) {
        return {
            name: aspect.name,
            says: aspect.says,
            read: function (camera) {
                return looksAtPoint(camera) ? aspect.read(camera) : "none";
            },
            write: function (camera, wanted) {
                if (looksAtPoint(camera)) {
                    aspect.write(camera, wanted);
                }
            }
        };
    }

    function keysOf(wanted, name, otherwise) {
        var keys = wanted.shot.move.keyframes[name];
        return keys && keys.length > 0 ? keys : [{ frame: 0, value: [otherwise] }];
    }

    function hasLens(wanted) {
        var keys = keysOf(wanted, "aperture", 0);
        for (var i = 0; i < keys.length; i += 1) {
            if (keys[i].value[0] > 0) {
                return true;
            }
        }
        return false;
    }

    function keyed(name, says, find, otherwise) {
        return aspects.values(name, says, find, function (property, wanted) {
            multiplane.keys.write(property, keysOf(wanted, name, otherwise(wanted)), wanted.shot);
        });
    }

    function restZoom(wanted) {
        return wanted.shot.manifest.camera.zoom;
    }

    function none() {
        return 0;
    }

    var ALL = [
        // Parented first: the values that follow are those of the rig's child.
        PARENT,
        aspects.name,
        aspects.label,
        aspects.span,
        // Before the point of interest, which there is only with two nodes.
        ORIENTATION,
        pointed(keyed("point_of_interest", "its point of interest", at.pointOfInterest, none)),
        keyed("position", "its position", at.position, none),
        keyed("roll", "its roll", at.roll, none),
        keyed("zoom", "its zoom", at.zoom, restZoom),
        keyed("focus_distance", "its focus distance", at.focusDistance, restZoom),
        aspects.values("aperture", "its aperture", at.aperture, function (property, wanted) {
            if (hasLens(wanted)) {
                multiplane.keys.write(property, keysOf(wanted, "aperture", 0), wanted.shot);
            }
        }),
        aspects.values("depth_of_field", "its depth of field", at.depthOfField, function (property, wanted) {
            // Set up, but off unless the move is one of focus.
            property.setValue(hasLens(wanted) ? 1 : 0);
        }),
        aspects.expression("position.expression", "the expression of its position", at.position, function (wanted) {
            return say.cameraPosition(wanted.rig, wanted.shot);
        }),
        pointed(aspects.expression("point_of_interest.expression", "the expression of its point of interest",
            at.pointOfInterest, function (wanted) {
                return say.pointOfInterest(wanted.rig, wanted.shot);
            })),
        aspects.expression("roll.expression", "the expression of its roll", at.roll, function (wanted) {
            return say.roll(wanted.rig, wanted.shot);
        }),
        aspects.expression("zoom.expression", "the expression of its zoom", at.zoom, function (wanted) {
            return say.zoom(wanted.rig, wanted.shot);
        }),
        aspects.expression("focus_distance.expression", "the expression of its focus distance",
            at.focusDistance, function (wanted) {
                return say.focusDistance(wanted.rig, wanted.shot);
            })
    ];

    /* What the rig takes over, or relies on, when it has the move. */
    var CARRIED = [
        "parent", "auto_orient", "position", "point_of_interest", "roll",
        "position.expression", "point_of_interest.expression", "roll.expression"
    ];

    function write(camera, comp, shot, state, kept) {
        var wanted = {
            shot: shot,
            rig: multiplane.rig.nameIn(comp, shot),
            rigLayer: multiplane.rig.layerIn(comp),
            name: multiplane.wording.named(shot, NAME),
            label: LABEL
        };
        var tag = shot.tag(LAYER, multiplane.userEdits.write(camera, ALL, wanted, state, kept));
        tag.preset = shot.manifest.camera.preset;
        tag.on_rig = shot.move.isOnRig || undefined;
        multiplane.tags.write(camera, tag);
    }

    return {
        LAYER: LAYER,

        /** Whether the camera's parent is our layer of this id. */
        hangsOn: function (camera, id) {
            return PARENT.read(camera) === id;
        },

        /** Whether nobody changed what the rig would take over from the camera. */
        isFree: function (camera) {
            var untouched = multiplane.userEdits.state(camera, ALL).untouched;
            for (var i = 0; i < CARRIED.length; i += 1) {
                if (!untouched[CARRIED[i]]) {
                    return false;
                }
            }
            return true;
        },

        /**
         * A new two-node camera. The rig is in the comp already.
         * @param {CompItem} comp
         */
        add: function (comp, shot) {
            var size = shot.manifest.comp;
            var camera = comp.layers.addCamera(NAME, [size.width / 2, size.height / 2]);
            write(camera, comp, shot, multiplane.userEdits.FRESH, []);
            return camera;
        },

        /** Bring the camera up to date, apart from what was changed on it. False when it is gone. */
        update: function (comp, shot, kept) {
            var camera = multiplane.layers.byId(comp, LAYER);
            if (!camera) {
                return false;
            }
            write(camera, comp, shot, multiplane.userEdits.state(camera, ALL), kept);
            return true;
        }
    };
}());
