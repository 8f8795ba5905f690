"""What must not show in a film and does, as notices of its shot; `film_check` looks for it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal, Protocol

from multiplane.contract.manifest import FilmChecks, FilmFinding, NoticeEntry


class Shown(Protocol):
    """What shows in a frame, and at which layers: as the check or as the manifest has it.

    share: of the frame's pixels, 0..1.
    """

    @property
    def frame(self) -> int: ...
    @property
    def kind(self) -> Literal["edge", "hole", "bite", "fringe"]: ...
    @property
    def share(self) -> float: ...
    @property
    def layers(self) -> Sequence[str]: ...


def sentence_of(finding: Shown) -> str:
    """What shows where, for people; it goes on a sentence that has begun."""
    said = str(_notice_of(finding))
    return said[0].lower() + said[1:]


def told_of_film(notices: Iterable[NoticeEntry], film: FilmChecks | None) -> list[NoticeEntry]:
    """A shot's notices with one for all of each kind that must not show in its film and does.

    Those of an earlier film are left out. film: what was seen; None where it was not looked at.
    """
    kept = [notice for notice in notices if not is_of_film(notice)]
    found: dict[tuple[str, tuple[str, ...]], FilmFinding] = {}
    for finding in () if film is None else film.found:
        if finding.action == "none":
            key = (finding.kind, tuple(finding.layers))
            if key not in found or finding.share > found[key].share:
                found[key] = finding
    return [*kept, *(_notice_of(finding) for finding in found.values())]


def is_of_film(notice: NoticeEntry) -> bool:
    """Whether it speaks of a film, and not of the picture and its layers."""
    return notice.code.startswith(_CODE)


_CODE = "film."


def _notice_of(finding: Shown) -> NoticeEntry:
    layers = list(finding.layers)
    frame, share = finding.frame, f"{100 * finding.share:.2f}"
    match finding.kind:
        case "edge":
            return NoticeEntry.of(
                "film.edge",
                "Frame {frame} shows an edge of the picture ({share} % of the pixels).",
                {"frame": frame, "share": share},
                layers=layers,
            )
        case "hole":
            return NoticeEntry.of(
                "film.hole",
                "Frame {frame} has a hole ({share} % of the pixels).",
                {"frame": frame, "share": share},
                layers=layers,
            )
        case "bite":
            return NoticeEntry.of(
                "film.bite",
                "Frame {frame} shows where {far} ends behind {near} (about {share} % of the "
                "pixels).",
                {"frame": frame, "share": share, "far": layers[0], "near": layers[1]},
                layers=layers,
            )
        case "fringe":
            return NoticeEntry.of(
                "film.fringe",
                "Frame {frame} has a fringe of old background round {names} ({share} % of the "
                "pixels).",
                {"frame": frame, "share": share, "names": " and ".join(layers)},
                layers=layers,
                remedy="Mend its layer, or choose a smaller move.",
            )
