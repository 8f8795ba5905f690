"""Models that look at pictures: the real classes, tiny, saved to a folder and loaded from it."""

from __future__ import annotations

import json
import shutil
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from multiplane.contract.errors import Failure, InputError
from multiplane.layers.cutters.choice import cutter_choice
from multiplane.models import folders, machine, places
from multiplane.models.facts import VisionRole
from multiplane.models.load import load_depth
from multiplane.models.profiles import any_profile, depth_profile, profiles_of
from multiplane.models.vision import grounding_dino, qwen_image_layered, sam3, segment_anything
from multiplane.models.vision.load import LOADERS, load_vision
from multiplane.models.vision.pretrained import square
from multiplane.models.vision.profiles import MODEL_SETS, VISION_PROFILES, vision_profile
from multiplane.models.vision.seen import (
    Box,
    Candidates,
    DetectAndMask,
    Detection,
    Prompt,
)
from tests.tiny_folders import save_tiny_depth
from tests.tiny_vision import (
    save_tiny_clipseg,
    save_tiny_depth_pro,
    save_tiny_dinov2,
    save_tiny_edgetam,
    save_tiny_grounding_dino,
    save_tiny_qwen_image_layered,
    save_tiny_sam2,
    save_tiny_sam3,
    save_tiny_vitmatte,
)

PICTURE = np.random.default_rng(0).integers(0, 255, (60, 210, 3), np.uint8)
BOX, OTHER_BOX = Box(10.0, 5.0, 90.0, 50.0), Box(100.0, 12.0, 205.0, 58.0)
BOXED = Prompt(BOX)
POINTED = Prompt(OTHER_BOX, ((150.0, 30.0), (180.0, 50.0)))


def loaded(folder: Path) -> Any:
    return load_vision(vision_profile(str(folder)), "cpu")


def test_every_profile_has_a_loader_and_says_what_it_costs() -> None:
    for known in VISION_PROFILES.values():
        assert known.architecture in LOADERS
        assert known.licence
        assert known.licence_url
        assert known.repository
        # weights in float32, a pipeline's in bfloat16, give or take the tokenizer and rounding
        each = 4 if known.pipeline is None else 2
        whole = sum(known.parameters.values())
        if known.upon is None:  # else what it changes is pulled by itself
            assert known.download_bytes == pytest.approx(each * whole, rel=0.03)
        assert vision_profile(known.repository) == vision_profile(known.name) == known
        assert any_profile(known.name) is known


def test_the_laptops_set_is_a_detector_a_masker_and_a_depth_model() -> None:
    names = MODEL_SETS["laptop"]
    assert [one.name for one in profiles_of("laptop")] == list(names)
    assert vision_profile(names[0]).role is VisionRole.DETECTOR
    assert vision_profile(names[1]).role is VisionRole.MASKER
    assert sum(one.download_bytes for one in profiles_of("laptop")) < 1e9


def test_weights_that_are_not_there_are_named_with_how_to_get_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path))
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    with pytest.raises(Failure, match=r"sam-2.1-tiny is not on this computer.*models pull "
                       r"sam-2.1-tiny \(0.2 GB, Apache-2.0\)"):  # fmt: skip
        load_vision(VISION_PROFILES["sam-2.1-tiny"], "cpu")


def test_a_pickle_is_no_model(tmp_path: Path) -> None:
    folder = save_tiny_sam2(tmp_path / "sam")
    (folder / "model.safetensors").rename(folder / "pytorch_model.bin")
    with pytest.raises(Failure, match=r"pickle, which can run any code") as caught:
        loaded(folder)
    assert caught.value.code == "models.pickle"


def test_a_folder_with_another_model_is_refused(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text(json.dumps({"model_type": "bert"}))
    with pytest.raises(InputError, match="holds nothing that cuts"):
        vision_profile(str(tmp_path))


def test_clipseg_gives_what_its_class_gives(tmp_path: Path) -> None:
    """For each phrase as if it were alone, of the whole picture."""
    from transformers import CLIPSegForImageSegmentation, CLIPSegProcessor

    folder = save_tiny_clipseg(tmp_path / "clipseg")
    phrases = ["a red warrior", "fox"]
    found = loaded(folder).logits(PICTURE, phrases)
    assert found.shape == (2, 64, 64)
    model = CLIPSegForImageSegmentation.from_pretrained(folder).eval()
    processor = CLIPSegProcessor.from_pretrained(folder)
    for phrase, logits in zip(phrases, found, strict=True):
        inputs = processor(text=[phrase], images=[PICTURE], return_tensors="pt")
        with torch.inference_mode():
            alone = model(**inputs).logits.numpy().reshape(64, 64)
        np.testing.assert_allclose(logits, alone, atol=1e-5)
        assert alone.std() > 1e-3
    assert np.abs(found[0] - found[1]).max() > 1e-3
    long = loaded(folder).logits(PICTURE, ["warrior " * 200])
    assert long.shape == (1, 64, 64)


@pytest.mark.parametrize("save", [save_tiny_sam2, save_tiny_edgetam])
def test_maskers_give_what_their_class_gives(tmp_path: Path, save: Any) -> None:
    """The picture is seen once for all prompts, which do not change each other."""
    import transformers

    folder = save(tmp_path / "masker")
    masker = loaded(folder)
    found = masker.candidates(PICTURE, [POINTED, BOXED, POINTED])
    kind = "Sam2Model" if save is save_tiny_sam2 else "EdgeTamModel"
    model = getattr(transformers, kind).from_pretrained(folder).eval()
    pixels = square(
        PICTURE, 128, segment_anything.IMAGENET_MEAN, segment_anything.IMAGENET_DEVIATION
    )
    for prompt, own in zip([POINTED, BOXED, POINTED], found, strict=True):
        told = segment_anything.in_square([prompt], (210, 60), 128)
        with torch.inference_mode():
            out = model(
                pixel_values=pixels, **{name: torch.from_numpy(v) for name, v in told.items()}
            )
        assert own.logits.shape == (3, 32, 32)
        np.testing.assert_allclose(own.logits, out.pred_masks[0, 0].numpy(), atol=1e-4)
        np.testing.assert_allclose(own.scores, out.iou_scores[0, 0].numpy(), atol=1e-5)
    assert np.abs(found[0].logits - found[1].logits).max() > 1e-3
    assert masker.candidates(PICTURE, []) == []


def test_edgetam_names_the_package_that_it_needs(tmp_path: Path) -> None:
    folder = save_tiny_edgetam(tmp_path / "edgetam")
    config = json.loads((folder / "config.json").read_text())
    config["vision_config"] = {
        "model_type": "edgetam_vision_model",
        "backbone_config": {"model_type": "timm_wrapper", "architecture": "repvit_m1"},
    }
    (folder / "config.json").write_text(json.dumps(config))
    with pytest.raises(Failure, match=r"needs timm.*pip install timm.*sam-2\.1-tiny"):
        loaded(folder)


def test_boxes_and_points_follow_the_picture_into_the_square() -> None:
    """A picture of 3.5 to 1: its corners are the square's, and nothing is padded."""
    corners = Prompt(Box(0.0, 0.0, 210.0, 60.0), ((105.0, 15.0),))
    told = segment_anything.in_square([corners], (210, 60), 128)
    assert told["input_boxes"].tolist() == [[[0.0, 0.0, 128.0, 128.0]]]
    assert told["input_points"].tolist() == [[[[64.0, 32.0]]]]
    assert told["input_labels"].tolist() == [[[1]]]
    spot = np.zeros((60, 210, 3), np.uint8)
    spot[10:20, 160:190] = 255  # centre at (175, 15): 5/6 across, 1/4 down
    seen = square(spot, 128, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
    assert seen.shape == (1, 3, 128, 128)
    rows, columns = np.nonzero(seen[0, 0].numpy() > 0.5)
    assert (columns.mean() + 0.5) / 128 == pytest.approx(175 / 210, abs=0.01)
    assert (rows.mean() + 0.5) / 128 == pytest.approx(15 / 60, abs=0.01)
    assert float(square(spot, 128, (0.5,) * 3, (0.25,) * 3).max()) == pytest.approx(2.0)


def test_prompts_are_decoded_with_their_like() -> None:
    many = [POINTED, BOXED] * 17
    found = list(segment_anything.batches(many))
    assert sorted(place for some in found for place in some) == list(range(34))
    assert all(len({len(many[place].points) for place in some}) == 1 for some in found)
    assert max(map(len, found)) <= 16


def test_grounding_dinos_boxes_are_those_of_its_own_processor(tmp_path: Path) -> None:
    from transformers import AutoImageProcessor, AutoTokenizer, GroundingDinoForObjectDetection
    from transformers.models.grounding_dino.processing_grounding_dino import (
        GroundingDinoProcessor,
    )

    folder = save_tiny_grounding_dino(tmp_path / "dino")
    found = loaded(folder).detections(PICTURE, ["Red warrior", "fox"])
    assert found
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    processor = GroundingDinoProcessor(
        AutoImageProcessor.from_pretrained(folder), AutoTokenizer.from_pretrained(folder)
    )
    inputs = processor(images=PICTURE, text="red warrior. fox.", return_tensors="pt")
    model = GroundingDinoForObjectDetection.from_pretrained(folder).eval()
    with torch.inference_mode():
        out = model(**inputs)
    (theirs,) = processor.post_process_grounded_object_detection(
        out, inputs["input_ids"], threshold=0.3, target_sizes=[PICTURE.shape[:2]]
    )
    boxes = theirs["boxes"].numpy().clip(0, [210, 60, 210, 60])
    for one in found:
        own = [one.box.left, one.box.top, one.box.right, one.box.bottom]
        assert np.abs(boxes - own).max(axis=1).min() < 1e-2


def test_a_boxs_phrase_is_the_one_whose_words_it_answers_to() -> None:
    text, spans = grounding_dino.sentence(["Red. Warrior", "fox"])
    assert text == "red warrior. fox."
    assert [text[first:last] for first, last in spans] == ["red warrior", "fox"]
    # [CLS] red war ##rior . fox . [SEP]
    places = [(0, 0), (0, 3), (4, 7), (7, 11), (11, 12), (13, 16), (16, 17), (0, 0)]
    answers = np.zeros((3, 8), np.float32)
    answers[0, [3, 4]] = 0.8, 0.99  # the full stop belongs to nobody
    answers[1, [0, 5]] = 0.95, 0.6
    answers[2, 1] = 0.2
    scores = grounding_dino.phrase_scores(answers, places, spans)
    np.testing.assert_allclose(scores, [[0.8, 0.0], [0.0, 0.6], [0.2, 0.0]], atol=1e-6)


def test_boxes_are_px_of_the_picture_and_each_thing_is_there_once() -> None:
    boxes = np.array([[0.5, 0.5, 0.2, 1.0], [0.5, 0.5, 0.21, 1.0], [0.95, 0.5, 0.2, 0.5],
                      [0.1, 0.1, 0.1, 0.1]], np.float32)  # fmt: skip
    scores = np.array([[0.9, 0.1], [0.5, 0.1], [0.2, 0.4], [0.29, 0.1]], np.float32)
    found = grounding_dino.apart(grounding_dino._detections(scores, boxes, (200, 100)))
    assert [(one.of, round(one.score, 3)) for one in found] == [(0, 0.9), (1, 0.4)]
    assert astuple(found[0].box) == pytest.approx((80, 0, 120, 100), abs=1e-3)
    # it goes beyond the right edge, and is cut there
    assert astuple(found[1].box) == pytest.approx((170, 25, 200, 75), abs=1e-3)
    same = [Detection(0, 0.5, found[0].box), Detection(1, 0.6, found[0].box)]
    assert len(grounding_dino.apart(same)) == 2  # two words may mean the same place


def test_sam3_gives_what_its_class_gives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from transformers import AutoTokenizer, Sam3Model

    monkeypatch.setattr(sam3, "LEAST", 0.0)
    folder = save_tiny_sam3(tmp_path / "sam3")
    found = loaded(folder).instances(PICTURE, ["a red warrior", "fox"])
    assert len(found) == 16  # every query of both
    assert [one.score for one in found] == sorted((one.score for one in found), reverse=True)
    model = Sam3Model.from_pretrained(folder).eval()
    tokenizer = AutoTokenizer.from_pretrained(folder)
    words = tokenizer("fox", padding="max_length", max_length=32, return_tensors="pt")
    pixels = square(PICTURE, 112, (0.5,) * 3, (0.5,) * 3)
    with torch.inference_mode():
        out = model(pixel_values=pixels, **words)
    sure = (out.pred_logits[0].sigmoid() * out.presence_logits[0].sigmoid()).numpy()
    own = sorted((one.score for one in found if one.of == 1), reverse=True)
    np.testing.assert_allclose(own, np.sort(sure)[::-1], atol=1e-5)
    best = next(one for one in found if one.of == 1)
    np.testing.assert_allclose(best.logits, out.pred_masks[0, sure.argmax()].numpy(), atol=1e-4)


def test_sam3s_unsure_answers_do_not_count() -> None:
    masks = np.arange(12, dtype=np.float32).reshape(3, 2, 2)
    found = sam3.instances_of(4, np.array([0.29, 0.9, 0.31], np.float32), masks)
    assert [(one.of, round(one.score, 2)) for one in found] == [(4, 0.9), (4, 0.31)]
    assert np.array_equal(found[0].logits, masks[1])


def test_a_detector_and_a_masker_find_things_together() -> None:
    boxes = [Detection(1, 0.8, BOX), Detection(0, 0.4, OTHER_BOX)]

    class Boxes:
        def detections(self, picture: Any, phrases: Any) -> list[Detection]:
            return boxes if phrases else []

    class Masks:
        def candidates(self, picture: Any, prompts: Any) -> list[Candidates]:
            assert [prompt.box for prompt in prompts] == [one.box for one in boxes]
            masks = np.stack([np.full((4, 4), k, np.float32) for k in range(3)])
            return [Candidates(masks, np.array([0.1, 0.9, 0.3])) for _ in prompts]

    both = DetectAndMask(Boxes(), Masks())
    found = both.instances(PICTURE, ["fox", "warrior"])
    assert [(one.of, one.score, float(one.logits[0, 0])) for one in found] == [
        (1, 0.8, 1.0), (0, 0.4, 1.0),
    ]  # fmt: skip
    assert both.instances(PICTURE, []) == []


def test_vitmatte_gives_what_its_class_gives(tmp_path: Path) -> None:
    """Of a size that its patches do not divide: what is filled up is cut off again."""
    from transformers import VitMatteForImageMatting

    folder = save_tiny_vitmatte(tmp_path / "matte")
    trimap = np.full(PICTURE.shape[:2], 0.5, np.float32)
    trimap[:20], trimap[40:] = 1.0, 0.0
    found = loaded(folder).alpha(PICTURE, trimap)
    assert found.shape == trimap.shape
    pixels = np.zeros((1, 4, 64, 224), np.float32)  # both sides up to the next 32
    pixels[0, :3, :60, :210] = PICTURE.transpose(2, 0, 1) / 127.5 - 1.0
    pixels[0, 3, :60, :210] = np.rint(trimap * 255) / 255
    with torch.inference_mode():
        out = VitMatteForImageMatting.from_pretrained(folder).eval()(torch.from_numpy(pixels))
    np.testing.assert_allclose(found, out.alphas[0, 0, :60, :210].numpy(), atol=1e-5)
    assert found.std() > 1e-3


def test_dinov2_sees_a_cutout_whole_on_the_mean_of_all_pictures(tmp_path: Path) -> None:
    from transformers import Dinov2Model

    folder = save_tiny_dinov2(tmp_path / "dino")
    rng = np.random.default_rng(3)
    cutout = rng.integers(0, 256, (210, 60, 4), np.uint8)
    cutout[..., 3] = np.where(rng.random((210, 60)) < 0.5, 255, 0)
    model = loaded(folder)
    found = model.features(cutout)
    mean = np.array([0.485, 0.456, 0.406])
    whole = np.broadcast_to(np.rint(mean * 255), (210, 210, 3)).copy()
    inside = cutout[..., 3] > 0
    whole[:, 75:135][inside] = cutout[..., :3][inside]
    pixels = square(whole.astype(np.uint8), 224, tuple(mean), (0.229, 0.224, 0.225))
    with torch.inference_mode():
        out = Dinov2Model.from_pretrained(folder).eval()(pixel_values=pixels)
    np.testing.assert_allclose(found, out.last_hidden_state[0, 0].numpy(), atol=1e-5)
    changed = cutout.copy()
    changed[..., :3][~inside] = 7  # what is transparent does not count
    np.testing.assert_array_equal(model.features(changed), found)
    changed[..., :3][inside] = 7
    assert np.abs(model.features(changed) - found).max() > 1e-2


def test_what_compares_is_no_cutter() -> None:
    with pytest.raises(InputError) as caught:
        cutter_choice("dinov2-small")
    assert caught.value.code == "cut.unknown"
    assert "dinov2-small" not in (caught.value.remedy or "")


@pytest.fixture(scope="module")
def layered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return save_tiny_qwen_image_layered(tmp_path_factory.mktemp("models") / "layers")


WIDE = np.random.default_rng(0).integers(0, 255, (64, 96, 3), np.uint8)


def test_qwen_image_layered_gives_what_its_class_gives(layered: Path) -> None:
    """The layers without the whole picture, which the pipeline paints first."""
    from diffusers import QwenImageLayeredPipeline
    from PIL import Image

    steps: list[tuple[int, int]] = []
    model = loaded(layered)
    found = model.layers(WIDE, "a red ball", 2, 7, lambda *done: steps.append(done))
    assert steps == [(1, 2), (2, 2)]
    own = QwenImageLayeredPipeline.from_pretrained(str(layered), processor=None)
    own.set_progress_bar_config(disable=True)
    (truth,) = own(
        image=Image.fromarray(WIDE).convert("RGBA"), prompt="a red ball", negative_prompt=" ",
        layers=2, num_inference_steps=2, cfg_normalize=True, output_type="np",
        generator=torch.Generator().manual_seed(7),
    ).images  # fmt: skip
    assert found.shape == truth.shape == (2, 512, 768, 4)
    np.testing.assert_array_equal(found, truth)
    assert found[..., 3].std() > 0.02


def test_a_cancelled_picture_ends_at_its_next_step(layered: Path) -> None:
    steps: list[int] = []

    def stop(done: int, _: int) -> None:
        steps.append(done)
        raise InterruptedError

    with pytest.raises(InterruptedError):
        loaded(layered).layers(WIDE, "a red ball", 1, 7, stop)
    assert steps == [1]


def test_a_pipelines_folder_is_a_cutter_by_its_class(layered: Path, tmp_path: Path) -> None:
    known = vision_profile(str(layered))
    assert (known.name, known.role) == ("layers", VisionRole.LAYERER)
    assert places.find(known) == layered
    other = shutil.copytree(layered, tmp_path / "other")
    index = other / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "_class_name": "FluxPipeline"}))
    with pytest.raises(InputError, match=r"nothing that cuts pictures.*QwenImageLayeredPipeline"):
        vision_profile(str(other))


def test_a_pipelines_pickles_and_foreign_code_are_refused(layered: Path, tmp_path: Path) -> None:
    pickled = shutil.copytree(layered, tmp_path / "pickled")
    for weights in (pickled / "transformer").glob("*.safetensors"):
        weights.rename(weights.with_suffix(".bin"))
    with pytest.raises(Failure, match="a pickle"):
        loaded(pickled)
    foreign = shutil.copytree(layered, tmp_path / "foreign")
    index = foreign / "model_index.json"
    index.write_text(json.dumps({**json.loads(index.read_text()), "vae": ["evil", "Vae"]}))
    with pytest.raises(InputError, match="code that is not diffusers'"):
        loaded(foreign)


def test_a_pipeline_that_does_not_fit_is_refused_with_a_smaller_cutter(
    layered: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = replace(machine.look_at_machine("cpu"), free_ram_gb=0.5, free_device_gb=0.5)
    monkeypatch.setattr(qwen_image_layered, "look_at_machine", lambda _: small)
    with pytest.raises(Failure, match=r"0.5 GB is free.*--cut attention") as refused:
        loaded(layered)
    assert refused.value.code == "models.memory"


def test_depth_pros_disparity_needs_no_field_of_view(tmp_path: Path) -> None:
    from transformers import DepthProForDepthEstimation

    folder = save_tiny_depth_pro(tmp_path / "pro")
    model = load_depth(depth_profile(str(folder)), "cpu")
    whole = DepthProForDepthEstimation.from_pretrained(folder).eval()
    assert whole.use_fov_model
    with torch.inference_mode():
        out = whole(square(PICTURE, 128, (0.5,) * 3, (0.5,) * 3))
    assert out.field_of_view is not None
    own = model.model.disparity(PICTURE)
    np.testing.assert_allclose(own.numpy(), out.predicted_depth[0].numpy(), atol=1e-5)
    near = model.nearness(PICTURE)
    assert near.shape == PICTURE.shape[:2]
    assert (near.min(), near.max()) == pytest.approx((0.0, 1.0))


def test_metres_become_nearness(tmp_path: Path) -> None:
    """Twice as far is half as near; what is closer than any lens sees does not drown the rest."""
    folder = save_tiny_depth(tmp_path / "metric")
    config = json.loads((folder / "config.json").read_text())
    relative = load_depth(depth_profile(str(folder)), "cpu").model.disparity(PICTURE)
    config |= {"depth_estimation_type": "metric", "max_depth": 80}
    (folder / "config.json").write_text(json.dumps(config))
    model = load_depth(depth_profile(str(folder)), "cpu")
    from transformers import AutoImageProcessor, DepthAnythingForDepthEstimation

    inputs = AutoImageProcessor.from_pretrained(folder)(images=PICTURE, return_tensors="pt")
    with torch.inference_mode():
        metres = DepthAnythingForDepthEstimation.from_pretrained(folder)(**inputs)
    wanted = 1.0 / metres.predicted_depth[0].clamp(min=0.1)
    torch.testing.assert_close(model.model.disparity(PICTURE), wanted)
    # The weights are the same, and what was near in disparity is far in metres.
    turned = np.corrcoef(relative.numpy().ravel(), wanted.numpy().ravel())[0, 1]
    assert turned < 0.0


def test_a_folder_without_a_depth_model_is_refused(tmp_path: Path) -> None:
    folder = save_tiny_sam2(tmp_path / "sam")
    with pytest.raises(InputError, match="holds no depth model"):
        load_depth(depth_profile(str(folder)), "cpu")
