"""Layers that the artist has cut: as they are, and filled where they hide something."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.intake.drawn_layers import DrawnPixels
from multiplane.layers.artist_layers import artist_stack, fill_hidden, visible_shares
from multiplane.layers.extend import extend_stack
from multiplane.layers.stack import recomposition_error
from tests.layers.drawn import disc

SIZE = (96, 64)
RED, GREEN, BLUE = (200, 30, 30), (30, 180, 40), (90, 120, 200)


def drawn(name: str, colour: tuple[int, int, int], matte: np.ndarray) -> DrawnPixels:
    alpha = np.rint(matte * 255).astype(np.uint8)
    return DrawnPixels(name, np.dstack([np.full((*matte.shape, 3), colour, np.uint8), alpha]))


def ground() -> DrawnPixels:
    return drawn("sky", BLUE, np.ones(SIZE[::-1]))


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**31), st.integers(1, 4))
def test_any_layers_give_their_picture_back(seed: int, count: int) -> None:
    generator = np.random.default_rng(seed)
    layers = []
    for index in range(count):
        high, wide = generator.integers(4, 50, 2)
        rgba = generator.integers(0, 256, (high, wide, 4)).astype(np.uint8)
        rgba[..., 3] = np.where(generator.random((high, wide)) < 0.5, 255, rgba[..., 3])
        place = (int(generator.integers(-20, 40)), int(generator.integers(-20, 40)))
        layers.append(DrawnPixels(str(index), rgba, place, float(generator.choice([1.0, 0.6]))))
    size = (40, 32)
    stack = artist_stack(layers, size)
    values = np.linspace(0.2, 0.8, len(stack.layers) - 1)
    done = extend_stack(fill_hidden(stack, values.tolist()), size, (0, 0))
    assert recomposition_error(done, stack.picture) <= 1


def test_layers_are_the_artists_own() -> None:
    disk = disc(SIZE, (40, 32), 15)
    stack = artist_stack([ground(), drawn("赤", RED, disk), drawn("赤", GREEN, disk * 0.5)], SIZE)
    sky, red, green = stack.layers
    assert (sky.kind, sky.id, sky.name) == ("background", "background", "sky")
    assert (red.kind, red.name, green.name) == ("prop", "赤", "赤")
    assert red.id != green.id
    x, y, wide, high = red.bbox
    alpha = np.rint(disk * 255).astype(np.uint8)[y : y + high, x : x + wide]
    assert (red.rgba[..., 3] == alpha).all()
    assert (red.rgba[..., :3] == RED).all()
    assert stack.picture[32, 40].tolist() == [115, 105, 35]


def test_opacity_and_paper() -> None:
    lines = drawn("ink", (0, 0, 0), disc(SIZE, (20, 20), 8))
    veil = DrawnPixels("veil", drawn("v", RED, np.ones((10, 10))).rgba, (60, 40), 0.5)
    stack = artist_stack([lines, veil], SIZE)
    assert stack.picture[0, 0].tolist() == [255, 255, 255]
    assert stack.picture[20, 20].tolist() == [0, 0, 0]
    assert stack.layers[1].rgba[5, 5].tolist() == [*RED, 128]
    assert stack.open_ground[0, 0]
    assert not stack.open_ground[20, 20]


def test_a_subject_that_ends_at_the_nearer_one_goes_on_behind_it() -> None:
    back, front = disc(SIZE, (40, 32), 20, 1), disc(SIZE, (58, 32), 14, 1)
    seen = back * (1 - front)
    stack = artist_stack([ground(), drawn("red", RED, seen), drawn("green", GREEN, front)], SIZE)
    _, red, _ = fill_hidden(stack, [0.3, 0.6])
    assert red.bbox[0] + red.bbox[2] > stack.layers[1].bbox[0] + stack.layers[1].bbox[2] + 2
    x, y = red.bbox[:2]
    assert tuple(red.rgba[32 - y, 46 - x]) == (*RED, 255)


def test_what_the_artist_drew_behind_stays_as_it_is() -> None:
    back, front = disc(SIZE, (40, 32), 20, 1), disc(SIZE, (58, 32), 14, 1)
    stack = artist_stack([ground(), drawn("red", RED, back), drawn("green", GREEN, front)], SIZE)
    _, red, _ = fill_hidden(stack, [0.3, 0.6])
    assert (red.rgba == stack.layers[1].rgba).all()


def test_a_hole_left_under_a_subject_is_filled() -> None:
    front = disc(SIZE, (48, 32), 16, 1)
    hole = disc(SIZE, (48, 32), 14, 1)
    sky = drawn("sky", BLUE, 1.0 - hole)
    stack = artist_stack([sky, drawn("green", GREEN, front)], SIZE)
    assert stack.layers[0].rgba[32, 48, :3].tolist() == [255, 255, 255]
    background, _ = fill_hidden(stack, [0.5])
    assert np.abs(background.rgba[32, 48, :3].astype(int) - BLUE).max() < 20


def test_shares_are_what_is_seen() -> None:
    back, front = disc(SIZE, (40, 32), 20), disc(SIZE, (58, 32), 14)
    stack = artist_stack([ground(), drawn("red", RED, back), drawn("green", GREEN, front)], SIZE)
    shares = visible_shares(stack)
    assert np.abs(shares[0] - back * (1 - front)).max() < 0.01
    assert np.abs(shares[1] - front).max() < 0.01
    assert visible_shares(stack, 48).shape == (2, 32, 48)


def in_drawing(one: DrawnPixels, name: str | None) -> DrawnPixels:
    return replace(one, drawing=name)


def test_layers_of_one_drawing_share_a_plane_and_hide_nothing_of_each_other() -> None:
    back, front = disc(SIZE, (40, 32), 20, 1), disc(SIZE, (58, 32), 14, 1)
    layers = [drawn("tone", RED, back * (1 - front)), drawn("ink", GREEN, front)]
    board = [in_drawing(layer, "board") for layer in layers]
    stack = artist_stack([ground(), *board, drawn("fly", BLUE, disc(SIZE, (10, 10), 5))], SIZE)
    assert stack.planes == (0, 1, 1, 2)
    shares = visible_shares(stack)
    assert shares.shape == (2, *SIZE[::-1])
    assert (shares[0, 32, [30, 58]] == 1).all()
    _, tone, ink, fly = fill_hidden(stack, [0.3, 0.6])
    assert [one.nearness for one in (tone, ink, fly)] == [0.3, 0.3, 0.6]
    assert (tone.rgba == stack.layers[1].rgba).all()
    # Apart, the tone goes on behind the ink.
    assert fill_hidden(artist_stack([ground(), *layers], SIZE), [0.3, 0.6])[1].bbox != tone.bbox


def test_a_drawing_that_is_all_stands_in_the_backgrounds_plane() -> None:
    ink = drawn("ink", (0, 0, 0), disc(SIZE, (60, 32), 14))
    stack = artist_stack([in_drawing(ground(), "board"), in_drawing(ink, "board")], SIZE)
    assert stack.planes == (0, 0)
    assert visible_shares(stack).shape == (0, *SIZE[::-1])
    done = fill_hidden(stack, [])
    assert [one.nearness for one in done] == [0.0, 0.0]
    assert [one.kind for one in done] == ["background", "prop"]
