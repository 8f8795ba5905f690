"""Storyboards for the tests of timelines: finished on paper, with no picture painted."""

from __future__ import annotations

import wave
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.contract.document import ErrorEntry
from multiplane.contract.layout import film_name
from multiplane.contract.manifest import (
    CameraEntry,
    Checks,
    Comp,
    Files,
    LayerEntry,
    Manifest,
    ModelEntry,
    Sequence,
    SequenceShot,
)
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.timecode import start_timecode
from multiplane.deliver.timeline.rates import exact_rate

RATES = (23.976, 24.0, 25.0, 29.97, 30.0, 59.94, 60.0)
SIZE = (128, 71)


def manifest(id_: str, fps: float, frames: int) -> Manifest:
    def layer(name: str, file: str, z: float) -> LayerEntry:
        return LayerEntry(
            id=name,
            name=name,
            kind="background" if z else "prop",
            file=file,
            bbox=(0, 0, 9, 9),
            depth=0,
            z=z,
            position=(0, 0, z),
            anchor=(0, 0),
            scale=(100, 100),
        )

    return Manifest(
        shot_id=id_,
        original_prompt='a **knight** <in> a "forest" & rain',
        model=ModelEntry(name="storyboard-mini", version="3", seed=7),
        comp=Comp(width=SIZE[0], height=SIZE[1], fps=fps, duration_frames=frames),
        layers=[
            layer("background", "layers/00-bäck ground.png", 900.0),
            layer("騎士", "layers/01-騎士 #1 50%.png", 0.0),
        ],
        camera=CameraEntry(zoom=180, preset="push_in", amount=0.5),
        files=Files(picture="picture.png", depth="depth.png", preview=film_name(id_)),
        start_timecode=start_timecode(id_, exact_rate(fps)),
        checks=Checks(recomposition_max_error=0),
    )


def storyboard(
    out: Path,
    durations: list[float],
    fps: float,
    *,
    shots: Mapping[int, Mapping[str, Any]] | None = None,
    failed: tuple[int, ...] = (),
    wrong: tuple[int, ...] = (),
    title: str = "Film",
) -> tuple[Storyboard, Sequence]:
    """A storyboard and its sequence, with a manifest in ``out`` for each shot that was made.

    shots: further fields by index. failed: making them failed; wrong: their entry is bad, so that
    they have no length and are not in the storyboard.
    """
    rows, entries = [], []
    seconds, start = 0.0, 0
    for index, duration in enumerate(durations):
        row = {"id": f"shot-{index:03d}", "prompt": "a", "duration": duration}
        row |= dict((shots or {}).get(index, {}))
        bad = index in wrong
        seconds += 0.0 if bad else duration
        end = round(seconds * fps)
        path = f"shots/{row['id']}/manifest.json"
        if index not in failed and not bad:
            folder = (out / path).parent
            folder.mkdir(parents=True)
            text = manifest(str(row["id"]), fps, end - start).to_json()
            (out / path).write_text(text, encoding="utf-8")
        if not bad:
            rows.append(row)
        made = index not in failed and not bad
        error = ErrorEntry(code="x.y", message=f"It broke, {index}.")
        entries.append(
            SequenceShot(
                id=str(row["id"]),
                manifest=path if made else None,
                start_frame=start,
                duration_frames=end - start,
                status="made" if made else "failed",
                error=None if made else error,
            )
        )
        start = end
    board = Storyboard.model_validate({"title": title, "fps": fps, "size": SIZE, "shots": rows})
    return board, Sequence(title=title, fps=fps, size=SIZE, shots=entries)


def click(path: Path, seconds: float, *, channels: int = 1, rate: int = 44_100) -> Path:
    """A WAV file of silence with a click of 5 ms at its beginning."""
    samples = np.zeros((round(seconds * rate), channels), np.int16)
    length = round(0.005 * rate)
    samples[:length] = (20_000 * np.sin(np.arange(length)[:, None] * 0.4)).astype(np.int16)
    path.parent.mkdir(parents=True, exist_ok=True)
    with wave.open(str(path), "wb") as file:
        file.setnchannels(channels)
        file.setsampwidth(2)
        file.setframerate(rate)
        file.writeframes(samples.tobytes())
    return path
