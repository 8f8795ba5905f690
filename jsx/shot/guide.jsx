// The picture as it was painted: a 2D guide layer over everything, switched off, never rendered.

multiplane.guide = (function () {
    var NAME = "Original picture";
    var LAYER = "original-picture";
    var LABEL = 11;

    /* The background's size, as it is seen at rest. */
    function scaleOf(shot) {
        var back = shot.manifest.layers[0];
        var size = shot.manifest.camera.zoom / (shot.manifest.camera.zoom + back.position[2]);
        return [back.scale[0] * size, back.scale[1] * size, 100];
    }

    var SCALE = multiplane.aspects.values("scale", "its scale", multiplane.properties.scale,
        function (property, wanted) {
            property.setValue(scaleOf(wanted.shot));
        });
    var ALL = [multiplane.aspects.span, SCALE];

    function write(layer, shot, state, kept) {
        multiplane.tags.write(layer, shot.tag(LAYER, multiplane.userEdits.write(layer, ALL, { shot: shot }, state, kept)));
    }

    return {
        LAYER: LAYER,

        add: function (comp, shot, folder, made) {
            var picture = shot.manifest.files.picture;
            var layer = comp.layers.add(multiplane.footage.bring(
                shot.path(picture), picture, folder, NAME, shot.identity(LAYER), made));
            layer.name = NAME;
            layer.label = LABEL;
            layer.guideLayer = true;
            layer.enabled = false;
            write(layer, shot, multiplane.userEdits.FRESH, []);
        },

        /** Bring the guide up to date; one that was deleted stays so. */
        update: function (comp, shot, kept) {
            /** @type {any} */
            var layer = multiplane.layers.byId(comp, LAYER);
            var picture = shot.manifest.files.picture;
            if (!layer) {
                return;
            }
            var state = multiplane.userEdits.state(layer, ALL);
            if (multiplane.footage.isOf(layer.source, shot.identity(LAYER))) {
                multiplane.footage.refresh(layer.source, shot.path(picture), picture);
            } else {
                kept.push({ layer: layer.name, what: "its source" });
            }
            write(layer, shot, state, kept);
        }
    };
}());
