"""Plates for the scenes of a screenplay: shots under the same heading are in the same place."""

from __future__ import annotations

from collections import Counter

from multiplane.contract.storyboard import Plate, Storyboard
from multiplane.intake.screenplay import heading_in, place_words


def with_scene_plates(board: Storyboard) -> Storyboard:
    """The storyboard with a plate for each scene heading that several painted shots stand under.

    Its name is the heading without the scene's number, so that scenes with the same heading share
    it. Shots with a plate keep it, and so do plates of that name.
    """
    headings = [
        heading_in(shot.scene or "") if shot.prompt is not None and shot.plate is None else None
        for shot in board.shots
    ]
    counted = Counter(one.casefold() for one in headings if one is not None)
    plates = {name.casefold(): (name, plate) for name, plate in board.plates.items()}
    shots = []
    for shot, heading in zip(board.shots, headings, strict=True):
        words = place_words(heading or "")
        if heading is None or not words or counted[heading.casefold()] < 2:
            shots.append(shot)
            continue
        name, _ = plates.setdefault(heading.casefold(), (heading, Plate(prompt=words)))
        shots.append(shot.model_copy(update={"plate": name}))
    return board.model_copy(update={"shots": shots, "plates": dict(plates.values())})
