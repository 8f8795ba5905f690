"""Questions and errands for which no model has to be loaded, but heavy libraries have."""

from __future__ import annotations

from typing import TYPE_CHECKING

from multiplane.contract.events import Log
from multiplane.contract.storyboard import Shot
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import (
    Downloading,
    LookAtMachine,
    Looked,
    Progressed,
    Pull,
    Pulled,
    ReadTokens,
    Tokens,
)

if TYPE_CHECKING:
    from multiplane.models.facts import ModelProfile
    from multiplane.models.machine import Machine
    from multiplane.models.memory import Placement


def tokens(link: Link, task: ReadTokens) -> None:
    """Answer what a model reads in a prompt."""
    from multiplane.intake.shot_source import Prompt
    from multiplane.models import load
    from multiplane.produce.tokens import read_tokens

    shot = Shot(prompt=task.prompt, subjects=task.subjects, style=task.style)
    prompt = Prompt(task.prompt)
    link.say(Tokens(read_tokens(prompt, shot.subjects, shot.style, load.choose(task.model))))


def pull(link: Link, task: Pull) -> None:
    """Download a model, telling of every quarter of a second."""
    from multiplane.models import hub
    from multiplane.models.profiles import any_profile
    from multiplane.models.redirects import in_words

    def say(text: str) -> None:
        link.say(Progressed(Log(level="info", text=text)))

    # The model's own weights: a variant is somebody else's, and nobody was asked about it here.
    hub.pull(
        any_profile(task.model),
        on_bytes=lambda done, total: link.say(Downloading(done, total)),
        on_redirect=lambda asked, sent: say(in_words(asked, sent)),
    )
    link.say(Pulled())


def look_at_machine(link: Link, task: LookAtMachine) -> None:
    """Answer what memory there is, and which models fit when nothing else is loaded."""
    import shutil

    from multiplane.contract.messages_common import MachineView, ModelFit
    from multiplane.contract.messages_server import Machine
    from multiplane.models import folders
    from multiplane.models.facts import LookingProfile, VisionProfile
    from multiplane.models.machine import whole_machine
    from multiplane.models.memory import Placement
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, profile
    from multiplane.models.vision.profiles import VISION_PROFILES

    whole = whole_machine(task.device)
    kind = whole.kind
    folder = folders.models_folder()
    while not folder.exists():
        folder = folder.parent
    fits = []
    for name in PROFILES:
        placed, need = _best_plan(profile(name), whole)
        fits.append(ModelFit(name=name, memory=_bytes(need), placement=placed))
    lookers: list[LookingProfile] = [*DEPTH_PROFILES.values(), *VISION_PROFILES.values()]
    for looks in lookers:
        if isinstance(looks, VisionProfile) and looks.pipeline is not None:
            placed, need = _best_plan(looks.pipeline, whole)
        else:
            need = looks.memory_gb(looks.dtype(kind))
            placed = Placement.FULL if need <= whole.free_device_gb else None
        fits.append(ModelFit(name=looks.name, memory=_bytes(need), placement=placed))
    machine = MachineView(
        device=kind,
        device_name=whole.device_name,
        memory=_bytes(whole.free_ram_gb),
        device_memory=_bytes(whole.free_device_gb),
        disk_free=shutil.disk_usage(folder).free,
    )
    link.say(Looked(Machine(machine=machine, models=fits)))


def _best_plan(profile: ModelProfile, machine: Machine) -> tuple[Placement | None, float]:
    """How it would be laid out, and GiB that this takes; of all at once where nothing fits."""
    from multiplane.models.load import plans_for, situation
    from multiplane.models.memory import need, profile_gb

    plans = plans_for(profile, machine)
    if not plans:
        return None, profile_gb(profile, machine.kind)
    return plans[0].placement, need(profile, plans[0], situation(profile, machine)).device


def _bytes(gibibytes: float) -> int:
    return round(gibibytes * 2**30)
