"""Crello's test designs with their layers, as LayerD's own script lays them down.

    crello/test/composite/<name>.png         a design as one picture
                layers/<name>/<name>_00.png  its layers, back to front, RGBA of the design's size

The folder is what `generate_crello_matting.py --save-layers` of LayerD writes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from natsort import natsorted
from numpy.typing import NDArray

from multiplane.contract.errors import InputError
from multiplane.intake.picture import load_cutout, load_picture

Rgba = NDArray[np.uint8]

WHERE = (
    "LayerD's script prepares them: in https://github.com/CyberAgentAILab/LayerD run "
    "tools/generate_crello_matting.py --save-layers --splits test --output-dir FOLDER."
)


@dataclass(frozen=True)
class Design:
    """A design: its picture (H, W, 3) and its true layers (H, W, 4), back to front."""

    name: str
    picture: NDArray[np.uint8]
    layers: tuple[Rgba, ...]


class Crello:
    """The test designs of a folder. Raises InputError `study.data_absent` where there are none."""

    def __init__(self, folder: Path) -> None:
        test = folder / "test" if (folder / "test").is_dir() else folder
        self._pictures, self._layers = test / "composite", test / "layers"
        for needed in (self._pictures, self._layers):
            if not needed.is_dir():
                raise absent(needed, "Crello's designs do", WHERE)
        self.names: list[str] = natsorted(
            path.name for path in self._layers.iterdir() if path.is_dir()
        )
        if not self.names:
            raise absent(self._layers, "Crello's designs do", WHERE)

    def designs(self, limit: int | None = None) -> Iterator[Design]:
        """The first `limit` designs; a damaged one raises InputError, naming its file."""
        for name in self.names[:limit]:
            file = self._pictures / f"{name}.png"
            picture = load_picture(file)
            layers = layers_in(self._layers / name)
            for layer in layers:
                if layer.shape[:2] != picture.shape[:2]:
                    raise InputError(
                        "study.layers.size",
                        "A design and its layers differ in size.",
                        file=str(self._layers / name),
                        field="layers",
                        value=f"{layer.shape[1]} x {layer.shape[0]}",
                        remedy="Prepare the folder again; layers have the whole design's size.",
                    )
            yield Design(name, picture, layers)


def layers_in(folder: Path) -> tuple[Rgba, ...]:
    """The PNGs of a folder in the order of their numbers, which is back to front."""
    files: Sequence[Path] = natsorted(folder.glob("*.png"))
    if not files:
        raise InputError(
            "study.layers.none",
            "There is no layer in this folder.",
            file=str(folder),
            remedy="Layers are PNGs with transparency, numbered back to front.",
        )
    return tuple(load_cutout(file) for file in files)


def absent(path: Path, whose: str, where: str) -> InputError:
    """What is said of data that is not on this computer."""
    return InputError(
        "study.data_absent",
        f"The data are absent: {whose} not come with Multiplane.",
        file=str(path),
        remedy=where,
    )
