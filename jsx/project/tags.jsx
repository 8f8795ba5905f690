// Identity tags in comments: how a later import finds our items and layers again, whatever they are
// called by then. "Multiplane " and a JSON object, on one line; a designer's own words around it stay.

multiplane.tags = (function () {
    var MARK = "Multiplane {";
    var LONGEST = 15999; // bytes that a comment holds; tags are ASCII

    function around(given) {
        // After Effects may give back other line ends than were written.
        var comment = String(given).replace(/\r\n?/g, "\n");
        var start = comment.indexOf(MARK);
        if (start < 0) {
            return { before: comment, tag: null, after: "" };
        }
        var end = start + comment.substring(start).search(/\n|$/);
        return {
            before: comment.substring(0, start),
            tag: comment.substring(start + MARK.length - 1, end),
            after: comment.substring(end)
        };
    }

    function same(tag, wanted) {
        for (var name in wanted) {
            if (wanted.hasOwnProperty(name) && tag[name] !== wanted[name]) {
                return false;
            }
        }
        return true;
    }

    return {
        /** The tag of an item or layer; null for what is not ours. */
        read: function (tagged) {
            var text = around(tagged.comment).tag;
            if (text === null) {
                return null;
            }
            try {
                return multiplane.json.parse(text);
            } catch (broken) {
                return null;
            }
        },

        /** What is said for people before the tag: ours, or a designer's. */
        words: function (tagged) {
            return around(tagged.comment).before.replace(/\n$/, "");
        },

        /** Put words for people before the tag, in place of what stands there. */
        say: function (tagged, words) {
            var found = around(tagged.comment);
            if (found.tag === null) {
                tagged.comment = words;
            } else {
                tagged.comment = words + (words === "" ? "" : "\n") + MARK.substring(0, MARK.length - 1) +
                    found.tag + found.after;
            }
        },

        write: function (tagged, tag) {
            var found = around(tagged.comment);
            tag.version = multiplane.VERSION;
            var text = "Multiplane " + multiplane.json.stringify(tag);
            var free = found.tag === null && found.before !== "" ? "\n" : "";
            if (text.length > LONGEST) {
                throw multiplane.failure("after_effects.tag_too_long", "An identity tag is too long for a comment.", {
                    remedy: "Please report this shot."
                });
            }
            tagged.comment = found.before + free + text + found.after;
        },

        /** Whether it is ours and has all of these entries. */
        has: function (tagged, wanted) {
            // Most comments are empty, and reading JSON is slow.
            if (String(tagged.comment).indexOf(MARK) < 0) {
                return false;
            }
            var tag = this.read(tagged);
            return tag !== null && same(tag, wanted);
        }
    };
}());

multiplane.VERSION = "0.1.0";
