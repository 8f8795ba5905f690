// Errors that say what is wrong, where, and what to do: as the contract's errors do.

/** An Error with `code`, and where known `file`, `field`, `value` and `remedy`. */
multiplane.failure = function (code, message, more) {
    /** @type {any} */
    var error = new Error(message);
    error.code = code;
    // Where nothing more is said, going through it would throw, and hide this message.
    var said = more || {};
    for (var name in said) {
        if (said.hasOwnProperty(name)) {
            error[name] = said[name];
        }
    }
    return error;
};

/** An error as the answer of an entry. */
multiplane.told = function (error) {
    return {
        code: error.code || "after_effects.refused",
        message: String(error.message || error),
        file: error.file,
        field: error.field,
        value: error.value,
        remedy: error.remedy,
        // Where in the script, for a fault of ours or a refusal of After Effects.
        script: error.code ? undefined : String(error.fileName || ""),
        line: error.code ? undefined : error.line
    };
};

/** Run `work` as one undo step, without dialogs; what it throws goes on. */
multiplane.undoable = function (title, work) {
    app.beginUndoGroup(title);
    try {
        app.beginSuppressDialogs();
        try {
            return work();
        } finally {
            app.endSuppressDialogs(false);
        }
    } finally {
        app.endUndoGroup();
    }
};
