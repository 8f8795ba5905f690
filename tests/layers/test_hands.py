"""Layers changed by hand: what a stroke means, what stays untouched, and what is refused."""

from __future__ import annotations

import base64
import io
from collections.abc import Sequence
from itertools import pairwise

import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.contract.layer_edits import LayerEdit
from multiplane.contract.read_edit import edit_of
from multiplane.layers.hands.fingerprint import fingerprint, same_picture
from multiplane.layers.hands.history import Replayed, replayed
from multiplane.layers.hands.operations import Scene
from multiplane.layers.hands.strokes import Sheet
from multiplane.layers.stack import CutSubject, Layer, build_stack, recomposition_error

Mask = NDArray[np.bool_]
Picture = NDArray[np.uint8]
WIDTH, HEIGHT = 240, 135
FIGURE, TREE = (70, 20), (170, 30)


def drawing() -> tuple[Picture, Mask, Mask, Mask]:
    """Sky and grass, a figure of four colours with outlines, a tree; their true masks.

    The third mask is the figure's arm alone.
    """
    picture = np.full((HEIGHT, WIDTH, 3), (186, 214, 235), np.uint8)
    picture[85:] = (126, 170, 96)
    figure, tree, arm = (np.zeros((HEIGHT, WIDTH), np.uint8) for _ in range(3))
    x, y = FIGURE
    shapes = (
        ((150, 60, 50), [(x - 14, y + 22), (x + 14, y + 22), (x + 18, y + 70), (x - 18, y + 70)]),
        ((60, 50, 90), [(x - 14, y + 70), (x + 14, y + 70), (x + 12, y + 98), (x - 12, y + 98)]),
    )
    for colour, points in shapes:
        corners = [np.array(points, np.int32)]
        cv2.fillPoly(picture, corners, colour, cv2.LINE_AA)
        cv2.polylines(picture, corners, True, (30, 20, 20), 1, cv2.LINE_AA)
        cv2.fillPoly(figure, corners, 1)
    cv2.circle(picture, (x, y + 10), 13, (233, 196, 160), -1, cv2.LINE_AA)
    cv2.circle(picture, (x, y + 10), 13, (30, 20, 20), 1, cv2.LINE_AA)
    cv2.circle(figure, (x, y + 10), 13, 1, -1)
    corners = [np.array([(x + 14, y + 26), (x + 44, y + 34), (x + 44, y + 44), (x + 16, y + 40)])]
    cv2.fillPoly(picture, corners, (233, 196, 160), cv2.LINE_AA)
    cv2.polylines(picture, corners, True, (30, 20, 20), 1, cv2.LINE_AA)
    cv2.fillPoly(arm, corners, 1)
    x, y = TREE
    cv2.rectangle(picture, (x - 6, y + 40), (x + 6, y + 80), (96, 66, 40), -1)
    cv2.circle(picture, (x, y + 22), 26, (44, 96, 60), -1, cv2.LINE_AA)
    cv2.rectangle(tree, (x - 6, y + 40), (x + 6, y + 80), 1, -1)
    cv2.circle(tree, (x, y + 22), 26, 1, -1)
    return picture, (figure | arm) > 0, tree > 0, (arm > 0) & (figure == 0)


PICTURE, WHOLE_FIGURE, WHOLE_TREE, ARM = drawing()
BODY = [(70, 25), (70, 55), (70, 80), (70, 110)]
TRUNK = [(170, 40), (170, 70), (170, 105)]
ARM_STROKE = [(92, 53), (110, 58)]
DEPTH = np.tile(np.linspace(0, 1, HEIGHT, dtype=np.float32)[:, None], (1, WIDTH))
SCENE = Scene(PICTURE, DEPTH, Sheet((WIDTH, HEIGHT), (0, 0, WIDTH, HEIGHT)), {})


def stroke(points: Sequence[tuple[float, float]], width: float = 0.015) -> dict[str, object]:
    return {"points": [(x / WIDTH, y / HEIGHT) for x, y in points], "width": width}


def edit(op: str, **fields: object) -> LayerEdit:
    return edit_of({"op": op, **fields})


NEW_FIGURE = edit("new", name="hero", strokes=[stroke(BODY), stroke(ARM_STROKE)])
NEW_TREE = edit("new", name="tree", strokes=[stroke(TRUNK)])


def stack(*subjects: tuple[str, Mask, float]) -> tuple[Layer, ...]:
    soft = [cv2.GaussianBlur(mask.astype(np.float32), (0, 0), 0.7) for _, mask, _ in subjects]
    return build_stack(
        PICTURE,
        [
            CutSubject(id_, id_, id_, alpha, near, confidence=0.5)
            for (id_, _, near), alpha in zip(subjects, soft, strict=True)
        ],
    )


EMPTY = build_stack(PICTURE, [])
CUT = stack(("tree", WHOLE_TREE, 0.4), ("hero", WHOLE_FIGURE & ~ARM, 0.7))


def do(layers: Sequence[Layer], *edits: LayerEdit, scene: Scene = SCENE) -> tuple[Layer, ...]:
    """The layers after edits of which none may be refused; put together they are the picture."""
    result = replayed(layers, edits, scene, since=0)
    assert recomposition_error(result.layers, PICTURE) <= 1
    return result.layers


def by_id(layers: Sequence[Layer], id_: str) -> Layer:
    return next(one for one in layers if one.id == id_)


def seen(layer: Layer) -> NDArray[np.float32]:
    x, y, width, height = layer.bbox
    sheet = np.zeros((HEIGHT, WIDTH), np.float32)
    sheet[y : y + height, x : x + width] = layer.rgba[..., 3] / 255.0
    return sheet


def overlap(layer: Layer, truth: Mask) -> float:
    found = seen(layer) > 0.5
    return float((found & truth).sum() / (found | truth).sum())


def code_of(layers: Sequence[Layer], *edits: LayerEdit) -> str:
    with pytest.raises(InputError) as caught:
        replayed(layers, edits, SCENE, since=0)
    return caught.value.code


def test_a_stroke_becomes_a_layer_of_what_it_lies_on() -> None:
    layers = do(EMPTY, NEW_FIGURE, NEW_TREE)
    assert layers[0].id == "background"
    assert overlap(by_id(layers, "hero"), WHOLE_FIGURE) > 0.9
    assert overlap(by_id(layers, "tree"), WHOLE_TREE) > 0.9
    hero = by_id(layers, "hero")
    assert hero.confidence == 1.0
    soft = (hero.rgba[..., 3] > 0) & (hero.rgba[..., 3] < 255)
    assert soft.any(), "its edge is soft"
    nearness = [one.nearness for one in layers]
    assert nearness == sorted(nearness)


def test_what_is_behind_is_filled_without_the_figure() -> None:
    (ground, *_) = do(EMPTY, NEW_FIGURE)
    hidden = cv2.erode(WHOLE_FIGURE.astype(np.uint8), np.ones((5, 5))) > 0
    red = (np.abs(ground.rgba[..., :3].astype(int) - (150, 60, 50)).max(axis=2) < 25) & hidden
    assert not red.any()
    np.testing.assert_array_equal(ground.rgba[:, :40, :3], PICTURE[:, :40])


def test_no_fringe_of_the_ground_stays_on_the_edge() -> None:
    """Where the tree's crown is half clear it has its own green, not the sky's blue."""
    tree = by_id(do(EMPTY, NEW_TREE), "tree")
    x, y, _, _ = tree.bbox
    crown = tree.rgba[: TREE[1] + 30 - y]
    soft = (crown[..., 3] > 60) & (crown[..., 3] < 190)
    colours = crown[..., :3][soft].astype(int)
    nearer = np.abs(colours - (44, 96, 60)).sum(axis=1) < np.abs(colours - (186, 214, 235)).sum(1)
    assert nearer.mean() > 0.9, x


def test_a_box_becomes_a_layer_too() -> None:
    box = {"x": 138 / WIDTH, "y": 20 / HEIGHT, "width": 64 / WIDTH, "height": 98 / HEIGHT}
    layers = do(EMPTY, edit("new", name="tree", box=box))
    assert overlap(by_id(layers, "tree"), WHOLE_TREE) > 0.9


def test_keep_adds_what_was_missed_and_touches_nothing_else() -> None:
    before = by_id(CUT, "hero")
    assert overlap(before, WHOLE_FIGURE) < 0.93
    layers = do(CUT, edit("keep", layer="hero", strokes=[stroke(ARM_STROKE)]))
    after = by_id(layers, "hero")
    assert overlap(after, WHOLE_FIGURE) > 0.95
    assert after.confidence == 1.0
    assert by_id(layers, "tree") is by_id(CUT, "tree"), "the very same pixels"
    far = np.ones((HEIGHT, WIDTH), bool)
    far[40:75, 75:125] = False
    np.testing.assert_array_equal(seen(after)[far], seen(before)[far])
    np.testing.assert_array_equal(layers[0].rgba[far], CUT[0].rgba[far])


def test_remove_takes_away_what_does_not_belong() -> None:
    both = stack(("tree", WHOLE_TREE, 0.4), ("hero", WHOLE_FIGURE, 0.7))
    layers = do(both, edit("remove", layer="hero", strokes=[stroke(ARM_STROKE)]))
    assert overlap(by_id(layers, "hero"), WHOLE_FIGURE & ~ARM) > 0.93
    assert by_id(layers, "tree") is by_id(both, "tree")
    inner = cv2.erode(ARM.astype(np.uint8), np.ones((9, 9))) > 0
    assert np.abs(layers[0].rgba[inner][:, :3].astype(int) - PICTURE[inner]).max() <= 1


def test_what_is_taken_out_of_a_layer_leaves_nothing_in_it() -> None:
    """Neither its picture, which would show twice when the two move apart, nor its outline."""
    wrong = stack(("hero", WHOLE_FIGURE | WHOLE_TREE, 0.7))
    layers = do(wrong, NEW_TREE)
    assert overlap(by_id(layers, "tree"), WHOLE_TREE) > 0.9
    hero = seen(by_id(layers, "hero"))
    around = cv2.dilate(WHOLE_TREE.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0
    assert (hero[around] > 0.2).mean() < 0.01
    assert overlap(by_id(layers, "hero"), WHOLE_FIGURE) > 0.9


def test_a_box_says_where_a_layer_is() -> None:
    wrong = stack(("hero", WHOLE_FIGURE | WHOLE_TREE, 0.7))
    box = {"x": 40 / WIDTH, "y": 12 / HEIGHT, "width": 85 / WIDTH, "height": 112 / HEIGHT}
    layers = do(wrong, edit("box", layer="hero", box=box))
    assert overlap(by_id(layers, "hero"), WHOLE_FIGURE) > 0.9


def test_a_matte_is_taken_as_it_is() -> None:
    matte = np.zeros((HEIGHT, WIDTH, 4), np.uint8)
    matte[30:60, 60:100, 3] = 255
    file = io.BytesIO()
    Image.fromarray(matte).save(file, "PNG")
    png = base64.b64encode(file.getvalue()).decode()
    layers = do(CUT, edit("matte", layer="hero", png=png))
    assert by_id(layers, "hero").bbox == pytest.approx((60, 30, 40, 30), abs=2)
    assert code_of(CUT, edit("matte", layer="hero", png="%%")) == "layer.matte.not_base64"
    text = base64.b64encode(b"GIF89a").decode()
    assert code_of(CUT, edit("matte", layer="hero", png=text)) == "layer.matte.not_png"


def test_split_by_strokes_and_merge_gives_the_layer_back() -> None:
    both = stack(("hero", WHOLE_FIGURE, 0.7))
    parts = [
        {"name": "head", "strokes": [stroke([(66, 26), (74, 34)])]},
        {"name": "body", "strokes": [stroke([(70, 60), (70, 110)]), stroke(ARM_STROKE)]},
    ]
    split = do(both, edit("split", layer="hero", parts=parts))
    head, body = by_id(split, "head"), by_id(split, "hero")
    assert body.name == "body", "the largest keeps the id"
    truth = WHOLE_FIGURE.copy()
    truth[44:] = False
    shown = (seen(head) * (1.0 - seen(body)) > 0.5, truth)
    # The outline is the head's own, and half of it lies outside of the true mask.
    assert (shown[0] & shown[1]).sum() / (shown[0] | shown[1]).sum() > 0.82
    assert seen(head)[50, 70] > 0.5, "it goes on behind the body"
    merged = do(both, edit("split", layer="hero", parts=parts),
                edit("merge", layers=["hero", "head"], name="hero"))  # fmt: skip
    assert [one.id for one in merged] == ["background", "hero"]
    assert overlap(by_id(merged, "hero"), seen(by_id(both, "hero")) > 0.5) > 0.995


def test_split_of_pieces_that_do_not_hang_together() -> None:
    one = stack(("things", WHOLE_FIGURE | WHOLE_TREE, 0.5))
    layers = do(one, edit("split", layer="things"))
    names = {layer.name: layer for layer in layers[1:]}
    assert set(names) == {"things 1", "things 2"}
    assert overlap(names["things 1"], WHOLE_FIGURE) > 0.95
    assert overlap(names["things 2"], WHOLE_TREE) > 0.95
    # Nothing was uncovered, so not one pixel had to be made anew.
    assert layers[0] is one[0]
    assert code_of(CUT, edit("split", layer="tree")) == "layer.one_piece"


def test_merged_with_the_background_it_is_gone() -> None:
    layers = do(CUT, edit("merge", layers=["background", "tree"]))
    assert [one.id for one in layers] == ["background", "hero"]
    inner = cv2.erode(WHOLE_TREE.astype(np.uint8), np.ones((5, 5))) > 0
    assert np.abs(layers[0].rgba[inner][:, :3].astype(int) - PICTURE[inner]).max() <= 1


def test_names_kinds_and_places_change_no_pixel() -> None:
    layers = do(
        CUT,
        edit("rename", layer="tree", name="oak"),
        edit("kind", layer="oak", kind="character"),
        edit("near", layer="oak", nearness=0.9),
    )
    assert [one.name for one in layers] == ["background", "hero", "oak"]
    oak = by_id(layers, "tree")
    assert (oak.kind, oak.nearness) == ("character", 0.9)
    np.testing.assert_array_equal(oak.rgba, by_id(CUT, "tree").rgba)
    behind = do(CUT, edit("order", layer="hero", behind="tree"))
    assert [one.id for one in behind] == ["background", "hero", "tree"]
    before = do(CUT, edit("order", layer="tree", in_front_of="hero"))
    assert [one.id for one in before] == ["background", "hero", "tree"]


def test_layers_that_overlap_change_places() -> None:
    """At rest the picture stays; what hid the other is hidden by it now."""
    left = np.zeros((HEIGHT, WIDTH), bool)
    left[30:110, 40:110] = True
    right = np.zeros((HEIGHT, WIDTH), bool)
    right[40:120, 90:180] = True
    overlapping = stack(("left", left & ~right, 0.3), ("right", right, 0.6))
    assert seen(by_id(overlapping, "left"))[60, 93] == 1.0, "it goes on behind the other"
    layers = do(overlapping, edit("order", layer="left", in_front_of="right"))
    assert [one.id for one in layers] == ["background", "right", "left"]
    assert seen(by_id(layers, "left"))[60, 93] == 0.0
    assert seen(by_id(layers, "right"))[60, 85] > 0.9


def test_a_fill_with_another_seed_changes_only_what_is_hidden() -> None:
    rng = np.random.default_rng(3)
    noisy = np.clip(PICTURE + rng.normal(0, 14, PICTURE.shape), 0, 255).astype(np.uint8)
    alpha = WHOLE_FIGURE.astype(np.float32)
    layers = build_stack(noisy, [CutSubject("hero", "hero", "", alpha, 1.0)])
    scene = Scene(noisy, DEPTH, SCENE.sheet, {})
    result = replayed(layers, [edit("fill", layer="background", seed=5)], scene, since=0)
    assert recomposition_error(result.layers, noisy) <= 1
    changed = (result.layers[0].rgba != layers[0].rgba).any(axis=2)
    assert changed.any()
    assert not changed[seen(layers[1]) < 1.0].any()
    assert result.layers[1] is layers[1]


@pytest.mark.parametrize(
    ("bad", "code"),
    [
        (edit("keep", layer="heroo", strokes=[stroke(BODY)]), "layer.unknown"),
        (edit("keep", layer="background", strokes=[stroke(BODY)]), "layer.ground"),
        (edit("keep", layer="hero", strokes=[{"points": [(1.5, 1.5)]}]), "layer.outside"),
        (edit("remove", layer="hero", strokes=[stroke([(5, 5), (9, 9)])]), "layer.stroke_misses"),
        (edit("words", words=["castle"]), "layer.no_words"),
        (edit("merge", layers=["hero", "hero"]), "layer.merge_twice"),
        (edit("order", layer="hero", behind="hero"), "layer.order_itself"),
        (edit("order", layer="hero", behind="background"), "layer.ground"),
    ],
)
def test_what_cannot_be_done_is_refused(bad: LayerEdit, code: str) -> None:
    assert code_of(CUT, bad) == code
    skipped = replayed(CUT, [bad, edit("near", layer="hero", nearness=1.0)], SCENE)
    assert skipped.refused[0].code == code
    assert by_id(skipped.layers, "hero").nearness == 1.0, "the others are done"


def test_words_make_a_layer_of_their_heat() -> None:
    heat = cv2.resize(WHOLE_TREE.astype(np.float32), (15, 8), interpolation=cv2.INTER_AREA)
    scene = Scene(PICTURE, DEPTH, SCENE.sheet, {"tree": heat, "sky": 1.0 - heat})
    layers = do(EMPTY, edit("words", words=["Tree"]), scene=scene)
    assert overlap(by_id(layers, "Tree"), WHOLE_TREE) > 0.85
    with pytest.raises(InputError) as caught:
        replayed(EMPTY, [edit("words", words=["three"])], scene, since=0)
    assert caught.value.code == "layer.word_unknown"
    assert 'Did you mean "tree"' in str(caught.value)


def test_the_same_picture_is_known_at_another_size() -> None:
    mark = fingerprint(PICTURE)
    larger = cv2.resize(PICTURE, (WIDTH * 2, HEIGHT * 2), interpolation=cv2.INTER_CUBIC)
    assert same_picture(mark, fingerprint(larger))
    moved = PICTURE.copy()
    moved[30:50, 160:180] = (200, 30, 30)
    assert not same_picture(mark, fingerprint(moved))
    assert not same_picture(mark, None)
    assert not same_picture("no fingerprint", mark)


_POINT = st.tuples(st.floats(0, WIDTH), st.floats(0, HEIGHT))
_STROKE = st.lists(_POINT, min_size=1, max_size=4).map(stroke)
_STROKES = st.lists(_STROKE, min_size=1, max_size=2)
_NAME = st.sampled_from(["hero", "tree", "a", "b", "background"])
_ANY_EDIT = st.one_of(
    st.builds(lambda n, s: edit("keep", layer=n, strokes=s), _NAME, _STROKES),
    st.builds(lambda n, s: edit("remove", layer=n, strokes=s), _NAME, _STROKES),
    st.builds(lambda n, s: edit("new", name=n, strokes=s), _NAME, _STROKES),
    st.builds(lambda a, b: edit("merge", layers=[a, b]), _NAME, _NAME),
    st.builds(lambda n: edit("split", layer=n), _NAME),
    st.builds(lambda a, b: edit("order", layer=a, in_front_of=b), _NAME, _NAME),
    st.builds(lambda n, v: edit("near", layer=n, nearness=v), _NAME, st.floats(0, 1)),
    st.builds(lambda a, b: edit("rename", layer=a, name=b), _NAME, _NAME),
    st.builds(lambda n, s: edit("fill", layer=n, seed=s), _NAME, st.integers(0, 9)),
)


@settings(max_examples=12, deadline=None)
@given(st.lists(_ANY_EDIT, min_size=1, max_size=5))
def test_whatever_hands_do_the_layers_are_the_picture(edits: list[LayerEdit]) -> None:
    result = replayed(CUT, edits, SCENE)
    layers = result.layers
    assert recomposition_error(layers, PICTURE) <= 1
    ids = [one.id for one in layers]
    assert len(set(ids)) == len(ids)
    nearness = [one.nearness for one in layers]
    assert all(low < high for low, high in pairwise(nearness))
    assert nearness[0] >= 0.0
    assert nearness[-1] <= 1.0
    assert (layers[0].rgba[..., 3] == 255).all()
    _same(replayed(CUT, edits, SCENE), result)
    done = [one for index, one in enumerate(edits) if index not in result.refused]
    _same(replayed(CUT, done, SCENE), result)


def _same(one: Replayed, other: Replayed) -> None:
    for mine, theirs in zip(one.layers, other.layers, strict=True):
        assert (mine.id, mine.name, mine.bbox) == (theirs.id, theirs.name, theirs.bbox)
        np.testing.assert_array_equal(mine.rgba, theirs.rgba)
