"""Levels and places of sounds, measured in what the mixer gives."""

from __future__ import annotations

import wave
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from multiplane.deliver.mixer import SAMPLE_RATE, Mixer
from multiplane.intake.audio_file import audio_facts

TONE = (0.5 * np.sin(2 * np.pi * 440 * np.arange(SAMPLE_RATE // 2) / SAMPLE_RATE)).astype("f4")


def wav(path: Path, channels: list[np.ndarray]) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setnchannels(len(channels))
        file.setsampwidth(2)
        file.setframerate(SAMPLE_RATE)
        file.writeframes((np.stack(channels, axis=1) * 32767).astype("<i2").tobytes())
    return path


def mixed(path: Path, seconds: float = 1.0) -> np.ndarray:
    errors: list[str] = []
    samples = Mixer([(0, path)], lambda _, reason: errors.append(reason)).read(
        round(seconds * SAMPLE_RATE)
    )
    assert errors == []
    return samples


def level(samples: np.ndarray) -> list[float]:
    return [float(sample[: len(TONE)].std()) for sample in samples]


def test_one_channel_is_as_loud_as_two_of_the_same(tmp_path: Path) -> None:
    mono = level(mixed(wav(tmp_path / "mono.wav", [TONE])))
    stereo = level(mixed(wav(tmp_path / "stereo.wav", [TONE, TONE])))
    assert mono == pytest.approx(stereo, rel=1e-4)
    assert mono == pytest.approx([0.5 / np.sqrt(2)] * 2, rel=1e-3)


def test_one_side_stays_on_its_side(tmp_path: Path) -> None:
    left, right = level(mixed(wav(tmp_path / "left.wav", [TONE, 0 * TONE])))
    assert left == pytest.approx(0.5 / np.sqrt(2), rel=1e-3)
    assert right == 0


@pytest.mark.parametrize("channels", [4, 6, 8])
def test_many_channels_are_all_heard(channels: int, tmp_path: Path) -> None:
    for sounding in range(channels):
        parts = [TONE if index == sounding else 0 * TONE for index in range(channels)]
        heard = max(level(mixed(wav(tmp_path / f"{sounding}.wav", parts))))
        assert heard > 0.01 or (channels, sounding) in ((6, 3), (8, 3))  # low frequencies


def test_audio_that_begins_late_in_its_file_is_heard_late(tmp_path: Path) -> None:
    path = tmp_path / "late.mp4"
    late = 0.5
    with av.open(str(path), "w") as file:
        stream = file.add_stream("aac", rate=SAMPLE_RATE)
        stream.codec_context.layout = "mono"
        for start in range(0, len(TONE), 1024):
            block = np.ascontiguousarray(TONE[None, start : start + 1024])
            frame = av.AudioFrame.from_ndarray(block, format="fltp", layout="mono")
            frame.sample_rate = SAMPLE_RATE
            frame.pts = start + round(late * SAMPLE_RATE)
            frame.time_base = Fraction(1, SAMPLE_RATE)
            file.mux(stream.encode(frame))
        file.mux(stream.encode(None))
    heard = np.flatnonzero(np.abs(mixed(path, 2.0)[0]) > 0.1)
    assert heard[0] / SAMPLE_RATE == pytest.approx(late, abs=0.025)
    assert heard[-1] / SAMPLE_RATE == pytest.approx(late + 0.5, abs=0.03)
    assert float(audio_facts(path)[0]) == pytest.approx(late + 0.5, abs=0.03)
