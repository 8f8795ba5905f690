"""Pictures of the cast beside the words, in real classes at tiny sizes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.intake.cast_pictures import CastPicture
from multiplane.models.families.family import Painting
from multiplane.models.families.registry import families, family
from multiplane.models.load import Painter
from multiplane.models.paint import paint
from multiplane.models.profiles import profile
from multiplane.models.step_preview import StepPreview, step_previews
from multiplane.produce.references import (
    LEFT_OUT,
    NOT_ON_PLATE,
    NOT_TAKEN,
    load_references,
    shown_of,
)
from tests.family_checks import assert_exact
from tests.tiny_families import tiny_klein

PROMPT = "a warrior in front of a castle by the sea"
CASTLE = (24, 30)
KLEIN = family("flux2-klein")
TOKEN_PX = 16
References = tuple[NDArray[np.uint8], ...]


def noise(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return levels.astype(np.uint8)


ONE = (noise(64, 80, 1),)
TWO = (noise(64, 80, 1), noise(112, 64, 2))


@cache
def klein() -> Any:
    return tiny_klein()


def painted(
    prompts: list[str],
    size: tuple[int, int],
    references: References,
    guided: bool,
) -> NDArray[np.float32]:
    wanted = Painting(
        prompts[0], size, 7, 3, 3.0 if guided else 1.0, 77, "np", lambda step: None, references
    )
    arguments = {**KLEIN.arguments(wanted), "prompt": prompts}
    pictures: NDArray[np.float32] = klein()(
        **arguments, generator=torch.Generator().manual_seed(7), output_type="np"
    ).images
    return pictures


@pytest.mark.parametrize("guided", [False, True], ids=["plain", "guided"])
@pytest.mark.parametrize("references", [ONE, TWO], ids=["one", "two"])
@pytest.mark.parametrize("size", [(96, 64), (48, 112)], ids=["96x64", "48x112"])
@pytest.mark.parametrize("prompts", [[PROMPT], [PROMPT + ", under a half moon", PROMPT]])
def test_attention_is_exact_with_reference_tokens_behind_the_pictures_own(
    prompts: list[str],
    size: tuple[int, int],
    references: References,
    guided: bool,
) -> None:
    """Against the full softmax over text, picture and references; the picture is bit-identical."""
    reader = KLEIN.reader(klein())
    groups = tuple(
        (TokenGroup("castle", locate(reader, prompt, [CASTLE])), TokenGroup("early", (1, 3)))
        for prompt in prompts
    )
    assert_exact(
        lambda: painted(prompts, size, references, guided),
        klein(),
        KLEIN,
        groups,
        (size[1] // TOKEN_PX, size[0] // TOKEN_PX),
        every=2 if guided else 1,
        behind=sum(one.shape[0] * one.shape[1] // TOKEN_PX**2 for one in references),
    )


def test_references_are_painted_after_and_attended_to() -> None:
    without = painted([PROMPT], (96, 64), (), False)
    with_them = painted([PROMPT], (96, 64), TWO, False)
    assert np.abs(with_them - without).max() > 0.01
    plan = CapturePlan((TokenGroup("early", (1, 3)),), (0, 1, 2, 3), max_steps=None)
    with capture_attention(klein(), plan) as alone:
        painted([PROMPT], (96, 64), (), False)
    with capture_attention(klein(), plan) as among:
        painted([PROMPT], (96, 64), TWO, False)
    assert among.result().grid == alone.result().grid == (4, 6)
    # The references take a share of what the picture attends to.
    assert among.result().image_to_text.mean() < 0.9 * alone.result().image_to_text.mean()


def test_the_last_step_is_previewed_as_the_picture_with_references_too() -> None:
    painter = Painter(klein(), profile("flux2-klein-4b"), "cpu", Path())
    seen: list[StepPreview] = []
    plain = paint(painter, PROMPT, (96, 64), 7, references=TWO)
    with step_previews(painter, seen.append, every_s=0.0, share=1.0, shrink=1):
        picture = paint(painter, PROMPT, (96, 64), 7, references=TWO)
    np.testing.assert_array_equal(picture, plain)
    assert len(seen) == 4
    assert np.abs(seen[-1].picture.astype(int) - picture).max() <= 1


def test_more_references_than_a_family_takes_are_a_fault_of_the_caller() -> None:
    painter = Painter(klein(), profile("flux2-klein-4b"), "cpu", Path())
    with pytest.raises(ValueError, match="takes 4 references"):
        paint(painter, PROMPT, (96, 64), 7, references=ONE * 5)


def files(folder: Path, *names: str) -> tuple[CastPicture, ...]:
    found = []
    for place, name in enumerate(names):
        file = folder / f"{name}-{place}.png"
        Image.fromarray(noise(600, 300, place)).save(file)
        found.append(CastPicture(name, file))
    return tuple(found)


def test_everybody_is_shown_once_before_anybody_is_shown_twice(tmp_path: Path) -> None:
    pictures = files(tmp_path, "mira", "mira", "mira", "mira", "bo", "bo")
    shown, (notice,) = shown_of(pictures, profile("flux2-klein-4b"))
    assert [one.file.name for one in shown] == ["mira-0.png", "bo-4.png", "mira-1.png", "bo-5.png"]
    assert notice.code == LEFT_OUT
    assert "mira-2.png, mira-3.png were left out" in notice.text
    assert shown_of(pictures[:4], profile("flux2-klein-4b")) == (pictures[:4], ())


def test_a_shot_painted_into_a_plate_says_that_it_is_shown_none(tmp_path: Path) -> None:
    pictures = files(tmp_path, "mira")
    shown, (notice,) = shown_of(pictures, profile("flux2-klein-4b"), on_plate=True)
    assert shown == ()
    assert notice.code == NOT_ON_PLATE
    assert shown_of((), profile("flux2-klein-4b"), on_plate=True) == ((), ())


def test_families_without_references_say_so(tmp_path: Path) -> None:
    assert {name for name, one in families().items() if one.most_references} == {
        "flux2-klein", "qwen-image-edit",
    }  # fmt: skip
    shown, (notice,) = shown_of(files(tmp_path, "mira", "bo"), profile("z-image-turbo"))
    assert shown == ()
    assert notice.code == NOT_TAKEN
    assert "z-image-turbo" in notice.text
    assert "mira, bo" in notice.text
    assert "flux2-klein-4b" in str(notice.remedy)


@pytest.mark.parametrize("size", [(20, 30), (4000, 30), (16, 900)])
def test_small_and_narrow_references_get_white_around_them(
    size: tuple[int, int], tmp_path: Path
) -> None:
    Image.fromarray(noise(*size, 3)).save(tmp_path / "odd.png")
    (reference,) = load_references(
        [CastPicture("mira", tmp_path / "odd.png")], profile("flux2-klein-4b")
    )
    assert (reference[0, 0] == 255).all()
    assert (
        np.ptp(reference[reference.shape[0] // 2, reference.shape[1] // 2 - 4 :].astype(int)) > 99
    )
    painted([PROMPT], (64, 64), (reference,), False)  # is not refused


def test_references_are_together_no_larger_than_a_picture(tmp_path: Path) -> None:
    known = profile("flux2-klein-4b")
    Image.fromarray(noise(3000, 1500, 3)).save(tmp_path / "large.png")
    large = CastPicture("mira", tmp_path / "large.png")
    loaded = load_references([large, large, *files(tmp_path, "bo")], known)
    assert sum(one.shape[0] * one.shape[1] for one in loaded) < 1.01 * known.native_short_side**2
    assert loaded[0].shape[1] == pytest.approx(2 * loaded[0].shape[0], abs=2)
    assert loaded[2].shape == (300, 600, 3)
    own = load_references([large, large], profile("qwen-image-edit"))
    assert [one.shape[0] * one.shape[1] for one in own] == [pytest.approx(1024**2, rel=0.01)] * 2
