"""Questions and errands for which no model has to be loaded, but heavy libraries have."""

from __future__ import annotations

from multiplane.contract.storyboard import Shot
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import (
    Downloading,
    LookAtMachine,
    Looked,
    Pull,
    Pulled,
    ReadTokens,
    Tokens,
)


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

    hub.pull(
        any_profile(task.model),
        on_bytes=lambda done, total: link.say(Downloading(done, total)),
    )
    link.say(Pulled())


def look_at_machine(link: Link, task: LookAtMachine) -> None:
    """Answer what memory there is, and which models fit when nothing else is loaded."""
    import shutil

    from multiplane.contract.messages_common import MachineView, ModelFit
    from multiplane.contract.messages_server import Machine
    from multiplane.models import memory, places
    from multiplane.models.facts import LookingProfile
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES, profile
    from multiplane.models.vision.profiles import VISION_PROFILES

    whole = memory.whole_machine(task.device)
    kind = whole.device.split(":")[0]
    folder = places.models_folder()
    while not folder.exists():
        folder = folder.parent
    fits = []
    for name in PROFILES:
        own = profile(name)
        need = own.memory_gb(own.dtype(kind))
        fits.append(ModelFit(name=name, memory=_bytes(need), placement=memory.plan(own, whole)))
    lookers: list[LookingProfile] = [*DEPTH_PROFILES.values(), *VISION_PROFILES.values()]
    for looks in lookers:
        need = looks.memory_gb("float32")
        placed = memory.Placement.FULL if need <= whole.free_device_gb else None
        fits.append(ModelFit(name=looks.name, memory=_bytes(need), placement=placed))
    machine = MachineView(
        device=kind,
        device_name=whole.device_name,
        memory=_bytes(whole.free_ram_gb),
        device_memory=_bytes(whole.free_device_gb),
        disk_free=shutil.disk_usage(folder).free,
    )
    link.say(Looked(Machine(machine=machine, models=fits)))


def _bytes(gibibytes: float) -> int:
    return round(gibibytes * 2**30)
