"""What a whole storyboard is delivered as, besides its shots: one row per deliverable."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log, OnEvent
from multiplane.contract.layout import (
    AFTER_EFFECTS,
    CONTACT,
    INDEX,
    OTIO,
    SEQUENCE,
    SRT,
    STORYBOARD,
)
from multiplane.contract.manifest import Sequence
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.contact import write_contact
from multiplane.deliver.documents import write_document
from multiplane.deliver.index_page.page import write_index
from multiplane.deliver.subtitles import write_subtitles


@dataclass(frozen=True)
class WholeStoryboard:
    """What the deliverables are made of. The shots lie finished in `out`."""

    out: Path
    board: Storyboard
    sequence: Sequence
    audio_folder: Path  # where the shots' relative audio paths start
    on_event: OnEvent = lambda event: None


@dataclass(frozen=True)
class NotWritten:
    """A deliverable that could not be written, and why."""

    name: str  # its file in the output folder
    error: MultiplaneError


def _timelines(whole: WholeStoryboard) -> None:
    from multiplane.deliver.timeline.write import write_timelines

    write_timelines(
        whole.out,
        whole.board,
        whole.sequence,
        audio_folder=whole.audio_folder,
        on_event=whole.on_event,
    )


def _after_effects(whole: WholeStoryboard) -> None:
    from multiplane.deliver.aep.storyboard import write_storyboard_aep

    write_storyboard_aep(
        whole.out / AFTER_EFFECTS,
        whole.out,
        whole.board,
        whole.sequence,
        audio_folder=whole.audio_folder,
    )


DELIVERABLES: tuple[tuple[str, Callable[[WholeStoryboard], object]], ...] = (
    (CONTACT, lambda whole: write_contact(whole.out, whole.sequence)),
    (OTIO, _timelines),
    (AFTER_EFFECTS, _after_effects),
    (SRT, lambda whole: write_subtitles(whole.out, whole.board, whole.sequence)),
    # Last: it links to the others.
    (INDEX, lambda whole: write_index(whole.out, whole.board, whole.sequence)),
)
"""Its file in the output folder, and its writer; in the order of writing. A writer may raise what
it likes: the others go on."""


def deliver_sequence(
    out: Path,
    board: Storyboard,
    sequence: Sequence,
    *,
    audio_folder: Path,
    on_event: OnEvent = lambda event: None,
    only_stale: bool = False,
    check: Callable[[], None] = lambda: None,
) -> list[NotWritten]:
    """Write sequence.json and all `DELIVERABLES` into the folder; returns those it could not.

    Each is tried; one that fails keeps its earlier file, and a warning names it.
    only_stale: leave alone what is newer than storyboard.json and every shot. check: is called
    before each, and may raise to end it all. Raises Failure only when sequence.json itself cannot
    be written, because nothing finds its shots without it.
    """
    missing: list[NotWritten] = []
    write_document(out / SEQUENCE, sequence)
    whole = WholeStoryboard(out, board, sequence, audio_folder, on_event)
    newest = _newest_input(whole) if only_stale else math.inf
    for name, write in DELIVERABLES:
        if _changed_at(out / name) >= newest:
            continue
        check()
        try:
            write(whole)
        except MultiplaneError as error:
            missing.append(NotWritten(name, error))
            on_event(Log(level="warning", text=f"{name} was not written. {error}"))
        except Exception as error:
            said = f"{type(error).__name__}: {error}"
            fault = Failure(
                "deliver.unforeseen", "Something unforeseen happened: {why}", values={"why": said}
            )
            missing.append(NotWritten(name, fault))
            on_event(Log(level="warning", text=f"{name} was not written, by a fault here. {said}"))
    return missing


def _newest_input(whole: WholeStoryboard) -> float:
    shots = [whole.out / shot.manifest for shot in whole.sequence.shots if shot.manifest]
    return max(_changed_at(path) for path in [whole.out / STORYBOARD, *shots])


def _changed_at(path: Path) -> float:
    """When the file was last written, s; a missing one is older than everything."""
    try:
        return path.stat().st_mtime
    except OSError:
        return -math.inf
