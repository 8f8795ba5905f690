"""A whole storyboard: every shot that has to be made, what became of each, and the sequence."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Collection
from dataclasses import dataclass
from functools import partial
from itertools import zip_longest
from pathlib import Path

from multiplane.contract import events
from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.events import OnEvent
from multiplane.contract.known_names import unknown_name
from multiplane.contract.layout import MANIFEST, SEQUENCE, SHOTS, STORYBOARD
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import MAX_DOCUMENT_BYTES, ShotFolder, read_board
from multiplane.contract.regular_file import read_regular
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.documents import write_document
from multiplane.deliver.folder import explain
from multiplane.deliver.out_lock import only_run_in
from multiplane.deliver.own_files import keeping
from multiplane.deliver.sequence import deliver_sequence
from multiplane.intake.carried import carried_path
from multiplane.intake.read_storyboard import LoadedStoryboard
from multiplane.produce.ahead import PaintingAhead, Upcoming, upcoming_of
from multiplane.produce.cast_looks import Wanted, across, is_poor, middles
from multiplane.produce.finished import has_picture, is_unchanged
from multiplane.produce.hashes import hashes
from multiplane.produce.job import ShotJob
from multiplane.produce.preflight import check_run, placed_in
from multiplane.produce.shot import produce_shot
from multiplane.produce.slots import Slot, job_of, sequence_of, slots_of
from multiplane.produce.sparing import with_less_memory
from multiplane.produce.steps import Steps
from multiplane.produce.studio import Studio


@dataclass(frozen=True)
class Outcome:
    """What became of a run. errors: of shots that failed, by their index."""

    made: int
    skipped: int
    errors: dict[int, MultiplaneError]
    interrupted: bool = False

    @property
    def exit_status(self) -> int:
        """0 all made; 1 something failed; 2 only bad input."""
        return min((error.exit_status for error in self.errors.values()), default=0)


def produce_storyboard(
    loaded: LoadedStoryboard,
    out: Path,
    studio: Studio,
    *,
    only: Collection[str] | None = None,
    force: bool = False,
    ahead: bool = True,
    on_event: OnEvent = lambda event: None,
) -> Outcome:
    """Make the shots of a storyboard into `out`; `on_event` is called with everything that happens.

    While a shot is cut, filled and filmed the next one's picture is painted, if it is from words
    and memory allows it; not `ahead`: one after the other. What comes out is the same to the bit.

    A shot whose content hash and files are as before is left alone, unless `force`. A shot that
    fails is reported, and the others are made. On KeyboardInterrupt finished shots stay whole and
    the outcome says so. `only`: ids of the shots to make; the others keep what they have.

    Raises InputError for an id in `only` that is not there, and before any work when `out` cannot
    be written or a model is unknown or missing, because then no shot could be made; Failure
    `deliver.out_in_use` while another run writes there. Files that users put into `out` are kept.
    """
    slots = slots_of(loaded)
    _check_ids(only, slots)
    wanted = [slot for slot in slots if only is None or slot.id in only]
    shots = [slot.shot for slot in wanted if slot.shot is not None]
    may_paint = check_run(loaded.storyboard, shots, studio)
    _prepare(out)

    def kept(text: str) -> None:
        on_event(events.Log(level="warning", text=text))

    with keeping(out, kept), only_run_in(out):
        return _produce_all(loaded, out, studio, slots, wanted, force, ahead, on_event, may_paint)


def _produce_all(
    loaded: LoadedStoryboard,
    out: Path,
    studio: Studio,
    slots: list[Slot],
    wanted: list[Slot],
    force: bool,
    ahead: bool,
    on_event: OnEvent,
    may_paint: bool,
) -> Outcome:
    began = time.monotonic()
    on_event(events.RunStarted(shots=len(wanted), out=str(out)))
    if may_paint and studio.chosen.why:
        on_event(events.Log(level="info", text=studio.chosen.why))
    for notice in loaded.warnings:
        shot_id = None if notice.shot is None else loaded.ids[notice.shot]
        on_event(events.Log(level="warning", text=str(notice), shot_id=shot_id))
    write_storyboard(out, loaded.storyboard, loaded.folder)

    made_now: set[str] = set()
    skipped = 0
    errors: dict[int, MultiplaneError] = {}
    interrupted = False
    try:
        with PaintingAhead(studio) as painting:
            for slot, after in zip_longest(wanted, wanted[1:]):
                on_event(events.ShotStarted(shot_id=slot.id, index=slot.index))
                if ahead and after is not None:
                    painting.then(partial(_upcoming, after, loaded, out, studio, force))
                try:
                    if _produce(slot, loaded, out, studio, force, painting, on_event):
                        made_now.add(slot.id)
                    else:
                        skipped += 1
                except MultiplaneError as error:
                    located = _located(error, slot, loaded)
                    errors[slot.index] = located
                    entry = ErrorEntry.model_validate(located.as_dict())
                    on_event(events.ShotFailed(shot_id=slot.id, error=entry))
        again = _ensure_alike(slots, wanted, loaded, out, studio, on_event)
        skipped -= len(again - made_now)
        made_now |= again
    except KeyboardInterrupt:
        interrupted = True
    finally:
        sequence = sequence_of(loaded, slots, out, made_now, errors)
        write_document(out / SEQUENCE, sequence)
    if not interrupted:
        deliver_sequence(
            out,
            loaded.storyboard,
            sequence,
            audio_folder=loaded.folder,
            on_event=on_event,
            only_stale=not (made_now or errors),
        )
    on_event(
        events.RunFinished(
            made=len(made_now),
            skipped=skipped,
            failed=len(errors),
            seconds=time.monotonic() - began,
            interrupted=interrupted,
        )
    )
    return Outcome(len(made_now), skipped, errors, interrupted)


def _upcoming(
    slot: Slot, loaded: LoadedStoryboard, out: Path, studio: Studio, force: bool
) -> Upcoming | None:
    """The shot of `slot`, if its picture has to be painted; what is wrong in it is told later."""
    try:
        found = upcoming_of(job_of(slot, loaded), studio)
    except (MultiplaneError, OSError):
        return None
    if found is None or force:
        return found
    return None if has_picture(out / SHOTS / slot.folder, found.hashes) else found


def _produce(
    slot: Slot,
    loaded: LoadedStoryboard,
    out: Path,
    studio: Studio,
    force: bool,
    painting: PaintingAhead | None,
    on_event: OnEvent,
    like: Wanted | None = None,
) -> bool:
    """Make the shot of `slot`, unless it is there; returns whether it was made."""
    began = time.monotonic()
    folder = out / SHOTS / slot.folder
    manifest_path = (folder / MANIFEST).as_posix()
    try:
        job = job_of(slot, loaded)
        content = hashes(job, studio)
        force = force or _is_to_be_ensured(folder, job)
        if not force and is_unchanged(folder, content.shot, job.shot.edits):
            on_event(events.ShotSkipped(shot_id=slot.id, manifest=manifest_path))
            return False
        warn = Steps(slot.id, on_event).warn

        def make() -> Manifest:
            return produce_shot(
                job,
                studio,
                folder,
                content,
                force=force,
                like=like,
                ahead=painting,
                on_event=on_event,
            )

        def make_beside() -> Manifest:
            return make() if painting is None else painting.make(make, warn)

        manifest = with_less_memory(make_beside, studio, warn)
    except MultiplaneError:
        raise
    except Exception as error:
        raise Failure(
            code="produce.unforeseen",
            message="Something unforeseen happened: {kind}: {why}",
            remedy="This is a fault of Multiplane. MULTIPLANE_DEBUG=1 shows where it happened.",
            values={"kind": type(error).__name__, "why": str(error)},
        ) from error
    on_event(
        events.ShotFinished(
            shot_id=slot.id,
            manifest=manifest_path,
            layers=len(manifest.layers),
            doubts=manifest.doubts,
            seconds=time.monotonic() - began,
        )
    )
    return True


def _is_to_be_ensured(folder: Path, job: ShotJob) -> bool:
    """Whether an earlier result shows its cast unlike their pictures, and nothing was tried yet."""
    found = ShotFolder.whole(folder) if job.ensure else None
    if found is None or found.manifest.tries or found.manifest.edits:
        return False
    return is_poor(found.manifest.cast)


def _ensure_alike(
    slots: list[Slot],
    wanted: list[Slot],
    loaded: LoadedStoryboard,
    out: Path,
    studio: Studio,
    on_event: OnEvent,
) -> set[str]:
    """Paint again, where that is wanted, whoever no picture shows and is unlike the other shots.

    Returns the ids of the shots that were made. A shot that hands have worked on stays as it is.
    """
    if not loaded.storyboard.ensure:
        return set()
    there = {slot.id: ShotFolder.whole(out / SHOTS / slot.folder) for slot in slots}
    manifests = {id_: shot.manifest for id_, shot in there.items() if shot is not None}
    likeness = across(manifests)
    made = set()
    for slot in wanted:
        unlike = [one for one in likeness.get(slot.id, []) if one.unlike and one.against == "shots"]
        if not unlike or manifests[slot.id].tries:
            continue
        if manifests[slot.id].edits:
            text = "Its cast is unlike itself; it stays, because hands have changed its layers."
            on_event(events.Log(level="warning", text=text, shot_id=slot.id))
            continue
        like = middles(manifests, slot.id, unlike[0].by)
        try:
            _produce(slot, loaded, out, studio, True, None, on_event, like)
        except MultiplaneError as error:
            # What was made before is there still.
            text = f"It was not painted again: {error}"
            on_event(events.Log(level="warning", text=text, shot_id=slot.id))
        else:
            made.add(slot.id)
    return made


def write_storyboard(out: Path, board: Storyboard, folder: Path | None = None) -> None:
    """Write storyboard.json, unless it says the same: its age tells what is older than it.

    folder: where its relative paths start, so that it can be rendered from where it lies.
    """
    if folder is not None:
        board = board.model_copy(update={"folder": carried_path(".", folder, out)})
    path, text = out / STORYBOARD, board.to_json().encode()
    if not path.is_file() or read_regular(path, MAX_DOCUMENT_BYTES) != text:
        write_document(path, board, rewrites=_says_no_more(out, board))


def _says_no_more(out: Path, board: Storyboard) -> bool:
    """Whether the storyboard in the folder is the one that is written, edited where it lies."""
    try:
        read = read_board(out)
    except InputError:
        return False
    return read.model_copy(update={"folder": board.folder}) == board


def _located(error: MultiplaneError, slot: Slot, loaded: LoadedStoryboard) -> MultiplaneError:
    """The error with its place as the storyboard's file calls it."""
    if error is slot.error:
        return error
    return loaded.placed(placed_in(error, f"shots[{slot.index}]"))


def _check_ids(only: Collection[str] | None, slots: list[Slot]) -> None:
    known = [slot.id for slot in slots]
    for id_ in only or ():
        if id_ not in known:
            raise unknown_name("produce.shot_unknown", "shot", id_, known, field="--only")


def _prepare(out: Path) -> None:
    """Make the output folder and see that it can be written, before any work is done."""
    try:
        if out.is_file():
            raise InputError(
                code="produce.out_is_a_file",
                message="This is a file; the results need a folder.",
                file=str(out),
                remedy="Give another folder with -o.",
            )
        (out / SHOTS).mkdir(parents=True, exist_ok=True)
        # Making the folder proves nothing where it was there before.
        with tempfile.TemporaryFile(dir=out / SHOTS):
            pass
    except (OSError, ValueError) as error:
        raise _bad_out(error, out) from error


def _bad_out(error: OSError | ValueError, out: Path) -> InputError:
    said = explain(error, out) if isinstance(error, OSError) else None
    return InputError(
        code="produce.out_not_writable",
        message=said.message if said else "This is no name for a folder: {why}.",
        file=str(out),
        remedy=said.remedy if said and said.remedy else "Give another folder with -o.",
        values=said.values if said else {"why": str(error)},
    )
