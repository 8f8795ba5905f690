"""Everything that is wrong with a storyboard, or nearly, one finding each."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.storyboard import Shot
from multiplane.contract.style import read_style
from multiplane.intake.cast import with_cast
from multiplane.intake.read_storyboard import LoadedStoryboard, read_storyboard
from multiplane.intake.reading import Notice, find_format
from multiplane.intake.subjects import find_subjects
from multiplane.layers.cutters.choice import cutter_choice
from multiplane.models.load import AUTO, choose
from multiplane.models.lora_fit import check_fit
from multiplane.models.profiles import PROFILES, ModelProfile
from multiplane.produce.cutting import cutter_of_board, may_need_painter
from multiplane.produce.doubts import notices_of_shot
from multiplane.produce.preflight import (
    check_run,
    faults_of_pictures,
    faults_of_shot,
    placed_in,
)
from multiplane.produce.slots import Slot, job_of, slots_of
from multiplane.produce.studio import Studio
from multiplane.produce.style_loras import loras_of
from multiplane.stage.registry import check_direction, find_preset, preset_names

_FOUND_NOTHING = "storyboard.shot.subjects.none_found"


@dataclass(frozen=True)
class Finding:
    """One line of the table. error: whether it stops the shot (or the whole file)."""

    error: bool
    code: str
    shot: int | None
    id: str | None
    field: str | None
    text: str
    value: str | None
    remedy: str | None
    file: str | None = None  # that the fault is in, where it is known

    def place(self, source: Path) -> str:
        """Where it is: the field, after the file where that is another one than `source`."""
        file = None if self.file is None else Path(self.file)
        if file is None or file == source:
            return self.field or ""
        inside = file.relative_to(source) if file.is_relative_to(source) else file
        # A place in another format's words may have its file already.
        known = (self.field or "").startswith(inside.as_posix())
        return self.field or "" if known else ", ".join(filter(None, (str(inside), self.field)))


def checked(
    source: Path, model: str | None = None, *, here: bool = True
) -> tuple[int, list[Finding]]:
    """(number of good shots, everything found) of one storyboard.

    model: that will make it; the storyboard's own by default. here: whether it is to be made on
    this computer, which then has to have all models.
    """
    try:
        loaded = read_storyboard(
            source, presets=preset_names(), models=None if model else list(PROFILES)
        )
    except MultiplaneError as error:
        notices = _notices(source)
        return 0, [*notices, *(_of_error(fault, None, None) for fault in error.each())]
    findings = [*findings_of(loaded), *_further(loaded, model, here), *unfit_loras(loaded, model)]
    findings += unknown_words(loaded, model)
    findings.sort(key=lambda finding: -1 if finding.shot is None else finding.shot)
    return len(loaded.storyboard.shots), findings


def findings_of(loaded: LoadedStoryboard) -> list[Finding]:
    """What reading it found: errors and warnings by shot."""
    found = [
        _of_notice(warning, None if warning.shot is None else loaded.ids[warning.shot])
        for warning in loaded.warnings
    ]
    for index, error in loaded.shots_errors.items():
        found += [_of_error(fault, index, loaded.ids[index]) for fault in error.each()]
    return found


def _chosen(loaded: LoadedStoryboard, model: str | None) -> ModelProfile | None:
    """The model that will make the shots; None where the storyboard's own is not there.

    That is told where shots are made.
    """
    try:
        return choose(model or loaded.storyboard.model or AUTO)
    except MultiplaneError:
        if model is not None:
            raise
        return None


def unknown_words(
    loaded: LoadedStoryboard, model: str | None = None, cut: str | None = None
) -> Iterator[Finding]:
    """The words that the model which will make the shots never learnt.

    model, cut: instead of the storyboard's. A drawing that another cutter is shown has none.
    """
    profile = _chosen(loaded, model)
    if profile is None:
        return
    board = loaded.storyboard if cut is None else loaded.storyboard.model_copy(update={"cut": cut})
    for index, shot in zip(loaded.indices, board.shots, strict=True):
        style = read_style(board.style if shot.style is None else shot.style).words
        if not may_need_painter(shot, board):
            continue
        try:
            played = with_cast(shot, board.cast).shot
            told = notices_of_shot(played, loaded.folder, profile, style=style)
        except (MultiplaneError, OSError):
            continue  # it cannot be made, and is told
        for notice in told:
            at = loaded.place(index, "prompt" if shot.prompt is not None else "subjects")
            yield Finding(False, notice.code, index, shot.id, at, notice.text, None, notice.remedy)


def unfit_loras(loaded: LoadedStoryboard, model: str | None = None) -> Iterator[Finding]:
    """The LoRAs that the model which will make the shots cannot wear.

    model: instead of the storyboard's.
    """
    profile = _chosen(loaded, model)
    if profile is None:
        return
    for slot in slots_of(loaded):
        if slot.shot is None:
            continue
        try:
            job = job_of(slot, loaded)
            worn = loras_of(job)
        except (MultiplaneError, OSError):
            continue  # it cannot be made, and is told
        for lora in worn:
            try:
                check_fit(lora, profile)
            except InputError as error:
                told = replace(error, field=f"{job.at}.style" if slot.shot.style else "style")
                yield _of_error(told, slot.index, slot.id)


def without_bad_shots(loaded: LoadedStoryboard) -> LoadedStoryboard:
    """The same with all shots left out that cannot be made, as making them would show.

    Raises MultiplaneError when none is left.
    """
    good, errors = {}, dict(loaded.shots_errors)
    for index, shot in zip(loaded.indices, loaded.storyboard.shots, strict=True):
        wrong = [error for error in _met(loaded, index, shot) if error.code != _FOUND_NOTHING]
        if wrong:
            errors[index] = MultiplaneError.joined(wrong)
        else:
            good[index] = shot
    if not good:
        raise MultiplaneError.joined(errors.values())
    board = loaded.storyboard.model_copy(update={"shots": list(good.values())})
    return replace(loaded, storyboard=board, shots_errors=errors, indices=tuple(good))


def _notices(source: Path) -> list[Finding]:
    """What the reader alone has to say of a storyboard without a good shot."""
    try:
        return [_of_notice(notice, None) for notice in find_format(source).read(source).notices]
    except MultiplaneError:
        return []


def _further(loaded: LoadedStoryboard, model: str | None, here: bool) -> Iterator[Finding]:
    """What only making the shots would show: models, cutters, subjects, LoRAs, directions, pixels.

    Each is found by what makes the shots. model, here: as of `checked`.
    """
    board = loaded.storyboard
    studio = Studio(model or board.model)
    can_run = here
    try:
        if here:
            check_run(board, board.shots, studio)
        else:
            cutter_of_board(board)
    except MultiplaneError as error:
        can_run = False
        yield _of_error(error, None, None)
    told: set[tuple[str | None, str, str]] = set()
    for slot in slots_of(loaded):
        if slot.shot is None:
            continue
        for met in _met(loaded, slot.index, slot.shot):
            yield _of_error(met, slot.index, slot.id, warning=met.code == _FOUND_NOTHING)
        for fault in _faults(slot, loaded, studio if can_run else None):
            located = loaded.placed(placed_in(fault, f"shots[{slot.index}]"))
            # What stands beside the shots is wrong once, however many shots have it.
            known = (located.field, located.code, located.message)
            if known not in told:
                told.add(known)
                yield _of_error(located, slot.index, slot.id)


def _faults(
    slot: Slot, loaded: LoadedStoryboard, studio: Studio | None
) -> Iterator[MultiplaneError]:
    """Of one shot; studio: None where nothing can be made for want of models, which is told."""
    assert slot.shot is not None
    try:
        job = job_of(slot, loaded)
    except MultiplaneError as error:
        yield error
        return
    if studio is not None:
        yield from faults_of_shot(job, studio)
        return
    try:
        if slot.shot.cut is not None:
            cutter_choice(slot.shot.cut)
        loras_of(job)
    except MultiplaneError as error:
        yield error
    yield from faults_of_pictures(job)


def _met(loaded: LoadedStoryboard, index: int, shot: Shot) -> Iterator[InputError]:
    try:
        check_direction(find_preset(shot.camera.preset), shot.camera)
    except InputError as error:
        yield replace(error, field=loaded.place(index, error.field or ""))
    if shot.prompt is None:
        return
    try:
        played = with_cast(shot, loaded.storyboard.cast)
        find_subjects(played.shot.prompt or "", played.shot.subjects, named=played.named)
    except InputError as error:
        yield replace(error, field=loaded.place(index, "prompt"))


def _of_notice(notice: Notice, id_: str | None) -> Finding:
    return Finding(
        False,
        notice.code,
        notice.shot,
        id_,
        notice.field,
        notice.text,
        None,
        notice.remedy,
        notice.file,
    )


def _of_error(
    error: MultiplaneError,
    index: int | None,
    id_: str | None,
    *,
    warning: bool = False,
) -> Finding:
    said = error.as_dict()
    return Finding(
        not warning,
        error.code,
        index,
        id_,
        error.field,
        str(said["message"]),
        None if said["value"] is None else str(said["value"]),
        error.remedy,
        error.file,
    )
