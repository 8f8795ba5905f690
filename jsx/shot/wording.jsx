// What our layers and comps are called, and what their comments say for people.

multiplane.wording = (function () {
    var LONGEST = 1000; // characters of a prompt in a comment, so that the tag after it has room

    var LONGEST_ID = 40; // characters of a shot's id in a name, so that the layer's own has room

    function cut(text, length) {
        // Characters that UTF-16 writes as a pair stay whole.
        return text.length > length ? text.substring(0, length).replace(/[\uD800-\uDBFF]$/, "") + "..." : text;
    }

    function shortened(text) {
        return cut(text, LONGEST).replace(/\s+/g, " ");
    }

    function percent(share) {
        return Math.round(share * 100) + " %";
    }

    function madeBy(model) {
        var parts = ["Model: " + model.name];
        if (typeof model.seed === "number") {
            parts.push("seed " + model.seed);
        }
        if (typeof model.take === "number" && model.take > 1) {
            parts.push("take " + model.take);
        }
        return parts.join(", ");
    }

    return {
        /** A layer's name: which shot, and what. */
        named: function (shot, name) {
            return cut(shot.id, LONGEST_ID) + " " + name;
        },

        /** A shot in a few lines: its words, style, model and seed, and its move. */
        ofShot: function (manifest) {
            var lines = [];
            if (manifest.original_prompt) {
                lines.push("Prompt: " + shortened(manifest.original_prompt));
            }
            if (manifest.style) {
                lines.push("Style: " + shortened(manifest.style));
            }
            if (manifest.model) {
                lines.push(madeBy(manifest.model));
            }
            lines.push("Camera: " + manifest.camera.preset + ", amount " + Math.round(manifest.camera.amount * 100) / 100);
            return lines.join("\n");
        },

        /** Where a layer comes from: the words that mean it, and how sure the cut is. */
        ofLayer: function (entry) {
            if (!entry.phrase) {
                return "";
            }
            return "Words: " + shortened(entry.phrase) + "\nConfidence: " + percent(entry.confidence);
        }
    };
}());
