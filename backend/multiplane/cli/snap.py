"""multiplane storyboard snap: cuts on the soundtrack's beats, or between what is said in it."""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.cli.board_file import read_own, rewrite
from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.deliver.snap import MovedCut


class Target(enum.StrEnum):
    """What cuts go to."""

    BEATS = "beats"
    DIALOGUE = "dialogue"


SNAP_HELP = teach(
    """
    Move the cuts of a storyboard onto its soundtrack: to the nearest beat of the music, or out of
    the phrase of dialogue that they cut.

    BOARD is our JSON, with "soundtrack": "song.wav" (or give --audio). A cut goes no farther than
    --tolerance; the film stays as long as it is, and what moved by how much is listed. Lengths are
    rewritten, the earlier state is kept beside BOARD. Speech is told from silence by loudness, so
    for dialogue the soundtrack should hold little besides voices.
    """,
    "multiplane storyboard snap board.json --to beats",
    "multiplane storyboard snap board.json --to dialogue --tolerance 0.8 --dry-run",
    "multiplane storyboard snap board.json --to beats --audio song.mp3",
)


def snap(
    board: Annotated[
        Path, typer.Argument(metavar="BOARD", help="Storyboard, .json.", show_default=False)
    ],
    to: Annotated[Target, typer.Option("--to", help="What cuts go to.", show_default=False)],
    tolerance: Annotated[
        float, typer.Option("--tolerance", min=0, max=60, help="Seconds that a cut may move.")
    ] = 0.5,
    audio: Annotated[
        Path | None, typer.Option("--audio", help="Instead of the storyboard's soundtrack.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would change.")] = False,
    as_json: Annotated[
        bool, typer.Option("--json", help="Print one JSON event per line instead of a table.")
    ] = False,
) -> None:
    """Move a storyboard's cuts onto its soundtrack."""
    from rich.console import Console

    from multiplane.contract.errors import InputError
    from multiplane.deliver.snap import out_of_phrases, snapped, to_beats
    from multiplane.deliver.sound_times import beats, phrases
    from multiplane.deliver.timeline.rates import exact_rate
    from multiplane.intake.audio_file import soundtrack_audio
    from multiplane.intake.read_storyboard import load_storyboard
    from multiplane.produce.slots import slots_of

    document, loaded = read_own(board, "snap.board_format")
    track = loaded.storyboard.soundtrack
    if audio is None and track is None:
        raise InputError(
            "snap.no_soundtrack",
            "The storyboard has no soundtrack to snap to.",
            file=str(board),
            field="soundtrack",
            remedy='Write "soundtrack": "song.wav" into it, or give --audio.',
        )
    offset = track.offset if audio is None and track is not None else 0.0
    name = str(audio.absolute()) if audio is not None else track.file if track is not None else ""
    try:
        path, _ = soundtrack_audio(name, loaded.folder, effect="nothing moves")
    except InputError as error:
        if audio is None:
            raise dataclasses.replace(error, file=str(board)) from error
        raise dataclasses.replace(error, field="--audio") from error
    fps = loaded.storyboard.fps
    rate = exact_rate(fps)
    frames = [slot.duration_frames for slot in slots_of(loaded)]
    if not as_json:
        # librosa's functions are compiled when they first run, and kept.
        Console(stderr=True, highlight=False, soft_wrap=True).print(
            f"Listening to {path.name}. The first time takes up to a minute.", markup=False
        )
    heard = (beats if to is Target.BEATS else phrases)(path, offset, float(sum(frames) / rate))
    if not len(heard):
        raise InputError(
            "snap.nothing_heard",
            f"No {'beat' if to is Target.BEATS else 'speech'} was found in it, so nothing moves.",
            file=str(path),
        )
    nearest = to_beats(heard, rate) if to is Target.BEATS else out_of_phrases(heard, rate)
    lengths, cuts = snapped(frames, rate, nearest, tolerance)
    # All in whole frames: fractions of the others would add up to cuts beside their places.
    shots = [
        {**shot, "duration": round(length / fps, 6)}
        for shot, length in zip(document["shots"], lengths, strict=True)
    ]
    kept = None
    if lengths != frames:
        fresh = {**document, "shots": shots}
        # A camera that begins late, say, may not fit into a shorter shot.
        again = load_storyboard(fresh, folder=loaded.folder, file=str(board))
        if again.shots_errors:
            raise next(iter(again.shots_errors.values()))
        if not dry_run:
            kept = rewrite(board, fresh, "snap")
    what = "beats" if to is Target.BEATS else "phrases"
    moved = sum(cut.at != cut.to for cut in cuts)
    said = f"{len(heard)} {what} in {path.name}; {moved} of {len(cuts)} cuts moved in {board}"
    said += f"; as it was before: {kept}" if kept else "; nothing was written"
    _tell(cuts, loaded.ids, fps, said, as_json=as_json)


def _tell(
    cuts: Sequence[MovedCut], ids: Sequence[str], fps: float, said: str, *, as_json: bool
) -> None:
    from rich.console import Console
    from rich.table import Table

    rows = []
    for cut in cuts:
        by = (cut.to - cut.at) / fps
        text = f"{by:+.2f} s ({cut.to - cut.at:+d} frames)" if by else cut.why or "stays"
        rows.append((ids[cut.before], f"{cut.to / fps:.2f} s", text))
    if as_json:
        from multiplane.contract.events import Log

        for id_, at, text in rows:
            print(Log.model_validate({"text": f"cut at {at}: {text}", "shot_id": id_}).line())
        print(Log.model_validate({"text": said}).line(), flush=True)
        return
    console = Console(highlight=False)
    table = Table("Shot", "Begins at", "Moved", box=None, pad_edge=False)
    for row in rows:
        table.add_row(*row)
    console.print(table)
    console.print(said, markup=False, soft_wrap=True)
