// Names of items and layers.

multiplane.names = (function () {
    var LONGEST = 255; // bytes of UTF-8

    function bytes(code) {
        if (code < 0x80) {
            return 1;
        }
        // Half of a pair counts two: the whole character has four.
        return code < 0x800 || (code >= 0xD800 && code <= 0xDFFF) ? 2 : 3;
    }

    return {
        /** The name as After Effects keeps it: no NUL, at most 255 bytes, whole characters. */
        kept: function (name) {
            var text = String(name).split("\u0000").join("");
            var length = 0;
            for (var i = 0; i < text.length; i += 1) {
                var code = text.charCodeAt(i);
                var pair = code >= 0xD800 && code <= 0xDBFF;
                length += pair ? 4 : bytes(code);
                if (length > LONGEST) {
                    return text.substring(0, i);
                }
                if (pair) {
                    i += 1;
                }
            }
            return text;
        },

        /** The name as a folder may have it on every system; two names never become one. */
        safe: function (name) {
            var text = String(name);
            var kept = text.replace(/[\\\/:*?"<>|\u0000-\u001f]/g, "_").replace(/[. ]+$/, "_");
            return kept === text ? kept : kept + "-" + multiplane.digest(text);
        }
    };
}());
