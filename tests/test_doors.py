"""Every path that a user may name, against everything that may be there: refused, and at once.

Each case would wait for ever, or read without end, if it were opened as any file is.
"""

from __future__ import annotations

import ast
import faulthandler
import itertools
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

import multiplane
from multiplane.contract.data_folder import DataFolder
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.output_folder import OutputFolder, ShotFolder
from multiplane.contract.regular_file import open_regular
from multiplane.contract.storyboard import Shot
from multiplane.deliver.mixer import Mixer
from multiplane.deliver.shot_pictures import painted_layers, staged
from multiplane.intake.audio_file import audio_facts
from multiplane.intake.drawn_layers import load_layers
from multiplane.intake.json_file import read_json
from multiplane.intake.mattes import load_mattes
from multiplane.intake.picture import check_picture, load_cutout, load_picture
from multiplane.intake.read_storyboard import load_storyboard, read_storyboard
from multiplane.intake.shot_source import LayeredDrawing, source_of
from multiplane.intake.sidecar import read_sidecar
from multiplane.models.load import load_depth, load_reader
from multiplane.models.profiles import BUNDLED, depth_profile, profile
from multiplane.server.serving import remote_side
from tests.finished_output import finished_output
from tests.odd_files import ODD_FILES, needs_unix, odd_file

BACKEND = Path(multiplane.__file__).parent


def _calls(tree: ast.AST) -> list[ast.Call]:
    found = [one for one in ast.walk(tree) if isinstance(one, ast.Call)]
    return [one for one in found if getattr(one.func, "attr", "") == "from_pretrained"]


FROM_PRETRAINED = [
    f"{path.relative_to(BACKEND).as_posix()}:{one.lineno}"
    for path in sorted(BACKEND.rglob("*.py"))
    for one in _calls(ast.parse(path.read_text(encoding="utf-8")))
]
assert FROM_PRETRAINED, "the calls that load models were not found"

Door = Callable[[Path], Any]
"""Makes what the door needs around the odd file, which is at this path, and opens it."""

pytestmark = needs_unix


@pytest.fixture(autouse=True)
def ends() -> Iterator[None]:
    """A door that waits for ever ends the run, and says where."""
    faulthandler.dump_traceback_later(120, exit=True)
    yield
    faulthandler.cancel_dump_traceback_later()


def _board(**shot: Any) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        shots = [{key: str(path) if one is ... else one for key, one in shot.items()}]
        return load_storyboard({"shots": shots}, folder=path.parent)

    return read


def _sequence_png(path: Path) -> None:
    Image.new("RGB", (64, 36), "red").save(path)


def _folder_with_sidecar(path: Path) -> Any:
    _sequence_png(path.with_name("a.png"))
    path.rename(path.with_name("a.json"))
    return read_storyboard(path.parent)


def _folder_with_table(path: Path) -> Any:
    _sequence_png(path.with_name("a.png"))
    path.rename(path.with_name("shots.csv"))
    return read_storyboard(path.parent)


def _folder_with_pictures(path: Path) -> Any:
    path.rename(path.with_name("b.png"))
    return read_storyboard(path.parent)


def _renamed(name: str) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        return read_storyboard(path.rename(path.with_name(name)))

    return read


def _mixed(path: Path) -> None:
    def refused(path: Path, reason: str) -> None:
        raise ValueError(reason)

    Mixer([(0, path)], refused).read(480)


def _matte(path: Path) -> Any:
    shot = Shot(prompt="a", mattes=[{"layer": "a", "matte": str(path)}])
    return load_mattes(shot, path.parent, (64, 36))


def _layer(path: Path) -> Any:
    layers = [{"name": "a", "picture": str(path)}]
    source = source_of(Shot(layers=layers), path.parent)
    assert isinstance(source, LayeredDrawing)
    return load_layers(source)


def _psd(path: Path) -> Any:
    shot = Shot(picture=str(path.rename(path.with_suffix(".psd"))))
    load_picture(shot.picture or "")


def _pipeline(inside: str) -> Callable[[Path], Any]:
    def load(path: Path) -> Any:
        folder = path.parent / "model"
        shutil.copytree(BUNDLED / "storyboard-mini", folder, copy_function=os.symlink)
        _replace(folder / inside, path)
        return load_reader(profile(str(folder)))

    return load


def _depth(path: Path) -> Any:
    folder = path.parent / "depth"
    shutil.copytree(BUNDLED / "storyboard-mini-depth", folder, copy_function=os.symlink)
    _replace(folder / "preprocessor_config.json", path)
    return load_depth(depth_profile(str(folder)), "cpu")


def _replace(old: Path, new: Path) -> None:
    old.unlink(missing_ok=True)
    new.rename(old)


def _results(name: str, use: Callable[[Path], Any]) -> Callable[[Path], Any]:
    def read(path: Path) -> Any:
        out = finished_output(path.parent / "out", "a")
        _replace(out / name, path)
        return use(out)

    return read


DOORS: dict[str, Door] = {
    "picture": load_picture,
    "picture's header": check_picture,
    "cutout": load_cutout,
    "layers of a PSD": _psd,
    "drawn layer": _layer,
    "matte by hand": _matte,
    "picture in a storyboard": _board(picture=...),
    "layer in a storyboard": lambda path: _board(layers=[{"name": "a", "picture": str(path)}])(
        path
    ),
    "audio's length": audio_facts,
    "audio's sound": _mixed,
    "sidecar of words": lambda path: read_sidecar(path.rename(path.with_suffix(".txt"))),
    "sidecar in JSON": lambda path: read_sidecar(path.rename(path.with_suffix(".json"))),
    "sidecar in a folder": _folder_with_sidecar,
    "table in a folder": _folder_with_table,
    "the only picture of a folder": _folder_with_pictures,
    "JSON": lambda path: read_json(path, kind="storyboard"),
    "storyboard without a suffix": _renamed("board"),
    "storyboard": _renamed("board.json"),
    "shot list": _renamed("board.csv"),
    "table with tabs": _renamed("board.tsv"),
    "Storyboarder's scene": _renamed("board.storyboarder"),
    "picture as a storyboard": _renamed("board.png"),
    "PSD as a storyboard": _renamed("board.psd"),
    "index of a model": _pipeline("model_index.json"),
    "profile of a model": _pipeline("profile.json"),
    "configuration of a model": _pipeline("transformer/config.json"),
    "tokenizer of a model": _pipeline("tokenizer/tokenizer.json"),
    "weights of a model": _pipeline("vae/diffusion_pytorch_model.safetensors"),
    "depth model": _depth,
    "results' storyboard": _results("storyboard.json", OutputFolder.open),
    "results' sequence": _results("sequence.json", OutputFolder.open),
    "results' manifest": _results(
        "shots/a/manifest.json", lambda out: OutputFolder.open(out).shot("a")
    ),
    "results' layer": _results(
        "shots/a/layers/00-background.png",
        lambda out: painted_layers(OutputFolder.open(out).shot("a")),
    ),
    "results' picture": _results(
        "shots/a/picture.png", lambda out: staged(OutputFolder.open(out).shot("a"))
    ),
    "shot for another camera": _results(
        "shots/a/manifest.json", lambda out: ShotFolder.open(out / "shots/a")
    ),
    "certificate": lambda path: remote_side(DataFolder(path.parent), "0.0.0.0", path, path),
}


# Whoever reads it sees that no such file is there, and needs none.
_NOT_LOOKED_AT = {
    *(("profile of a model", kind) for kind in ("folder", "link to nowhere", "link in a circle")),
    *((door, "folder") for door in ("sidecar in a folder", "table in a folder")),
    ("tokenizer of a model", "folder"),
}


@pytest.mark.parametrize(
    ("door", "kind"),
    [pair for pair in itertools.product(DOORS, ODD_FILES) if pair not in _NOT_LOOKED_AT],
)
def test_a_door_refuses_what_is_no_file(door: str, kind: str, tmp_path: Path) -> None:
    inside = tmp_path / "in"
    inside.mkdir()
    with (
        odd_file(kind, inside / "odd") as path,
        pytest.raises((MultiplaneError, ValueError)) as caught,
    ):
        DOORS[door](path)
    assert str(caught.value).strip()


@pytest.mark.parametrize("kind", ["pipe", "device", "terminal"])
def test_a_whole_render_ends_whatever_its_audio_is(kind: str, tmp_path: Path) -> None:
    out = finished_output(tmp_path / "out", "a")
    with odd_file(kind, tmp_path / "sound.wav"):
        board = (
            (out / "storyboard.json")
            .read_text()
            .replace('"prompt": "a red', '"audio": "../sound.wav", "prompt": "a red', 1)
        )
        (out / "storyboard.json").write_text(board)
        for what in ("animatic", "otio", "fcp7", "aep"):
            command = [sys.executable, "-m", "multiplane", "export", str(out), what]
            done = subprocess.run(
                [*command, "--storyboard-folder", str(out)],
                check=False,
                timeout=300,
                capture_output=True,
            )
            assert done.returncode == 0, done.stderr
    sheet = (out / "exports").iterdir()
    assert len(list(sheet)) >= 4


def test_a_file_that_says_it_is_empty_is_empty() -> None:
    with open_regular(Path("/proc/self/environ"), 10) as stream:
        assert stream.read() == b""


@pytest.mark.parametrize("call", FROM_PRETRAINED)
def test_no_model_brings_code_of_its_own(call: str) -> None:
    path, _, number = call.partition(":")
    tree = ast.parse((BACKEND / path).read_text(encoding="utf-8"))
    found = next(one for one in _calls(tree) if one.lineno == int(number))
    given = {keyword.arg: keyword.value for keyword in found.keywords}
    assert "trust_remote_code" in given
    assert getattr(given["trust_remote_code"], "value", None) is False


def test_a_pipeline_with_a_component_from_elsewhere_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "model"
    shutil.copytree(BUNDLED / "storyboard-mini", folder)
    index = folder / "model_index.json"
    index.write_text(index.read_text().replace('"diffusers"', '"antigravity"', 1))
    with pytest.raises(InputError) as caught:
        load_reader(profile(str(folder)))
    assert caught.value.code == "models.foreign_code"
    assert "antigravity" not in sys.modules
