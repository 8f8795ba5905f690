"""A small artwork folder of our own: what npm packages hold, with drawings of two shapes."""

from __future__ import annotations

import json
from pathlib import Path

from multiplane_study.artwork.packages import ARTISTS, NAMES, SYNONYMS, Package

DISC = '<circle cx="18" cy="18" r="9" fill="#c00"/>'
TRIANGLE = '<path fill="#0a0" d="M18 6L30 30H6z"/>'
STAR = '<path fill="#fc0" d="M18 4l4 10h10l-8 7 3 11-9-7-9 7 3-11-8-7h10z"/>'
BOX = '<path fill="#00c" d="M6 12h24v12H6z"/>'
EMOJI = {
    "🐘": ("elephant", "Animals & Nature"),
    "🦁": ("lion", "Animals & Nature"),
    "🚗": ("automobile", "Travel & Places"),
    "☂️": ("umbrella", "Travel & Places"),
    "👩‍🚀": ("woman_astronaut", "People & Body"),
    "🧑‍🚀": ("astronaut", "People & Body"),
    "🍌": ("banana", "Food & Drink"),
    "🔑": ("key", "Objects"),
    "👍": ("thumbs_up", "People & Body"),
    "🇫🇷": ("flag_france", "Flags"),
    "🌇": ("sunset", "Travel & Places"),
}
KEYWORDS = {
    "🐘": ["animal", "elephant", "pachyderm"],
    "🦁": ["animal", "Leo", "lion"],
    "🚗": ["automobile", "car", "driving", "lion"],
    "☂": ["clothing", "rain", "umbrella", "parasol"],
}


DRAWINGS = {
    "elephant": DISC,
    "umbrella": BOX,
    "astronaut": TRIANGLE,
    "lion": STAR,
    "banana": STAR,
    "key": TRIANGLE,
    "automobile": DISC,
}


def put(folder: Path, package: Package, files: dict[str, object]) -> None:
    for name in package.members:
        path = folder / package.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(files.get(name, {})), "utf-8")


def put_artist(folder: Path, name: str, icons: dict[str, str], licence: str | None = None) -> None:
    artist = ARTISTS[name]
    put(
        folder,
        artist.package,
        {
            "icons.json": {
                "width": 36,
                "height": 36,
                "icons": {key: {"body": body} for key, body in icons.items()},
                "aliases": {"rain-guard": {"parent": "umbrella", "hFlip": True}},
            },
            "info.json": {"license": {"spdx": licence or artist.licence}},
            "chars.json": {"2602": "rain-guard"} if name == "twemoji" else {},
        },
    )


def put_artwork(folder: Path) -> None:
    """Every package that is read, with a few concepts of known and unknown families."""
    names = {sign: {"name": slug.replace("_", " "), "slug": slug, "group": group}
             for sign, (slug, group) in EMOJI.items()}  # fmt: skip
    put(folder, NAMES, {"data-by-emoji.json": names})
    words = {sign: {"default": list(them)} for sign, them in KEYWORDS.items()}
    put(folder, SYNONYMS, {SYNONYMS.members[0]: {"annotations": {"annotations": words}}})
    for name in ARTISTS:
        put_artist(folder, name, DRAWINGS)
