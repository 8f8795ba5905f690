"""The artwork as it is read: who drew which concept, and the drawing itself as SVG."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from multiplane.contract.errors import Failure, InputError
from multiplane_study.artwork.concepts import Concept, read_concepts
from multiplane_study.artwork.get import artwork_folder, member
from multiplane_study.artwork.packages import (
    ARTISTS,
    HELD_OUT_ARTIST,
    TUNING_ARTIST,
    Artist,
)

_VARIATION_SELECTOR = "\ufe0f"


@dataclass(frozen=True)
class Drawing:
    """One artist's drawing of a concept, as an SVG document."""

    artist: str
    concept: Concept
    svg: str


class Catalogue:
    """Artists and concepts of an artwork folder; an artist's drawings are read when asked for.

    Raises InputError `study.artwork.missing` where something has not been fetched,
    `study.artwork.artist_unknown` for an artist that there is none of, and Failure
    `study.artwork.licence_changed` where a package states another licence than the pinned one.
    """

    def __init__(self, folder: Path | None = None, artists: Iterable[str] = tuple(ARTISTS)) -> None:
        self.folder = artwork_folder() if folder is None else folder
        self.artists: dict[str, Artist] = {name: _artist(name) for name in artists}
        self._drawings: dict[str, dict[str, tuple[str, ...]]] = {}
        for artist in self.artists.values():
            self._check_licence(artist)

    @classmethod
    def for_training(
        cls, folder: Path | None = None, artists: Iterable[str] | None = None
    ) -> Catalogue:
        """The artists that a model may learn from; all of them by default.

        Raises InputError `study.artwork.licence` when one is asked for whose licence forbids it,
        and `study.artwork.kept_for_tuning` for the artist that settings are chosen on.
        """
        free = [
            name
            for name, artist in ARTISTS.items()
            if artist.may_train and name not in (HELD_OUT_ARTIST, TUNING_ARTIST)
        ]
        chosen = free if artists is None else list(artists)
        for name in chosen:
            artist = _artist(name)
            if name == TUNING_ARTIST:
                raise InputError(
                    "study.artwork.kept_for_tuning",
                    "Settings and confidence are chosen on this artist: nothing learns from it.",
                    field="artist",
                    value=name,
                    remedy=f"Train on: {', '.join(free)}.",
                )
            if not artist.may_train or name == HELD_OUT_ARTIST:
                raise InputError(
                    "study.artwork.licence",
                    f"{artist.credit} is under {artist.licence}: nothing is trained on it.",
                    field="artist",
                    value=name,
                    remedy=f"Train on: {', '.join(free)}. It may be measured on.",
                )
        return cls(folder, chosen)

    @cached_property
    def concepts(self) -> tuple[Concept, ...]:
        """All concepts, whether seen in training or not, in Unicode's order."""
        return read_concepts(self.folder)

    @property
    def pixels(self) -> Path:
        """Where drawings are kept that have been brought to pixels."""
        return self.folder / "pixels"

    @property
    def known(self) -> tuple[Concept, ...]:
        """Concepts that training may show and name."""
        return tuple(concept for concept in self.concepts if not concept.unseen)

    @property
    def unseen(self) -> tuple[Concept, ...]:
        """Concepts that are left out of training everywhere."""
        return tuple(concept for concept in self.concepts if concept.unseen)

    def drawn_by(self, artist: str, concepts: Sequence[Concept] | None = None) -> list[Concept]:
        """Those of `concepts` (default: all) that the artist has drawn."""
        drawings = self._of(artist)
        return [
            concept
            for concept in (self.concepts if concepts is None else concepts)
            if concept.slug in drawings
        ]

    def drawings(self, artist: str, concept: Concept) -> tuple[Drawing, ...]:
        """The artist's drawings of a concept, its own first; empty where there is none."""
        return tuple(
            Drawing(artist, concept, svg) for svg in self._of(artist).get(concept.slug, ())
        )

    def _of(self, name: str) -> dict[str, tuple[str, ...]]:
        if name not in self._drawings:
            self._drawings[name] = self._read(self.artists[name])
        return self._drawings[name]

    def _check_licence(self, artist: Artist) -> None:
        path = member(self.folder, artist.package, "info.json")
        stated = json.loads(path.read_text("utf-8")).get("license", {}).get("spdx")
        if stated != artist.licence:
            raise Failure(
                "study.artwork.licence_changed",
                f"{artist.credit} was taken to be under {artist.licence}.",
                file=str(path),
                field="license.spdx",
                value=stated,
                remedy="Look at the licence, and change multiplane_study/artwork/packages.py.",
            )

    def _read(self, artist: Artist) -> dict[str, tuple[str, ...]]:
        path = member(self.folder, artist.package, "icons.json")
        icons: dict[str, Any] = json.loads(path.read_text("utf-8"))
        signs = json.loads(member(self.folder, artist.package, "chars.json").read_text("utf-8"))
        by_sign = {_bare_code(code): name for code, name in signs.items()}
        names = {_squeezed(name): name for name in (*icons["icons"], *icons.get("aliases", {}))}
        found: dict[str, tuple[str, ...]] = {}
        for concept in self.concepts:
            ways = [by_sign.get(_code(sign)) for sign in concept.drawn_by]
            if ways[0] is None:
                ways[0] = names.get(_squeezed(concept.slug))
            drawn = tuple(dict.fromkeys(_svg(icons, name) for name in ways if name is not None))
            if drawn:
                found[concept.slug] = drawn
        return found


def _artist(name: str) -> Artist:
    if name not in ARTISTS:
        raise InputError(
            "study.artwork.artist_unknown",
            "There is no such artist among the artwork.",
            field="artist",
            value=name,
            remedy=f"Use some of: {', '.join(ARTISTS)}.",
        )
    return ARTISTS[name]


def _code(sign: str) -> str:
    """An emoji as Iconify writes it, without the selector that some fonts leave out."""
    return "-".join(f"{ord(letter):x}" for letter in sign if letter != _VARIATION_SELECTOR)


def _bare_code(code: str) -> str:
    return "-".join(part for part in code.split("-") if part != f"{ord(_VARIATION_SELECTOR):x}")


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.lower() if letter.isalnum())


def _svg(icons: Mapping[str, Any], name: str) -> str:
    """An SVG document of the icon `name`, through its alias if it is one."""
    facts: dict[str, Any] = {}
    aliases = icons.get("aliases", {})
    while name in aliases:
        facts = {**aliases[name], **facts}
        name = aliases[name]["parent"]
    facts = {**icons["icons"][name], **facts}
    left, top = facts.get("left", 0), facts.get("top", 0)
    width = facts.get("width", icons.get("width", 16))
    height = facts.get("height", icons.get("height", 16))
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'width="{width}" height="{height}" viewBox="{left} {top} {width} {height}">'
        f"{facts['body']}</svg>"
    )
