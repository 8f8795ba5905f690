"""What COCO's annotation files say of a picture: its things and its stuff, with a mask of each.

A folder as it is unpacked from the archives that the sites offer:

    coco/val2017/000000000139.jpg ...              val2017.zip
         annotations/instances_val2017.json        annotations_trainval2017.zip
         annotations/stuff_val2017.json            stuff_annotations_trainval2017.zip
         annotations/panoptic_val2017.json         panoptic_annotations_trainval2017.zip
         annotations/panoptic_val2017/*.png        the archive inside of that one

COCO-Stuff (Caesar et al., CVPR 2018) is the first three, COCO panoptic (Kirillov et al., CVPR 2019)
the pictures and the last two.
"""

from __future__ import annotations

import contextlib
import io
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.intake.json_file import read_json

Mask = NDArray[np.bool_]

SPLIT = "val2017"
WHERE = (
    "Get val2017.zip and the annotations' archives from https://cocodataset.org/#download (those "
    "of stuff also from https://github.com/nightrome/cocostuff), and unpack them into one folder."
)
_MOST_BYTES = 4 * 1024**3


@dataclass(frozen=True)
class Region:
    """All that a picture shows of one category. thing: countable; else stuff, such as sky."""

    name: str
    thing: bool
    area: float  # px, as annotated


class Annotations(Protocol):
    """A picture's regions; masks are decoded when they are asked for."""

    @property
    def ids(self) -> Sequence[int]: ...

    def size(self, id_: int) -> tuple[int, int]:
        """(width, height) px."""
        ...

    def picture(self, id_: int) -> Path: ...

    def regions(self, id_: int) -> list[Region]:
        """Each category once, the largest first."""
        ...

    def mask(self, id_: int, region: Region) -> Mask:
        """(H, W)"""
        ...


class CocoStuff:
    """COCO's things (`instances_*.json`) and COCO-Stuff's stuff, read by pycocotools.

    Raises InputError `study.data_absent` where a file is missing, `study.coco.damaged` for one
    that can't be read.
    """

    def __init__(self, folder: Path, split: str = SPLIT) -> None:
        self._pictures = _pictures_in(folder, split)
        files = [folder / "annotations" / f"{kind}_{split}.json" for kind in ("instances", "stuff")]
        for file in files:
            _there(file)
        self._things, self._stuff = (_opened(file) for file in files)
        self._file = files[0]

    @property
    def ids(self) -> Sequence[int]:
        found: list[int] = self._things.getImgIds()
        return found

    def size(self, id_: int) -> tuple[int, int]:
        with _reading(self._file, id_):
            known = self._things.imgs[id_]
            return int(known["width"]), int(known["height"])

    def picture(self, id_: int) -> Path:
        with _reading(self._file, id_):
            return _inside(self._pictures, self._things.imgs[id_]["file_name"], self._file)

    def regions(self, id_: int) -> list[Region]:
        found = []
        for coco, thing in ((self._things, True), (self._stuff, False)):
            with _reading(self._file, id_):
                areas: dict[str, float] = defaultdict(float)
                for note in coco.imgToAnns.get(id_, []):
                    areas[coco.cats[note["category_id"]]["name"]] += float(note["area"])
            found += [Region(name, thing, area) for name, area in areas.items()]
        return sorted(found, key=lambda one: (-one.area, one.name))

    def mask(self, id_: int, region: Region) -> Mask:
        coco = self._things if region.thing else self._stuff
        width, height = self.size(id_)
        mask = np.zeros((height, width), bool)
        with _reading(self._file, id_):
            for note in coco.imgToAnns.get(id_, []):
                if coco.cats[note["category_id"]]["name"] == region.name:
                    mask |= coco.annToMask(note).astype(bool)
        return mask


class CocoPanoptic:
    """COCO panoptic: a PNG for each picture, whose colours are its segments' ids.

    An id is red + 256 green + 65536 blue. Raises InputError as `CocoStuff` does.
    """

    def __init__(self, folder: Path, split: str = SPLIT) -> None:
        self._pictures = _pictures_in(folder, split)
        self._file = folder / "annotations" / f"panoptic_{split}.json"
        self._segments = folder / "annotations" / f"panoptic_{split}"
        _there(self._file)
        _there(self._segments)
        read = read_json(self._file, kind="annotations", max_bytes=_MOST_BYTES)
        with _reading(self._file, None):
            self._images = {int(one["id"]): one for one in read["images"]}
            self._notes = {int(one["image_id"]): one for one in read["annotations"]}
            self._categories = {int(one["id"]): one for one in read["categories"]}

    @property
    def ids(self) -> Sequence[int]:
        return sorted(self._images.keys() & self._notes.keys())

    def size(self, id_: int) -> tuple[int, int]:
        with _reading(self._file, id_):
            return int(self._images[id_]["width"]), int(self._images[id_]["height"])

    def picture(self, id_: int) -> Path:
        with _reading(self._file, id_):
            return _inside(self._pictures, self._images[id_]["file_name"], self._file)

    def regions(self, id_: int) -> list[Region]:
        found: dict[tuple[str, bool], float] = defaultdict(float)
        with _reading(self._file, id_):
            for segment in self._notes[id_]["segments_info"]:
                category = self._categories[int(segment["category_id"])]
                found[category["name"], bool(category["isthing"])] += float(segment["area"])
        regions = [Region(name, thing, area) for (name, thing), area in found.items()]
        return sorted(regions, key=lambda one: (-one.area, one.name))

    def mask(self, id_: int, region: Region) -> Mask:
        with _reading(self._file, id_):
            note = self._notes[id_]
            wanted = [
                int(segment["id"])
                for segment in note["segments_info"]
                if self._categories[int(segment["category_id"])]["name"] == region.name
            ]
            file = _inside(self._segments, note["file_name"], self._file)
        _there(file)
        with _reading(file, id_), Image.open(file, formats=["PNG"]) as opened:
            colours = np.asarray(opened.convert("RGB")).astype(np.int64)
        segment_ids = colours[..., 0] + 256 * colours[..., 1] + 65536 * colours[..., 2]
        return np.isin(segment_ids, wanted)


def _pictures_in(folder: Path, split: str) -> Path:
    for place in (folder / split, folder / "images" / split):
        if place.is_dir():
            return place
    raise absent(folder / split)


def absent(path: Path) -> InputError:
    """What is said of data that is not on this computer."""
    return InputError(
        "study.data_absent",
        "The data are absent: COCO does not come with Multiplane.",
        file=str(path),
        field="--set",
        remedy=WHERE,
    )


def _there(path: Path) -> None:
    if not path.exists():
        raise absent(path)


def _inside(folder: Path, name: str, file: Path) -> Path:
    """A file that the annotations name, which are other people's: never outside of the folder."""
    if Path(name).name != name:
        raise _damaged(file, "file_name", name, "this is no plain name of a file")
    path = folder / name
    _there(path)
    return path


def _opened(file: Path) -> Any:
    from pycocotools.coco import COCO

    with _reading(file, None), contextlib.redirect_stdout(io.StringIO()):
        coco = COCO(str(file))
        for needed in ("imgs", "imgToAnns", "cats"):
            if not isinstance(getattr(coco, needed), Mapping):
                raise KeyError(needed)
        return coco


@contextlib.contextmanager
def _reading(file: Path, id_: int | None) -> Iterator[None]:
    try:
        yield
    except (LookupError, TypeError, ValueError, AssertionError, AttributeError, OSError) as error:
        raise _damaged(file, "annotations", id_, f"{type(error).__name__}: {error}") from error


def _damaged(file: Path, field: str, value: object, why: str) -> InputError:
    return InputError(
        "study.coco.damaged",
        f"The annotations can't be read: {why}.",
        file=str(file),
        field=field,
        value=value,
        remedy="Unpack the archive again; it must be the one of COCO's own format.",
    )
