"""The figures of a run that texts quote, under keys that stay.

mean_miou, mean_miou_interval (95 %), by_style, by_subjects, two_class_iou, boundary_f,
boundary_f_2px, order_accuracy (overlapping pairs), order_accuracy_all: of the first row, as in
its "figures" and "by"
known, unseen   the same of scenes with words that something was trained on, and without; null
                where a set has none
doubt           null, or whether the first row knows its errors, see `doubt.reliability`
absent          null, or what became of subjects that no picture shows, see `artists.absent`
paper           null, or the same keys of the paper's method, "known" and "unseen" among them
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from multiplane_study.artists.absent import AbsentScore, absent_figures
from multiplane_study.bench.case import Tags
from multiplane_study.bench.statistics import interval_of
from multiplane_study.doubt import LayerScore, reliability

Scenes = Sequence[Mapping[str, float | None]]
PAPER = "paper"
_KEYS = {
    "two_class": "two_class_iou",
    "boundary_f": "boundary_f",
    "boundary_f_2px": "boundary_f_2px",
    "order_overlapping": "order_accuracy",
    "order_all": "order_accuracy_all",
}


def headline(
    tags: Sequence[Tags],
    values: Mapping[str, Scenes],
    layers: Sequence[LayerScore],
    absent: Sequence[AbsentScore],
) -> dict[str, Any]:
    """The keys told above.

    values: per row, the first leading, each scene's figures in the order of `tags`.
    """
    if not values:
        return {}
    first = next(iter(values))
    return {
        **_by_words(tags, values[first]),
        "doubt": reliability(layers) if layers else None,
        "absent": absent_figures(absent) if absent else None,
        "paper": _by_words(tags, values[PAPER]) if PAPER in values else None,
    }


def _by_words(tags: Sequence[Tags], scenes: Scenes) -> dict[str, Any]:
    told = _of(tags, scenes)
    for words in ("known", "unseen"):
        chosen = [place for place, one in enumerate(tags) if one.words == words]
        part = _of([tags[place] for place in chosen], [scenes[place] for place in chosen])
        told[words] = part if chosen else None
    return told


def _of(tags: Sequence[Tags], scenes: Scenes) -> dict[str, Any]:
    ious = [scene["iou"] for scene in scenes]
    whole = interval_of(ious)
    styles = sorted({one.style for one in tags})
    counts = sorted({one.subjects for one in tags})
    return {
        "mean_miou": whole and whole.mean,
        "mean_miou_interval": whole and [whole.low, whole.high],
        "by_style": {
            style: _mean([iou for iou, one in zip(ious, tags, strict=True) if one.style == style])
            for style in styles
        },
        "by_subjects": {
            str(count): _mean(
                [iou for iou, one in zip(ious, tags, strict=True) if one.subjects == count]
            )
            for count in counts
        },
        **{key: _mean([scene.get(name) for scene in scenes]) for name, key in _KEYS.items()},
    }


def _mean(values: Sequence[float | None]) -> float | None:
    known = [one for one in values if one is not None]
    return sum(known) / len(known) if known else None
