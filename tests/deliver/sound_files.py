"""Soundtracks whose beats and phrases are known, for tests."""

from __future__ import annotations

import wave
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

RATE = 44_100


def music(path: Path, seconds: float, bpm: float, first_s: float = 0.0) -> list[float]:
    """A drum on every beat with a quiet chord below; returns when the beats are, s."""
    time = np.arange(round(seconds * RATE)) / RATE
    chord = [np.sin(2 * np.pi * pitch * time) for pitch in (220.0, 277.2, 329.6)]
    heard = 0.03 * np.sum(chord, axis=0)
    times = list(np.arange(first_s, seconds - 0.05, 60 / bpm))
    drum = np.exp(-np.arange(round(0.12 * RATE)) / (0.02 * RATE))
    drum *= np.sin(2 * np.pi * 90 * np.arange(len(drum)) / RATE) + 0.3
    for beat in times:
        at = round(beat * RATE)
        part = heard[at : at + len(drum)]
        part += 0.7 * drum[: len(part)]
    _write(path, heard)
    return times


def speech(path: Path, seconds: float, phrases: list[tuple[float, float]]) -> None:
    """Syllables of noise in each phrase (start, end; s), with a little hiss in between."""
    chance = np.random.default_rng(1)
    time = np.arange(round(seconds * RATE)) / RATE
    heard = 0.0005 * chance.standard_normal(len(time))
    for start, end in phrases:
        inside = (time >= start) & (time < end)
        syllables = 0.6 + 0.4 * np.sin(2 * np.pi * 5 * time)
        heard += inside * syllables * 0.2 * chance.standard_normal(len(time))
    _write(path, heard)


def _write(path: Path, heard: NDArray[np.float64]) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, RATE, 0, "NONE", ""))
        file.writeframes((np.clip(heard, -1, 1) * 32_000).astype("<i2").tobytes())
