"""What the tests of the host scripts share: shots on disk, and an After Effects to run in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.manifest import Comp, Manifest
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.host.aftereffects import AfterEffects

SCRIPT = Path(__file__).parents[2] / "jsx" / "multiplane.jsx"
COMP = Comp(width=320, height=180, fps=24, duration_frames=13)


@pytest.fixture
def host() -> AfterEffects:
    """After Effects with our script loaded."""
    return started()


def started(script: Path = SCRIPT, **setting: Any) -> AfterEffects:
    host = AfterEffects(**setting)
    host.load(script)
    return host


def done(host: AfterEffects, entry: str, **arguments: Any) -> Any:
    """Call an entry that must succeed."""
    answer = host.call(f"call.{entry}", arguments)
    assert answer["ok"], answer
    return answer["result"]


def failed(host: AfterEffects, entry: str, **arguments: Any) -> Any:
    """Call an entry that must not succeed; its error."""
    answer = host.call(f"call.{entry}", arguments)
    assert not answer["ok"], answer
    return answer["error"]


def write_shot(folder: Path, move: str = "push_in", id_: str = "shot-001") -> Manifest:
    """A finished shot in `folder`."""
    return put(folder, quad_shot(id_, MOVES[move], COMP))


def edit(folder: Path, **changes: Any) -> Manifest:
    """Change fields of a shot's manifest, as making the shot again would."""
    path = folder / "manifest.json"
    document = json.loads(path.read_text(encoding="utf-8")) | changes
    document["content_hash"] = str(hash(json.dumps(document, sort_keys=True)))
    path.write_text(json.dumps(document), encoding="utf-8")
    return Manifest.model_validate(document)


def layer_of(host: AfterEffects, name: str, comp: int = 0) -> Any:
    """A layer of the project's comp by name."""
    return next(one for one in host.project.compositions[comp].layers if one.name == name)
