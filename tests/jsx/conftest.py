"""What the tests of the host scripts share: shots on disk, and an After Effects to run in."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic import BaseModel

from multiplane.contract.manifest import Comp, Manifest
from multiplane.contract.script_calls import ScriptCalls, ScriptError
from multiplane.deliver.shot import FinishedShot
from tests.deliver.quads import MOVES, put, quad_shot
from tests.jsx.compare import named
from tests.jsx.host.aftereffects import AfterEffects

SCRIPT = Path(__file__).parents[2] / "jsx" / "multiplane.jsx"
COMP = Comp(width=320, height=180, fps=24, duration_frames=13)


@dataclass(frozen=True)
class Built:
    """A comp that the script built, read back from the saved project, and what it is made from."""

    comp: Any
    manifest: Manifest
    shot: FinishedShot
    folder: Path


@pytest.fixture(scope="session")
def built(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Built]:
    """Every preset's shot, all in one project. Tests leave the comps as they were."""
    folder = tmp_path_factory.mktemp("shots")
    host, given = started(), {}
    for name, move in MOVES.items():
        shot = quad_shot(name, move, COMP)
        given[name] = (put(folder / name, shot), shot, folder / name)
        done(host, "importShot", folder=str(folder / name), storyboard="All moves")
    comps = {comp.name: comp for comp in host.save(folder / "all.aep").compositions}
    return {name: Built(comps[name], *more) for name, more in given.items()}


@contextmanager
def set_to(found: Any, value: Any) -> Iterator[None]:
    """A property with another value for a while."""
    before = found.value
    found.value = value
    try:
        yield
    finally:
        found.value = before


@pytest.fixture
def host() -> AfterEffects:
    """After Effects with our script loaded."""
    return started()


def started(script: Path = SCRIPT, **setting: Any) -> AfterEffects:
    host = AfterEffects(**setting)
    host.load(script)
    return host


def script_call(entry: str) -> tuple[type[BaseModel], type[BaseModel]]:
    """The classes of what the entry is given and of its result. Raises KeyError."""
    calls = {field.alias: field.annotation for field in ScriptCalls.model_fields.values()}
    parts = calls[entry].model_fields  # type: ignore[union-attr]
    given, result = parts["given"].annotation, parts["result"].annotation
    assert given is not None
    assert result is not None
    return given, result


def done(host: AfterEffects, entry: str, **arguments: Any) -> Any:
    """Call an entry that must succeed, with what the contract lets it be given and answer."""
    given, result = script_call(entry)
    given.model_validate(arguments)
    answer = host.call(f"call.{entry}", arguments)
    assert answer["ok"], answer
    result.model_validate(answer["result"])
    return answer["result"]


def failed(host: AfterEffects, entry: str, **arguments: Any) -> Any:
    """Call an entry that must not succeed; its error."""
    answer = host.call(f"call.{entry}", arguments)
    assert not answer["ok"], answer
    ScriptError.model_validate(answer["error"])
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
    return named(host.project.compositions[comp], name)
