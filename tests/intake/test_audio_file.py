"""Audio that shots name: how long it is, and in which words it is no use, the same everywhere."""

from __future__ import annotations

import json
import math
import struct
import wave
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.events import Log
from multiplane.deliver.timeline.places import Place
from multiplane.deliver.timeline.sounds import sounds_of
from multiplane.intake.audio_file import audio_facts, shot_audio
from multiplane.intake.read_storyboard import load_storyboard
from tests.command_line import Multiplane

RATE = 44_100


def tone(path: Path, seconds: float) -> None:
    samples = [round(9000 * math.sin(at / 16)) for at in range(round(seconds * RATE))]
    with wave.open(str(path), "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE)
        file.writeframes(struct.pack(f"<{len(samples)}h", *samples))


def encoded(path: Path, codec: str, container: str, seconds: float, **options: str) -> None:
    """A tone that becomes silence after a second: its bit rate changes where it may."""
    at = np.arange(round(seconds * RATE)) / RATE
    samples = (0.3 * np.sin(2 * np.pi * 440 * at) * (at < 1)).astype(np.float32)
    with av.open(str(path), "w", format=container, options=options) as file:
        stream: Any = file.add_stream(codec, rate=RATE)
        stream.layout = "mono"
        frame = av.AudioFrame.from_ndarray(samples[None], format="fltp", layout="mono")
        frame.rate = RATE
        resampler = av.AudioResampler(
            format=stream.format.name,
            layout="mono",
            rate=RATE,
            frame_size=stream.codec_context.frame_size or 1024,
        )
        for part in [*resampler.resample(frame), *resampler.resample(None)]:
            file.mux(stream.encode(part))
        file.mux(stream.encode(None))


NO_AUDIO: dict[str, tuple[bytes, str]] = {
    "empty.wav": (b"", "the file is empty"),
    "text.wav": (b"this is no sound at all\n" * 40, "it is damaged, or no audio file"),
    "zeros.mp3": (bytes(20_000), "it is damaged, or no audio file"),
    "tag.mp3": (b"ID3\x03\0\0\0\0\0\x0a" + bytes(10), ""),
    "picture.wav": (b"\x89PNG\r\n\x1a\n" + bytes(400), ""),
    "header.wav": (b"RIFF\x24\0\0\0WAVEfmt \x10\0\0\0\x01\0\x01\0D\xac\0\0\x88X\x01\0\x02\0\x10\0"
                   b"data\0\0\0\0", "there is no audio in it"),
}  # fmt: skip


@pytest.mark.parametrize("name", [*NO_AUDIO, "gone.wav"])
def test_what_is_no_audio_is_told_in_the_same_words_everywhere(
    name: str, tmp_path: Path, multiplane: Multiplane
) -> None:
    content, why = NO_AUDIO.get(name, (b"", "There is no audio file gone.wav"))
    if name in NO_AUDIO:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError) as caught:
        shot_audio(name, tmp_path)
    said = caught.value.message
    assert why in said
    assert name in said
    assert "the shot is silent" in said
    document = {"shots": [{"prompt": "a dog", "audio": name}]}
    loaded = load_storyboard(document, folder=tmp_path)
    (notice,) = loaded.warnings
    assert notice.text == said
    assert notice.code == caught.value.code
    place = Place("shot-001", 0, 48, loaded.storyboard.shots[0], None, None)
    assert sounds_of([place], tmp_path, Fraction(24)) == ((), {"shot-001": said})
    (tmp_path / "board.json").write_text(json.dumps(document))
    told = multiplane("storyboard", "validate", "board.json", "--json").events
    assert said in [event.text for event in told if isinstance(event, Log)]


def test_good_audio_is_no_matter(tmp_path: Path) -> None:
    tone(tmp_path / "a.wav", 0.5)
    loaded = load_storyboard({"shots": [{"prompt": "a dog", "audio": "a.wav"}]}, folder=tmp_path)
    assert loaded.warnings == ()
    path, facts = shot_audio("a.wav", tmp_path)
    assert (path, float(facts.seconds)) == (tmp_path / "a.wav", 0.5)
    assert (facts.sample_rate, facts.channels) == (RATE, 1)


@pytest.mark.parametrize(
    ("name", "codec", "container", "options"),
    [
        ("raw.aac", "aac", "adts", {}),
        ("raw.ac3", "ac3", "ac3", {}),
        ("bare.mp3", "libmp3lame", "mp3", {"write_xing": "0"}),
        ("told.mp3", "libmp3lame", "mp3", {}),
        ("film.m4a", "aac", "ipod", {}),
        ("flac.flac", "flac", "flac", {}),
        ("stream.ts", "aac", "mpegts", {}),
    ],
)
def test_a_length_is_that_of_the_packets_where_the_file_does_not_tell_it(
    name: str, codec: str, container: str, options: dict[str, str], tmp_path: Path
) -> None:
    """FFmpeg reckons 1.9 s for the first of these, by the bit rate of its beginning."""
    seconds = 20.0
    try:
        encoded(tmp_path / name, codec, container, seconds, **options)
    except (ValueError, av.FFmpegError) as error:
        pytest.skip(f"this FFmpeg does not write it: {error}")
    found = float(audio_facts(tmp_path / name).seconds)
    assert found == pytest.approx(seconds, abs=0.12), "but for the encoder's padding"
