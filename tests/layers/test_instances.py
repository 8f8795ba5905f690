"""Several of one kind."""

from __future__ import annotations

import numpy as np
import pytest

from multiplane.layers.instances import split_instances
from tests.layers.drawn import disc

SIZE = (200, 100)


def test_two_that_stand_apart() -> None:
    right, left = disc(SIZE, (150, 50), 25), disc(SIZE, (50, 50), 20)
    shares, apart = split_instances(np.maximum(left, right), 2)
    assert apart
    assert np.allclose(shares.sum(axis=0), np.maximum(left, right))
    assert shares[0][50, 50] == 1.0
    assert shares[1][50, 150] == 1.0
    assert shares[0][:, 110:].sum() == 0.0


def test_two_that_touch_are_divided_between_them() -> None:
    both = np.maximum(disc(SIZE, (75, 50), 28), disc(SIZE, (125, 50), 28))
    shares, apart = split_instances(both, 2)
    assert not apart
    assert shares[0][50, 70] == 1.0
    assert shares[1][50, 130] == 1.0
    assert 0.8 < shares[0].sum() / shares[1].sum() < 1.25


def test_three_of_which_two_touch() -> None:
    pair = np.maximum(disc(SIZE, (40, 50), 20), disc(SIZE, (78, 50), 20))
    shares, apart = split_instances(np.maximum(pair, disc(SIZE, (160, 50), 20)), 3)
    assert not apart
    centres = [np.flatnonzero((share > 0.5).any(axis=0)).mean() for share in shares]
    assert centres == pytest.approx([40, 78, 160], abs=6)


def test_a_speck_is_not_an_instance() -> None:
    large, speck = disc(SIZE, (60, 50), 30), disc(SIZE, (180, 20), 4)
    shares, apart = split_instances(np.maximum(large, speck), 2)
    assert not apart
    assert min(share.sum() for share in shares) > 0.25 * large.sum()


def test_one_is_left_whole() -> None:
    both = np.maximum(disc(SIZE, (50, 50), 20), disc(SIZE, (150, 50), 20))
    shares, apart = split_instances(both, 1)
    assert apart
    assert (shares[0] == both).all()


def test_nothing_to_split() -> None:
    shares, apart = split_instances(np.zeros((100, 200), np.float32), 3)
    assert shares.shape == (3, 100, 200)
    assert not shares.any()
    assert not apart


def test_count_must_be_positive() -> None:
    with pytest.raises(ValueError, match="at least 1"):
        split_instances(np.zeros((10, 10), np.float32), 0)
