// What a designer changed since we wrote it. For every aspect of a layer (its name, its position
// with all keys ...) the layer's tag keeps a digest of what we left there; what differs is theirs.

/** 32 bits of a text, as hexadecimal digits. */
multiplane.digest = function (text) {
    var sum = 7;
    for (var i = 0; i < text.length; i += 1) {
        // Below 2^49, so exact in the engine's numbers.
        sum = (sum * 65599 + text.charCodeAt(i)) % 4294967291;
    }
    return sum.toString(16);
};

multiplane.userEdits = (function () {
    function rounded(value) {
        var parts = [];
        if (typeof value === "number") {
            return value.toFixed(3);
        }
        for (var i = 0; value && i < value.length; i += 1) {
            parts.push(Number(value[i]).toFixed(3));
        }
        return parts.join(" ");
    }

    function side(type, list) {
        var parts = [String(type)];
        // What is reported as the ease of a linear or held side depends on its neighbours.
        if (type !== KeyframeInterpolationType.BEZIER) {
            return parts[0];
        }
        for (var i = 0; i < list.length; i += 1) {
            parts.push(rounded([list[i].speed, list[i].influence]));
        }
        return parts.join(" ");
    }

    /** @param {Property<any>} property */
    function keyed(property) {
        var parts = [];
        for (var k = 1; k <= property.numKeys; k += 1) {
            parts.push([
                rounded(property.keyTime(k)),
                rounded(property.keyValue(k)),
                side(property.keyInInterpolationType(k), property.keyInTemporalEase(k)),
                side(property.keyOutInterpolationType(k), property.keyOutTemporalEase(k)),
                property.isSpatial ? rounded(property.keyOutSpatialTangent(k)) : ""
            ].join(","));
        }
        return parts.join(";");
    }

    return {
        /** A text that changes when the property's value or keys do; expressions do not count. */
        values: function (property) {
            // Only leaders can be asked whether they are separated.
            if (property.isSeparationLeader && property.dimensionsSeparated) {
                return "separated";
            }
            // Of an expressed property `value` is the result: the own value is asked for.
            return property.numKeys > 0 ? keyed(property) : rounded(property.valueAtTime(0, true));
        },

        /** A text that changes when the expression does, but not when layers are renamed. */
        expression: function (property) {
            var text = String(property.expression).replace(/layer\("([^"\\]|\\.)*"\)/g, "layer()");
            return property.expression === "" || property.expressionEnabled ? text : "off: " + text;
        },

        /** The state of a layer that was just made. */
        FRESH: { made: null, untouched: null },

        /** Which aspects of a layer are as we left them; asked before anything is changed. */
        state: function (layer, aspects) {
            var made = (multiplane.tags.read(layer) || {}).made || {};
            var untouched = {};
            for (var i = 0; i < aspects.length; i += 1) {
                var left = made[aspects[i].name];
                if (left === undefined && aspects[i].before !== undefined) {
                    left = multiplane.digest(aspects[i].before);
                }
                untouched[aspects[i].name] = left === multiplane.digest(aspects[i].read(layer));
            }
            return { made: made, untouched: untouched };
        },

        /**
         * Write the aspects of a layer that nobody changed. An aspect is {name, says, read(layer),
         * write(layer, wanted), before?}; `before`: what was read of layers whose tag does not have it
         * yet. What is left alone goes to `kept` as {layer, what}. Returns the
         * digests for the layer's tag.
         */
        write: function (layer, aspects, wanted, state, kept) {
            var now = {};
            for (var i = 0; i < aspects.length; i += 1) {
                var aspect = aspects[i];
                if (state.untouched === null || state.untouched[aspect.name]) {
                    aspect.write(layer, wanted);
                    now[aspect.name] = multiplane.digest(aspect.read(layer));
                } else {
                    kept.push({ layer: layer.name, what: aspect.says });
                    now[aspect.name] = state.made[aspect.name];
                }
            }
            return now;
        }
    };
}());
