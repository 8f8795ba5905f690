"""Families of models: our own, and one that another package adds by an entry point."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.models.families import registry
from multiplane.models.families.registry import family, family_of, family_of_folder
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE
from multiplane.models.profiles import profile


def plugin(folder: Path, target: str = "klein_family:FAMILY", name: str = "klein") -> Path:
    """A folder as pip would install a package into, with one entry point."""
    info = folder / f"multiplane_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: multiplane-{name}\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(f"[multiplane.families]\n{name} = {target}\n")
    return folder


@pytest.mark.parametrize(
    ("code", "reason"),
    [
        ("import nothing_of_this_name", "ModuleNotFoundError: No module named"),
        ("FAMILY = object()", "TypeError: broken:FAMILY is no PipelineFamily, but object"),
        (
            "from multiplane.models.families.z_image import ZImage\nFAMILY = ZImage()",
            "there is a family 'z-image' already",
        ),
    ],
)
def test_a_package_that_is_broken_costs_itself_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: str, reason: str
) -> None:
    folder = plugin(tmp_path / "packages", "broken:FAMILY", "broken")
    (folder / "broken.py").write_text(code)
    monkeypatch.syspath_prepend(folder)
    monkeypatch.delitem(sys.modules, "broken", raising=False)
    registry.FAMILIES.reload()
    try:
        assert family("z-image") is Z_IMAGE
        (refused,) = registry.FAMILIES.refused
        assert str(refused).startswith(f"broken of multiplane-broken: {reason}")
        with pytest.raises(InputError, match="broken of multiplane-broken") as caught:
            family("broken")
        assert caught.value.code == "models.family_unknown"
    finally:
        registry.FAMILIES.reload()


def test_the_doctor_names_a_broken_package(tmp_path: Path) -> None:
    folder = plugin(tmp_path / "packages", "missing:FAMILY", "broken")
    said = multiplane("doctor", "--json", plugins=folder, data=tmp_path / "data")
    findings = [entry for entry in json.loads(said.stdout) if "multiplane-broken" in entry["says"]]
    assert [finding["state"] for finding in findings] == ["warning"]


def test_a_folder_of_an_unknown_kind_is_refused_by_name(tmp_path: Path) -> None:
    (tmp_path / "model_index.json").write_text('{"_class_name": "WonderPipeline"}')
    with pytest.raises(InputError, match="WonderPipeline") as caught:
        profile(str(tmp_path))
    assert caught.value.code == "models.family_unknown"
    assert caught.value.file == str(tmp_path.resolve() / "model_index.json")
    assert "ZImagePipeline" in str(caught.value)


def test_pipelines_are_known_by_their_class_and_its_parents(tmp_path: Path) -> None:
    from diffusers import ZImagePipeline

    class Mine(ZImagePipeline):
        def __init__(self) -> None:
            pass

    assert STORYBOARD_MINI.folder is not None
    assert family_of(Mine()) is family("z-image") is family_of_folder(STORYBOARD_MINI.folder)
    with pytest.raises(Failure) as caught:
        family_of(object())
    assert caught.value.code == "models.family_unknown"


def multiplane(*words: str, plugins: Path, data: Path) -> subprocess.CompletedProcess[str]:
    backend = Path(registry.__file__).parents[3]
    done = subprocess.run(
        [sys.executable, "-m", "multiplane", *words],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join((str(backend), str(plugins))),
            "MULTIPLANE_DATA": str(data),
        },
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode in (0, 1), done.stderr
    return done
