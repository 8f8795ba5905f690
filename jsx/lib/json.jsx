// JSON, which ExtendScript lacks. Nothing is added to any prototype: the engine is shared.

multiplane.json = (function () {
    var ESCAPES = { "\"": "\"", "\\": "\\", "/": "/", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t" };
    var NUMBER = /^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+\-]?[0-9]+)?/;
    var DEEPEST = 200;

    function hex(code) {
        var digits = code.toString(16);
        while (digits.length < 4) {
            digits = "0" + digits;
        }
        return "\\u" + digits;
    }

    function quoted(text) {
        var out = "\"";
        for (var i = 0; i < text.length; i += 1) {
            var code = text.charCodeAt(i);
            var plain = code >= 32 && code < 127 && code !== 34 && code !== 92;
            out += plain ? text.charAt(i) : hex(code);
        }
        return out + "\"";
    }

    function isList(value) {
        return Object.prototype.toString.call(value) === "[object Array]";
    }

    function write(value) {
        var parts = [];
        if (value === null || value === undefined) {
            return "null";
        }
        if (typeof value === "number") {
            return isFinite(value) ? String(value) : "null";
        }
        if (typeof value === "boolean") {
            return String(value);
        }
        if (typeof value === "string") {
            return quoted(value);
        }
        if (isList(value)) {
            for (var i = 0; i < value.length; i += 1) {
                parts.push(write(value[i]));
            }
            return "[" + parts.join(",") + "]";
        }
        for (var name in value) {
            // Borrowed, because the value may have an entry of this name itself.
            var own = Object.prototype.hasOwnProperty.call(value, name);
            if (own && value[name] !== undefined && typeof value[name] !== "function") {
                parts.push(quoted(name) + ":" + write(value[name]));
            }
        }
        return "{" + parts.join(",") + "}";
    }

    /* The value of a text; the functions share the place they are at. */
    function read(text) {
        var at = 0;

        function wrong(wanted) {
            return new Error("this is no JSON: " + wanted + " expected at character " + (at + 1));
        }

        function skip() {
            var code = text.charCodeAt(at);
            while (code === 32 || code === 9 || code === 10 || code === 13) {
                at += 1;
                code = text.charCodeAt(at);
            }
            return text.charAt(at);
        }

        function take(sign) {
            if (skip() !== sign) {
                throw wrong(sign);
            }
            at += 1;
        }

        function word(letters, value) {
            if (text.substr(at, letters.length) !== letters) {
                throw wrong("a value");
            }
            at += letters.length;
            return value;
        }

        function number() {
            // A slice, because a long text is not to be copied for every number in it.
            var found = NUMBER.exec(text.substr(at, 40));
            if (!found) {
                throw wrong("a value");
            }
            at += found[0].length;
            return Number(found[0]);
        }

        function escaped() {
            var sign = text.charAt(at);
            at += 1;
            if (sign === "u") {
                var digits = text.substr(at, 4);
                if (!/^[0-9a-fA-F]{4}$/.test(digits)) {
                    throw wrong("four hexadecimal digits");
                }
                at += 4;
                return String.fromCharCode(parseInt(digits, 16));
            }
            if (!ESCAPES.hasOwnProperty(sign)) {
                throw wrong("an escape");
            }
            return ESCAPES[sign];
        }

        function string() {
            var out = "";
            take("\"");
            for (;;) {
                // Whole pieces, because manifests are long and this engine is slow.
                var end = text.indexOf("\"", at);
                var piece = text.substring(at, end);
                var slash = piece.indexOf("\\");
                piece = slash < 0 ? piece : piece.substring(0, slash);
                if (end < 0 || /[\u0000-\u001f]/.test(piece)) {
                    throw wrong("the end of a string");
                }
                out += piece;
                at += piece.length + 1;
                if (slash < 0) {
                    return out;
                }
                out += escaped();
            }
        }

        /* What stands between two signs, with commas; `one` reads a member. */
        function members(open, close, one) {
            take(open);
            if (skip() === close) {
                at += 1;
                return;
            }
            for (;;) {
                one();
                if (skip() === close) {
                    at += 1;
                    return;
                }
                take(",");
            }
        }

        function list(depth) {
            var out = /** @type {any[]} */ ([]);
            members("[", "]", function () {
                out.push(value(depth));
            });
            return out;
        }

        function object(depth) {
            var out = {};
            members("{", "}", function () {
                skip();
                var name = string();
                take(":");
                out[name] = value(depth);
            });
            return out;
        }

        function value(depth) {
            var sign = skip();
            if (depth > DEEPEST) {
                throw wrong("less nesting");
            }
            if (sign === "{") {
                return object(depth + 1);
            }
            if (sign === "[") {
                return list(depth + 1);
            }
            if (sign === "\"") {
                return string();
            }
            if (sign === "t") {
                return word("true", true);
            }
            if (sign === "f") {
                return word("false", false);
            }
            if (sign === "n") {
                return word("null", null);
            }
            return number();
        }

        var whole = value(0);
        if (skip() !== "") {
            throw wrong("the end");
        }
        return whole;
    }

    return {
        /** ASCII text of a value; what JSON cannot say becomes null. */
        stringify: write,

        /** The value of a text. Throws an Error that says where the text is wrong. */
        parse: function (text) {
            return read(String(text));
        },

        isList: isList
    };
}());
