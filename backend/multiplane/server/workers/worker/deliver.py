"""The files of a whole storyboard, written into its job's folder beside its finished shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure
from multiplane.contract.events import Log, OnEvent
from multiplane.deliver.own_files import keeping
from multiplane.deliver.sequence import NotWritten, deliver_sequence
from multiplane.intake.read_storyboard import LoadedStoryboard
from multiplane.produce.slots import sequence_of, slots_of
from multiplane.produce.storyboard import write_storyboard


def deliver_board(
    board: LoadedStoryboard,
    out: Path,
    *,
    made: Sequence[str],
    errors: Mapping[int, ErrorEntry],
    on_event: OnEvent,
    check: Callable[[], None],
) -> list[NotWritten]:
    """Write sequence.json and all that is made of finished shots; returns what could not be.

    made: ids of shots made for this job. errors: of failed shots, by number from 0. check: is
    called in between, and raises to end it. Raises Failure when the sequence itself cannot be
    written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with keeping(out, lambda text: on_event(Log(level="warning", text=text))):
        write_storyboard(out, board.storyboard)
        failed = {number: _error(entry) for number, entry in errors.items()}
        sequence = sequence_of(board, slots_of(board), out, made, failed)
        return deliver_sequence(
            out,
            board.storyboard,
            sequence,
            audio_folder=board.folder,
            on_event=on_event,
            check=check,
        )


def _error(read: ErrorEntry) -> Failure:
    return Failure(
        read.code,
        read.message,
        read.file,
        read.field,
        read.value,
        read.remedy,
        values=read.values,
    )
