"""What holds for every family: with its real pipeline, tiny, with random weights."""

from __future__ import annotations

import importlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.contract.errors import InputError
from multiplane.models.families.family import Painting
from multiplane.models.families.registry import family, family_of
from multiplane.models.load import Painter, load_painter
from multiplane.models.lora_file import Lora
from multiplane.models.loras import wear
from multiplane.models.paint import paint, picture_size, repaint, repainting, single_pass
from multiplane.models.profiles import profile
from multiplane.models.step_preview import StepPreview, step_previews
from tests.family_checks import assert_clean, assert_exact
from tests.tiny_families import (
    tiny_flux,
    tiny_klein,
    tiny_lcm,
    tiny_pixart,
    tiny_qwen_image,
    tiny_sd3,
    tiny_sdxl,
    tiny_stable_diffusion,
)
from tests.tiny_loras import save_tiny_lora
from tests.tiny_models import CORPUS

PROMPT = "a warrior in front of a castle by the sea"
CASTLE = (24, 30)
LONG = PROMPT + ", and two knights behind a dragon, under a half moon"
STEPS = 3


@dataclass(frozen=True)
class Kind:
    """A family's tiny pipeline, and where its blocks' attention has which tokens."""

    name: str
    build: Callable[[], Any]
    image_first: bool
    guided: float  # a guidance that takes an unconditional pass; 0 where there is none
    unconditional_first: bool = False  # in the same batch
    like: str = ""  # the profile that a folder of it starts from
    text_tokens: int = 77  # that the pipeline is asked to read

    @property
    def takes_loras(self) -> bool:
        return self.name != "pixart-sigma"

    @property
    def label(self) -> str:
        return self.build.__name__.removeprefix("tiny_")


KINDS = (
    Kind("flux", tiny_flux, False, 0.0, like="flux-dev"),
    Kind("flux2-klein", tiny_klein, False, 3.0, like="flux2-klein-4b"),
    Kind("qwen-image", tiny_qwen_image, False, 4.0, like="qwen-image", text_tokens=512),
    Kind("stable-diffusion", tiny_stable_diffusion, True, 4.0, True, like="sd1.5"),
    Kind("stable-diffusion", tiny_lcm, True, 0.0, like="lcm-dreamshaper"),
    Kind("stable-diffusion-xl", tiny_sdxl, True, 4.0, True, like="sdxl"),
    Kind("pixart-sigma", tiny_pixart, True, 4.0, True, like="pixart-sigma", text_tokens=64),
    Kind("sd3", tiny_sd3, True, 4.0, True, like="sd3.5-medium", text_tokens=77 + 64),
)


@cache
def pipeline_of(kind: Kind) -> Any:
    return kind.build()


@pytest.fixture(params=KINDS, ids=lambda kind: kind.label)
def kind(request: pytest.FixtureRequest) -> Kind:
    found: Kind = request.param
    return found


def run(
    kind: Kind, prompts: list[str], size: tuple[int, int], guidance: float, **more: Any
) -> NDArray[np.float32]:
    """The family's own arguments, for a batch; pictures (B, H, W, 3)."""
    wanted = Painting(
        prompts[0], size, 7, STEPS, guidance, kind.text_tokens, "np", lambda step: None
    )
    words = family(kind.name).arguments(wanted)
    words["prompt"] = prompts
    if "negative_prompt" in words:
        words["negative_prompt"] = [words["negative_prompt"]] * len(prompts)
    images: NDArray[np.float32] = pipeline_of(kind)(
        **words, generator=torch.Generator().manual_seed(7), output_type="np", **more
    ).images
    return images


def each_way(kinds: Sequence[Kind]) -> Any:
    return pytest.mark.parametrize(
        ("kind", "guided"),
        [
            pytest.param(kind, guided, id=f"{kind.label}-{'guided' if guided else 'plain'}")
            for kind in kinds
            for guided in ((False, True) if kind.guided else (False,))
        ],
    )


@each_way(KINDS)
@pytest.mark.parametrize("prompts", [[PROMPT], [LONG, PROMPT]], ids=["one", "two"])
@pytest.mark.parametrize("size", [(96, 64), (48, 112)], ids=["96x64", "48x112"])
def test_every_block_equals_the_full_softmax_and_the_picture_is_the_same(
    kind: Kind, size: tuple[int, int], prompts: list[str], guided: bool
) -> None:
    pipeline, known = pipeline_of(kind), family(kind.name)
    reader = known.reader(pipeline)
    groups = tuple(
        (TokenGroup("castle", locate(reader, prompt, [CASTLE])), TokenGroup("early", (1, 3)))
        for prompt in prompts
    )
    together = guided and kind.unconditional_first
    assert_exact(
        lambda: run(kind, prompts, size, kind.guided if guided else 1.0),
        pipeline,
        known,
        groups,
        (size[1] // 16, size[0] // 16),
        image_first=kind.image_first,
        every=2 if guided and not together else 1,
        first_item=len(prompts) if together else 0,
    )


def test_everything_is_restored_after_an_exception(kind: Kind) -> None:
    pipeline, known = pipeline_of(kind), family(kind.name)
    point = known.layout.attention
    module = importlib.import_module(point.module)
    original = getattr(module, point.function)

    def stop(*_: Any) -> dict[str, Any]:
        raise RuntimeError("stopped")

    plan = CapturePlan((TokenGroup("castle", (4,)),), (0, 1), max_steps=None)
    called = "callback" if kind.name == "pixart-sigma" else "callback_on_step_end"
    with pytest.raises(RuntimeError, match="stopped"), capture_attention(pipeline, plan):
        run(kind, [PROMPT], (64, 64), 1.0, **{called: stop})
    assert getattr(module, point.function) is original
    assert_clean(pipeline, known)


@each_way([kind for kind in KINDS if kind.takes_loras])
def test_a_lora_changes_what_is_captured_and_leaves_no_trace(
    kind: Kind, guided: bool, tmp_path: Path
) -> None:
    """With it every block equals the full softmax still; without it all is as it was."""
    pipeline, known = pipeline_of(kind), family(kind.name)
    painter = Painter(pipeline, profile(kind.like), "cpu", Path())
    together = guided and kind.unconditional_first
    wordy = hasattr(pipeline, "unet")  # LoRAs for these often change CLIP too
    file = save_tiny_lora(pipeline, tmp_path / "ink.safetensors", text_encoder=wordy)
    groups = ((TokenGroup("castle", locate(known.reader(pipeline), PROMPT, [CASTLE])),),)

    def painted() -> NDArray[np.float32]:
        return run(kind, [PROMPT], (96, 64), kind.guided if guided else 1.0)

    without = painted()
    wear(painter, [Lora("ink", file, 0.8, "")])
    try:
        with_it = painted()
        assert_exact(
            painted,
            pipeline,
            known,
            groups,
            (4, 6),
            image_first=kind.image_first,
            every=2 if guided and not together else 1,
            first_item=1 if together else 0,
        )
    finally:
        wear(painter, [])
    assert np.abs(with_it - without).max() > 1e-3
    np.testing.assert_array_equal(painted(), without)


@pytest.fixture(scope="module")
def painters(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Kind], Painter]:
    @cache
    def load(kind: Kind) -> Painter:
        folder = tmp_path_factory.mktemp("models") / f"my-{kind.label}"
        pipeline_of(kind).save_pretrained(folder, safe_serialization=True)
        own = replace(
            profile(str(folder)),
            max_text_tokens=kind.text_tokens,
            native_short_side=64,
            steps=STEPS,
        )
        return load_painter(own, "cpu")

    return load


def test_a_folder_is_known_and_its_words_are_found_without_its_weights(
    kind: Kind, painters: Callable[[Kind], Painter]
) -> None:
    painter = painters(kind)
    assert painter.profile.family == kind.name
    assert family_of(painter.pipeline) is painter.family
    like = painter.family.profile_like(painter.folder)
    assert like.name == kind.like
    assert like.capture.source
    weights = sum(
        parameter.numel()
        for part in (painter.family.layout.denoiser(painter.pipeline), painter.pipeline.vae)
        for parameter in (*part.parameters(), *part.buffers())
    )
    counted = painter.profile.parameters
    denoiser = counted.get("transformer") or counted["unet"]
    assert abs(denoiser + counted["vae"] - weights) < weights / 20
    assert painter.family.load_reader(painter.folder).tokens(LONG) == painter.reader.tokens(LONG)
    assert painter.family.load_reader(painter.folder).length(LONG) == painter.reader.length(LONG)


def test_the_picture_shown_is_captured_at_its_noise_and_each_step_is_previewed(
    kind: Kind, painters: Callable[[Kind], Painter]
) -> None:
    painter = painters(kind)
    picture = paint(painter, PROMPT, (96, 64), 7)
    castle = locate(painter.reader, PROMPT, [CASTLE])
    plan = CapturePlan((TokenGroup("castle", castle),), blocks=(1,))
    with capture_attention(painter.pipeline, plan) as maps:
        single_pass(painter, picture, PROMPT, sigma=0.5, seed=3)
        single_pass(painter, picture, PROMPT, sigma=0.5, seed=3)
    result = maps.result()
    # Where times are whole numbers the nearest one is taken.
    assert [block for block, _ in result.captured] == [1, 1]
    assert [sigma for _, sigma in result.captured] == [pytest.approx(0.5, abs=2e-3)] * 2
    with capture_attention(painter.pipeline, plan) as other:
        single_pass(painter, 255 - picture, PROMPT, sigma=0.5, seed=3)
    assert np.abs(other.result().image_to_text - result.image_to_text).max() > 1e-5

    seen: list[StepPreview] = []
    with step_previews(painter, seen.append, every_s=0.0, share=1.0, shrink=1):
        again = paint(painter, PROMPT, (96, 64), 7)
    np.testing.assert_array_equal(again, picture)
    assert [(step.done, step.total) for step in seen] == [(n, STEPS) for n in (1, 2, 3)]
    assert np.abs(seen[-1].picture.astype(int) - picture).max() <= 1


def decoded(kind: Kind, positions: tuple[int, ...], prompt: str) -> list[str]:
    """The tokens at these positions of what the pipeline itself tokenizes, spelt."""
    pipeline = pipeline_of(kind)
    if kind.name.startswith("stable-diffusion"):
        ids = pipeline.tokenizer(prompt).input_ids
        return [pipeline.tokenizer.decode([ids[place]]) for place in positions]
    if kind.name == "pixart-sigma":
        ids = pipeline.tokenizer(prompt).input_ids
        return [pipeline.tokenizer.decode([ids[place]]) for place in positions]
    if kind.name == "flux":
        ids = pipeline.tokenizer_2(prompt).input_ids
        return [pipeline.tokenizer_2.decode([ids[place]]) for place in positions]
    if kind.name == "flux2-klein":
        text = pipeline.tokenizer.apply_chat_template(
            [{"role": "user", "content": prompt}],
            tokenize=False,
            add_generation_prompt=True,
            enable_thinking=False,
        )
        ids = pipeline.tokenizer(text).input_ids
        return [pipeline.tokenizer.decode([ids[place]]) for place in positions]
    if kind.name == "qwen-image":
        ids = pipeline.tokenizer(pipeline.prompt_template_encode.format(prompt)).input_ids
        ids = ids[pipeline.prompt_template_encode_start_idx :]
        return [pipeline.tokenizer.decode([ids[place]]) for place in positions]
    clip, t5 = (each(prompt).input_ids for each in (pipeline.tokenizer, pipeline.tokenizer_3))
    return [
        pipeline.tokenizer.decode([clip[place]])
        if place < 77
        else pipeline.tokenizer_3.decode([t5[place - 77]])
        for place in positions
    ]


def test_a_word_is_where_the_pipelines_own_tokenizers_have_it(kind: Kind) -> None:
    known = family(kind.name)
    for first, last in (CASTLE, (2, 9)):
        positions = locate(known.reader(pipeline_of(kind)), PROMPT, [(first, last)])
        word = PROMPT[first:last]
        said = "".join(decoded(kind, positions, PROMPT)).replace(" ", "")
        assert said == (2 * word if kind.name == "sd3" else word)


def test_a_scheduler_that_does_not_say_at_which_step_it_is_makes_way(tmp_path: Path) -> None:
    from diffusers import EulerDiscreteScheduler, PNDMScheduler

    folder = tmp_path / "sd15"
    pipeline = tiny_stable_diffusion()
    pipeline.scheduler = PNDMScheduler.from_config(pipeline.scheduler.config, skip_prk_steps=True)
    pipeline.save_pretrained(folder, safe_serialization=True)
    painter = load_painter(replace(profile(str(folder)), native_short_side=64), "cpu")
    assert isinstance(painter.pipeline.scheduler, EulerDiscreteScheduler)
    assert painter.pipeline.scheduler.config.beta_end == 0.012
    plan = CapturePlan((TokenGroup("castle", (4,)),), (2,), sigma_low=0.2, sigma_high=0.8)
    with capture_attention(painter.pipeline, plan) as maps:
        paint(painter, PROMPT, (64, 64), 7, steps=8)
    levels = [sigma for _, sigma in maps.result().captured]
    assert levels == sorted(levels, reverse=True)
    assert all(0.2 <= level <= 0.8 for level in levels)


def test_a_folder_for_changing_pictures_paints_from_words_or_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "sdxl"
    tiny_sdxl().save_pretrained(folder, safe_serialization=True)

    def changed(file: str, **facts: Any) -> Path:
        found = json.loads((folder / file).read_text())
        (folder / file).write_text(json.dumps({**found, **facts}))
        return folder

    changed("model_index.json", _class_name="StableDiffusionXLImg2ImgPipeline")
    painter = load_painter(replace(profile(str(folder)), native_short_side=64), "cpu")
    assert paint(painter, PROMPT, (64, 64), 7, steps=2).shape == (64, 64, 3)

    changed("model_index.json", requires_aesthetics_score=True)
    with pytest.raises(InputError, match="refiner") as caught:
        load_painter(profile(str(folder)), "cpu")
    assert caught.value.code == "models.needs_picture"
    changed("model_index.json", requires_aesthetics_score=False)
    changed("unet/config.json", in_channels=9)
    with pytest.raises(InputError, match="inpainting"):
        load_painter(profile(str(folder)), "cpu")


def test_what_pixart_cannot_do_is_said(tmp_path: Path) -> None:
    painter = Painter(tiny_pixart(), profile("pixart-sigma"), "cpu", Path())
    with pytest.raises(InputError, match="PixArt-Sigma XL 1024 takes no LoRAs") as caught:
        wear(painter, [Lora("ink", tmp_path / "ink.safetensors", 1.0, "")])
    assert caught.value.code == "lora.unsupported"
    wear(painter, [])
    picture, hole = np.zeros((64, 64, 3), np.uint8), np.ones((64, 64), bool)
    with pytest.raises(InputError, match="whole pictures only") as caught:
        repaint(painter, picture, hole, PROMPT, 1, strength=0.9)
    assert caught.value.code == "models.repaints_nothing"


def test_pixarts_words_may_come_as_a_sentencepiece_model_only(tmp_path: Path) -> None:
    """As its repository has them."""
    import sentencepiece

    folder = tmp_path / "pixart"
    pipeline = tiny_pixart()
    pipeline.save_pretrained(folder, safe_serialization=True)
    (folder / "tokenizer" / "tokenizer.json").unlink()
    with (folder / "tokenizer" / "spiece.model").open("wb") as words:
        sentencepiece.SentencePieceTrainer.train(
            sentence_iterator=iter(CORPUS), model_writer=words, model_type="unigram",
            vocab_size=80, hard_vocab_limit=False, pad_id=0, eos_id=1, unk_id=2, bos_id=-1,
            minloglevel=3,
        )  # fmt: skip
    painter = load_painter(replace(profile(str(folder)), native_short_side=64), "cpu")
    own = sentencepiece.SentencePieceProcessor(
        model_file=str(folder / "tokenizer" / "spiece.model")
    )
    assert painter.pipeline.tokenizer(PROMPT).input_ids == [*own.encode(PROMPT), 1]
    tokens = painter.reader.tokens(PROMPT)
    assert painter.family.load_reader(folder).tokens(PROMPT) == tokens
    places = locate(painter.reader, PROMPT, [CASTLE])
    spelt = own.decode([painter.pipeline.tokenizer(PROMPT).input_ids[place] for place in places])
    assert spelt == "castle"
    assert paint(painter, PROMPT, (64, 64), 1, steps=1).shape == (64, 64, 3)


def test_pixart_reads_lower_case_and_words_stay_where_they_are() -> None:
    reader = family("pixart-sigma").reader(tiny_pixart())
    low = reader.tokens("a castle by the sea")
    assert reader.tokens("a CASTLE by The Sea") == low
    shifted = [(position, first - 2, last - 2) for position, first, last in
               reader.tokens("  a castle by the sea ")]  # fmt: skip
    assert shifted == [tuple(token) for token in low]
    # This letter is two in lower case.
    prompt = "a \u0130 castle"
    (position,) = {token.position for token in reader.tokens(prompt) if token.last == len(prompt)}
    starts = [token.first for token in reader.tokens(prompt)]
    assert prompt.index("castle") in starts
    assert position == max(token.position for token in reader.tokens(prompt))


@pytest.mark.parametrize("kind", [kind for kind in KINDS if family(kind.name).inpaint_class],
                         ids=lambda kind: kind.label)  # fmt: skip
def test_a_hole_is_painted_anew_and_nothing_else(kind: Kind) -> None:
    """By the family's own inpainting pipeline, at the model's size, of a picture of any size."""
    facts = replace(
        profile(kind.like), native_short_side=64, steps=STEPS, guidance=kind.guided,
        max_text_tokens=kind.text_tokens,
    )  # fmt: skip
    painter = Painter(pipeline_of(kind), facts, "cpu", Path())
    picture = np.random.default_rng(5).integers(0, 255, (70, 110, 3), np.uint8)
    hole = np.zeros((70, 110), bool)
    hole[20:50, 30:80] = True
    before = paint(painter, PROMPT, (96, 64), 3)
    told: list[tuple[int, int]] = []

    def hear(done: int, steps: int) -> None:
        told.append((done, steps))

    fresh = repaint(painter, picture, hole, PROMPT, 3, strength=0.9, on_step=hear)
    assert told
    assert all(done <= steps for done, steps in told)
    assert np.array_equal(paint(painter, PROMPT, (96, 64), 3), before), "it paints as before"
    assert fresh.shape == picture.shape
    assert np.array_equal(fresh[~hole], picture[~hole])
    assert (fresh[hole] != picture[hole]).mean() > 0.5
    again = repaint(painter, picture, hole, PROMPT, 3, strength=0.9)
    assert np.array_equal(again, fresh)
    assert not np.array_equal(repaint(painter, picture, hole, PROMPT, 4, strength=0.9), fresh)


@each_way([kind for kind in KINDS if family(kind.name).inpaint_class])
def test_capture_while_a_picture_is_painted_over_is_exact(kind: Kind, guided: bool) -> None:
    """By the inpainting pipeline, of which some show the model the picture beside its own."""
    facts = replace(
        profile(kind.like), native_short_side=64, steps=STEPS, max_text_tokens=kind.text_tokens,
        guidance=kind.guided if guided else 1.0,
    )  # fmt: skip
    painter = repainting(Painter(pipeline_of(kind), facts, "cpu", Path()))
    picture = np.random.default_rng(5).integers(0, 255, (64, 96, 3), np.uint8)
    wide, high = picture_size(facts, 96 / 64)
    together = guided and kind.unconditional_first

    def painted() -> NDArray[np.float32]:
        whole = np.ones(picture.shape[:2], bool)
        fresh = repaint(painter, picture, whole, PROMPT, 3, strength=0.9)
        return fresh[None].astype(np.float32) / np.float32(255.0)

    assert_exact(
        painted,
        painter.pipeline,
        painter.family,
        ((TokenGroup("castle", locate(painter.reader, PROMPT, [CASTLE])),),),
        (high // 16, wide // 16),
        image_first=kind.image_first,
        every=2 if guided and not together else 1,
        first_item=1 if together else 0,
        behind=high * wide // 256 if kind.name == "flux2-klein" else 0,
    )
