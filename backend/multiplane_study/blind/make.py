"""Filming the pairs of a study, scene by scene; what is filmed already stays."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.folder import replacing_file
from multiplane.layers.stack import Layer
from multiplane_study.bench.case import Case
from multiplane_study.blind.films import film_pair
from multiplane_study.blind.study import FILMS, PICTURES, BlindStudy, keep_study

Cut = Callable[[Case, set[str]], dict[str, tuple[Layer, ...]]]
"""Layers of the asked rows of a case."""


def make_study(
    folder: Path,
    study: BlindStudy,
    cases: Iterable[Case | None],
    cut: Cut,
    on_pair: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write `study.json`, the films, and the scenes' pictures (for the timer's task).

    Run again it goes on where it stopped. Raises InputError where the folder holds another study.
    """
    keep_study(folder, study)
    for name in (FILMS, PICTURES):
        (folder / name).mkdir(exist_ok=True)
    move = CameraMove(preset=study.preset, amount=study.amount)
    done = 0
    for number, case in enumerate(cases):
        pairs = [pair for pair in study.pairs if pair.scene == number]
        done += len(pairs)
        if case is None:  # it cannot be read: its pairs stay unfilmed
            continue
        scene = case.scene
        picture = folder / PICTURES / f"{number + 1:04d}.png"
        if not picture.exists():
            with replacing_file(picture) as fresh:
                Image.fromarray(scene.picture).save(fresh, format="PNG")
        missing = [pair for pair in pairs if not (folder / FILMS / pair.film).exists()]
        if missing:
            layers = cut(case, {row for pair in missing for row in pair.rows})
            size = (scene.picture.shape[1], scene.picture.shape[0])
            for pair in missing:
                film_pair(
                    folder / FILMS / pair.film,
                    (layers[pair.rows[0]], layers[pair.rows[1]]),
                    size,
                    move,
                    seconds=study.seconds,
                    width=study.width,
                )
        on_pair(done, len(study.pairs))
