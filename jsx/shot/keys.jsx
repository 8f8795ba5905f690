// The manifest's keyframes on a property.

multiplane.keys = (function () {
    var LINEAR_INFLUENCE = 100 / 6; // what a linear side is in terms of an ease
    var LOWEST = 0.1;

    function distance(from, to) {
        var sum = 0;
        for (var i = 0; i < from.length; i += 1) {
            sum += (to[i] - from[i]) * (to[i] - from[i]);
        }
        // Of one dimension the speed has a sign; along a path it has none.
        return from.length === 1 ? to[0] - from[0] : Math.sqrt(sum);
    }

    function meanSpeed(from, to, rate) {
        return from && to ? distance(from.value, to.value) / ((to.frame - from.frame) / rate) : 0;
    }

    function ease(given, mean) {
        if (!given) {
            return new KeyframeEase(mean, LINEAR_INFLUENCE);
        }
        return new KeyframeEase(given.speed, Math.min(Math.max(given.influence, LOWEST), 100));
    }

    /** @returns {any} */
    function repeated(one, count) {
        var list = /** @type {any[]} */ ([]);
        for (var i = 0; i < count; i += 1) {
            list.push(one);
        }
        return list;
    }

    /** @param {Property<any>} property */
    function clear(property) {
        for (var k = property.numKeys; k >= 1; k -= 1) {
            property.removeKey(k);
        }
    }

    /** @param {Property<any>} property */
    function straighten(property, k, dimensions) {
        property.setSpatialAutoBezierAtKey(k, false);
        property.setSpatialContinuousAtKey(k, false);
        property.setSpatialTangentsAtKey(k, repeated(0, dimensions), repeated(0, dimensions));
    }

    return {
        /**
         * Give `property` the manifest's keys; one key is a constant. A side without an ease is
         * linear, and paths are straight between keys. Earlier keys go.
         * @param {Property<any>} property
         */
        write: function (property, keys, shot) {
            clear(property);
            if (keys.length === 1) {
                property.setValue(keys[0].value.length === 1 ? keys[0].value[0] : keys[0].value);
                return;
            }
            var times = [];
            var values = [];
            for (var i = 0; i < keys.length; i += 1) {
                times.push(shot.time(keys[i].frame));
                values.push(keys[i].value.length === 1 ? keys[i].value[0] : keys[i].value);
            }
            property.setValuesAtTimes(times, values);
            for (var k = 1; k <= keys.length; k += 1) {
                var key = keys[k - 1];
                if (property.isSpatial) {
                    straighten(property, k, key.value.length);
                }
                property.setInterpolationTypeAtKey(
                    k, KeyframeInterpolationType.LINEAR, KeyframeInterpolationType.LINEAR);
                // An ease turns its key into a Bezier, so eases come last.
                if (key.ease_in || key.ease_out) {
                    var count = property.keyInTemporalEase(k).length;
                    property.setTemporalEaseAtKey(
                        k,
                        repeated(ease(key.ease_in, meanSpeed(keys[k - 2], key, shot.rate)), count),
                        repeated(ease(key.ease_out, meanSpeed(key, keys[k], shot.rate)), count));
                }
            }
        }
    };
}());
