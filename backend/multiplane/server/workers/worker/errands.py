"""Questions and errands for which no model has to be loaded, but heavy libraries have."""

from __future__ import annotations

from typing import Any

from multiplane.contract.storyboard import Shot
from multiplane.server.workers.worker.link import Link


def tokens(link: Link, task: dict[str, Any]) -> None:
    """Answer what a model reads in a prompt."""
    from multiplane.intake.shot_source import Prompt
    from multiplane.models import load
    from multiplane.produce.tokens import read_tokens

    shot = Shot(prompt=task["prompt"], subjects=task["subjects"], style=task["style"])
    prompt = Prompt(task["prompt"])
    said = read_tokens(prompt, shot.subjects, shot.style, load.choose(task["model"]))
    link.send("answer", data=said.model_dump(mode="json"))


def pull(link: Link, task: dict[str, Any]) -> None:
    """Download a model, telling of every quarter of a second."""
    from multiplane.models import hub
    from multiplane.models.profiles import any_profile

    hub.pull(
        any_profile(task["model"]),
        on_bytes=lambda done, total: link.send("bytes", done=done, total=total),
    )
    link.send("answer", data={})
