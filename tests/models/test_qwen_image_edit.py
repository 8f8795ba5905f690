"""Qwen-Image-Edit: pictures of the cast before the prompt's words, in real classes, tiny."""

from __future__ import annotations

import json
from contextlib import contextmanager
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from diffusers.pipelines.qwenimage import pipeline_qwenimage_edit_plus as plus
from numpy.typing import NDArray
from PIL import Image

from multiplane.attention.capture import CapturePlan, TokenGroup, capture_attention
from multiplane.attention.phrases import locate
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.manifest import Manifest
from multiplane.intake.cast_pictures import CastPicture
from multiplane.layers.cutters.decomposer import CUTTERS, Decomposer
from multiplane.models import laid_out
from multiplane.models.families.family import Painting
from multiplane.models.families.qwen_image_edit import PicturesInWords, QwenImageEditReader
from multiplane.models.families.registry import family, family_of
from multiplane.models.load import Painter, load_painter
from multiplane.models.lora_file import Lora
from multiplane.models.loras import wear
from multiplane.models.memory import MemoryPlan, Placement
from multiplane.models.paint import paint, repainting, single_pass
from multiplane.models.profiles import profile
from multiplane.models.step_preview import StepPreview, step_previews
from multiplane.produce.references import load_references
from multiplane.produce.studio import Studio
from tests.family_checks import assert_clean, assert_exact
from tests.test_produce_cast import CastRun, in_columns
from tests.tiny_families import tiny_qwen_image, tiny_qwen_image_edit
from tests.tiny_folders import save_tiny_depth
from tests.tiny_loras import save_tiny_lora

PROMPT = "a warrior in front of a castle by the sea"
CASTLE = (24, 30)
EDIT = family("qwen-image-edit")
TOKEN_PX = 16
References = tuple[NDArray[np.uint8], ...]


def noise(width: int, height: int, seed: int) -> NDArray[np.uint8]:
    levels = np.random.default_rng(seed).integers(0, 256, (height, width, 3))
    return levels.astype(np.uint8)


ONE = (noise(64, 80, 1),)
THREE = (noise(64, 80, 1), noise(112, 64, 2), noise(20, 30, 3))


@pytest.fixture(autouse=True)
def small_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """The pipeline brings pictures to a megapixel otherwise, which is 4096 tokens each."""
    monkeypatch.setattr(plus, "VAE_IMAGE_SIZE", 64 * 64)
    monkeypatch.setattr(plus, "CONDITION_IMAGE_SIZE", 96 * 96)


@cache
def edit() -> Any:
    return tiny_qwen_image_edit()


def own_tokens(references: References) -> int:
    """Image tokens that the pipeline makes of them for the transformer."""
    sizes = [plus.calculate_dimensions(64 * 64, one.shape[1] / one.shape[0]) for one in references]
    return sum(width * height // TOKEN_PX**2 for width, height in sizes)


def painted(
    size: tuple[int, int], references: References, guided: bool, prompt: str = PROMPT
) -> NDArray[np.float32]:
    wanted = Painting(
        prompt, size, 7, 3, 4.0 if guided else 1.0, 512, "np", lambda step: None, references
    )
    picture: NDArray[np.float32] = np.asarray(EDIT.paint(edit(), wanted))
    return picture


@contextmanager
def read_by_the_encoder(pipeline: Any) -> Any:
    """What the pipeline's text encoder gets, call by call."""
    calls: list[dict[str, Any]] = []
    hook = pipeline.text_encoder.register_forward_pre_hook(
        lambda _, __, kwargs: calls.append(kwargs), with_kwargs=True
    )
    try:
        yield calls
    finally:
        hook.remove()


@pytest.mark.parametrize("guided", [False, True], ids=["plain", "guided"])
@pytest.mark.parametrize("references", [(), ONE, THREE], ids=["none", "one", "three"])
@pytest.mark.parametrize("size", [(96, 64), (48, 112)], ids=["96x64", "48x112"])
def test_attention_is_exact_with_pictures_before_the_words_and_behind_the_image(
    size: tuple[int, int], references: References, guided: bool
) -> None:
    """Against the full softmax over text, picture and references; the picture is bit-identical."""
    reader = EDIT.reader_beside(edit(), references)
    groups = (
        (TokenGroup("castle", locate(reader, PROMPT, [CASTLE])), TokenGroup("early", (1, 3))),
    )
    assert_exact(
        lambda: painted(size, references, guided),
        edit(),
        EDIT,
        groups,
        (size[1] // TOKEN_PX, size[0] // TOKEN_PX),
        every=2 if guided else 1,
        behind=own_tokens(references),
    )
    assert not edit().text_encoder._forward_pre_hooks


@pytest.mark.parametrize("references", [(), ONE, THREE], ids=["none", "one", "three"])
def test_a_word_is_where_the_text_encoder_has_it(references: References) -> None:
    pipeline = edit()
    reader = EDIT.reader_beside(pipeline, references)
    with read_by_the_encoder(pipeline) as calls:
        painted((64, 64), references, False)
    ids = calls[0]["input_ids"][0, pipeline.prompt_template_encode_start_idx :]
    for first, last in (CASTLE, (2, 9)):
        positions = locate(reader, PROMPT, [(first, last)])
        word = "".join(pipeline.tokenizer.decode([ids[place]]) for place in positions)
        assert word.strip() == PROMPT[first:last]
    assert reader.length(PROMPT) == len(ids)
    shown = len(calls[0]["input_ids"][0]) - len(
        pipeline.tokenizer(pipeline.prompt_template_encode.format(PROMPT)).input_ids
    )
    assert (shown > 9 * len(references)) == bool(references)
    spread = {token.position for token in reader.tokens(PROMPT)}
    without = {token.position for token in EDIT.reader(pipeline).tokens(PROMPT)}
    assert spread == {place + shown for place in without}


def test_a_prompt_that_says_what_stands_for_a_picture_is_refused() -> None:
    painter = Painter(edit(), profile("qwen-image-edit"), "cpu", Path())
    for prompt in ("a fox <|image_pad|>", "<|image_pad|><|image_pad|>"):
        with pytest.raises(InputError, match="no prompt can say it") as caught:
            paint(painter, prompt, (64, 64), 7, references=ONE)
        assert caught.value.code == "models.prompt_token"
        with pytest.raises(InputError):
            painter.reader_beside(ONE).tokens(prompt)


def test_the_template_is_the_pipelines_own() -> None:
    assert QwenImageEditReader.template == edit().prompt_template_encode
    assert QwenImageEditReader.cut_off == edit().prompt_template_encode_start_idx


def test_patches_of_pictures_have_rows_and_columns() -> None:
    """The encoder is told which tokens are patches, and numbers them as transformers does."""
    pipeline = edit()
    with read_by_the_encoder(pipeline) as calls:
        painted((64, 64), THREE, True)
    assert len(calls) == 2
    for call in calls:
        types, ids = call["mm_token_type_ids"], call["input_ids"]
        pad = pipeline.tokenizer.convert_tokens_to_ids("<|image_pad|>")
        grids = call["image_grid_thw"]
        assert int(types.sum()) == int((grids.prod(dim=1) // 4).sum())
        assert torch.equal(types.bool(), ids == pad)
        places, _ = pipeline.text_encoder.model.get_rope_index(
            ids, mm_token_type_ids=types, image_grid_thw=grids
        )
        assert not torch.equal(places[1], places[2])  # rows are not columns


def test_the_processor_does_what_transformers_own_does() -> None:
    """That one without its video processor, which wants torchvision."""
    from transformers import Qwen2VLProcessor

    own = edit().processor
    theirs = object.__new__(Qwen2VLProcessor)
    theirs.image_processor, theirs.tokenizer, theirs.video_processor = (
        own.images,
        own.tokenizer,
        None,
    )
    theirs.image_token, theirs.video_token = "<|image_pad|>", "<|video_pad|>"
    theirs.image_token_id = own.tokenizer.convert_tokens_to_ids("<|image_pad|>")
    theirs.video_token_id = -1
    theirs.chat_template = None
    pictures = [Image.fromarray(one) for one in THREE]
    text = "see <|image_pad|> and <|image_pad|><|image_pad|>: " + PROMPT
    told = {"padding": True, "return_tensors": "pt"}
    made, truth = own(text=[text], images=pictures, **told), theirs([*pictures], [text], **told)
    for name in ("input_ids", "attention_mask", "pixel_values", "image_grid_thw"):
        assert torch.equal(made[name], truth[name]), name
    words = own(text=[PROMPT], images=None, **told)
    assert set(words) == {"input_ids", "attention_mask"}
    for picture in THREE:
        height, width = picture.shape[:2]
        (grid,) = own.images(images=[Image.fromarray(picture)], return_tensors="pt").image_grid_thw
        assert own.patches((width, height)) == int(grid.prod()) // 4


def test_references_are_painted_after_and_attended_to() -> None:
    without = painted((96, 64), (), False)
    assert np.abs(painted((96, 64), ONE, False) - without).max() > 0.001
    assert np.abs(painted((96, 64), ONE, False) - painted((96, 64), THREE, False)).max() > 0.001
    plan = CapturePlan((TokenGroup("early", (1, 3)),), (0, 1, 2), max_steps=None)
    with capture_attention(edit(), plan) as alone:
        painted((96, 64), (), False)
    with capture_attention(edit(), plan) as among:
        painted((96, 64), THREE, False)
    assert among.result().grid == alone.result().grid == (4, 6)
    assert among.result().image_to_text.mean() < 0.9 * alone.result().image_to_text.mean()


def test_without_references_it_is_qwen_images_own_loop() -> None:
    words = tiny_qwen_image()
    for name in ("scheduler", "vae", "text_encoder", "tokenizer", "transformer"):
        setattr(words, name, getattr(edit(), name))
    words.prompt_template_encode = edit().prompt_template_encode
    words.prompt_template_encode_start_idx = 64
    truth = words(
        prompt=PROMPT, negative_prompt=" ", true_cfg_scale=4.0, width=96, height=64,
        num_inference_steps=3, generator=torch.Generator().manual_seed(7), output_type="np",
    ).images  # fmt: skip
    np.testing.assert_array_equal(painted((96, 64), (), True), truth)
    with pytest.raises(InputError, match="paints whole pictures only") as caught:
        repainting(Painter(edit(), profile("qwen-image-edit"), "cpu", Path()))
    assert caught.value.code == "models.repaints_nothing"


@pytest.mark.parametrize("references", [(), ONE], ids=["none", "one"])
def test_everything_is_restored_after_an_exception(references: References) -> None:
    def stop(step: int) -> None:
        raise RuntimeError("stopped")

    plan = CapturePlan((TokenGroup("castle", (4,)),), (0, 1), max_steps=None)
    wanted = Painting(PROMPT, (64, 64), 7, 3, 1.0, 512, "np", stop, references)
    with pytest.raises(RuntimeError, match="stopped"), capture_attention(edit(), plan):
        EDIT.paint(edit(), wanted)
    assert_clean(edit(), EDIT)
    assert not edit().text_encoder._forward_pre_hooks


def test_a_lora_changes_what_is_captured_and_leaves_no_trace(tmp_path: Path) -> None:
    painter = Painter(edit(), profile("qwen-image-edit"), "cpu", Path())
    file = save_tiny_lora(edit(), tmp_path / "ink.safetensors")
    reader = EDIT.reader_beside(edit(), ONE)
    groups = ((TokenGroup("castle", locate(reader, PROMPT, [CASTLE])),),)
    without = painted((96, 64), ONE, False)
    wear(painter, [Lora("ink", file, 0.8, "")])
    try:
        with_it = painted((96, 64), ONE, False)
        assert_exact(
            lambda: painted((96, 64), ONE, False), edit(), EDIT, groups, (4, 6),
            behind=own_tokens(ONE),
        )  # fmt: skip
    finally:
        wear(painter, [])
    assert np.abs(with_it - without).max() > 1e-3
    np.testing.assert_array_equal(painted((96, 64), ONE, False), without)


def saved(folder: Path) -> Path:
    """As the hub has it: the processor is transformers' own, with its pictures' configuration."""
    pipeline = tiny_qwen_image_edit()
    images = pipeline.processor.images
    pipeline.processor = None
    pipeline.save_pretrained(folder, safe_serialization=True)
    images.save_pretrained(folder / "processor")
    index = folder / "model_index.json"
    named = {**json.loads(index.read_text()), "processor": ["transformers", "Qwen2VLProcessor"]}
    index.write_text(json.dumps(named))
    return folder


def test_a_folder_is_loaded_shown_pictures_and_previewed(tmp_path: Path) -> None:
    folder = saved(tmp_path / "my-edit")
    own = replace(profile(str(folder)), native_short_side=64, steps=3)
    assert (own.family, own.max_text_tokens) == ("qwen-image-edit", 1024)
    painter = load_painter(own, "cpu")
    assert family_of(painter.pipeline) is painter.family is EDIT
    assert isinstance(painter.pipeline.processor, PicturesInWords)
    assert EDIT.load_reader(folder).tokens(PROMPT) == painter.reader.tokens(PROMPT)
    assert painter.reader_beside(()).tokens(PROMPT) == painter.reader.tokens(PROMPT)
    assert painter.reader_beside(ONE).tokens(PROMPT) != painter.reader.tokens(PROMPT)
    for references in ((), THREE):
        seen: list[StepPreview] = []
        plain = paint(painter, PROMPT, (96, 64), 7, references=references)
        with step_previews(painter, seen.append, every_s=0.0, share=1.0, shrink=1):
            picture = paint(painter, PROMPT, (96, 64), 7, references=references)
        np.testing.assert_array_equal(picture, plain)
        assert len(seen) == 3
        assert np.abs(seen[-1].picture.astype(int) - picture).max() <= 1
    plan = CapturePlan((TokenGroup("castle", locate(painter.reader, PROMPT, [CASTLE])),), (1,))
    with capture_attention(painter.pipeline, plan) as maps:
        single_pass(painter, plain, PROMPT, sigma=0.5, seed=3)
    ((block, sigma),) = maps.result().captured
    assert block == 1
    assert sigma == pytest.approx(0.5, abs=2e-3)
    with pytest.raises(ValueError, match="takes 3 references"):
        paint(painter, PROMPT, (96, 64), 7, references=ONE * 4)


def test_a_text_encoder_that_is_freed_sees_the_pictures_too(tmp_path: Path) -> None:
    folder = saved(tmp_path / "my-edit")
    plan, own = MemoryPlan(placement=Placement.ENCODER_FREED), profile(str(folder))
    freed = laid_out.pipeline_of(own, folder, plan, "cpu", EDIT.load)
    plain = laid_out.pipeline_of(own, folder, MemoryPlan(), "cpu", EDIT.load)
    for references in ((), ONE):
        wanted = Painting(PROMPT, (64, 64), 7, 2, 4.0, 512, "np", lambda step: None, references)
        for _ in range(2):  # what it has said is kept
            made = EDIT.paint(freed, wanted)
            np.testing.assert_array_equal(made, EDIT.paint(plain, wanted))
            assert not freed.text_encoder.is_loaded


def test_a_folder_without_its_processor_is_told(tmp_path: Path) -> None:
    folder = saved(tmp_path / "my-edit")
    for file in (folder / "processor").iterdir():
        file.unlink()
    with pytest.raises(Failure) as caught:
        load_painter(replace(profile(str(folder)), native_short_side=64), "cpu")
    assert caught.value.code == "models.unreadable"


def test_a_shot_with_a_cast_is_read_behind_its_pictures(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest's tokens are those of the words, wherever the pictures have moved them."""
    monkeypatch.setitem(CUTTERS._values, "in-columns", Decomposer("in-columns", in_columns))
    folder = saved(tmp_path / "my-edit")
    facts = {"steps": 2, "native_short_side": 64, "capture": {"blocks": [1], "draws": 1}}
    (folder / "profile.json").write_text(json.dumps(facts))
    Image.fromarray(noise(64, 80, 1)).save(tmp_path / "mira.png")
    studio = Studio(str(folder), str(save_tiny_depth(tmp_path / "depth")), "cpu")
    run = CastRun(studio, tmp_path / "out")
    cast = {"mira": {"prompt": "a warrior", "pictures": ["mira.png"]}}
    shot = {"id": "one", "prompt": "@mira in front of a **castle**", "duration": 0.25}
    outcome = run.board(shot, {**shot, "id": "two", "prompt": "a **castle**"}, cast=cast)
    assert outcome.errors == {}
    painter = studio.painter_with(())
    references = load_references([CastPicture("mira", tmp_path / "mira.png")], painter.profile)
    text = "a warrior in front of a castle"
    for id_, reader, words in (
        ("one", painter.reader_beside(references), text), ("two", painter.reader, "a castle"),
    ):  # fmt: skip
        written = (tmp_path / "out" / "shots" / id_ / "manifest.json").read_bytes()
        manifest = Manifest.model_validate_json(written)
        found = {layer.name: tuple(layer.token_indices) for layer in manifest.layers}
        first = words.index("castle")
        assert found["castle"] == locate(reader, words, [(first, first + 6)])
        if id_ == "one":
            assert min(found["castle"]) > 9
            assert found["mira"] == locate(reader, words, [(2, 9)])
