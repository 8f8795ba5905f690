"""A storyboard's shots in order and in time, good and bad, and the job that makes each."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import MultiplaneError
from multiplane.contract.layout import SHOTS, manifest_path
from multiplane.contract.manifest import Comp, Sequence, SequenceShot
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Shot
from multiplane.contract.style import NamedLora, read_style
from multiplane.deliver.timecode import start_timecode, start_timecodes
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.intake.cast import Portrait, portraits_of, seed_of, with_cast
from multiplane.intake.cast_pictures import cast_pictures
from multiplane.intake.plates import plate_of
from multiplane.intake.read_storyboard import LoadedStoryboard
from multiplane.intake.shot_source import Prompt, source_of
from multiplane.produce.cast_looks import across
from multiplane.produce.job import ShotJob


@dataclass(frozen=True)
class Slot:
    """One shot of the storyboard's file, good or bad, and its place in time (frames)."""

    id: str
    index: int
    folder: str
    start_frame: int
    duration_frames: int
    content: Shot | MultiplaneError  # the shot, or why it was set aside

    @property
    def shot(self) -> Shot | None:
        return None if isinstance(self.content, MultiplaneError) else self.content

    @property
    def error(self) -> MultiplaneError | None:
        return self.content if isinstance(self.content, MultiplaneError) else None


def slots_of(loaded: LoadedStoryboard) -> list[Slot]:
    """All shots of the file in order, good and bad.

    Cumulative time is rounded to frames, not each shot. Every good shot has a frame at least, and
    none begins before the end of the one before it, so shots shorter than a frame push on what
    follows until rounding has caught up.
    """
    good = dict(zip(loaded.indices, loaded.storyboard.shots, strict=True))
    fps, seconds, end = loaded.storyboard.fps, 0.0, 0
    slots = []
    for index, id_ in enumerate(loaded.ids):
        shot = good.get(index)
        content = loaded.shots_errors[index] if shot is None else shot
        start = max(round(seconds * fps), end)
        seconds += shot.duration if shot else 0.0
        frames = max(1, round(seconds * fps) - start) if shot else 0
        end = start + frames
        slots.append(Slot(id_, index, loaded.folders[id_], start, frames, content))
    return slots


def job_of(slot: Slot, loaded: LoadedStoryboard) -> ShotJob:
    """All that makes the shot of `slot`. Raises why it was set aside, and as `source_of`."""
    if isinstance(slot.content, MultiplaneError):
        raise slot.content
    board = loaded.storyboard
    played = with_cast(slot.content, board.cast, at=f"shots[{slot.index}]")
    shot = played.shot
    source = source_of(shot, loaded.folder)
    portraits: tuple[Portrait, ...] = ()
    if isinstance(source, Prompt):
        source = Prompt(source.text, played.named)
        portraits = portraits_of(played.roles, board.cast, board.seed)
    width, height = board.size
    style = read_style(board.style if shot.style is None else shot.style)
    plate = plate_of(
        shot,
        board.plates,
        loaded.folder,
        style=read_style(board.style),
        board_seed=board.seed,
        at=f"shots[{slot.index}]",
    )
    return ShotJob(
        shot=shot,
        index=slot.index,
        comp=Comp(width=width, height=height, fps=board.fps, duration_frames=slot.duration_frames),
        seed=seed_of(slot.content, slot.index, board.seed, board.cast),
        style=style.words,
        overscan=board.overscan,
        source=source,
        storyboard_folder=loaded.folder,
        takes=board.takes if shot.takes is None else shot.takes,
        cut=board.cut if shot.cut is None else shot.cut,
        fill=board.fill if shot.fill is None else shot.fill,
        loras=_together(style.loras, played.loras),
        plate=plate,
        roles=played.roles,
        cast_pictures=cast_pictures(played.roles, loaded.folder),
        portraits=portraits,
        ensure=board.ensure if isinstance(source, Prompt) and played.roles else 0,
        timecode=_timecode(slot.id, loaded),
    )


def _together(style: tuple[NamedLora, ...], cast: tuple[NamedLora, ...]) -> tuple[NamedLora, ...]:
    """Those of the style, and those of the cast that it does not name."""
    named = {one.name for one in style}
    return (*style, *(one for one in cast if one.name not in named))


def _timecode(id_: str, loaded: LoadedStoryboard) -> str | None:
    """Of the shot's film; None where it is the one that its id alone gives."""
    rate = exact_rate(loaded.storyboard.fps)
    found = start_timecodes(loaded.ids, rate)[id_]
    return None if found == start_timecode(id_, rate) else found


def sequence_of(
    loaded: LoadedStoryboard,
    slots: list[Slot],
    out: Path,
    made: Collection[str],
    errors: Mapping[int, MultiplaneError],
) -> Sequence:
    """What `out` holds now, shot by shot. A failed shot keeps the result of an earlier run.

    made: ids of shots. errors: of shots by index, since a bad one may have the id of a good one.
    """
    whole = {slot.folder: ShotFolder.whole(out / SHOTS / slot.folder) for slot in slots}
    likeness = across({name: shot.manifest for name, shot in whole.items() if shot is not None})
    shots = []
    for slot in slots:
        error = errors.get(slot.index) if slot.error is None else slot.error
        there = whole[slot.folder] is not None
        if error is not None:
            status = "failed"
        else:
            status = "made" if slot.id in made else "unchanged" if there else "missing"
        shots.append(
            SequenceShot.model_validate(
                {
                    "id": slot.id,
                    "manifest": manifest_path(slot.folder) if there and error is None else None,
                    "start_frame": slot.start_frame,
                    "duration_frames": slot.duration_frames,
                    "status": status,
                    "error": None if error is None else error.as_dict(),
                    "cast": likeness.get(slot.folder, []) if error is None else [],
                }
            )
        )
    board = loaded.storyboard
    return Sequence(title=board.title, fps=board.fps, size=board.size, shots=shots)
