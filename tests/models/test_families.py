"""Families of models: our own, and one that another package adds by an entry point."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.models.transformers import transformer_flux2

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.contract.errors import Failure, InputError
from multiplane.models.families import registry
from multiplane.models.families.registry import family, family_of, family_of_folder
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE
from multiplane.models.load import Painter, load_painter
from multiplane.models.paint import paint, single_pass
from multiplane.models.profiles import profile
from multiplane.models.step_preview import StepPreview, step_previews
from tests.tiny_models import tiny_klein

PROMPT = "a warrior in front of a castle"
SIZE = (96, 64)
TEXT = 64  # tokens of text, padded
SAMPLE = Path(__file__).parents[1] / "plugins" / "klein_family.py"


def plugin(folder: Path, target: str = "klein_family:FAMILY", name: str = "klein") -> Path:
    """A folder as pip would install a package into, with one entry point."""
    info = folder / f"multiplane_{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(
        f"Metadata-Version: 2.1\nName: multiplane-{name}\nVersion: 1.0\n"
    )
    (info / "entry_points.txt").write_text(f"[multiplane.families]\n{name} = {target}\n")
    return folder


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The sample package, known to this process."""
    folder = plugin(tmp_path_factory.mktemp("packages"))
    shutil.copy(SAMPLE, folder)
    sys.path.insert(0, str(folder))
    registry.FAMILIES.reload()
    yield folder
    sys.path.remove(str(folder))
    registry.FAMILIES.reload()


@pytest.fixture(scope="module")
def painter(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Painter:
    folder = tmp_path_factory.mktemp("model") / "my-klein"
    tiny_klein().save_pretrained(folder, safe_serialization=True)
    return load_painter(profile(str(folder)), "cpu")


def test_a_model_of_the_added_family_is_known_by_its_folder(painter: Painter) -> None:
    assert painter.family is family("klein")
    assert (painter.profile.name, painter.profile.family) == ("my-klein", "klein")
    assert family_of(painter.pipeline) is painter.family


@pytest.mark.parametrize("guidance", [1.0, 3.0], ids=["plain", "guided"])
def test_capture_in_the_added_family_equals_the_full_softmax(
    painter: Painter, guidance: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    calls: list[tuple[torch.Tensor, torch.Tensor]] = []
    original = transformer_flux2.dispatch_attention_fn

    def recorded(query: Any, key: Any, *rest: Any, **options: Any) -> Any:
        calls.append((query.clone(), key.clone()))
        return original(query, key, *rest, **options)

    with monkeypatch.context() as patch:
        patch.setattr(transformer_flux2, "dispatch_attention_fn", recorded)
        plain = paint(painter, PROMPT, SIZE, 7, guidance=guidance)
    per_step = 8 if guidance > 1 else 4
    assert len(calls) == 4 * per_step

    tokens = locate(painter.reader, PROMPT, [(2, 9)])
    plan = CapturePlan(
        (TokenGroup("warrior", tokens),), (0, 1, 2, 3), hops=1, max_steps=None, keep_each=True
    )
    with capture_attention(painter.pipeline, plan) as maps:
        picture = paint(painter, PROMPT, SIZE, 7, guidance=guidance)
    np.testing.assert_array_equal(picture, plain)
    assert transformer_flux2.dispatch_attention_fn is original

    result = maps.result()
    assert result.grid == (4, 6)
    assert [moment.block for moment in result.each] == [0, 1, 2, 3] * 4
    for index, moment in enumerate(result.each):
        step, block = divmod(index, 4)
        query, key = calls[step * per_step + block]  # the pass for the prompt comes first
        logits = torch.einsum("qhd,khd->hqk", query[0].double(), key[0].double())
        full = (logits / query.shape[-1] ** 0.5).softmax(-1)
        assert full.shape[1:] == (TEXT + 24, TEXT + 24)
        towards = full.mean(0)[TEXT:, list(tokens)].sum(-1)
        back = full.mean(0)[list(tokens), TEXT:].sum(0)
        image = full[:, TEXT:, TEXT:]
        hop = (image / image.sum(-1, keepdim=True)).mean(0) @ towards
        for name, wanted in (
            ("image_to_text", towards),
            ("text_to_image", back),
            ("propagated", hop),
        ):
            captured = getattr(moment, name)[0].reshape(-1)
            assert np.abs(captured - wanted.numpy()).max() < 1e-5, name
        assert float(towards.max() - towards.min()) > 1e-3


def test_the_added_family_reads_prompts_as_its_pipeline_does(painter: Painter) -> None:
    positions = locate(painter.reader, PROMPT, [(24, 30)])
    text = painter.pipeline.tokenizer.apply_chat_template(
        [{"role": "user", "content": PROMPT}],
        tokenize=False,
        add_generation_prompt=True,
        enable_thinking=False,
    )
    ids = painter.pipeline.tokenizer(text).input_ids
    assert (
        painter.pipeline.tokenizer.decode([ids[position] for position in positions]).strip()
        == "castle"
    )
    assert painter.family.load_reader(painter.folder).tokens(PROMPT) == painter.reader.tokens(
        PROMPT
    )


def test_the_added_family_is_shown_drawings_and_shows_its_steps(painter: Painter) -> None:
    picture = paint(painter, PROMPT, SIZE, 7)
    plan = CapturePlan((TokenGroup("warrior", (5, 6)),), blocks=(3,))
    with capture_attention(painter.pipeline, plan) as maps:
        single_pass(painter, picture, PROMPT, sigma=0.5, seed=3)
    assert [(block, round(sigma, 6)) for block, sigma in maps.result().captured] == [(3, 0.5)]

    seen: list[StepPreview] = []
    with step_previews(painter, seen.append, every_s=0.0, share=1.0, shrink=1):
        again = paint(painter, PROMPT, SIZE, 7)
    np.testing.assert_array_equal(again, picture)
    assert [(one.done, one.total) for one in seen] == [(n, 4) for n in (1, 2, 3, 4)]
    assert np.abs(seen[-1].picture.astype(int) - picture).max() <= 1


def test_its_models_are_listed_by_the_program(installed: Path, tmp_path: Path) -> None:
    listed = multiplane("models", "list", "--json", plugins=installed, data=tmp_path)
    names = [entry["name"] for entry in json.loads(listed.stdout)]
    assert {"storyboard-mini", "z-image-turbo", "klein-sample"} <= set(names)


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
