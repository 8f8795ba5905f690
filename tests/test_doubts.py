"""Doubt on its way to people: words that a model never learnt, layers that may be wrong."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.cli.findings import checked
from multiplane.contract.doubts import BECAUSE, DoubtReason, is_doubt
from multiplane.contract.errors import InputError
from multiplane.contract.events import Log, ShotFinished
from multiplane.contract.manifest import ModelEntry, NoticeEntry, Sequence, SequenceShot
from multiplane.contract.storyboard import Shot, Storyboard, Subject
from multiplane.deliver.contact import write_contact
from multiplane.deliver.index_page.page import write_index
from multiplane.deliver.shot import deliver_shot
from multiplane.intake.shot_source import Prompt
from multiplane.layers.cut import Cutout, Segmentation
from multiplane.layers.judged import SAYS
from multiplane.layers.stack import CutSubject, Layer, build_stack
from multiplane.models.calibration import Calibration, Chance
from multiplane.models.profiles import ModelProfile, profile
from multiplane.produce.doubts import (
    layer_notices,
    look_notices,
    unknown_share,
    unknown_words,
    word_notices,
)
from multiplane.produce.finished import CutPicture
from multiplane.produce.recut import recut
from multiplane.produce.studio import Studio
from multiplane.produce.words import words_of_drawing, words_of_prompt
from multiplane.server.jobs.doubts import doubts_in, doubts_of
from tests.deliver.shots import finished
from tests.layers.drawn import disc
from tests.test_produce import Run
from tests.tiny_folders import save_tiny_depth, save_tiny_pipeline

WORDS = frozenset(
    {"warrior", "princess", "horse", "dog", "house", "castle", "red", "blue", "forest", "snow"}
    | {"sword"}
)
SIZE = (160, 90)


@pytest.fixture
def small() -> ModelProfile:
    return dataclasses.replace(profile("storyboard-mini"), known_words=WORDS)


def told_of(prompt: str, small: ModelProfile, listed: list[Subject] | None = None) -> str:
    words = words_of_prompt(Prompt(prompt), listed or [], small, style=None)
    return " ".join(str(notice) for notice in word_notices(words, small, "painting"))


def test_a_word_that_was_never_learnt_is_named_with_what_is_near(small: ModelProfile) -> None:
    said = told_of("a samurai in the snow", small)
    assert "storyboard-mini has not learnt 'samurai'; it will paint something else." in said
    assert "Known and near: warrior." in said
    assert "multiplane models pull z-image-turbo" in said


@pytest.mark.parametrize(
    "prompt",
    [
        "a warrior in a forest",
        "two Warriors and a princess, in the snow",
        "the warrior's red sword, beside a house",
        "a warrior walks slowly at dawn",  # how and when are not things
    ],
)
def test_known_words_are_not_told_of(prompt: str, small: ModelProfile) -> None:
    assert told_of(prompt, small) == ""


@pytest.mark.parametrize(
    ("prompt", "unknown"),
    [
        ("an elephant and a warrior", "'elephant'"),
        ("a **gryphon** over a castle", "'gryphon'"),
        ("a dog on a beach", "'beach'"),
        ("a warrior with an umbrella", "'umbrella'"),
        ("a flurbit in the forest", "'flurbit'"),
    ],
)
def test_things_places_and_made_up_words(prompt: str, unknown: str, small: ModelProfile) -> None:
    assert unknown in told_of(prompt, small)


def test_of_many_unknown_words_a_few_are_named(small: ModelProfile) -> None:
    names = ["elephant", "umbrella", "teapot", "tiger", "violin", "rocket"]
    listed = [Subject(name=name) for name in names]
    said = told_of(", ".join(names), small, listed)
    assert "'tiger' and 2 more" in said


def test_a_large_model_has_no_list(small: ModelProfile) -> None:
    large = profile("z-image-turbo")
    assert told_of("a samurai with a gryphon", large) == ""
    assert unknown_share("samurai", large) == 0.0


def test_words_for_a_drawing_are_those_that_it_reads_by(small: ModelProfile) -> None:
    both = dataclasses.replace(small, known_words=WORDS | {"elephant"})
    words = words_of_drawing([Subject(name="elephant"), Subject(name="kazoo")], both, style=None)
    (notice,) = word_notices(words, both, "reading")
    assert notice.code == "doubt.word_unknown"
    assert notice.layers == ["kazoo"]
    assert "what it cuts out for that may be something else" in notice.text
    assert unknown_share("red kazoo", both) == 0.5


def cutout(name: str, confidence: float, reason: DoubtReason | None, filled: bool = True) -> Cutout:
    alpha = np.full((4, 4), float(filled), np.float32)
    return Cutout(0, 0, name, alpha, confidence, reason=reason)


def test_each_doubtful_layer_has_a_sentence_and_a_code(small: ModelProfile) -> None:
    cut = Segmentation(
        (
            cutout("dog", 0.9, None),
            cutout("cat", 0.31, DoubtReason.WORDS_COMPETE),
            cutout("umbrella", 0.0, DoubtReason.NOT_FOUND, filled=False),
        )
    )
    cat, umbrella = layer_notices(cut, small)
    assert (cat.code, cat.layers) == ("doubt.words_compete", ["cat"])
    assert "31% sure" in cat.text
    assert BECAUSE[DoubtReason.WORDS_COMPETE] in cat.text
    assert umbrella.code == "doubt.not_found"
    assert "there is no layer of it" in umbrella.text


def test_a_photograph_gets_one_sentence(small: ModelProfile) -> None:
    strange = DoubtReason.PICTURE_UNFAMILIAR
    cut = Segmentation((cutout("dog", 0.2, strange), cutout("cat", 0.3, strange)))
    (notice,) = layer_notices(cut, small, novelty=1.6)
    assert notice.code == "doubt.picture_unfamiliar"
    assert notice.layers == ["dog", "cat"]


def test_words_that_were_looked_for_are_doubted_each_by_itself(small: ModelProfile) -> None:
    reasons = [
        DoubtReason.NOT_FOUND,
        DoubtReason.ATTENTION_WEAK,
        DoubtReason.WORD_UNKNOWN,  # which the words' own notice tells
        None,
        DoubtReason.SHAPE_ODD,  # of what is cut already: nobody has asked for it
    ]
    asked = ["shield", "crown", "samurai", "horse"]
    cutouts = tuple(
        dataclasses.replace(cutout("it", 0.2, reason), of=index)
        for index, reason in enumerate(reasons)
    )
    cut = Segmentation(cutouts)
    missing, uncertain = look_notices(asked, cut, small, novelty=0.0)
    assert (missing.code, missing.layers) == ("layer.look.not_found", ["shield"])
    assert (uncertain.code, uncertain.layers) == ("doubt.attention_weak", ["crown"])
    assert "crown is uncertain (20% sure)" in uncertain.text
    assert missing.remedy == uncertain.remedy
    *_, strange = look_notices(asked, cut, small, novelty=1.5)
    assert (strange.code, strange.layers) == ("doubt.picture_unfamiliar", asked)


def test_every_reason_has_its_words() -> None:
    assert set(BECAUSE) == set(DoubtReason)
    assert all(is_doubt(reason.code) for reason in DoubtReason)


def test_a_layer_that_a_hand_corrects_is_doubtful_no_more() -> None:
    picture = np.full((90, 160, 3), 200, np.uint8)
    left, right = disc(SIZE, (40, 45), 20), disc(SIZE, (120, 45), 20)
    doubt = DoubtReason.UNSTEADY
    subjects = [
        CutSubject("dog", "dog", "dog", left, 0.4, confidence=0.2, reason=doubt),
        CutSubject("cat", "cat", "cat", right, 0.6, confidence=0.3, reason=doubt),
    ]
    notices = tuple(
        NoticeEntry(code=doubt.code, text=f"{name} is uncertain.", layers=[name])
        for name in ("dog", "cat")
    )
    cut = CutPicture(
        prompt=None,
        model=ModelEntry(name="tiny"),
        picture=picture,
        nearness=np.zeros((90, 160), np.float32),
        layers=build_stack(picture, subjects),
        notices=notices,
    )
    after = recut(cut, [("dog", disc(SIZE, (42, 45), 20))])
    assert [layer.reason for layer in after.layers] == [None, None, doubt]
    assert [notice.layers for notice in after.notices] == [["cat"]]


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> tuple[str, str]:
    """A tiny model whose calibration doubts every layer."""
    folder = tmp_path_factory.mktemp("models")
    tiny = save_tiny_pipeline(folder / "tiny")
    names = tuple(sorted(SAYS))
    nothing = (0.0,) * len(names)
    doubting = Calibration(
        features=names,
        centre=nothing,
        scale=(1.0,) * len(names),
        right=Chance(-2.0, nothing),
        there=Chance(2.0, nothing),
        report_below=0.5,
        missing_below=0.1,
    )
    held = json.loads((tiny / "profile.json").read_text("utf-8"))
    held |= {"calibration": doubting.as_json(), "known_words": "warrior forest"}
    (tiny / "profile.json").write_text(json.dumps(held), "utf-8")
    return str(tiny), str(save_tiny_depth(folder / "depth"))


def test_doubt_reaches_the_manifest_and_the_events(models: tuple[str, str], tmp_path: Path) -> None:
    """Random weights find next to nothing: whatever comes of a subject, it is told."""
    run = Run(Studio(*models, "cpu"), tmp_path / "out")
    picture = np.full((90, 160, 3), (90, 140, 90), np.uint8)
    picture[30:70, 40:80] = (200, 40, 40)
    Image.fromarray(picture).save(tmp_path / "board.png")
    shot = {"id": "one", "picture": "board.png", "subjects": ["samurai", "warrior"]}
    assert run(shot).errors == {}
    manifest = run.manifest("one")
    assert manifest.model.calibrated
    first, *others = manifest.doubts
    assert (first.code, first.layers) == ("doubt.word_unknown", ["samurai"])
    assert {name for notice in others for name in notice.layers} == {"samurai", "warrior"}
    for layer in manifest.layers[1:]:
        assert layer.reason is not None
        assert layer.confidence == pytest.approx(0.119, abs=0.01)
    said = [event.text for event in run.told if isinstance(event, Log)]
    assert any("has not learnt 'samurai'" in text for text in said)
    (finished_,) = [event for event in run.told if isinstance(event, ShotFinished)]
    assert finished_.doubts == manifest.doubts


def test_a_doubtful_layer_is_marked_on_the_sheet_and_on_the_page(tmp_path: Path) -> None:
    shot = finished(("warrior", "samurai"))
    doubtful = dataclasses.replace(shot.layers[-1], reason=DoubtReason.WORD_UNKNOWN, confidence=0.2)

    def sheet_and_page(layers: tuple[Layer, ...], out: Path) -> tuple[int, str]:
        manifest = deliver_shot(out / "shots" / shot.id, dataclasses.replace(shot, layers=layers))
        entry = SequenceShot(
            id=shot.id,
            manifest=f"shots/{shot.id}/manifest.json",
            start_frame=0,
            duration_frames=manifest.comp.duration_frames,
            status="made",
        )
        sequence = Sequence(title="Doubt", fps=24, size=(128, 72), shots=[entry])
        (sheet,) = write_contact(out, sequence)
        pixels = np.asarray(Image.open(sheet).convert("RGB")).astype(int)
        red = int((np.abs(pixels - (240, 128, 108)).max(axis=2) < 8).sum())
        write_index(out, Storyboard(shots=[Shot(prompt="a warrior")]), sequence)
        return red, (out / "index.html").read_text("utf-8")

    sure, page = sheet_and_page(shot.layers, tmp_path / "sure")
    assert 'data-doubt="' not in page
    assert "90% sure, by a rule of thumb" in page
    unsure, page = sheet_and_page((*shot.layers[:-1], doubtful), tmp_path / "unsure")
    assert page.count('data-doubt="word_unknown"') == 1
    assert "20% sure, by a rule of thumb: the model has not learnt its word" in page
    assert unsure > sure + 200, "framed in red"


def test_validate_names_the_words_for_the_model_that_is_chosen(
    models: tuple[str, str], tmp_path: Path
) -> None:
    board = tmp_path / "board.json"
    shots = [{"prompt": "a samurai in a forest"}, {"prompt": "a warrior in a forest"}]
    board.write_text(json.dumps({"shots": shots}), "utf-8")
    good, findings = checked(board, models[0])
    assert good == 2
    (found,) = [finding for finding in findings if finding.code == "doubt.word_unknown"]
    assert (found.error, found.shot, found.field) == (False, 0, "shots[0].prompt")
    assert "samurai" in found.text
    with pytest.raises(InputError, match="no model called"):
        checked(board, "nonesuch")


def test_the_server_keeps_a_shot_s_doubts(tmp_path: Path) -> None:
    told = NoticeEntry(code="doubt.unsteady", text="dog is uncertain.", layers=["dog"])
    other = NoticeEntry(code="psd.differs", text="A layer differs.")
    shot = dataclasses.replace(finished(), notices=(other, told))
    deliver_shot(tmp_path / "one", shot)
    assert doubts_of(doubts_in(tmp_path / "one")) == [told]
    deliver_shot(tmp_path / "two", finished())
    assert doubts_in(tmp_path / "two") is None
    assert doubts_in(tmp_path / "none") is None
    with pytest.raises(ValueError, match="JSON"):
        doubts_of("[")


def test_words_that_only_say_where_are_no_unlearnt_things() -> None:
    painter = profile("storyboard-mini")
    assert unknown_words("the front", painter) == ()
    assert unknown_words("a samurai on the left", painter) == ("samurai",)
