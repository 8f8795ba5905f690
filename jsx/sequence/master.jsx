// The master comp: the shots' comps one after another, on exact frames.

multiplane.master = (function () {
    var LABEL = 15;
    var at = multiplane.properties;
    var aspects = multiplane.aspects;

    /* Frames that a shot is seen before and after its own: half a dissolve, as far as it reaches. */
    function overlap(places, i, dissolve) {
        var before = places[i - 1];
        var place = places[i];
        if (!before || before.end !== place.start || dissolve <= 0) {
            return { into: 0, out: 0 };
        }
        var half = Math.min(Math.floor(dissolve / 2), place.handles, before.handles);
        return { into: half, out: Math.min(dissolve - half, half + 1, before.handles, place.handles) };
    }

    function dissolveKeys(place) {
        var from = { frame: place.first, value: [0] };
        var to = { frame: place.start + place.dissolve.out, value: [100] };
        return place.first < to.frame && place.dissolve.into > 0 ? [from, to] : [{ frame: 0, value: [100] }];
    }

    var ALL = [
        aspects.label,
        aspects.enabled,
        {
            name: "span",
            says: "where it begins and ends",
            read: aspects.span.read,
            write: function (layer, wanted) {
                var place = wanted.place;
                var time = wanted.time;
                multiplane.timing.place(layer, time(place.start - place.handles), time(place.first), time(place.last));
            }
        },
        aspects.values("position", "its position", at.position, function (property, wanted) {
            property.setValue(wanted.middle);
        }),
        aspects.values("scale", "its scale", at.scale, function (property, wanted) {
            property.setValue([wanted.fit, wanted.fit, 100]);
        }),
        aspects.values("opacity", "its opacity", at.opacity, function (property, wanted) {
            // The master's frames are seconds already: no handles before them.
            multiplane.keys.write(property, dissolveKeys(wanted.place), { time: wanted.time, rate: wanted.rate });
        })
    ];

    /** @param {CompItem} comp */
    function layerOf(comp, id) {
        for (var i = 1; i <= comp.numLayers; i += 1) {
            var tag = multiplane.tags.read(comp.layer(i));
            if (tag && tag.shot === id && !tag.layer) {
                return comp.layer(i);
            }
        }
        return null;
    }

    function placesOf(sequence, title, report) {
        var places = [];
        for (var i = 0; i < sequence.shots.length; i += 1) {
            var shot = sequence.shots[i];
            var comp = multiplane.items.shot(title, shot.id);
            if (comp) {
                var tag = multiplane.tags.read(comp);
                places.push({
                    id: shot.id,
                    comp: comp,
                    handles: tag.handles || 0,
                    start: shot.start_frame,
                    end: shot.start_frame + shot.duration_frames
                });
            } else {
                report.missing.push(shot.id);
            }
        }
        return places;
    }

    function spans(places, dissolve) {
        for (var i = 0; i < places.length; i += 1) {
            places[i].dissolve = overlap(places, i, dissolve);
            places[i].first = places[i].start - places[i].dissolve.into;
            places[i].last = places[i].end;
            if (i > 0) {
                places[i - 1].last += places[i].dissolve.out;
            }
        }
    }

    /** @param {CompItem} comp */
    function lay(comp, place, below, setting, report) {
        var layer = layerOf(comp, place.id);
        var isNew = !layer;
        if (layer && !multiplane.tags.read(layer).made) {
            report.kept.push({ layer: layer.name, what: multiplane.FROM_A_FILE });
            return layer;
        }
        var state = layer ? multiplane.userEdits.state(layer, ALL) : multiplane.userEdits.FRESH;
        if (!layer) {
            layer = comp.layers.add(place.comp);
            report.added.push(place.id);
        } else {
            multiplane.planes.recall(layer);
        }
        if (below && (isNew || layer.index > below.index)) {
            layer.moveBefore(below);
        }
        var wanted = {
            label: LABEL,
            enabled: true,
            place: place,
            middle: [comp.width / 2, comp.height / 2],
            fit: 100 * Math.min(comp.width / place.comp.width, comp.height / place.comp.height),
            time: setting.time,
            rate: setting.rate
        };
        multiplane.tags.write(layer, {
            shot: place.id,
            storyboard: setting.title,
            made: multiplane.userEdits.write(layer, ALL, wanted, state, report.kept)
        });
        return layer;
    }

    function retireOthers(comp, sequence, report) {
        var wanted = {};
        for (var s = 0; s < sequence.shots.length; s += 1) {
            wanted["_" + sequence.shots[s].id] = true;
        }
        for (var i = 1; i <= comp.numLayers; i += 1) {
            var tag = multiplane.tags.read(comp.layer(i));
            if (tag && tag.shot && !tag.layer && !wanted["_" + tag.shot] && multiplane.planes.retire(comp.layer(i))) {
                report.retired.push(tag.shot);
            }
        }
    }

    /* Of each shot a marker with its name, and the markers of its own comp. */
    function markersOf(places, rate) {
        var markers = [];
        for (var i = 0; i < places.length; i += 1) {
            var place = places[i];
            markers.push({ frame: place.start, text: place.id, kind: "shot", duration_frames: place.end - place.start });
            var own = place.comp.markerProperty;
            for (var k = 1; k <= own.numKeys; k += 1) {
                var value = own.keyValue(k);
                if (value.getParameters().multiplane) {
                    markers.push({
                        frame: place.start - place.handles + multiplane.timing.frame(own.keyTime(k), rate),
                        text: value.comment,
                        label: value.label,
                        duration_frames: multiplane.timing.frame(value.duration, rate)
                    });
                }
            }
        }
        return markers;
    }

    function compOf(sequence, title, duration, rate, report) {
        var comp = multiplane.items.master(title);
        if (!comp) {
            var folder = multiplane.items.folder(
                multiplane.items.storyboard(title, report.made), "Comps", { folder: "comps" }, report.made);
            comp = multiplane.items.addComp(folder, title, sequence.size[0], sequence.size[1], duration, rate);
            report.made.push(comp);
            comp.label = LABEL;
        }
        multiplane.tags.write(comp, { sequence: title, comp: setUp(comp, sequence, duration, rate, report) });
        return comp;
    }

    /**
     * Size and rate, unless a designer changed them, and at least this length. Returns the state
     * that is ours.
     * @param {CompItem} comp
     */
    function setUp(comp, sequence, duration, rate, report) {
        var ours = (multiplane.tags.read(comp) || {}).comp;
        var wanted = [sequence.size[0], sequence.size[1], rate].join(" ");
        var now = [comp.width, comp.height, multiplane.timing.rate(comp.frameRate)].join(" ");
        if (ours !== undefined && ours !== now) {
            report.kept.push({ layer: comp.name, what: "the comp's size or rate" });
            wanted = ours;
        } else if (now !== wanted) {
            comp.width = sequence.size[0];
            comp.height = sequence.size[1];
            comp.frameRate = rate;
        }
        if (comp.duration < duration) {
            comp.duration = duration;
        }
        return wanted;
    }

    function layAudio(comp, places, given, setting, report) {
        var starts = {};
        for (var p = 0; p < places.length; p += 1) {
            starts["_" + places[p].id] = places[p].start;
        }
        var folder = multiplane.items.folder(
            multiplane.items.storyboard(setting.title, report.made), "Audio", { folder: "audio" }, report.made);
        for (var i = 0; i < given.length; i += 1) {
            var start = given[i].start;
            var frame = starts["_" + given[i].shot];
            if (start === undefined && frame !== undefined) {
                start = setting.time(frame);
            }
            try {
                if (start !== undefined) {
                    multiplane.audio.lay(comp, folder, setting.title, given[i].shot, given[i].file, start, report);
                }
            } catch (error) {
                // One file that cannot be read costs its sound, not the film.
                report.silent.push({ shot: given[i].shot, error: multiplane.told(error) });
            }
        }
    }

    return {
        /**
         * Make or update the master comp of shots that are in the project.
         * given: {sequence, storyboard?, audio?: [{shot, file, start?}], dissolve?: frames}
         */
        build: function (given) {
            var sequence = given.sequence;
            var title = given.storyboard || sequence.title;
            var rate = multiplane.timing.rate(sequence.fps);
            /** @type {any} */
            var report = { comp: "", state: "updated", added: [], retired: [], missing: [], silent: [], kept: [], made: [] };
            var setting = {
                title: title,
                rate: rate,
                time: function (frame) {
                    return frame / rate;
                }
            };
            var frames = 1;
            for (var i = 0; i < sequence.shots.length; i += 1) {
                frames = Math.max(frames, sequence.shots[i].start_frame + sequence.shots[i].duration_frames);
            }
            var places = placesOf(sequence, title, report);
            spans(places, given.dissolve || 0);
            var comp = compOf(sequence, title, multiplane.timing.seconds(frames, rate), rate, report);
            multiplane.layers.unlocked(comp, function () {
                var below = null;
                for (var p = 0; p < places.length; p += 1) {
                    below = lay(comp, places[p], below, setting, report);
                }
                retireOthers(comp, sequence, report);
                if (given.audio && given.audio.length > 0) {
                    layAudio(comp, places, given.audio, setting, report);
                }
            });
            multiplane.markers.write(comp, markersOf(places, rate), setting.time, rate, report.kept);
            report.comp = comp.name;
            report.state = multiplane.isAmong(comp, report.made) ? "created" : "updated";
            report.made = undefined;
            multiplane.items.forget();
            return report;
        }
    };
}());

/** Whether an item is in a list. Two references to one object are not equal: their ids are. */
multiplane.isAmong = function (item, list) {
    for (var i = 0; i < list.length; i += 1) {
        if (list[i].id === item.id) {
            return true;
        }
    }
    return false;
};
