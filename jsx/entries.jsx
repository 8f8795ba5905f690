// What others call: multiplane.call.<name>(text) -> text.
// {"ok": true, "result": ...} or {"ok": false, "error": {code, message, file, field, value, remedy}}.

multiplane.call = (function () {
    function entry(work) {
        return function (text) {
            try {
                multiplane.items.doubt();
                var given = text === undefined || text === "" ? {} : multiplane.json.parse(text);
                return multiplane.json.stringify({ ok: true, result: work(given) });
            } catch (error) {
                return multiplane.json.stringify({ ok: false, error: multiplane.told(error) });
            }
        };
    }

    return {
        hostInfo: entry(multiplane.hostInfo),
        importShot: entry(multiplane.importShot),
        updateShot: entry(multiplane.updateShot),
        planSequence: entry(multiplane.sequences.plan),
        finishSequence: entry(multiplane.sequences.finish),
        importSequence: entry(multiplane.sequences.all),
        exposeRig: entry(multiplane.graphics.expose),
        exportTemplate: entry(function (given) {
            return multiplane.graphics.exportTemplate(given);
        }),
        precompose: entry(function (given) {
            return multiplane.precomps.run(given);
        }),
        outputModules: entry(multiplane.encoder.templates),
        queueInEncoder: entry(multiplane.encoder.send),
        relink: entry(multiplane.relink),
        collect: entry(multiplane.collect),
        importedShots: entry(multiplane.imported.list),
        activeComp: entry(multiplane.imported.active),
        openComp: entry(multiplane.imported.open)
    };
}());
