"""What is wrong with a storyboard, or nearly, before anything of it is made."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.messages_common import Finding
from multiplane.contract.upgrades import STORYBOARD_UPGRADES
from multiplane.server.jobs.submission import NO_FOLDER, start_folder, with_uploads

if TYPE_CHECKING:
    from multiplane.intake.read_storyboard import LoadedStoryboard
    from multiplane.intake.reading import Notice


def findings_of(
    storyboard: dict[str, Any],
    folder: str | None,
    *,
    find_upload: Callable[[str], Path],
    presets: list[str],
    models: list[str],
    found: Mapping[int, InputError] | None = None,
    notices: Sequence[Notice] = (),
) -> list[Finding]:
    """Errors by shot and of the whole, then what stops nothing. Any thread may ask.

    found, notices: what a reader of another format has said of it already. Raises InputError for
    what is no storyboard of ours.
    """
    from multiplane.intake.read_storyboard import load_storyboard

    document = STORYBOARD_UPGRADES.apply(storyboard, file="storyboard")
    try:
        resolved, _ = with_uploads(document, find_upload)
        loaded = load_storyboard(
            resolved,
            folder=start_folder(folder),
            presets=presets,
            models=models if document.get("model") in models else None,
            found=found,
            notices=notices,
        )
    except MultiplaneError as error:
        # Where no shot is left all their errors come as one.
        return [*_errors(error, None), *(_said(one) for one in notices)]
    errors = [one for index, error in loaded.shots_errors.items() for one in _errors(error, index)]
    errors += _cutters(loaded)
    return [*errors, *(_said(one) for one in loaded.warnings)]


def _cutters(loaded: LoadedStoryboard) -> Iterator[Finding]:
    """Names of cutters that mean none."""
    from multiplane.layers.cutters.choice import AUTO, cutter_choice

    board = loaded.storyboard
    shots = zip(loaded.indices, board.shots, strict=True)
    for index, cut in [(None, board.cut), *((index, shot.cut) for index, shot in shots)]:
        if cut in (None, AUTO):
            continue
        try:
            cutter_choice(str(cut), field="cut" if index is None else f"shots[{index}].cut")
        except InputError as error:
            yield from _errors(error, index)


def _errors(error: MultiplaneError, index: int | None) -> list[Finding]:
    first = Finding(
        level="error",
        shot=_index_in(error.field) if index is None else index,
        said=ErrorEntry.model_validate(_remedied(dataclasses.replace(error, also=())).as_dict()),
    )
    return [first, *(one for other in error.also for one in _errors(other, index))]


def _remedied(error: MultiplaneError) -> MultiplaneError:
    """A file that was looked for in no folder: what there is to do about that."""
    if str(NO_FOLDER) not in f"{error.file}{error.value}{error.remedy}":
        return error
    return dataclasses.replace(
        error,
        file=None,
        value=None if str(NO_FOLDER) in str(error.value) else error.value,
        remedy="Drop the file on the panel, or say the folder that the storyboard was in.",
        values={
            name: value for name, value in error.values.items() if str(NO_FOLDER) not in str(value)
        },
    )


def _index_in(field: str | None) -> int | None:
    number = (field or "").removeprefix("shots[").split("]", 1)[0]
    return int(number) if (field or "").startswith("shots[") and number.isdigit() else None


def _said(notice: Notice) -> Finding:
    entry = ErrorEntry(
        code=notice.code,
        message=notice.text,
        file=notice.file,
        field=notice.field,
        remedy=notice.remedy,
        values=dict(notice.values),
    )
    return Finding(level="warning", shot=notice.shot, said=entry)
