"""Sound and subtitles of a film, written beside its pictures as these come."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from multiplane.deliver.mixer import SAMPLE_RATE, Mixer
from multiplane.deliver.subtitles import Cue

if TYPE_CHECKING:
    from av.container import OutputContainer

BIT_RATE = 192_000
_BLOCK = 1024
"""Samples of an AAC frame."""
# The styles that a timed text stream (3GPP TS 26.245) cannot do without, as FFmpeg takes them.
_STYLES = b"""[Script Info]
ScriptType: v4.00+
PlayResX: 384
PlayResY: 288

[V4+ Styles]
Format: Name, Fontname, Fontsize, PrimaryColour, SecondaryColour, OutlineColour, BackColour, \
Bold, Italic, Underline, StrikeOut, ScaleX, ScaleY, Spacing, Angle, BorderStyle, Outline, Shadow, \
Alignment, MarginL, MarginR, MarginV, Encoding
Style: Default,Arial,16,&Hffffff,&Hffffff,&H0,&H0,0,0,0,0,100,100,0,0,1,1,0,2,10,10,10,1

[Events]
Format: Layer, Start, End, Style, Name, MarginL, MarginR, MarginV, Effect, Text
"""


class SoundTrack:
    """AAC, 48 kHz, stereo, exactly as long as the film; sounds begin at their exact sample."""

    def __init__(
        self,
        mp4: OutputContainer,
        starts: Sequence[tuple[int, Path]],
        rate: Fraction,
        frames: int,
        on_error: Callable[[Path, str], None],
    ) -> None:
        """``starts``: (frame of the film, file). Add it before the first packet of the film."""
        self._stream = mp4.add_stream("aac", rate=SAMPLE_RATE)
        self._stream.codec_context.layout = "stereo"
        self._stream.bit_rate = BIT_RATE
        self._mp4, self._rate = mp4, rate
        self._total = self._sample(frames)
        self._mixer = Mixer([(self._sample(frame), path) for frame, path in starts], on_error)
        self._done = 0

    def write_until(self, frame: int) -> None:
        """Write what sounds before ``frame`` of the film, in whole blocks."""
        end = min(self._sample(frame), self._total)
        while self._done + _BLOCK <= end:
            self._write(_BLOCK)

    def finish(self) -> None:
        """Write the rest."""
        while self._done < self._total:
            self._write(min(_BLOCK, self._total - self._done))
        self._mp4.mux(self._stream.encode(None))

    def _write(self, count: int) -> None:
        import av

        samples = np.ascontiguousarray(self._mixer.read(count))
        block = av.AudioFrame.from_ndarray(samples, format="fltp", layout="stereo")
        block.sample_rate = SAMPLE_RATE
        block.pts, block.time_base = self._done, Fraction(1, SAMPLE_RATE)
        self._mp4.mux(self._stream.encode(block))
        self._done += count

    def _sample(self, frame: int) -> int:
        return round(frame * SAMPLE_RATE / self._rate)


class SpeechTrack:
    """Timed text (mov_text), in frames of the film."""

    def __init__(self, mp4: OutputContainer, cues: Sequence[Cue], rate: Fraction) -> None:
        """Add it before the first packet of the film."""
        self._stream = mp4.add_stream("mov_text")
        context = self._stream.codec_context
        context.subtitle_header = _STYLES
        self._tick = 1 / rate
        self._stream.time_base = context.time_base = self._tick
        context.open()
        self._mp4, self._waiting = mp4, list(cues)

    def write_until(self, frame: int) -> None:
        """Write the cues that begin before ``frame`` of the film."""
        import av

        while self._waiting and self._waiting[0].start < frame:
            cue = self._waiting.pop(0)
            # FFmpeg's own encoder takes braces for orders: the sample is its length and the text.
            text = cue.text.encode("utf-8")[: 2**16 - 1]
            packet = av.Packet(len(text).to_bytes(2, "big") + text)
            packet.stream, packet.time_base = self._stream, self._tick
            packet.pts = packet.dts = cue.start
            packet.duration = cue.end - cue.start
            self._mp4.mux(packet)

    def finish(self) -> None:
        """Write the rest."""
        if self._waiting:
            self.write_until(self._waiting[-1].start + 1)
