// The shot's layers as 3D planes, and how they stand in the comp.

multiplane.layers = {
    /**
     * Our layer of this id in a comp, or null. Of a designer's copies the one below counts.
     * @param {CompItem} comp
     */
    byId: function (comp, id) {
        for (var i = comp.numLayers; i >= 1; i -= 1) {
            if (multiplane.tags.has(comp.layer(i), { layer: id })) {
                return comp.layer(i);
            }
        }
        return null;
    },

    /**
     * Call `work` with our layers of the comp unlocked; those that a designer locked are again
     * when it ends.
     * @param {CompItem} comp
     */
    unlocked: function (comp, work) {
        var locked = /** @type {Layer[]} */ ([]);
        try {
            for (var i = 1; i <= comp.numLayers; i += 1) {
                var layer = comp.layer(i);
                if (layer.locked && multiplane.tags.read(layer)) {
                    layer.locked = false;
                    locked.push(layer);
                }
            }
            return work();
        } finally {
            for (var k = 0; k < locked.length; k += 1) {
                locked[k].locked = true;
            }
        }
    }
};

/* Aspects that all kinds of our layers have. */
multiplane.aspects = {
    name: {
        name: "name",
        says: "its name",
        read: function (layer) {
            return layer.name;
        },
        write: function (layer, wanted) {
            layer.name = multiplane.names.kept(wanted.name);
        }
    },
    label: {
        name: "label",
        says: "its label colour",
        read: function (layer) {
            return String(layer.label);
        },
        write: function (layer, wanted) {
            layer.label = wanted.label;
        }
    },
    enabled: {
        name: "enabled",
        says: "its eye",
        read: function (layer) {
            return String(layer.enabled);
        },
        write: function (layer, wanted) {
            layer.enabled = wanted.enabled;
        }
    },
    /* The motion blur of layers that may move: the comp's own switch decides whether it is seen. */
    motionBlur: {
        name: "motion_blur",
        says: "its motion blur switch",
        before: "false",
        read: function (layer) {
            return String(layer.motionBlur);
        },
        write: function (layer) {
            layer.motionBlur = true;
        }
    },
    /* Shy layers are hidden once the comp hides them. */
    shy: {
        name: "shy",
        says: "its shy switch",
        before: "false",
        read: function (layer) {
            return String(layer.shy);
        },
        write: function (layer) {
            layer.shy = true;
        }
    },
    /* Words for people before the tag. */
    comment: {
        name: "comment",
        says: "its comment",
        before: "",
        read: function (tagged) {
            return multiplane.tags.words(tagged);
        },
        write: function (tagged, wanted) {
            multiplane.tags.say(tagged, wanted.comment);
        }
    },
    span: {
        name: "span",
        says: "where it begins and ends",
        read: function (layer) {
            return [layer.startTime.toFixed(3), layer.inPoint.toFixed(3), layer.outPoint.toFixed(3)].join(" ");
        },
        write: function (layer, wanted) {
            multiplane.timing.place(layer, 0, 0, wanted.shot.duration);
        }
    },
    /**
     * An aspect of a property's value or keys; `find(layer)` gives the property. `before`: what was
     * read of layers of versions that did not note it.
     */
    values: function (name, says, find, write, before) {
        return {
            name: name,
            says: says,
            before: before,
            read: function (layer) {
                return multiplane.userEdits.values(find(layer));
            },
            write: function (layer, wanted) {
                write(find(layer), wanted);
            }
        };
    },
    /** An aspect of a property's expression; `text(wanted)` may give "". `before` as of `values`. */
    expression: function (name, says, find, text, before) {
        return {
            name: name,
            says: says,
            before: before,
            read: function (layer) {
                return multiplane.userEdits.expression(find(layer));
            },
            write: function (layer, wanted) {
                multiplane.properties.express(find(layer), wanted.rig === "" ? "" : text(wanted));
            }
        };
    }
};

multiplane.planes = (function () {
    var LABELS = { background: 9, character: 8, prop: 14 };
    var at = multiplane.properties;
    var aspects = multiplane.aspects;

    function parentOf(layer) {
        return layer.parent ? String(layer.parent.name) : "";
    }

    var PARENT = {
        name: "parent",
        says: "its parent",
        read: parentOf,
        write: function () {
            // Planes stand in the world. A parent is always a designer's.
        }
    };
    var SWITCHES = [
        aspects.name, aspects.label, aspects.enabled, aspects.motionBlur, aspects.comment, aspects.span, PARENT
    ];
    var PLACE = [
        aspects.values("anchor", "its anchor point", at.anchor, function (property, wanted) {
            property.setValue([wanted.entry.anchor[0], wanted.entry.anchor[1], 0]);
        }),
        aspects.values("position", "its position", at.position, function (property, wanted) {
            property.setValue(wanted.entry.position);
        }),
        aspects.values("scale", "its scale", at.scale, function (property, wanted) {
            property.setValue([wanted.entry.scale[0], wanted.entry.scale[1], 100]);
        }),
        aspects.expression("position.expression", "the expression of its position", at.position, function (wanted) {
            return multiplane.expressions.planePosition(wanted.rig, wanted.shot);
        }),
        aspects.expression("scale.expression", "the expression of its scale", at.scale, function (wanted) {
            return multiplane.expressions.planeScale(wanted.rig, wanted.shot, wanted.entry);
        })
    ];

    function wantedOf(layer, shot, entry) {
        return {
            shot: shot,
            entry: entry,
            // Only Parallax needs expressions on planes.
            rig: shot.expressions === "all" ? multiplane.rig.nameIn(layer.containingComp, shot) : "",
            name: multiplane.wording.named(shot, entry.name),
            comment: multiplane.wording.ofLayer(entry),
            label: LABELS[entry.kind] || LABELS.prop,
            enabled: true
        };
    }

    function tag(layer, shot, entry, made) {
        var found = shot.tag(entry.id, made);
        found.kind = entry.kind;
        multiplane.tags.write(layer, found);
    }

    return {
        /**
         * Add a plane on top of the comp; `item` is its footage.
         * @param {CompItem} comp
         * @param {FootageItem} item
         */
        add: function (comp, item, shot, entry) {
            var layer = comp.layers.add(item);
            // 3D first: the depth of a 2D layer's position is not kept.
            layer.threeDLayer = true;
            tag(layer, shot, entry,
                multiplane.userEdits.write(
                    layer, SWITCHES.concat(PLACE), wantedOf(layer, shot, entry), multiplane.userEdits.FRESH, []));
            return layer;
        },

        /** What a designer changed of a plane: to be asked before its footage changes. */
        state: function (layer) {
            return multiplane.userEdits.state(layer, SWITCHES.concat(PLACE));
        },

        /** Bring a plane up to date, apart from what was changed on it. `state` is that of before. */
        update: function (layer, shot, entry, state, kept) {
            var wanted = wantedOf(layer, shot, entry);
            var made = multiplane.userEdits.write(layer, SWITCHES, wanted, state, kept);
            // Under a parent of a designer's our numbers would mean another place.
            var place = state.untouched.parent ? multiplane.userEdits.write(layer, PLACE, wanted, state, kept) : state.made;
            for (var i = 0; i < PLACE.length; i += 1) {
                made[PLACE[i].name] = place[PLACE[i].name];
            }
            tag(layer, shot, entry, made);
        },

        /** Switch a plane off that the shot has no more. It stays, with all that was done to it. */
        retire: function (layer) {
            var found = multiplane.tags.read(layer);
            if (found.retired) {
                return false;
            }
            found.retired = layer.enabled ? "on" : "off";
            multiplane.tags.write(layer, found);
            layer.enabled = false;
            return true;
        },

        /** Back in the shot: what retiring did is undone. */
        recall: function (layer) {
            var found = multiplane.tags.read(layer);
            if (found.retired) {
                layer.enabled = found.retired === "on";
                found.retired = undefined;
                multiplane.tags.write(layer, found);
            }
        }
    };
}());
