"""What may be called of the ExtendScript in After Effects: names, what is given, what comes back.

`multiplane.call.<name>(text)` takes what is given as JSON and answers `{"ok": true, "result": ...}`
or `{"ok": false, "error": ...}`. The panel's calls are checked against the generated TypeScript,
the scripts' answers by their tests against these classes.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

from multiplane.contract.document import ErrorEntry

Document = dict[str, Any]
Expressions = Literal["all", "camera", "none"]


class _Part(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)


class ScriptError(_Part):
    """Why a call, or a part of it, was refused. What is not known is left out."""

    code: str
    message: str
    file: str | None = None
    field: str | None = None
    value: Any = None
    remedy: str | None = None
    script: str | None = Field(default=None, description="where a fault of ours is, and its line")
    line: int | None = None


class KeptWork(_Part):
    """What the designer had changed and the import left alone."""

    layer: str
    what: str


class ShotAudio(_Part):
    shot: str = Field(description="its id; of the storyboard's soundtrack: empty")
    file: str = Field(description="absolute")
    start: float | None = Field(
        default=None, description="seconds of the sequence; without: with its shot"
    )


class NothingGiven(_Part):
    """A call without arguments."""


class ProgramInfo(_Part):
    """The program that the scripts run in."""

    host: Literal["after-effects"]
    version: str
    language: str
    system: str
    importer: str = Field(description="version of the scripts")
    project: str | None = Field(description="the project's file; null while it is not saved")
    items: int
    may_write_files: bool = Field(description="whether the preferences let scripts write files")


class ShotGiven(_Part):
    """A finished shot. `manifest` may be given where it is at hand; else it is read in `folder`."""

    folder: str | None = Field(default=None, description="absolute")
    storyboard: str | None = Field(default=None, description="its title")
    handles: float | None = Field(default=None, description="frames before and after the shot")
    manifest: Document | None = None
    force: bool | None = Field(default=None, description="import again what has not changed")
    motion_blur: bool | None = Field(
        default=None,
        description="the comp's own switch; without it, off in a new comp and else as it is",
    )
    expressions: Expressions | None = Field(
        default=None,
        description="all: every slider; camera: none on the planes, and no Parallax; none: keys "
        "alone, and no slider. Without it, all in a new comp and else as it is",
    )


class ShotImported(_Part):
    """What became of a shot. Layers are named by their ids."""

    shot: str
    state: Literal["created", "updated", "unchanged"]
    comp: str
    added: list[str]
    replaced: list[str]
    retired: list[str]
    kept: list[KeptWork]


class ShotNotImported(_Part):
    shot: str
    state: Literal["failed", "unmade"] = Field(description="unmade: there was nothing to import")
    error: ScriptError | ErrorEntry | None = Field(
        default=None, description="of the import, or of making it"
    )


class SequenceGiven(_Part):
    """A storyboard's whole output. `sequence` instead of the folder's own sequence.json."""

    folder: str | None = Field(default=None, description="absolute")
    sequence: Document | None = None
    storyboard: str | None = Field(default=None, description="instead of the sequence's title")


class MasterGiven(SequenceGiven):
    """The comp of all shots. Without `audio` the folder tells which shot has which file."""

    audio: list[ShotAudio] | None = None
    dissolve: float | None = Field(default=None, description="frames")


class WholeGiven(MasterGiven):
    """All of a storyboard in one call."""

    handles: float | None = Field(default=None, description="frames before and after each shot")
    force: bool | None = Field(default=None, description="import again what has not changed")
    motion_blur: bool | None = Field(default=None, description="as of `importShot`")
    expressions: Expressions | None = Field(default=None, description="as of `importShot`")


class PlannedShot(_Part):
    id: str
    folder: str | None = Field(description="absolute; null for a shot that was not made")
    known: bool = Field(description="the project has it")
    error: ErrorEntry | None = Field(default=None, description="why it was not made")


class SequencePlan(_Part):
    storyboard: str
    sequence: Document
    shots: list[PlannedShot]


class SilentShot(_Part):
    shot: str | None = Field(description="null: all shots")
    error: ScriptError


class MasterReport(_Part):
    """The comp of all shots; these are named by their ids."""

    comp: str
    state: Literal["created", "updated"]
    added: list[str]
    retired: list[str]
    missing: list[str] = Field(description="that are not in the project")
    silent: list[SilentShot]
    kept: list[KeptWork]


class WholeReport(_Part):
    storyboard: str
    shots: list[ShotImported | ShotNotImported]
    master: MasterReport


class RigGiven(_Part):
    """A shot in the project."""

    shot: str
    storyboard: str | None = None


class RigExposed(_Part):
    """Sliders of the shot's rig in the Essential Graphics panel, by their names."""

    comp: str
    added: list[str]
    refused: list[str]


class TemplateGiven(RigGiven):
    folder: str | None = Field(
        default=None,
        description="absolute; where the template is written; without it, beside the project",
    )


class TemplateWritten(RigExposed):
    written: bool
    folder: str


class PrecomposeGiven(RigGiven):
    layers: list[str] | None = Field(
        default=None, description="ids; without it, all that are no background"
    )


class Precomp(_Part):
    layer: str = Field(description="its id")
    comp: str


class Precomposed(_Part):
    """Layers of a shot that are comps of their own now."""

    comp: str
    made: list[Precomp]
    kept: list[KeptWork]


class OutputModules(_Part):
    templates: list[str] = Field(description="names, in the program's language")


class EncoderGiven(_Part):
    storyboard: str | None = None
    what: Literal["master", "shots", "all"] | None = Field(
        default=None, description="the comp of all shots (the default), theirs, or both"
    )
    shots: list[str] | None = Field(default=None, description="ids; without it, all shots")
    folder: str | None = Field(
        default=None,
        description="absolute; where the films are written; without it, beside the project",
    )
    template: str | None = Field(
        default=None, description="the output module's; without it, the program's usual one"
    )
    start: bool | None = Field(default=None, description="encode at once; else only queue")


class SentToEncoder(_Part):
    comps: list[str]
    folder: str


class RelinkGiven(_Part):
    folder: str = Field(description="absolute; where the storyboard's output lies now")
    storyboard: str | None = None


class Relinked(_Part):
    """Footage by its names in the project."""

    relinked: list[str]
    missing: list[str]


class CollectGiven(_Part):
    storyboard: str | None = Field(default=None, description="its title; all of them without")


class Collected(_Part):
    folder: str
    copied: int
    failed: list[str] = Field(description="paths that could not be copied")


class ImportedGiven(_Part):
    storyboard: str | None = Field(default=None, description="its title; all of them without")


class ShotInProject(_Part):
    """A comp that was imported. What its tag does not say is null."""

    storyboard: str | None
    shot: str
    comp: str = Field(description="its name now")
    hash: str | None = Field(description="of the shot as it was imported")
    handles: float | None = Field(description="frames")
    updates: bool = Field(description="whether an import brings it up to date")


class ImportedShots(_Part):
    shots: list[ShotInProject]
    masters: list[str] = Field(description="storyboards whose comp of all shots is there")


class ActiveComp(_Part):
    """What is selected, or shown where nothing is. A storyboard without a shot: its comp of all."""

    item: int | None = Field(description="id of the project's item, ours or not")
    storyboard: str | None
    shot: str | None


class CompGiven(_Part):
    storyboard: str | None = None
    shot: str | None = Field(default=None, description="without one: the comp of all shots")


class CompOpened(_Part):
    comp: str


class HostInfoCall(_Part):
    given: NothingGiven
    result: ProgramInfo


class ImportShotCall(_Part):
    """Build a shot's comp, or bring it up to date."""

    given: ShotGiven
    result: ShotImported


class UpdateShotCall(_Part):
    """As `importShot`, for a shot that must be in the project."""

    given: ShotGiven
    result: ShotImported


class PlanSequenceCall(_Part):
    given: SequenceGiven
    result: SequencePlan


class FinishSequenceCall(_Part):
    """Build the comp of all shots that are in the project, or bring it up to date."""

    given: MasterGiven
    result: MasterReport


class ImportSequenceCall(_Part):
    given: WholeGiven
    result: WholeReport


class ExposeRigCall(_Part):
    given: RigGiven
    result: RigExposed


class ExportTemplateCall(_Part):
    """Save the project and write a shot's comp as a .mogrt."""

    given: TemplateGiven
    result: TemplateWritten


class PrecomposeCall(_Part):
    """Put layers of a shot into comps of their own, for puppet pins and roto."""

    given: PrecomposeGiven
    result: Precomposed


class OutputModulesCall(_Part):
    """Which output modules the program has."""

    given: NothingGiven
    result: OutputModules


class QueueInEncoderCall(_Part):
    """Give comps to Adobe Media Encoder's queue."""

    given: EncoderGiven
    result: SentToEncoder


class RelinkCall(_Part):
    given: RelinkGiven
    result: Relinked


class CollectCall(_Part):
    """Copy all files beside the project."""

    given: CollectGiven
    result: Collected


class ImportedShotsCall(_Part):
    """What of Multiplane is in the project; no file is read."""

    given: ImportedGiven
    result: ImportedShots


class ActiveCompCall(_Part):
    given: NothingGiven
    result: ActiveComp


class OpenCompCall(_Part):
    """Show a comp in the viewer."""

    given: CompGiven
    result: CompOpened


class ScriptCalls(BaseModel):
    """Every entry of `multiplane.call` in After Effects."""

    model_config = ConfigDict(alias_generator=to_camel)
    host_info: HostInfoCall
    import_shot: ImportShotCall
    update_shot: UpdateShotCall
    plan_sequence: PlanSequenceCall
    finish_sequence: FinishSequenceCall
    import_sequence: ImportSequenceCall
    expose_rig: ExposeRigCall
    export_template: ExportTemplateCall
    precompose: PrecomposeCall
    output_modules: OutputModulesCall
    queue_in_encoder: QueueInEncoderCall
    relink: RelinkCall
    collect: CollectCall
    imported_shots: ImportedShotsCall
    active_comp: ActiveCompCall
    open_comp: OpenCompCall
