"""The boards' audio as one stream: decoded, resampled and placed at its exact sample."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.audio_file import audio_facts, begins_at_zero, open_audio

if TYPE_CHECKING:
    from av import AudioFrame
    from av.container import InputContainer

SAMPLE_RATE = 48_000
Samples = NDArray[np.float32]  # (2, n) -1..1


PEAKS_A_SECOND = 20
_LONGEST_S = 4 * 3600


def peaks(path: Path) -> bytes:
    """The loudest of every 1/20 s of the file, 0 to 255, for a picture of it; 4 hours at most.

    Raises InputError and ValueError as `audio_facts`.
    """
    seconds = min(float(audio_facts(path).seconds), _LONGEST_S)
    mixer = Mixer([(0, path)])
    step = SAMPLE_RATE // PEAKS_A_SECOND
    loudest = [
        np.abs(mixer.read(SAMPLE_RATE)).reshape(2, -1, step).max(axis=(0, 2))
        for _ in range(math.ceil(seconds))
    ]
    count = math.ceil(seconds * PEAKS_A_SECOND)
    return np.rint(np.concatenate(loudest)[:count] * 255).astype(np.uint8).tobytes()


class Mixer:
    """Mixes files that begin at given samples. Holds a few blocks of each one that sounds.

    sounds: (first sample, file), in any order; of one that begins before 0 the rest is heard.
    on_error hears (file, reason) of one that cannot
    be decoded, or not to its end; what was decoded is used.
    """

    def __init__(
        self,
        sounds: Sequence[tuple[int, Path]],
        on_error: Callable[[Path, str], None] = lambda path, reason: None,
    ) -> None:
        self._waiting = sorted(sounds, key=lambda sound: sound[0])
        self._playing: list[_Playing] = []
        self._on_error = on_error
        self._now = 0

    def read(self, count: int) -> Samples:
        """The next ``count`` samples, silence where nothing sounds: (2, count)."""
        mixed = np.zeros((2, count), np.float32)
        end = self._now + count
        while self._waiting and self._waiting[0][0] < end:
            start, path = self._waiting.pop(0)
            playing = _Playing(path, max(0, start), self._on_error)
            playing.skip(-start)
            self._playing.append(playing)
        for playing in self._playing:
            first = max(0, playing.start - self._now)
            part = playing.take(count - first)
            mixed[:, first : first + part.shape[1]] += part
        self._playing = [voice for voice in self._playing if not voice.over]
        self._now = end
        return np.clip(mixed, -1.0, 1.0)


class _Playing:
    """One file while it sounds."""

    def __init__(self, path: Path, start: int, on_error: Callable[[Path, str], None]) -> None:
        self.start = start
        self.over = False
        self._blocks = _decoded(path, on_error)
        self._rest: Samples = np.zeros((2, 0), np.float32)

    def skip(self, count: int) -> None:
        """Leave out the next ``count`` samples."""
        while count > 0 and not self.over:
            count -= self.take(min(count, SAMPLE_RATE)).shape[1]

    def take(self, count: int) -> Samples:
        """The next ``count`` samples, fewer at the end."""
        blocks = [self._rest]
        have = self._rest.shape[1]
        while have < count and not self.over:
            block = next(self._blocks, None)
            if block is None:
                self.over = True
            else:
                blocks.append(block)
                have += block.shape[1]
        whole = np.concatenate(blocks, axis=1)
        self._rest = whole[:, count:]
        return whole[:, :count]


def _decoded(path: Path, on_error: Callable[[Path, str], None]) -> Iterator[Samples]:
    import av

    try:
        with open_audio(path) as file:
            # Of one channel FFmpeg would make two that are 3 dB lower.
            layout = "mono" if file.streams.audio[0].channels == 1 else "stereo"
            resampler = av.AudioResampler(format="fltp", layout=layout, rate=SAMPLE_RATE)
            first = True
            for frame in file.decode(audio=0):
                if first:
                    first = False
                    yield from _silence(late_s(file, frame))
                yield from map(_array, resampler.resample(frame))
            yield from map(_array, resampler.resample(None))
    except av.FFmpegError as error:
        on_error(path, error.strerror or str(error))
    except InputError as error:
        on_error(path, error.message)
    except ValueError as error:
        on_error(path, str(error))


def late_s(file: InputContainer, frame: AudioFrame) -> float:
    """How long after the file's beginning its audio begins, s: what an edit list says.

    Only containers with a timeline that starts at 0 tell it; elsewhere a first time is an encoder's
    delay, which is cut off, or where a recording was cut.
    """
    return max(0.0, float(frame.time or 0.0)) if begins_at_zero(file) else 0.0


def _silence(seconds: float) -> Iterator[Samples]:
    left = round(seconds * SAMPLE_RATE)
    while left > 0:
        yield np.zeros((2, min(left, SAMPLE_RATE)), np.float32)
        left -= SAMPLE_RATE


def _array(frame: AudioFrame) -> Samples:
    """(2, n); one channel sounds on both sides as loud as it is."""
    samples = frame.to_ndarray().astype(np.float32, copy=False)
    return np.repeat(samples, 2, axis=0) if len(samples) == 1 else samples
