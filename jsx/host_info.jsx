// What the panel has to know of the program it is in.

multiplane.hostInfo = function () {
    var mayWrite = true;
    try {
        mayWrite = app.preferences.getPrefAsLong(
            "Main Pref Section v2", "Pref_SCRIPTING_FILE_NETWORK_SECURITY",
            PREFType.PREF_Type_MACHINE_INDEPENDENT) === 1;
    } catch (unknown) {
        // Another version keeps it elsewhere: trying to write will tell.
    }
    return {
        host: "after-effects",
        version: app.version,
        language: app.isoLanguage,
        system: $.os,
        importer: multiplane.VERSION,
        project: app.project.file ? app.project.file.fsName : null,
        items: app.project.numItems,
        may_write_files: mayWrite
    };
};
