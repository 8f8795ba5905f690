"""Easing equals After Effects' temporal Bezier."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiplane.stage.easing import Key, TemporalEase, evaluate

FPS = 24.0
EASY_EASE = TemporalEase()
EASED = (Key(0, (0.0,), ease_out=EASY_EASE), Key(24, (100.0,), ease_in=EASY_EASE))


def _reference(time: float, x1: float, y1: float, x2: float, y2: float) -> float:
    """The curve drawn densely and looked up: slow, and free of any root finding."""
    u = np.linspace(0.0, 1.0, 200_001)
    x = 3 * (1 - u) ** 2 * u * x1 + 3 * (1 - u) * u**2 * x2 + u**3
    y = 3 * (1 - u) ** 2 * u * y1 + 3 * (1 - u) * u**2 * y2 + u**3
    return float(np.interp(time, x, y))


def test_easy_ease_is_the_known_curve() -> None:
    """Speed 0, influence 33.33 %: x = u there, so y = 3 u^2 - 2 u^3 (smoothstep)."""
    frames = np.arange(25)
    u = frames / 24
    got = evaluate(EASED, frames, FPS, spatial=False)[:, 0]
    np.testing.assert_allclose(got, 100 * (3 * u**2 - 2 * u**3), atol=1e-9)


@pytest.mark.parametrize("frame", [1, 5, 12, 19, 23])
def test_speed_and_influence(frame: int) -> None:
    """Against the formula x1 = infOut, y1 = speedOut x1 dt / dv, x2 = 1 - infIn, y2 = ..."""
    keys = (
        Key(0, (50.0,), ease_out=TemporalEase(30.0, 80.0)),
        Key(48, (-150.0,), ease_in=TemporalEase(-220.0, 15.0)),
    )
    dt, dv = 2.0, -200.0
    x1, x2 = 0.8, 0.85
    y1, y2 = 30.0 * x1 * dt / dv, 1 + 220.0 * 0.15 * dt / dv
    want = 50.0 + dv * _reference(2 * frame / 48, x1, y1, x2, y2)
    assert evaluate(keys, [2 * frame], FPS, spatial=False)[0, 0] == pytest.approx(want, abs=1e-5)


def test_without_eases_it_is_linear_and_constant_outside() -> None:
    keys = (Key(4, (1.0, 2.0)), Key(8, (3.0, 10.0)))
    got = evaluate(keys, [0, 4, 6, 8, 99], FPS, spatial=False)
    np.testing.assert_allclose(got, [[1, 2], [1, 2], [2, 6], [3, 10], [3, 10]])


def test_spatial_ease_runs_along_the_path() -> None:
    keys = (
        Key(0, (0.0, 0.0, 0.0), ease_out=EASY_EASE),
        Key(24, (30.0, 40.0, 0.0), ease_in=TemporalEase(50.0, 50.0)),
    )
    got = evaluate(keys, np.arange(25), FPS, spatial=True)
    np.testing.assert_allclose(got[:, 0] * 4, got[:, 1] * 3, atol=1e-9)
    travelled = np.linalg.norm(got, axis=1)
    want = [50 * _reference(f / 24, 1 / 3, 0.0, 0.5, 0.5) for f in range(25)]
    np.testing.assert_allclose(travelled, want, atol=1e-5)


def test_one_linear_side_leaves_at_the_mean_speed() -> None:
    keys = (Key(0, (0.0,)), Key(24, (100.0,), ease_in=EASY_EASE))
    first = evaluate(keys, [0.01], FPS, spatial=False)[0, 0]
    assert first * FPS / 0.01 == pytest.approx(100.0, rel=0.02)


def test_equal_values_with_speed_bulge() -> None:
    keys = (
        Key(0, (5.0,), ease_out=TemporalEase(60.0, 33.0)),
        Key(24, (5.0,), ease_in=TemporalEase(-60.0, 33.0)),
    )
    got = evaluate(keys, [0, 12, 24], FPS, spatial=False)[:, 0]
    assert got[0] == got[2] == 5.0
    assert got[1] > 10.0


def test_bad_keys() -> None:
    with pytest.raises(ValueError, match="at least one"):
        evaluate((), [0], FPS, spatial=False)
    with pytest.raises(ValueError, match="in order"):
        evaluate((Key(3, (0.0,)), Key(3, (1.0,))), [0], FPS, spatial=False)
    with pytest.raises(ValueError, match="influence"):
        TemporalEase(0.0, 0.05)


@given(leave=st.floats(0.1, 100.0), arrive=st.floats(0.1, 100.0), frames=st.integers(1, 2000))
def test_eases_without_speed_never_turn_back(leave: float, arrive: float, frames: int) -> None:
    keys = (
        Key(0, (0.0,), ease_out=TemporalEase(0.0, leave)),
        Key(frames, (1.0,), ease_in=TemporalEase(0.0, arrive)),
    )
    at = np.linspace(0, frames, 97)
    got = evaluate(keys, at, FPS, spatial=False)[:, 0]
    assert got[0] == 0.0
    assert got[-1] == 1.0
    assert (np.diff(got) >= -1e-9).all()
