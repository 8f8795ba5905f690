"""timeline.otio, timeline.xml and timeline.edl of an output folder."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from multiplane.contract.events import Log, OnEvent
from multiplane.contract.layout import EDL, FCP7, OTIO
from multiplane.contract.manifest import Sequence
from multiplane.contract.output_folder import MAX_DOCUMENT_BYTES
from multiplane.contract.regular_file import read_regular
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.timeline.build import METADATA, build_timeline
from multiplane.deliver.timeline.edl import MAX_EVENTS, edl_texts, is_part
from multiplane.deliver.timeline.fcp7 import fcp7_text
from multiplane.deliver.timeline.places import at_rate, places_of
from multiplane.deliver.timeline.rates import exact_rate, timecode_rate
from multiplane.deliver.timeline.sounds import sounds_of
from multiplane.deliver.timeline.urls import path_of, relative_url

if TYPE_CHECKING:
    import opentimelineio as otio


def write_timelines(
    out: Path,
    board: Storyboard,
    sequence: Sequence,
    *,
    audio_folder: Path,
    on_event: OnEvent = lambda event: None,
) -> None:
    """Write the three timelines of an output folder, each whole or not at all.

    Media paths are relative to ``out`` and percent-encoded; relative audio paths of the boards
    start at ``audio_folder``. Nothing of a bad shot stops the rest: it becomes a gap and a marker.
    ``on_event`` gets a warning of an EDL in several files. Raises Failure when a file cannot be
    written.
    """
    timelines = Timelines(out, board, sequence, audio_folder)
    timelines.write_otio(out / OTIO)
    timelines.write_fcp7(out / FCP7)
    warn_of_parts(timelines.write_edl(out / EDL), on_event)


def storyboard_folder(out: Path) -> Path:
    """Where the boards' relative audio paths start, as the folder's timeline tells it."""
    try:
        timeline = json.loads(read_regular(out / OTIO, MAX_DOCUMENT_BYTES))
        return path_of(timeline["metadata"][METADATA]["storyboard_folder"], out)
    except (OSError, ValueError, KeyError, TypeError):
        return out


def warn_of_parts(files: list[Path], on_event: OnEvent) -> None:
    """Say that an EDL became several files, where it did."""
    if len(files) > 1:
        names = ", ".join(file.name for file in files)
        text = (
            f"An EDL holds {MAX_EVENTS} events, so this one is {len(files)} files: {names}. "
            "Import them one after another; their record timecodes go on."
        )
        on_event(Log(level="warning", text=text))


@dataclass(frozen=True)
class Timelines:
    """The timelines of the finished storyboard in ``out``, to be written where they are wanted.

    Media paths are relative to the file that is written. Each writer raises Failure.
    """

    out: Path
    board: Storyboard
    sequence: Sequence
    audio_folder: Path
    _built: dict[tuple[Path, Fraction], otio.schema.Timeline] = field(default_factory=dict)

    @property
    def rate(self) -> Fraction:
        """Frames per second, exact."""
        return exact_rate(self.sequence.fps)

    def write_otio(self, target: Path) -> None:
        """OpenTimelineIO."""
        text = self._at(target.parent, self.rate).to_json_string(indent=2)
        _write(target, f"{text}\n")

    def write_fcp7(self, target: Path, *, absolute: bool = False) -> None:
        """Final Cut Pro 7 XML; `fcp7` says what ``absolute`` paths are good for."""
        timeline = self._at(target.parent, timecode_rate(self.rate))
        size = self.sequence.size
        _write(target, fcp7_text(timeline, target.parent, size, absolute=absolute))

    def write_edl(self, target: Path) -> list[Path]:
        """EDL; `edl` says what it cannot hold. Returns the files, which are several for a film of
        more than 999 events: ``target``, and beside it the same name with -2, -3 and so on.
        """
        texts = edl_texts(self._at(target.parent, timecode_rate(self.rate)))
        files = [target, *(_numbered(target, number) for number in range(2, len(texts) + 1))]
        for file, text in zip(files, texts, strict=True):
            _write(file, text)
        _remove_parts(target, len(texts))
        return files

    def _at(self, beside: Path, rate: Fraction) -> otio.schema.Timeline:
        """The timeline at ``rate``, which is the storyboard's where a format knows that."""
        if (beside, rate) not in self._built:
            places = at_rate(places_of(self.board, self.sequence), self.rate, rate)
            sounds, problems = sounds_of(places, self.audio_folder, rate, self.board.soundtrack)
            self._built[beside, rate] = build_timeline(
                self.out,
                self.sequence.title,
                places,
                sounds,
                rate,
                beside=beside,
                problems=problems,
                metadata={
                    "title": self.sequence.title,
                    "fps": self.sequence.fps,
                    "size": list(self.sequence.size),
                    "storyboard_folder": relative_url(self.audio_folder, beside),
                },
            )
        return self._built[beside, rate]


def _numbered(target: Path, number: int) -> Path:
    return target.with_name(f"{target.stem}-{number}{target.suffix}")


def _remove_parts(target: Path, parts: int) -> None:
    """Remove what a longer film has left behind: its further parts would be read as this one's."""
    number = parts + 1
    while (file := _numbered(target, number)).is_file():
        with file.open(encoding="utf-8", errors="replace") as stream:
            head = stream.readline(4096) + stream.readline(4096)
        if not is_part(head):
            return
        file.unlink()
        number += 1


def _write(target: Path, text: str) -> None:
    with replacing_file(target) as fresh:
        fresh.write_text(text, encoding="utf-8", newline="\n")
