"""Further ways out for a shot: numbered pictures, and one layer as a film with transparency."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

from multiplane.deliver.compositor import Painted, Rgba
from multiplane.deliver.film import film, straight
from multiplane.deliver.folder import replacing_file, replacing_folder
from multiplane.deliver.own_files import digests, made_in, write_ledger
from multiplane.deliver.png import write_png
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.stage.shot import Staged

_PRORES_4444 = "4"


def write_frames(
    folder: Path, frames: Iterable[Rgba], origin: Mapping[str, str] | None = None
) -> int:
    """Write premultiplied ``frames`` as folder/00000.png and so on; returns their number.

    The folder appears whole, in place of an earlier one. Opaque frames are stored without alpha.
    Raises Failure when it cannot be written.
    """
    count = 0
    with replacing_folder(folder, made_in) as fresh:
        for count, frame in enumerate(frames, start=1):
            opaque = bool((frame[..., 3] == 255).all())
            picture = frame[..., :3].copy() if opaque else straight(frame)
            write_png(fresh / f"{count - 1:05d}.png", picture, origin)
        write_ledger(fresh, digests(fresh))
    return count


def write_layer_film(
    path: Path,
    staged: Staged,
    layers: Sequence[Painted],
    layer_id: str,
    *,
    motion_samples: int = 1,
    on_frame: Callable[[int, int], None] | None = None,
) -> int:
    """Film one layer as it moves before the camera: ProRes 4444 (.mov) with straight alpha.

    10 bits a channel, BT.709; returns the number of frames. ``motion_samples`` > 1 blurs motion by
    so many instants a frame. ``on_frame(done, total)`` is called after each. Raises ValueError for
    an unknown layer, Failure when the file cannot be written.
    """
    import av
    from av.video.reformatter import ColorRange, Colorspace

    rate = exact_rate(staged.comp.fps)
    count = 0
    with replacing_file(path) as fresh, av.open(str(fresh), "w", format="mov") as mov:
        stream = mov.add_stream("prores_ks", rate=rate)
        stream.width, stream.height = staged.comp.width, staged.comp.height
        stream.pix_fmt = "yuva444p10le"
        stream.options = {"profile": _PRORES_4444, "vendor": "apl0", "alpha_bits": "16"}
        stream.time_base = 1 / rate
        context = stream.codec_context
        context.color_range = ColorRange.MPEG
        context.colorspace = context.color_primaries = context.color_trc = 1  # BT.709
        frames = film(
            staged, layers, motion_samples=motion_samples, only=layer_id, on_frame=on_frame
        )
        for frame in frames:
            picture = av.VideoFrame.from_ndarray(straight(frame), format="rgba").reformat(
                format="yuva444p10le",
                dst_colorspace=Colorspace.ITU709,
                dst_color_range=ColorRange.MPEG,
            )
            picture.pts, picture.time_base = count, 1 / rate
            mov.mux(stream.encode(picture))
            count += 1
        mov.mux(stream.encode(None))
    return count
