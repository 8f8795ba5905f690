"""Scenes of other people's drawings: their truth, their words, and what is never in them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.compose import AS_DRAWN, Composer, Composition
from multiplane_study.artwork.grounds import plain, training_ground
from multiplane_study.artwork.invented import invented_word
from multiplane_study.artwork.raster import rasterise
from multiplane_study.artwork.styled import main_colour, recoloured
from multiplane_study.artwork.words import training_words
from multiplane_study.scenes.captions import Forms, plural
from tests.study.small_artwork import put_artwork

SEEDS = range(3_000_000, 3_000_024)


@pytest.fixture(scope="module")
def catalogue(tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    folder = tmp_path_factory.mktemp("artwork")
    put_artwork(folder)
    return Catalogue.for_training(folder)


def composer(catalogue: Catalogue, **changes: object) -> Composer:
    composition = replace(Composition(), **changes)  # type: ignore[arg-type]
    return Composer(catalogue, catalogue.known, composition)


def test_a_seed_gives_the_same_scene_again(catalogue: Catalogue) -> None:
    first, again = (composer(catalogue).scene(7, 128, 96) for _ in range(2))
    assert np.array_equal(first.picture, again.picture)
    assert first.caption == again.caption


def test_truth_is_true(catalogue: Catalogue) -> None:
    seen_styles = set()
    for seed in SEEDS:
        scene = composer(catalogue, distractors=0.0).scene(seed, 112, 64)
        seen_styles.add(scene.style)
        mattes = np.stack([subject.matte for subject in scene.subjects])
        assert mattes.sum(axis=0).max() < 1.001
        for subject in scene.subjects:
            assert subject.matte.sum() <= subject.whole_matte.sum() + 1e-3
            start, end = subject.phrase
            assert scene.caption[start:end].strip() == scene.caption[start:end] != ""
        # Beside the subjects the picture is its background, where nothing has run out into it.
        if scene.style != "watercolor":
            clear = mattes.max(axis=0) < 0.002
            assert (
                np.abs(scene.picture[clear].astype(int) - scene.background[clear]).max(initial=0)
                <= 2
            )
    assert len(seen_styles) > 3


def test_flat_scenes_keep_the_artists_colours(catalogue: Catalogue) -> None:
    flat = composer(catalogue, as_drawn=1.0, recoloured=0.0, distractors=0.0, invented=0.0)
    scene = flat.scene(11, 256, 256, count=1)
    assert scene.style == AS_DRAWN
    inside = scene.subjects[0].matte > 0.999
    colours = np.unique(scene.picture[inside], axis=0)
    red, green, yellow = (204, 0, 0), (0, 170, 0), (255, 204, 0)
    wanted = {
        "elephant": red,
        "automobile": red,
        "astronaut": green,
        "key": green,
        "banana": yellow,
    }
    assert np.abs(colours.astype(int) - wanted[scene.subjects[0].kind]).max() < 6


def test_what_is_left_out_is_neither_shown_nor_named(catalogue: Catalogue) -> None:
    for seed in SEEDS:
        scene = composer(catalogue, distractors=1.0, synonyms=1.0).scene(seed, 96, 96)
        assert "lion" not in scene.caption
        assert all(subject.kind != "lion" for subject in scene.subjects)
    words = training_words(catalogue)
    assert "lion" not in words
    assert {"elephant", "elephants", "pachyderm", "table", "brown"} <= set(words)


def test_invented_words_name_nothing_that_is_drawn(catalogue: Catalogue) -> None:
    random = np.random.default_rng(0)
    words = {invented_word(random, catalogue) for _ in range(200)}
    assert len(words) > 150
    assert words.isdisjoint({name for concept in catalogue.concepts for name in concept.names})
    scene = composer(catalogue, invented=1.0, forms=Forms(bare=1.0, listed=0.0)).scene(3, 96, 96)
    assert scene.caption.endswith((", background", *(f", {s}" for s in ("ink sketch", "pencil",
        "watercolor", "oil paint", "flat color"))))  # fmt: skip


def test_two_of_a_kind_share_their_phrase(catalogue: Catalogue) -> None:
    twins = composer(
        catalogue, twins=1.0, recoloured=0.0, coloured=0.0, forms=Forms(bare=1.0, listed=0.0)
    )
    scene = twins.scene(5, 128, 96, count=2)
    first, second = scene.subjects
    assert first.kind == second.kind
    assert first.phrase == second.phrase
    assert scene.caption.startswith("two ")


def test_unnamed_drawings_are_background(catalogue: Catalogue) -> None:
    chances = {"grounds": plain, "as_drawn": 1.0, "invented": 0.0, "uneven_light": 0.0}
    without = composer(catalogue, distractors=0.0, **chances).scene(9, 128, 128, count=1)
    scene = composer(catalogue, distractors=1.0, **chances).scene(9, 128, 128, count=1)
    assert len(scene.subjects) == 1
    assert not np.array_equal(scene.background, without.background)


def test_the_frame_cuts_some_subjects(catalogue: Catalogue) -> None:
    cutting = Composition()
    always = replace(cutting, sizes=replace(cutting.sizes, cut=1.0))
    subject = Composer(catalogue, catalogue.known, always).scene(2, 128, 128, count=1).subjects[0]
    edges = (subject.matte[:, 0], subject.matte[:, -1], subject.matte[-1])
    assert any(edge.max() > 0.9 for edge in edges)


def test_the_main_colour_has_a_name(catalogue: Catalogue) -> None:
    elephant = catalogue.known[0]
    rgba = rasterise(catalogue.drawings("noto", elephant)[0].svg, 64)
    assert main_colour(rgba).name == "red"
    assert main_colour(recoloured(rgba, 1 / 3)).name == "green"


def test_grounds_of_every_sort_come_up() -> None:
    random = np.random.default_rng(1)
    said = {training_ground(random, 1.5).words.bare for _ in range(120)}
    assert {"plain", "patterned", "forest", "cave", "city street"} <= said


@pytest.mark.parametrize(
    ("noun", "many"),
    [
        ("cherry", "cherries"),
        ("monkey", "monkeys"),
        ("polar mouse", "polar mice"),
        ("bus", "buses"),
        ("sheep", "sheep"),
        ("red warrior", "red warriors"),
    ],
)
def test_plurals(noun: str, many: str) -> None:
    assert plural(noun) == many


def test_drawings_are_kept_as_pixels(catalogue: Catalogue, tmp_path: Path) -> None:
    svg = catalogue.drawings("noto", catalogue.known[0])[0].svg
    drawn = rasterise(svg, 64, tmp_path)
    (kept,) = tmp_path.iterdir()
    before = kept.stat().st_mtime_ns
    assert np.array_equal(rasterise(svg, 64, tmp_path), drawn)
    assert kept.stat().st_mtime_ns == before
