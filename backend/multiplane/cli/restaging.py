"""Shots getting another move, one after the other, and how that shows itself."""

from __future__ import annotations

import contextlib
import shlex
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from multiplane.cli.errors import Interrupted
from multiplane.cli.progress import Reporter, counting_bar, reporter
from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import MultiplaneError
from multiplane.contract.events import (
    Log,
    RunFinished,
    RunStarted,
    ShotFailed,
    ShotFinished,
    ShotStarted,
    StepProgress,
)
from multiplane.contract.layout import MANIFEST, SHOTS, output_folder_of

if TYPE_CHECKING:
    from multiplane.contract.manifest import Manifest
    from multiplane.contract.storyboard import CameraMove


def run(
    folders: Sequence[Path],
    move: CameraMove | None,
    *,
    preview: bool,
    as_json: bool,
    quiet: bool,
) -> int:
    """Give every shot ``move`` (None: its earlier one back); returns the exit status.

    All numbers are written before the first film is made, so that an interrupted run has changed
    every shot. A shot that fails is reported, and the others go on.
    """
    from multiplane.deliver.out_lock import only_run_in
    from multiplane.deliver.own_files import keeping

    began = time.monotonic()
    with (
        reporter(as_json=as_json, quiet=quiet, doing="filming") as shown,
        contextlib.ExitStack() as held,
    ):
        for out in sorted({_out(one) for one in folders}):
            held.enter_context(keeping(out, kept(shown)))
            held.enter_context(only_run_in(out))
        shown.tell(RunStarted(shots=len(folders), out=str(_common(folders))))
        moved, failed = _restage(folders, move, shown)
        if preview:
            try:
                failed |= _film(moved, shown)
            except KeyboardInterrupt:
                raise Interrupted(
                    "All shots have the new move; some have no film of it yet. "
                    f"Go on with: multiplane {shlex.join(sys.argv[1:])}"
                ) from None
        else:
            _tell_of_stale(moved, shown)
        shown.tell(
            RunFinished(
                made=len(folders) - len(failed),
                skipped=0,
                failed=len(failed),
                seconds=time.monotonic() - began,
            )
        )
    return min((one.exit_status for one in failed.values()), default=0)


Failed = dict[Path, MultiplaneError]


def _restage(
    folders: Sequence[Path], move: CameraMove | None, shown: Reporter
) -> tuple[dict[Path, Manifest], Failed]:
    """The shots that have the move now, and those that failed."""
    from multiplane.produce import restage

    moved: dict[Path, Manifest] = {}
    failed: Failed = {}
    for index, folder in enumerate(folders):
        began = time.monotonic()
        shown.tell(ShotStarted(shot_id=folder.name, index=index))
        try:
            if move is None:
                manifest = restage.undo(folder)
            else:
                manifest = restage.restage(folder, move, on_event=shown.tell)
        except MultiplaneError as error:
            failed[folder] = error
            shown.tell(_failure(folder.name, error))
            continue
        moved[folder] = manifest
        shown.tell(
            ShotFinished(
                shot_id=manifest.shot_id,
                manifest=(folder / MANIFEST).as_posix(),
                layers=len(manifest.layers),
                doubts=manifest.doubts,
                seconds=time.monotonic() - began,
            )
        )
    return moved, failed


def _film(moved: dict[Path, Manifest], shown: Reporter) -> Failed:
    """Films of the shots that have none, then what their storyboards deliver as a whole."""
    from multiplane.produce import restage

    failed: Failed = {}
    for folder, manifest in moved.items():
        if manifest.files.preview is not None:
            continue
        try:
            restage.film_again(
                folder, on_event=shown.tell, on_frame=frames(shown, manifest.shot_id)
            )
        except MultiplaneError as error:
            failed[folder] = error
            shown.tell(_failure(manifest.shot_id, error))
    for out in _outs(moved):
        restage.refresh(out, on_event=shown.tell)
    return failed


def _tell_of_stale(moved: Iterable[Path], shown: Reporter) -> None:
    from multiplane.produce import restage

    text = (
        "What the new move shows behind the layers was not looked at. The same command without "
        "--no-preview does, and completes them for it."
    )
    shown.tell(Log(level="warning", text=text))
    for out in _outs(moved):
        restage.tell_of_stale(out, shown.tell)


def _outs(folders: Iterable[Path]) -> list[Path]:
    return list(dict.fromkeys(folder.absolute().parent.parent for folder in folders))


def kept(shown: Reporter) -> Callable[[str], None]:
    """What to do with the news that a user's file was kept."""

    def tell(text: str) -> None:
        shown.tell(Log(level="warning", text=text))

    return tell


def _out(folder: Path) -> Path:
    """The output folder that the shot is in, or the shot's own where it stands alone."""
    return output_folder_of(folder) or folder.absolute()


def _common(folders: Sequence[Path]) -> Path:
    outs = {folder.parent.parent if folder.parent.name == SHOTS else folder for folder in folders}
    return outs.pop() if len(outs) == 1 else Path()


def _failure(shot_id: str, error: MultiplaneError) -> ShotFailed:
    return ShotFailed(shot_id=shot_id, error=ErrorEntry.model_validate(error.as_dict()))


def frames(shown: Reporter, shot_id: str) -> Callable[[int, int], None]:
    """What to do with the news of how many frames are filmed."""

    def count(done: int, total: int) -> None:
        shown.tell(StepProgress(shot_id=shot_id, step="deliver", done=done, total=total))

    return count


@contextlib.contextmanager
def counting(what: str, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A bar on a terminal, driven by the (done, total) that is yielded; else nothing."""
    from rich.console import Console

    console = Console(stderr=True)
    if quiet or not console.is_terminal:
        yield lambda done, total: None
        return
    with counting_bar(console) as shown:
        task = shown.add_task(what, total=None)
        yield lambda done, total: shown.update(task, completed=done, total=total)
