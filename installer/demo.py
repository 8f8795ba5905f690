"""Renders the example storyboard and says what was made and where."""

from __future__ import annotations

import json
import time
from pathlib import Path

from installer.child import run_child
from installer.project import Project

STORYBOARD = Path("examples") / "warrior_and_princess.json"
OUT = Path("out") / "demo"


def run_demo(project: Project, arguments: list[str]) -> int:
    """Run `multiplane render` on the example and list the results.

    Args:
        project: a clone that is set up.
        arguments: more options for `multiplane render`.

    Returns:
        The exit status of `multiplane render`.
    """
    command = ["render", str(STORYBOARD), "-o", str(OUT), *arguments]
    print(f"multiplane {' '.join(command)}\n", flush=True)
    started = time.monotonic()
    status = run_child([str(project.script("multiplane")), *command], project.root)
    if status == 0 and "--json" not in arguments:
        print(f"\nDone in {time.monotonic() - started:.0f} s.")
        print("\n".join(describe_output(project.root / OUT)))
    return status


def describe_output(out: Path) -> list[str]:
    """Say in lines what lies in an output folder.

    Args:
        out: the folder that `multiplane render` wrote.
    """
    lines = [f"Made in {out}:"]
    for manifest in sorted(out.glob("shots/*/manifest.json")):
        shot = manifest.parent
        layers = len(list(shot.glob("layers/*.png")))
        parts = [f"{layers} layers"]
        parts += [name for name in ("layers.psd", film_of(manifest)) if (shot / name).is_file()]
        lines.append(f"  shots/{shot.name}/  {', '.join(parts)}: {made_by(manifest)}")
    for name, meaning in (
        ("contact.png", "all shots on one sheet: look at this first"),
        ("sequence.json", "the shots in order, for programs"),
    ):
        if (out / name).is_file():
            lines.append(f"  {name}  {meaning}")
    return lines


def made_by(manifest: Path) -> str:
    """Say what made a shot's picture, and what found its subjects.

    Args:
        manifest: the shot's manifest.json, of the example storyboard.
    """
    shot = json.loads(manifest.read_text(encoding="utf-8"))
    model = shot["model"]["name"]
    if shot["original_prompt"] is None:
        return f"drawn by Multiplane's own drawing code, read by {model}"
    return f"painted by {model}"


def film_of(manifest: Path) -> str:
    """Say the name of a shot's film as its manifest has it.

    Args:
        manifest: the shot's manifest.json.
    """
    name = json.loads(manifest.read_text(encoding="utf-8"))["files"]["preview"]
    return str(name)
