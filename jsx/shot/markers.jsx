// Markers of a comp: dialogue, action and notes. Ours carry a parameter, so a designer's are safe.

multiplane.markers = (function () {
    var OURS = "multiplane";
    var LABELS = { shot: 15, dialogue: 14, action: 11, notes: 2 };

    /* Markers of one frame become one, because a time holds only one. */
    function joined(markers, time) {
        var at = {};
        var list = [];
        for (var i = 0; i < markers.length; i += 1) {
            var frame = markers[i].frame;
            if (!at["_" + frame]) {
                at["_" + frame] = { time: time(frame), frame: frame, frames: 0, text: "", label: 0, isSpoken: false };
                list.push(at["_" + frame]);
            }
            var one = at["_" + frame];
            one.text += (one.text === "" ? "" : "\n") + markers[i].text;
            one.frames = Math.max(one.frames, markers[i].duration_frames || 0);
            // The first that has a colour gives it: they stand in the order of their weight.
            one.label = one.label || LABELS[markers[i].kind] || markers[i].label || 0;
            one.isSpoken = one.isSpoken || markers[i].kind === "dialogue";
        }
        return list;
    }

    /* After Effects may give line ends back as others than were written. */
    function digest(text) {
        return multiplane.digest(text.replace(/\r\n?/g, "\n"));
    }

    /* All of a marker that is ours. A program whose markers lack a switch has none to change. */
    function stateOf(text, value) {
        return digest([text, value.label, value.protectedRegion === true].join("\n"));
    }

    function isUntouched(value) {
        var left = value.getParameters()[OURS];
        // Markers of versions without colours kept a digest of their text alone.
        return left === stateOf(value.comment, value) || left === digest(value.comment);
    }

    function removeOurs(property, comp, kept) {
        for (var k = property.numKeys; k >= 1; k -= 1) {
            var value = property.keyValue(k);
            if (value.getParameters()[OURS]) {
                if (isUntouched(value)) {
                    property.removeKey(k);
                } else {
                    kept.push({ layer: comp.name, what: "the marker \"" + value.comment + "\"" });
                }
            }
        }
    }

    function isFree(property, time, rate) {
        if (property.numKeys === 0) {
            return true;
        }
        var nearest = property.keyTime(property.nearestKeyIndex(time));
        return Math.abs(nearest - time) > 0.5 / rate;
    }

    return {
        /**
         * Put `markers` ({frame, text, duration_frames, kind or label}) on a comp in place of our earlier ones.
         * `time(frame)` gives seconds. Where a designer's marker stands, theirs stays.
         * @param {CompItem} comp
         */
        write: function (comp, markers, time, rate, kept) {
            var property = comp.markerProperty;
            var list = joined(markers, time);
            removeOurs(property, comp, kept);
            for (var i = 0; i < list.length; i += 1) {
                if (isFree(property, list[i].time, rate)) {
                    var value = new MarkerValue(list[i].text);
                    value.duration = multiplane.timing.seconds(list[i].frames, rate);
                    value.label = list[i].label;
                    // Where somebody speaks, stretching the comp's layer must not stretch time.
                    if (list[i].isSpoken && list[i].frames > 0) {
                        value.protectedRegion = true;
                    }
                    var identity = {};
                    identity[OURS] = stateOf(list[i].text, value);
                    value.setParameters(identity);
                    property.setValueAtTime(list[i].time, value);
                }
            }
        }
    };
}());
