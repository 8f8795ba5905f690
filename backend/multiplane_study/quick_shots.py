"""Shots that cost next to nothing, and go the real way: all of one picture that is cut already.

A shot with another camera keeps the layers of an earlier one. So nothing is painted, no model is
loaded, and all the rest happens: hashes, staging, files, films, the queue.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np

from multiplane.contract.manifest import Comp, ModelEntry
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.shot import FinishedShot, deliver_shot
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.layers.stack import recompose
from multiplane.produce.framing import painted_size
from multiplane.produce.hashes import hashes
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.studio import Studio
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import open_database
from multiplane.stage.shot import stage_shot
from multiplane_study.preview import true_layers
from multiplane_study.scenes import draw_scene

MODEL, DEPTH = "storyboard-mini", "storyboard-mini-depth"
EARLIER = "0" * 64
"""Hash of the result that all are made from."""
_SIZE, _FPS, _FRAMES, _SEED = (96, 64), 12, 3, 11
_PROMPT = "a **knight** in a forest"


def board(shots: int, *, first: int = 0, title: str = "Quick") -> dict[str, Any]:
    """A storyboard of so many shots; the same number gives the same shot in every board."""
    return {
        "title": title,
        "size": list(_SIZE),
        "fps": _FPS,
        "overscan": 1.0,
        "model": MODEL,
        "shots": [
            {
                "id": f"s{number:05d}",
                "prompt": _PROMPT,
                "seed": _SEED,
                "duration": _FRAMES / _FPS,
                "camera": {"preset": "push_in", "amount": round(0.1 + number * 1e-5, 5)},
            }
            for number in range(first, first + shots)
        ],
    }


def prepare(data: Path) -> None:
    """Put the picture, cut, into a server's data folder. No server may run there."""
    loaded = load_storyboard(board(1), folder=data)
    (slot,) = slots_of(loaded)
    job = job_of(slot, loaded)
    studio = Studio(MODEL, DEPTH, "cpu")
    content = hashes(job, studio)
    size = painted_size(studio.profile, job.comp, 1.0)
    scene = draw_scene(_SEED, *size, count=1)
    layers = tuple(true_layers(scene))
    comp = Comp(width=_SIZE[0], height=_SIZE[1], fps=_FPS, duration_frames=_FRAMES)
    shot = FinishedShot(
        id="earlier",
        prompt=_PROMPT.replace("*", ""),
        model=ModelEntry(name=MODEL, seed=_SEED),
        picture=recompose(layers, size),
        nearness=np.asarray(cv2.resize(scene.depth, size), np.float32),
        layers=layers,
        staged=stage_shot(layers, size, comp, CameraMove(preset="static"), overscan=1.0),
    )
    folder = data / "earlier"
    deliver_shot(folder, shot, extra={"content_hash": EARLIER, "picture_hash": content.picture})
    database = open_database(data / "jobs.sqlite3")
    try:
        results = SharedResults(database, Blobs(data / "blobs"))
        files = [
            StoredFile(path.relative_to(folder).as_posix(), *results.blobs.add(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        results.add(EARLIER, content.picture, MODEL, 1.0, files)
    finally:
        database.close()
