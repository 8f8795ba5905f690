"""A Photoshop file's layers made to show its picture, and what the user should know of that."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from multiplane.contract.layout import DIFFERENCE
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.told_values import Value, told
from multiplane.intake.psd_layers import PsdLayers
from multiplane.layers.artist_layers import ArtistStack
from multiplane.layers.merged import Difference, as_merged

DIFFERS = "picture.psd.differs"
"""The notice's code where the layers did not make the merged picture."""
_MOST_NAMES = 5


def as_photoshop_shows_it(
    stack: ArtistStack, photoshop: PsdLayers
) -> tuple[ArtistStack, tuple[NoticeEntry, ...], NDArray[np.uint8] | None]:
    """The layers with the colours of the file's merged picture where they are seen.

    Returns with them a notice for everything that is left out or merged and, where the layers as
    they were read differed from the merged picture, one that says how much and why, and the picture
    (h, w, 3) that shows where.
    """
    stack, difference = as_merged(
        stack,
        photoshop.merged,
        photoshop.composed,
        vouched=photoshop.vouched,
        calculated=photoshop.calculated,
        reaches={doubt.layer: doubt.reach for doubt in photoshop.doubts if doubt.reach},
    )
    notices = [
        NoticeEntry.of(
            doubt.code,
            doubt.text,
            doubt.values,
            layers=[doubt.layer] if doubt.layer else [],
            remedy=doubt.remedy,
        )
        for doubt in (*photoshop.doubts, *photoshop.merges)
    ]
    if difference is None:
        return stack, tuple(notices), None
    names = {layer.id: layer.name for layer in stack.layers}
    notices.insert(0, _differs(difference, names, photoshop))
    return stack, tuple(notices), difference.where


def _differs(difference: Difference, names: dict[str, str], photoshop: PsdLayers) -> NoticeEntry:
    doubted = list(dict.fromkeys(doubt.layer for doubt in photoshop.doubts if doubt.layer))
    seen = [names[id_] for id_ in difference.layers]
    blamed = (doubted or seen)[:_MOST_NAMES]
    fault = "Likely at fault: {layers}." if doubted else "It is seen in: {layers}."
    if photoshop.vouched:
        text = (
            "The layers do not make the picture that Photoshop merged of them: {percent} % of it "
            "differs. {fault} Their "
            "colours were corrected where they are seen, so that the shot at rest is that picture; "
            "what they hide was changed along where it could be told how."
        )
    else:
        text = (
            "The layers do not make the merged picture that is in the file: {percent} % of it "
            "differs. {fault} The program "
            "that saved it does not say that the two belong together, so the layers count."
        )
    values: dict[str, Value] = {"layers": ", ".join(f'"{name}"' for name in blamed)}
    return NoticeEntry.of(
        DIFFERS,
        text,
        {
            **values,
            "percent": f"{100 * difference.share:.0f}",
            "fault": told(fault, values),
            "file": DIFFERENCE,
        },
        layers=blamed,
        file=DIFFERENCE,
        remedy='{file} shows where; "whole": true takes the merged picture as one drawing.',
    )
