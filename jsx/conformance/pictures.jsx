// Two small pictures to import, written by the script itself: 16 x 8 and 32 x 8 px, plain red.

multiplane.pictures = (function () {
    var SMALL =
            "89504e470d0a1a0a0000000d49484452000000100000000808020000007f14e8c0000000134944415478da6338a1a141" +
            "126218d5400b0d0087cd8c01a17834710000000049454e44ae426082";
    var WIDE =
            "89504e470d0a1a0a0000000d494844520000002000000008080200000017e76af8000000164944415478da6338a1a141" +
            "53c4306ac1a80583df02001bef1810711c76ec0000000049454e44ae426082";

    function bytes(digits) {
        var out = "";
        for (var i = 0; i < digits.length; i += 2) {
            out += String.fromCharCode(parseInt(digits.substr(i, 2), 16));
        }
        return out;
    }

    function write(path, digits) {
        var file = multiplane.files.at(path);
        file.encoding = "BINARY";
        if (!file.open("w") || !file.write(bytes(digits)) || !file.close()) {
            throw new Error("cannot write " + path + ": " + file.error);
        }
        return file;
    }

    return {
        small: function (path) {
            return write(path, SMALL);
        },
        wide: function (path) {
            return write(path, WIDE);
        }
    };
}());
