"""The files of a whole storyboard, written into its job's folder beside its finished shots."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.contract.events import Log, OnEvent
from multiplane.deliver.made import keeping
from multiplane.deliver.sequence import NotWritten, deliver_sequence
from multiplane.intake.read_storyboard import LoadedStoryboard
from multiplane.produce.slots import sequence_of, slots_of
from multiplane.produce.storyboard import write_storyboard


def deliver_board(
    board: LoadedStoryboard,
    out: Path,
    *,
    made: list[str],
    errors: Mapping[str, Mapping[str, Any]],
    on_event: OnEvent,
    check: Callable[[], None],
) -> list[NotWritten]:
    """Write sequence.json and all that is made of finished shots; returns what could not be.

    made: ids of shots made for this job. errors: of failed shots, as `ErrorEntry` has them, by
    number from 0, in digits as JSON has it. check: is called in between, and raises to end it.
    Raises Failure when the sequence itself cannot be written.
    """
    out.mkdir(parents=True, exist_ok=True)
    with keeping(out, lambda text: on_event(Log(level="warning", text=text))):
        return _deliver(board, out, made, errors, on_event, check)


def _deliver(
    board: LoadedStoryboard,
    out: Path,
    made: list[str],
    errors: Mapping[str, Mapping[str, Any]],
    on_event: OnEvent,
    check: Callable[[], None],
) -> list[NotWritten]:
    write_storyboard(out, board.storyboard)
    failed = {int(number): _error(entry) for number, entry in errors.items()}
    sequence = sequence_of(board, slots_of(board), out, made, failed)
    return deliver_sequence(
        out, board.storyboard, sequence, audio_folder=board.folder, on_event=on_event, check=check
    )


def _error(entry: Mapping[str, Any]) -> MultiplaneError:
    read = ErrorEntry.model_validate(entry)
    return Failure(read.code, read.message, read.file, read.field, read.value, read.remedy)
