// Properties by match names: display names hold in one language only.

multiplane.properties = (function () {
    var TRANSFORM = "ADBE Transform Group";
    var LENS = "ADBE Camera Options Group";

    function find(layer, group, name) {
        var parent = layer.property(group);
        var found = parent ? parent.property(name) : null;
        if (!found) {
            throw multiplane.failure("after_effects.property_missing",
                "The layer " + layer.name + " has no property " + group + " / " + name + ".");
        }
        return found;
    }

    return {
        anchor: function (layer) {
            return find(layer, TRANSFORM, "ADBE Anchor Point");
        },
        /** A camera's point of interest has the match name of the anchor point. */
        pointOfInterest: function (camera) {
            return find(camera, TRANSFORM, "ADBE Anchor Point");
        },
        position: function (layer) {
            return find(layer, TRANSFORM, "ADBE Position");
        },
        scale: function (layer) {
            return find(layer, TRANSFORM, "ADBE Scale");
        },
        yRotation: function (layer) {
            return find(layer, TRANSFORM, "ADBE Rotate Y");
        },
        roll: function (layer) {
            return find(layer, TRANSFORM, "ADBE Rotate Z");
        },
        opacity: function (layer) {
            return find(layer, TRANSFORM, "ADBE Opacity");
        },
        zoom: function (camera) {
            return find(camera, LENS, "ADBE Camera Zoom");
        },
        depthOfField: function (camera) {
            return find(camera, LENS, "ADBE Camera Depth of Field");
        },
        focusDistance: function (camera) {
            return find(camera, LENS, "ADBE Camera Focus Distance");
        },
        aperture: function (camera) {
            return find(camera, LENS, "ADBE Camera Aperture");
        },

        /** Give a property an expression. A bad one may throw by itself or not: this always does. */
        express: function (property, text) {
            var wrong = "";
            try {
                property.expression = text;
                wrong = text === "" ? "" : property.expressionError;
            } catch (error) {
                wrong = error.message;
            }
            if (wrong !== "") {
                property.expression = "";
                throw multiplane.failure("after_effects.expression", "An expression does not work: " + wrong, {
                    field: property.matchName
                });
            }
        }
    };
}());
