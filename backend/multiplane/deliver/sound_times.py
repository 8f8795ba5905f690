"""When a soundtrack has its beats, and when somebody speaks in it.

Beats by librosa's tracker (Ellis 2007, "Beat Tracking by Dynamic Programming"): one steady tempo
whose beats lie on strong onsets. Speech by loudness alone (`librosa.effects.split`): what is less
than `_QUIET_DB` below the loudest is said, so the file should hold little besides voices.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from multiplane.deliver.mixer import SAMPLE_RATE, Mixer

_RATE = 22_050
"""Hz; what librosa's defaults are made for."""
_HOP = 256
"""Samples between two looks: 12 ms, a third of a frame."""
_QUIET_DB = 35.0
_SHORTEST_PAUSE_S = 0.2
"""Shorter silences are between the words of a phrase."""
Seconds = NDArray[np.float64]


def beats(path: Path, offset_s: float, film_s: float) -> Seconds:
    """When the beats are in the film, s, for a soundtrack that begins at `offset_s` of it.

    Empty for what has none. A file that cannot be decoded gives what came before the damage.
    """
    import librosa
    from librosa.beat import beat_track

    heard = _heard(path, offset_s, film_s)
    if not heard.any():
        return np.zeros(0)
    _, frames = beat_track(y=heard, sr=_RATE, hop_length=_HOP, trim=False)
    return np.asarray(librosa.frames_to_time(frames, sr=_RATE, hop_length=_HOP), np.float64)


def phrases(path: Path, offset_s: float, film_s: float) -> NDArray[np.float64]:
    """(n, 2): when phrases begin and end in the film, s, with a pause between any two of them."""
    from librosa.effects import split

    heard = _heard(path, offset_s, film_s)
    if not heard.any():
        return np.zeros((0, 2))
    spans = split(heard, top_db=_QUIET_DB, frame_length=1024, hop_length=_HOP)
    found: list[list[float]] = []
    for start, end in spans / _RATE:
        if found and start - found[-1][1] < _SHORTEST_PAUSE_S:
            found[-1][1] = float(end)
        else:
            found.append([float(start), float(end)])
    return np.array(found).reshape(-1, 2)


def _heard(path: Path, offset_s: float, film_s: float) -> NDArray[np.float32]:
    """What is heard of the file in the film: (n,) at `_RATE`, silence where it does not sound."""
    import librosa

    mixer = Mixer([(round(offset_s * SAMPLE_RATE), path)])
    both = mixer.read(max(1, round(film_s * SAMPLE_RATE)))
    return np.asarray(
        librosa.resample(both.mean(axis=0), orig_sr=SAMPLE_RATE, target_sr=_RATE), np.float32
    )
