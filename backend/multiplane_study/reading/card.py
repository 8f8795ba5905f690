"""The card of reading weights: what they are for, whom they learnt from, how they were made."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST, MEANINGS, TUNING_ARTIST
from multiplane_study.report import surroundings

FIGURES = "measured.json"


@dataclass(frozen=True)
class ReaderCard:
    """What a training knows of itself.

    pictures: that lay ready; seen: as often as one was looked at. start: what it began from;
    before: as often as the reader that it began from had looked at one; blend: of what was learnt
    that the weights keep, the rest as it was at the start.
    """

    steps: int
    seen: int
    pictures: int
    minutes: float
    start: str
    blend: float = 1.0
    before: int = 0
    device: str = "cpu"


def pictures_seen(reader: Path) -> int:
    """How often a reader has looked at a picture in all its trainings; 0 where nothing says so."""
    path = reader / FIGURES
    figures = json.loads(path.read_text("utf-8")) if path.is_file() else {}
    return int(figures.get("pictures_seen", 0)) + int(figures.get("pictures_seen_before", 0))


def write_reader_card(card: ReaderCard, catalogue: Catalogue, folder: Path) -> None:
    """Write `README.md`, and the figures behind it as JSON beside it."""
    figures: dict[str, Any] = {
        "steps": card.steps,
        "pictures_seen": card.seen,
        "pictures_seen_before": card.before,
        "pictures": card.pictures,
        "minutes": round(card.minutes, 1),
        "start": card.start,
        "blend": card.blend,
        "device": card.device,
        "date": datetime.now(UTC).date().isoformat(),
        "where": surroundings(),
    }
    (folder / FIGURES).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    before = f", which had looked at {card.before:,} pictures" if card.before else ""
    kept = (
        f"\nOf the change {card.blend:.0%} is kept, so that what was known stays known (after "
        "Wortsman et al.,\nCVPR 2022)."
        if card.blend < 1.0
        else ""
    )
    artists = "\n".join(
        f"- {artist.credit}: {artist.package.name} {artist.package.version}, {artist.licence}"
        for artist in catalogue.artists.values()
    )
    (folder / "README.md").write_text(
        f"""---
license: apache-2.0
library_name: diffusers
---
# Reading weights of storyboard-mini

By these a drawing is looked at when it is cut into layers; pictures are painted by the weights
beside this folder, which know nothing of them. They are the first blocks of the same kind of
transformer, up to the one whose attention is read, with a text encoder and a vocabulary of their
own; the autoencoder is shared. They paint nothing.

**Data.** {card.pictures:,} pictures, looked at {card.seen:,} times with new words each time:
drawings on many grounds, as they are, outlined, recoloured and in the five styles, and scenes that
the project draws itself. The drawings are other people's:

{artists}

{ARTISTS[HELD_OUT_ARTIST].credit} ({ARTISTS[HELD_OUT_ARTIST].licence}) is measured on,
{ARTISTS[TUNING_ARTIST].credit} settles settings; nothing was learnt from either.
{len(catalogue.known)} concepts were shown and named, {len(catalogue.unseen)} were neither shown nor
named. None of the drawings is part of the weights.

The words' beginnings are vectors made of {MEANINGS.name} {MEANINGS.version}
(WordNet 3.1, Princeton University): what kind of thing a noun is, and the words that explain it. So
a word that no picture has taught lies near words that mean something like it. All common nouns are
in the vocabulary, those of the unseen concepts among them; no picture has taught them.

**Training.** `multiplane study train-reader`, {card.steps:,} steps, {card.minutes:.0f} minutes on
{card.device}, from {card.start}{before}.
Image tokens learn to attend to the words of what they show
(after TokenCompose, Wang et al., CVPR 2024), among words for what is not in the picture too; a head
that is not shipped names the concept that each token shows.{kept}

**Measured.** `multiplane study quality --set artists` and `multiplane study quality`; the reports
that came with these weights are `reports/artists.json` and `reports/quality.json` in the
project.

**Limits.** What it takes a thing for goes by few pictures of each; three or more subjects are often
mixed up, small ones get lost, photographs were never shown.
""",
        "utf-8",
    )
