"""Model folders that are not trusted, of every family: no pickle is opened and no code is run."""

from __future__ import annotations

import contextlib
import json
import pickle
import shutil
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from multiplane.contract.errors import MultiplaneError
from multiplane.models.load import load_painter, load_reader
from multiplane.models.model_folder import check_model_folder
from multiplane.models.profiles import profile
from tests.models.test_every_family import KINDS
from tests.tiny_models import tiny_pipeline

BUILDS: list[Callable[[], Any]] = [tiny_pipeline, *(kind.build for kind in KINDS)]
CODE = "import pathlib\npathlib.Path(__file__).with_suffix('.ran').touch()\nclass Evil: pass\n"


class Evil:
    """Unpickled, it leaves a file."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return (Path.touch, (self.trace,))


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Callable[[], Any]], Path]:
    @cache
    def save(build: Callable[[], Any]) -> Path:
        folder = tmp_path_factory.mktemp("models") / build.__name__
        build().save_pretrained(folder, safe_serialization=True)
        return folder

    return save


@pytest.fixture(params=BUILDS, ids=lambda build: build.__name__)
def folder(request: pytest.FixtureRequest, saved: Any, tmp_path: Path) -> Path:
    return Path(shutil.copytree(saved(request.param), tmp_path / "model"))


def parts_of(folder: Path) -> list[Path]:
    """Components with weights."""
    return sorted({file.parent for file in folder.rglob("*.safetensors")})


def refused(folder: Path, code: str) -> MultiplaneError:
    with pytest.raises(MultiplaneError) as caught:
        load_painter(profile(str(folder)), "cpu")
    assert caught.value.code == code
    return caught.value


def changed(file: Path, **facts: object) -> None:
    file.write_text(json.dumps({**json.loads(file.read_text()), **facts}))


def test_pickles_alone_are_refused_with_a_sentence_and_not_opened(folder: Path) -> None:
    for part in parts_of(folder):
        (weights,) = part.glob("*.safetensors")
        kept = weights.read_bytes()
        weights.unlink()
        evil = [part / name for name in ("pytorch_model.bin", "diffusion_pytorch_model.bin")]
        for file in evil:
            file.write_bytes(pickle.dumps(Evil(folder / "ran")))
        error = refused(folder, "models.pickle")
        assert "can run any code" in error.message
        assert Path(str(error.file)).parent == part
        weights.write_bytes(kept)
        for file in evil:
            file.unlink()
    assert not (folder / "ran").exists()


def test_code_and_pickles_beside_the_weights_are_left_alone(folder: Path) -> None:
    """Configurations ask for classes of the folder's own, as models with code of their own do."""
    index = json.loads((folder / "model_index.json").read_text())
    (folder / "pipeline.py").write_text(CODE)
    for name in index:
        part = folder / name
        if not part.is_dir():
            continue
        (part / "evil.py").write_text(CODE)
        for pickled in ("pytorch_model.bin", "diffusion_pytorch_model.bin", "scheduler.pkl"):
            (part / pickled).write_bytes(pickle.dumps(Evil(folder / "ran")))
        asked = {f"Auto{kind}": "evil.Evil" for kind in ("Model", "Config")}
        for file in part.glob("*config.json"):
            tokens = "tokenizer" in file.name
            ask = {"AutoTokenizer": ["evil.Evil", "evil.Evil"]} if tokens else asked
            changed(file, auto_map=ask)
    # A library that refuses such a folder will do as well as one that passes it by.
    with contextlib.suppress(MultiplaneError):
        load_painter(profile(str(folder)), "cpu")
    assert not [*folder.rglob("*.ran"), *folder.glob("ran")]
    assert "evil" not in sys.modules


def test_what_the_libraries_would_load_besides_is_refused(folder: Path, tmp_path: Path) -> None:
    part = parts_of(folder)[0]
    adapter = part / "adapter_config.json"
    adapter.write_text(json.dumps({"peft_type": "LORA", "base_model_name_or_path": "else/where"}))
    assert refused(folder, "models.adapter").file == str(adapter)
    adapter.unlink()

    (weights,) = part.glob("*.safetensors")
    for name in ("../../outside.safetensors", str(tmp_path / "outside.safetensors")):
        shutil.copy(weights, tmp_path / "outside.safetensors")
        listed = {"metadata": {}, "weight_map": {"any": name}}
        (part / f"{weights.name}.index.json").write_text(json.dumps(listed))
        assert refused(folder, "models.outside").value == name
    (part / f"{weights.name}.index.json").unlink()

    index = folder / "model_index.json"
    whole = json.loads(index.read_text())
    changed(index, **{part.name: ["antigravity", "Evil"]})
    with pytest.raises(MultiplaneError) as caught:
        load_reader(profile(str(folder)))
    assert caught.value.code == "models.foreign_code"
    assert "antigravity" not in sys.modules
    index.write_text(json.dumps(whole))
    # As Stable Diffusion's own folders have it.
    changed(index, safety_checker=["stable_diffusion", "StableDiffusionSafetyChecker"])
    check_model_folder(folder)
