// The shots' audio files and the soundtrack in the master comp.

multiplane.audio = (function () {
    var LABEL = 13;

    /* Nothing of an audio file is changed once it lies; where it lies may be. */
    function aspect(wanted) {
        var span = multiplane.aspects.span;
        return [{
            name: span.name,
            says: "where its audio begins and ends",
            read: span.read,
            write: function (layer) {
                var length = layer.source.duration;
                multiplane.timing.place(layer, wanted.start, wanted.start, wanted.start + length);
            }
        }];
    }

    /** @param {CompItem} comp */
    function layerOf(comp, id) {
        for (var i = 1; i <= comp.numLayers; i += 1) {
            if (multiplane.tags.has(comp.layer(i), { audio: id })) {
                return comp.layer(i);
            }
        }
        return null;
    }

    return {
        /** Lay the audio file of a shot (of the soundtrack: "") at `start` (s) of the comp, or move it there. */
        lay: function (comp, folder, title, id, path, start, report) {
            var identity = { audio: id, storyboard: title };
            var name = multiplane.files.nameOf(multiplane.files.at(path));
            var all = aspect({ start: start });
            /** @type {any} */
            var layer = layerOf(comp, id);
            var state = layer ? multiplane.userEdits.state(layer, all) : multiplane.userEdits.FRESH;
            var item = layer ? layer.source : null;
            if (!layer) {
                item = multiplane.footage.bring(path, name, folder, name, identity, report.made);
            } else if (multiplane.footage.isOf(item, identity)) {
                multiplane.footage.refresh(item, path, name);
            } else {
                report.kept.push({ layer: layer.name, what: "its source" });
            }
            if (!item.hasAudio) {
                throw multiplane.failure("after_effects.audio_silent", "There is no audio in this file.", { file: path });
            }
            if (!layer) {
                layer = comp.layers.add(item);
                layer.label = LABEL;
                layer.moveToEnd();
            }
            multiplane.tags.write(layer, {
                audio: id,
                storyboard: title,
                made: multiplane.userEdits.write(layer, all, {}, state, report.kept)
            });
        }
    };
}());
