"""What `multiplane export` can make of a finished output folder: a registry of exporters.

An exporter imports what it needs when it runs, because the command's help lists them all.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from multiplane.contract.plugins import Guard, Registry

if TYPE_CHECKING:
    from multiplane.contract.events import Event
    from multiplane.contract.output_folder import ShotFolder
    from multiplane.deliver.timeline.write import Timelines

OnEvent = Callable[["Event"], None]
Of = Literal["storyboard", "shot", "layer"]


@dataclass(frozen=True)
class ExportOptions:
    """What can be asked of an exporter; each uses what concerns it, the rest is left alone."""

    shot: str | None = None  # id of the shot; None: the only one there is
    layer: str | None = None  # id or name of the layer
    width: int | None = None  # px; None: the exporter's own
    fps: float | None = None  # None: the exporter's own
    motion_samples: int = 1  # instants that a frame is the mean of; 1: no motion blur
    names: bool = False  # shots' names in the corner
    burn_subtitles: bool = False  # dialogue in the picture, not beside it
    absolute_paths: bool = False  # media by absolute instead of relative paths
    storyboard_folder: Path | None = None  # where the boards' audio lies; None: as rendered


Make = Callable[[Path, Path, ExportOptions, OnEvent], None]


@dataclass(frozen=True)
class Exporter:
    """One thing to make.

    description: one line, for the help.
    of: what it is made of; an exporter of a "shot" or a "layer" needs to know which.
    suffix: of the target file, ".otio"; empty for a folder.
    make: (output folder, target, options, on_event); writes the target whole or not at all
        and raises InputError or Failure. on_event gets StepProgress (step
        "deliver") and Log events.
    """

    name: str
    description: str
    of: Of
    suffix: str
    make: Make

    def __post_init__(self) -> None:
        """Raises ValueError for what could not be asked for."""
        if not re.fullmatch(r"[a-z0-9][a-z0-9._-]*", self.name):
            raise ValueError(f"{self.name!r} is no name for an export: use a-z, 0-9, ., - and _")
        if self.of not in get_args(Of):
            raise ValueError(f"of is {self.of!r}, and must be one of: {', '.join(get_args(Of))}")
        if self.suffix and not (self.suffix.startswith(".") and self.suffix == self.suffix.lower()):
            raise ValueError(f"the suffix {self.suffix!r} must be in lower case, with its dot")
        if not callable(self.make):
            raise ValueError("make is no function")


EXPORTERS: Registry[Exporter] = Registry(
    "multiplane.exporters",
    Exporter,
    claims=lambda new: [("an exporter", new.name)],
    guard=Guard("make"),
)


def exporter(name: str, description: str, *, of: Of, suffix: str) -> Callable[[Make], Make]:
    """Register the decorated function as the exporter `name`."""

    def register(make: Make) -> Make:
        EXPORTERS.add(Exporter(name, description, of, suffix, make))
        return make

    return register


def default_target(out: Path, what: Exporter, options: ExportOptions) -> Path:
    """Where the export goes when nobody says: out/exports, named by what it is made of.

    Raises InputError when the shot or the layer is not there.
    """
    from multiplane.contract.layout import EXPORTS
    from multiplane.contract.names import folder_name
    from multiplane.contract.output_folder import OutputFolder

    results = OutputFolder.open(out)
    if what.of == "storyboard":
        name = results.sequence.title
    else:
        shot = results.shot(options.shot)
        name = shot.path.name
        if what.of == "layer":
            name += f" {shot.layer_named(options.layer).name}"
    return out / EXPORTS / (folder_name(name) + (what.suffix or f" {what.name}"))


@exporter(
    "animatic", "All shots as one film, with audio and subtitles", of="storyboard", suffix=".mp4"
)
def _animatic(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.contract.output_folder import OutputFolder
    from multiplane.deliver.animatic import write_animatic

    results = OutputFolder.open(out)
    write_animatic(
        target,
        out,
        results.board,
        results.sequence,
        burn_subtitles=options.burn_subtitles,
        names=options.names,
        audio_folder=_audio_folder(out, options),
        on_event=on_event,
    )


@exporter("otio", "Timeline for programs that read OpenTimelineIO", of="storyboard", suffix=".otio")
def _otio(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _timelines(out, options).write_otio(target)


@exporter("fcp7", "Timeline for Premiere and Resolve (FCP7 XML)", of="storyboard", suffix=".xml")
def _fcp7(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _timelines(out, options).write_fcp7(target, absolute=options.absolute_paths)


@exporter("edl", "Timeline as an edit decision list (CMX 3600)", of="storyboard", suffix=".edl")
def _edl(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.deliver.timeline.write import warn_of_parts

    warn_of_parts(_timelines(out, options).write_edl(target), on_event)


@exporter("aep", "After Effects project of all shots, or of one", of="storyboard", suffix=".aep")
def _aep(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.contract.output_folder import OutputFolder
    from multiplane.deliver.aep.project import write_aep
    from multiplane.deliver.aep.storyboard import write_storyboard_aep

    results = OutputFolder.open(out)
    if options.shot is not None:
        shot = results.shot(options.shot)
        write_aep(target, [(shot.path, shot.manifest)])
        return
    folder = _audio_folder(out, options)
    write_storyboard_aep(target, out, results.board, results.sequence, audio_folder=folder)


@exporter("srt", "Dialogue as subtitles (SubRip)", of="storyboard", suffix=".srt")
def _srt(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _subtitles(out, target)


@exporter("vtt", "Dialogue as subtitles for the web (WebVTT)", of="storyboard", suffix=".vtt")
def _vtt(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _subtitles(out, target)


@exporter("gif", "A shot as a small picture that moves", of="shot", suffix=".gif")
def _gif(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _animation(out, target, options, on_event)


@exporter("webp", "The same in better colours", of="shot", suffix=".webp")
def _webp(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    _animation(out, target, options, on_event)


@exporter("film", "A shot as a film: the preview, with motion blur", of="shot", suffix=".mp4")
def _film(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.deliver.folder import replacing_file
    from multiplane.deliver.preview import write_preview
    from multiplane.deliver.shot_pictures import painted_layers, staged

    shot = _shot(out, options)
    with replacing_file(target) as fresh:
        write_preview(
            fresh,
            staged(shot),
            painted_layers(shot),
            timecode=shot.manifest.start_timecode,
            motion_samples=options.motion_samples,
            on_frame=_counting(shot, on_event),
        )


@exporter("frames", "A shot's frames as numbered PNG files", of="shot", suffix="")
def _frames(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.deliver.export import write_frames
    from multiplane.deliver.film import film
    from multiplane.deliver.origin import origin
    from multiplane.deliver.shot_pictures import painted_layers, staged

    _check_replaceable(target)
    shot = _shot(out, options)
    manifest = shot.manifest
    texts = origin(manifest.shot_id, manifest.original_prompt, manifest.model)
    frames = film(
        staged(shot),
        painted_layers(shot),
        motion_samples=options.motion_samples,
        on_frame=_counting(shot, on_event),
    )
    write_frames(target, frames, texts)


@exporter("lottie", "A shot as a Lottie file with a 3D camera", of="shot", suffix=".json")
def _lottie(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.deliver.lottie.animation import write_lottie

    shot = _shot(out, options)
    write_lottie(target, shot.manifest, shot.path)


@exporter("prores", "One layer as it moves: ProRes 4444 with alpha", of="layer", suffix=".mov")
def _prores(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.deliver.export import write_layer_film
    from multiplane.deliver.shot_pictures import painted_layers, staged

    shot = _shot(out, options)
    layer = shot.layer_named(options.layer)
    write_layer_film(
        target,
        staged(shot),
        painted_layers(shot),
        layer.id,
        motion_samples=options.motion_samples,
        on_frame=_counting(shot, on_event),
    )


def _timelines(out: Path, options: ExportOptions) -> Timelines:
    from multiplane.contract.output_folder import OutputFolder
    from multiplane.deliver.timeline.write import Timelines

    results = OutputFolder.open(out)
    return Timelines(out, results.board, results.sequence, _audio_folder(out, options))


def _audio_folder(out: Path, options: ExportOptions) -> Path:
    from multiplane.deliver.timeline.write import storyboard_folder

    return options.storyboard_folder or storyboard_folder(out)


def _subtitles(out: Path, target: Path) -> None:
    from multiplane.contract.errors import InputError
    from multiplane.contract.output_folder import OutputFolder
    from multiplane.deliver.subtitles import write_subtitle_file

    results = OutputFolder.open(out)
    if not write_subtitle_file(target, results.board, results.sequence):
        raise InputError(
            code="export.no_dialogue",
            message="Nobody says anything in this storyboard.",
            file=str(out),
            remedy='Give shots a "dialogue".',
        )


def _animation(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    from multiplane.contract.events import StepProgress
    from multiplane.deliver.animate import animate
    from multiplane.deliver.shot_pictures import painted_layers, staged

    shot = _shot(out, options)
    on_event(StepProgress(shot_id=shot.manifest.shot_id, step="deliver"))
    width = min(options.width or 640, 2 * shot.manifest.comp.width)
    fps = options.fps or (24.0 if target.suffix.lower() == ".webp" else 15.0)
    animate(target, staged(shot), painted_layers(shot), width=width, fps=fps)


def _shot(out: Path, options: ExportOptions) -> ShotFolder:
    from multiplane.contract.output_folder import OutputFolder

    return OutputFolder.open(out).shot(options.shot)


def _counting(shot: ShotFolder, on_event: OnEvent) -> Callable[[int, int], None]:
    from multiplane.contract.events import StepProgress

    name = shot.manifest.shot_id

    def count(done: int, total: int) -> None:
        on_event(StepProgress(shot_id=name, step="deliver", done=done, total=total))

    return count


def _check_replaceable(folder: Path) -> None:
    """A folder is replaced as a whole: one with anything else in it than frames is refused."""
    from multiplane.contract.errors import InputError

    if not folder.exists():
        return
    strange = None
    if folder.is_dir():
        strange = next((path.name for path in folder.iterdir() if not _is_frame(path)), None)
    if strange is not None or not folder.is_dir():
        raise InputError(
            code="export.target_in_use",
            message="The frames need a folder of their own, and this one holds other things.",
            file=str(folder),
            value=strange,
            remedy="Give a new folder with -o.",
        )


def _is_frame(path: Path) -> bool:
    from multiplane.contract.layout import LEDGER

    return path.name == LEDGER or (
        path.suffix == ".png" and path.stem.isdecimal() and path.is_file()
    )
