"""An earlier result in a server's data folder, so that shots of the same picture need no model.

A shot with another camera keeps the layers of an earlier one. The tests of the queue give every
shot another camera: the real way is gone, hashes and films included, but nothing is painted.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from multiplane.contract.manifest import Comp, ModelEntry, NoticeEntry
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.shot import FinishedShot, deliver_shot
from multiplane.intake.read_storyboard import load_storyboard
from multiplane.layers.hands.words import WordHeat
from multiplane.layers.stack import recompose
from multiplane.produce.framing import painted_size
from multiplane.produce.hashes import hashes
from multiplane.produce.slots import job_of, slots_of
from multiplane.produce.studio import Studio
from multiplane.server.jobs.blobs import Blobs, StoredFile
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.tables import open_database
from multiplane.stage.shot import stage_shot
from tests.deliver.shots import layer

MODEL, DEPTH = "storyboard-mini", "storyboard-mini-depth"
SIZE, FPS, SEED = (96, 64), 12, 7


def board(shots: int, *, first: int = 0, **more: Any) -> dict[str, Any]:
    """A storyboard of so many shots, all of one picture, no two with the same camera."""
    return {
        "title": "Prepared",
        "size": list(SIZE),
        "fps": FPS,
        "overscan": 1.0,
        "model": MODEL,
        "shots": [
            {
                "id": f"s{number:03d}",
                "prompt": "a **warrior** in a forest",
                "seed": SEED,
                "duration": 0.25,
                "camera": {"preset": "push_in", "amount": round(0.1 + 0.01 * number, 3)},
            }
            for number in range(first, first + shots)
        ],
        **more,
    }


def prepare(
    data: Path, seeds: Sequence[int] = (SEED,), notices: Sequence[NoticeEntry] = ()
) -> None:
    """Put earlier results of that picture into the data folder; no server may run there.

    seeds: of which the picture is there, the subject in another place in each. notices: of them.
    """
    loaded = load_storyboard(board(1, first=900), folder=data)
    studio = Studio(MODEL, DEPTH, "cpu")
    data.mkdir(parents=True, exist_ok=True)
    database = open_database(data / "jobs.sqlite3")
    results = SharedResults(database, Blobs(data / "blobs"))
    for number, seed in enumerate(seeds):
        (slot,) = slots_of(loaded)
        job = replace(job_of(slot, loaded), seed=seed)
        content = hashes(job, studio)
        folder = data / "earlier" / str(seed)
        _deliver(
            folder, seed, painted_size(studio.profile, job.comp, 1.0), content.picture, notices
        )
        files = [
            StoredFile(path.relative_to(folder).as_posix(), *results.blobs.add(path))
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        ]
        results.add(f"{number:064x}", content.picture, MODEL, 1.0, files)
    database.close()


def _deliver(
    folder: Path, seed: int, size: tuple[int, int], picture: str, notices: Sequence[NoticeEntry]
) -> None:
    left = size[0] // 3 + 12 * (seed - SEED) % (size[0] // 2)
    layers = (
        layer("background", "background", (0, 0, *size), 0.0),
        layer("warrior", "warrior", (left, size[1] // 4, 60, 90), 1.0),
    )
    comp = Comp(width=SIZE[0], height=SIZE[1], fps=FPS, duration_frames=3)
    staged = stage_shot(layers, size, comp, CameraMove(preset="static"), overscan=1.0)
    nearness = np.linspace(0, 1, size[0] * size[1], dtype=np.float32).reshape(size[::-1])
    heat = np.zeros((2, size[1] // 8, size[0] // 8), np.float32)
    heat[0, size[1] // 32 : size[1] // 32 + 12, left // 8 : left // 8 + 8] = 1.0  # the warrior
    heat[1, size[1] * 5 // 64 :, size[0] * 5 // 64 :] = 1.0  # the forest, below on the right
    shot = FinishedShot(
        id="earlier",
        prompt="a warrior in a forest",
        model=ModelEntry(name=MODEL, seed=seed),
        picture=recompose(layers, size),
        nearness=nearness,
        layers=layers,
        staged=staged,
        notices=tuple(notices),
        words=WordHeat.of(("warrior", "forest"), heat),
    )
    deliver_shot(folder, shot, extra={"content_hash": "0" * 64, "picture_hash": picture})
