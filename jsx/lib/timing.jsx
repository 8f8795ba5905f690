// Frames and seconds. Frames are what the manifest counts; After Effects takes seconds.

multiplane.timing = {
    /** The rate of a comp's frames: After Effects keeps thousandths, half up. */
    rate: function (fps) {
        if (!(fps >= 1 && fps <= 99)) {
            throw multiplane.failure("after_effects.fps", "Comps have 1 to 99 frames per second.", {
                field: "comp.fps",
                value: fps,
                remedy: "Give the storyboard another fps."
            });
        }
        return Math.floor(fps * 1000 + 0.5) / 1000;
    },

    /** When a frame begins, s. */
    seconds: function (frame, rate) {
        var time = frame / rate;
        if (time > 10800) {
            throw multiplane.failure("after_effects.duration", "Comps last at most three hours.", {
                field: "comp.duration_frames",
                value: frame,
                remedy: "Split the storyboard."
            });
        }
        return time;
    },

    /** The frame that begins at `time` (s), or lasts then. */
    frame: function (time, rate) {
        return Math.round(time * rate);
    },

    /** Place a layer in time. In this order: the start moves both ends, the in-point the out-point. */
    place: function (layer, start, first, end) {
        layer.startTime = start;
        layer.inPoint = first;
        layer.outPoint = end;
    }
};
