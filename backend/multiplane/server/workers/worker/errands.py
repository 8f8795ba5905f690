"""Questions and errands for which no model has to be loaded, but heavy libraries have."""

from __future__ import annotations

from multiplane.contract.storyboard import Shot
from multiplane.server.workers.worker.link import Link
from multiplane.server.workers.worker.messages import Downloading, Pull, Pulled, ReadTokens, Tokens


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
