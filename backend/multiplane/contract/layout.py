"""The names of everything that lies in an output folder, each once.

An output folder holds the whole storyboard's files, and a folder for each shot below `SHOTS`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from multiplane.contract.names import folder_name

STORYBOARD, SEQUENCE = "storyboard.json", "sequence.json"
SHOTS, EXPORTS = "shots", "exports"
CONTACT, INDEX, AFTER_EFFECTS = "contact.png", "index.html", "storyboard.aep"
OTIO, FCP7, EDL = "timeline.otio", "timeline.xml", "timeline.edl"
SRT, VTT = "subtitles.srt", "subtitles.vtt"

MANIFEST, PICTURE, DEPTH, PSD = "manifest.json", "picture.png", "depth.png", "layers.psd"
DIFFERENCE, LAYERS = "difference.png", "layers"
WORDS, UNCORRECTED, TRIES = "words.png", "uncorrected", "tries"

LEDGER, LOCK, HOLDER = ".multiplane.json", ".multiplane.lock", ".multiplane.run.json"
"""Hidden ones: what was written, that a run is going on, and whose it is."""

_OF_A_STORYBOARD = re.compile(
    r"(storyboard|sequence)\.json|contact(-\d+)?\.png|timeline.*\.(otio|xml|edl)|"
    r"storyboard\.aep|subtitles\.(srt|vtt)|index\.html"
)


def is_of_a_storyboard(name: str) -> bool:
    """Whether a file directly in an output folder has a name that some version has written."""
    return _OF_A_STORYBOARD.fullmatch(name) is not None


def contact_page(page: int) -> str:
    """The contact sheet's file for `page`, from 0: "contact.png", "contact-2.png" ..."""
    return CONTACT if page == 0 else f"contact-{page + 1}.png"


def manifest_path(folder: str) -> str:
    """The manifest of the shot in the folder of this name, relative to the output folder."""
    return f"{SHOTS}/{folder}/{MANIFEST}"


def film_name(shot_id: str) -> str:
    """The file of a shot's film: of its own name, because editing programs relink by it."""
    return f"{folder_name(shot_id)}.mp4"


def layer_files(names: Sequence[str], folder: str = LAYERS) -> list[str]:
    """A file for each layer's name, relative to the shot's folder: "layers/01-red warrior.png"."""
    digits = max(2, len(str(len(names) - 1)))
    return [
        f"{folder}/{number:0{digits}d}-{folder_name(name)}.png" for number, name in enumerate(names)
    ]


def output_folder_of(shot: Path) -> Path | None:
    """The output folder that a shot's folder lies in, absolute; null where it stands alone."""
    parent = shot.absolute().parent
    return parent.parent if parent.name == SHOTS else None
