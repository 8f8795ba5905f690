from __future__ import annotations

from collections import Counter
from functools import lru_cache
from pathlib import Path

import cv2
import numpy as np
import pytest

from multiplane.contract.errors import MultiplaneError
from multiplane_study.scenes import (
    COLOURS,
    HELD_OUT_SEEDS,
    KINDS,
    PLACES,
    STYLES,
    TRAINING_SEEDS,
    Scene,
    draw_scene,
)
from multiplane_study.scenes.places import DRAWINGS
from multiplane_study.scenes.sheet import draw_sheet

SIDE = 128
MANY = 120


@lru_cache(maxsize=1)
def many() -> tuple[Scene, ...]:
    """Scenes of both shapes, drawn once for all tests of this file."""
    return tuple(draw_scene(s, 224 if s % 3 == 0 else SIDE, SIDE) for s in range(MANY))


def _equal(a: Scene, b: Scene) -> bool:
    fields = ("picture", "background", "depth")
    return (
        a.caption == b.caption
        and all(np.array_equal(getattr(a, f), getattr(b, f)) for f in fields)
        and all(
            np.array_equal(x.matte, y.matte) for x, y in zip(a.subjects, b.subjects, strict=True)
        )
    )


@pytest.mark.parametrize("style", STYLES)
def test_a_seed_is_a_scene(style: str) -> None:
    assert _equal(draw_scene(7, SIDE, SIDE, style=style), draw_scene(7, SIDE, SIDE, style=style))
    other = draw_scene(8, SIDE, SIDE, style=style)
    assert not _equal(draw_scene(7, SIDE, SIDE, style=style), other)


def test_shapes_types_and_ranges() -> None:
    for scene in many():
        height, width = scene.picture.shape[:2]
        assert (height, width) in ((128, 128), (128, 224))
        assert scene.picture.dtype == scene.background.dtype == np.uint8
        assert scene.background.shape == scene.picture.shape == (height, width, 3)
        assert scene.depth.shape == (height, width)
        assert scene.depth.dtype == np.float32
        assert scene.depth.min() >= 0.0
        assert scene.depth.max() <= 1.0
        assert 1 <= len(scene.subjects) <= 4
        for subject in scene.subjects:
            assert subject.matte.dtype == subject.whole_matte.dtype == np.float32
            assert subject.whole.shape == (height, width, 3)
            assert subject.matte.min() >= 0.0
            assert subject.whole_matte.max() <= 1.0
            assert (subject.matte <= subject.whole_matte + 1e-6).all()
            # Soft edges: the matte is not binary.
            assert ((subject.matte > 0.1) & (subject.matte < 0.9)).sum() > 20


def test_spans_are_exact() -> None:
    for scene in many():
        for subject in scene.subjects:
            phrase = scene.caption[slice(*subject.phrase)]
            assert subject.kind in phrase
            words = phrase.split()
            assert len(words) <= 2
            if len(words) == 2:
                assert words[0] == subject.colour
        place = scene.caption[slice(*scene.place_phrase)]
        said = {words for _, words in PLACES[scene.place].sayings} | {PLACES[scene.place].bare}
        assert place in said | {"background"}
        if scene.style_phrase is None:
            assert scene.style not in scene.caption
        else:
            assert scene.caption[slice(*scene.style_phrase)].startswith(scene.style)
        assert len(scene.caption.split()) <= 24
        assert "  " not in scene.caption
        assert " ," not in scene.caption
        assert " of in " not in scene.caption
        assert " of on " not in scene.caption


def test_spans_of_different_subjects_are_apart_and_alike_ones_share() -> None:
    for scene in many():
        for i, a in enumerate(scene.subjects):
            for b in scene.subjects[i + 1 :]:
                if a.phrase == b.phrase:
                    assert a.kind == b.kind
                    assert scene.caption[slice(*a.phrase)].endswith("s")
                else:
                    assert a.phrase[1] <= b.phrase[0] or b.phrase[1] <= a.phrase[0]


def test_relations_and_positions_are_true() -> None:
    relations = 0
    for scene in many():
        spots = {s.phrase: s for s in scene.subjects}
        for phrase, subject in spots.items():
            if sum(s.phrase == phrase for s in scene.subjects) > 1:
                continue
            after = scene.caption[phrase[1] :]
            weight = subject.matte.sum(axis=0)
            middle = (weight * np.arange(len(weight))).sum() / weight.sum() / len(weight)
            if after.startswith(" on the left"):
                assert middle < 0.4
            elif after.startswith(" on the right"):
                assert middle > 0.6
            elif after.startswith(" in the centre"):
                assert 0.4 < middle < 0.6
            for words, sign in ((" in front of ", 1), (" behind ", -1)):
                if not after.startswith(words):
                    continue
                others = [s for p, s in spots.items() if p[0] > phrase[1]]
                other = min(others, key=lambda s: s.phrase[0])
                if sum(s.phrase == other.phrase for s in scene.subjects) > 1:
                    continue
                assert (subject.depth - other.depth) * sign > 0
                assert (subject.whole_matte * other.whole_matte).sum() > 0
                relations += 1
    assert relations > 5


@pytest.mark.parametrize("style", [s for s in STYLES if s != "watercolor"])
def test_layers_composed_are_the_picture(style: str) -> None:
    for seed in range(4):
        scene = draw_scene(seed, SIDE, SIDE, style=style, count=3)
        made = scene.background.astype(np.float32)
        for subject in scene.subjects:
            made += (subject.whole - made) * subject.whole_matte[..., None]
        assert np.abs(made - scene.picture).max() < 2.5


def test_watercolor_runs_across_contours_only() -> None:
    scene = draw_scene(3, SIDE, SIDE, style="watercolor", count=2)
    made = scene.background.astype(np.float32)
    for subject in scene.subjects:
        made += (subject.whole - made) * subject.whole_matte[..., None]
    off = np.abs(made - scene.picture).max(axis=2)
    assert (off > 6).sum() > 50
    nobody = np.max([s.whole_matte for s in scene.subjects], axis=0) < 0.01
    distance = cv2.distanceTransform(nobody.astype(np.uint8), cv2.DIST_L2, 5)
    assert off[distance > 16].max() < 2.5


def test_visible_mattes_and_background_share_every_pixel() -> None:
    for scene in many():
        covered = np.sum([s.matte for s in scene.subjects], axis=0)
        assert covered.max() <= 1.0 + 1e-4
        behind = np.prod([1.0 - s.whole_matte for s in scene.subjects], axis=0)
        assert np.abs(covered + behind - 1.0).max() < 1e-4


def test_what_is_hidden_stays_within_bounds() -> None:
    hidden = []
    for scene in many():
        for subject in scene.subjects:
            share = 1.0 - subject.matte.sum() / subject.whole_matte.sum()
            assert share <= 0.6
            assert abs(share - subject.hidden) < 1e-5
            assert subject.matte.mean() >= 0.015
            rows = np.flatnonzero((subject.whole_matte > 0.5).any(axis=1))
            assert 0.24 * SIDE <= len(rows) <= 0.8 * SIDE
        if len(scene.subjects) > 1:
            hidden.append(max(s.hidden for s in scene.subjects))
    assert np.mean(np.asarray(hidden) > 0.1) > 0.4
    assert np.mean(np.asarray(hidden) < 0.07) > 0.1


def test_order_and_depth_agree() -> None:
    for scene in many():
        depths = [s.depth for s in scene.subjects]
        assert depths == sorted(depths)
        assert len(set(depths)) == len(depths)
        for subject in scene.subjects:
            inside = subject.matte > 0.99
            assert np.abs(scene.depth[inside] - subject.depth).max() < 0.02
        far = [s.whole_matte < 0.001 for s in scene.subjects]
        free = np.logical_and.reduce(far)
        rows, columns = np.nonzero(free)
        top, low = rows < 0.03 * SIDE, rows > 0.95 * SIDE
        assert (
            scene.depth[rows[top], columns[top]].mean()
            < scene.depth[rows[low], columns[low]].mean()
        )
        for subject in scene.subjects:
            feet = np.flatnonzero((subject.whole_matte > 0.5).any(axis=1)).max()
            ground = scene.depth[min(feet + 1, SIDE - 1)][free[min(feet + 1, SIDE - 1)]]
            if len(ground):
                assert abs(float(np.median(ground)) - subject.depth) < 0.12


def test_everything_is_reached() -> None:
    seen: Counter[str] = Counter()
    for scene in many():
        seen[scene.style] += 1
        seen[scene.place] += 1
        seen[f"{len(scene.subjects)} subjects"] += 1
        seen["list"] += "background" in scene.caption
        seen["no style"] += scene.style_phrase is None
        for subject in scene.subjects:
            seen[subject.kind] += 1
            seen[subject.colour] += 1
            seen["no colour"] += " " not in scene.caption[slice(*subject.phrase)]
    assert set(DRAWINGS) == set(PLACES)
    wanted = [*STYLES, *KINDS, *COLOURS, *PLACES, *(f"{n} subjects" for n in (1, 2, 3, 4))]
    assert not [name for name in [*wanted, "list", "no style", "no colour"] if not seen[name]]
    assert len(KINDS) >= 14
    assert len(COLOURS) == 8
    assert len(PLACES) >= 6


def test_ink_is_not_filled() -> None:
    for seed in range(8):
        scene = draw_scene(seed, 256, 256, style="ink sketch", count=2)
        paper = np.quantile(scene.background.reshape(-1, 3), 0.9, axis=0)
        assert paper.min() > 235
        for subject in scene.subjects:
            inside = subject.whole[subject.whole_matte > 0.95].astype(np.float32)
            # The fully inked share is the minority, and paper shows through everywhere.
            darkness = 1.0 - inside.mean(axis=1) / paper.mean()
            assert np.mean(darkness < 0.25) > 0.45
            light = cv2.dilate(subject.whole.min(axis=2), np.ones((13, 13), np.uint8))
            core = cv2.erode(subject.whole_matte, np.ones((13, 13), np.uint8)) > 0.95
            if core.any():
                assert np.mean(light[core] > 215) > 0.97


def test_lines_of_the_place_end_at_subjects() -> None:
    scene = draw_scene(11, SIDE, SIDE, style="ink sketch", count=1)
    inside = scene.subjects[0].matte > 0.999
    assert np.abs(scene.picture[inside].astype(int) - scene.subjects[0].whole[inside]).max() <= 2


@pytest.mark.parametrize("style", ["watercolor", "oil paint", "flat color", "pencil"])
def test_the_colour_word_is_visible(style: str) -> None:
    """The hue of a subject's more colourful half is near that of its colour's name."""
    hits = 0
    names = [name for name in COLOURS if name != "black"]
    wanted = {n: np.asarray(COLOURS[n], float) for n in names}
    total = 0
    for seed in range(16):
        scene = draw_scene(seed, SIDE, SIDE, style=style, count=1)
        subject = scene.subjects[0]
        if subject.colour == "black":
            continue
        pixels = subject.whole[subject.whole_matte > 0.95].astype(float)
        chroma = pixels - pixels.mean(axis=1, keepdims=True)
        strong = chroma[
            np.linalg.norm(chroma, axis=1) >= np.quantile(np.linalg.norm(chroma, axis=1), 0.5)
        ]
        hue = np.median(strong, axis=0)
        cosine = {
            n: float(
                hue @ (c - c.mean()) / (np.linalg.norm(hue) * np.linalg.norm(c - c.mean()) + 1e-9)
            )
            for n, c in wanted.items()
        }
        best = sorted(cosine, key=lambda n: -cosine[n])[:3]
        hits += subject.colour in best
        total += 1
    assert hits >= 0.8 * total


def test_chosen_style_count_and_kinds() -> None:
    scene = draw_scene(1, SIDE, SIDE, style="pencil", kinds=["dog", "house"])
    assert scene.style == "pencil"
    assert {s.kind for s in scene.subjects} == {"dog", "house"}
    assert {s.kind for s in draw_scene(2, SIDE, SIDE, count=2, kinds=["cat"]).subjects} == {"cat"}


@pytest.mark.parametrize(
    ("field", "options"),
    [
        ("style", {"style": "fresco"}),
        ("count", {"count": 0}),
        ("count", {"count": 5}),
        ("kinds", {"kinds": []}),
        ("kinds", {"kinds": ["unicorn"]}),
        ("size", {"width": 16, "height": 16}),
        ("size", {"width": 100, "height": 200}),
    ],
)
def test_bad_arguments_are_named(field: str, options: dict[str, object]) -> None:
    arguments: dict[str, object] = {"width": SIDE, "height": SIDE, **options}
    with pytest.raises(MultiplaneError) as caught:
        draw_scene(0, **arguments)  # type: ignore[arg-type]
    assert caught.value.code == f"study.scene.{field}"
    assert caught.value.remedy


def test_held_out_seeds_are_no_training_seeds() -> None:
    assert not set(HELD_OUT_SEEDS) & set(range(TRAINING_SEEDS.start, TRAINING_SEEDS.start + 10))
    assert HELD_OUT_SEEDS.stop <= TRAINING_SEEDS.start


def test_sheet_shows_pictures_mattes_and_depth(tmp_path: Path) -> None:
    path = tmp_path / "sheet.png"
    captions = draw_sheet(path, 10, seed=5, width=64, height=64, mattes=True, depth=True)
    image = cv2.imread(str(path))
    assert image is not None
    assert len(captions) == 10
    assert image.shape[:2] == (5 * (3 * 64 + 44 + 4), 2 * 68)
