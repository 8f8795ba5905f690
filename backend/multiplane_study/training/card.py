"""The model card of the bundled models: what they are for, made from, and how good they are."""

from __future__ import annotations

import json
import platform
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST
from multiplane_study.report import surroundings
from multiplane_study.scenes import COLOURS, KINDS, PLACES, STYLES
from multiplane_study.training.plan import ARTISTS_SIZES, Plan

CARD_FIGURES = "measured.json"


@dataclass(frozen=True)
class Card:
    """What training itself knows; quality comes from `multiplane study quality`."""

    plan: Plan
    painter_steps: int
    restoration_psnr: float  # dB, autoencoder, held-out scenes
    depth_error: float  # mean absolute error of nearness, held-out scenes
    seconds: float
    gpu: str = ""  # that it was trained on; "" = none
    earlier_pictures: int = 0  # that a model had seen from which this one went on


def read_figures(pipeline: Path) -> dict[str, Any]:
    """The figures that a trained pipeline's card was written from.

    Raises InputError `study.not_trained_here` for a folder without them.
    """
    path = pipeline / CARD_FIGURES
    try:
        figures: dict[str, Any] = json.loads(path.read_text("utf-8"))
        float(figures["depth_mean_absolute_error"]), int(figures["painter_pictures"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise InputError(
            code="study.not_trained_here",
            message=f"{pipeline} is no pipeline that multiplane study train has made.",
            file=str(path),
            value=str(pipeline),
            remedy="Give --start the folder storyboard-mini of a finished training.",
        ) from error
    return figures


def _artists(plan: Plan) -> str:
    """Whose drawings were learnt from, as the card says it; empty where nobody's."""
    if plan.artwork is None:
        return ""
    catalogue = Catalogue.for_training(plan.artwork)
    return "\n".join(
        f"- {artist.credit}: {artist.package.name} {artist.package.version}, {artist.licence}"
        for artist in catalogue.artists.values()
    )


def _further(plan: Plan) -> str:
    if plan.artwork is None:
        return ""
    known = Catalogue.for_training(plan.artwork).known
    return f"\n- {len(known)} further things, animals and people that named artwork shows"


def _data(plan: Plan) -> str:
    own = f"{plan.square_scenes + plan.wide_scenes:,} scenes of StylizedBench"
    held_out = "Scenes with seeds below 1,000,000\nare never trained on."
    artists = _artists(plan)
    if not artists:
        return f"""{own}, which
`multiplane study scenes` draws; no picture of anybody else's. {held_out}"""
    unseen = len(Catalogue.for_training(plan.artwork).unseen)
    return f"""{own}, which
`multiplane study scenes` draws, and {len(ARTISTS_SIZES) * plan.artists_scenes:,} scenes that were
composed of other people's drawings, recoloured and redrawn in the five styles:

{artists}

{ARTISTS[HELD_OUT_ARTIST].credit} was left out, and so were {unseen} of the concepts: the model is
measured on them. None of the drawings is part of the model. {held_out}"""


def write_card(card: Card, path: Path) -> None:
    """Write the card, and the figures behind it as JSON beside it."""
    plan, painter = card.plan, card.plan.painter
    small = min(card.painter_steps, painter.small_steps)
    small += round(painter.small_share * (card.painter_steps - small))
    large = card.painter_steps - small
    pictures = card.earlier_pictures + small * painter.small_batch + large * painter.batch
    went_on = (
        f" (gone on from weights that had seen {card.earlier_pictures:,})" if painter.start else ""
    )
    hardware = f"one {card.gpu}" if card.gpu else f"{plan.workers} processor cores and no GPU"
    figures: dict[str, Any] = {
        "autoencoder_psnr_db": round(card.restoration_psnr, 2),
        "depth_mean_absolute_error": round(card.depth_error, 4),
        "painter_steps": card.painter_steps,
        "painter_pictures": pictures,
        "training": {**asdict(painter), "start": Path(painter.start).name},
        "date": datetime.now(UTC).date().isoformat(),
        "gpu": card.gpu or None,
        "where": surroundings(),
    }
    (path.parent / CARD_FIGURES).write_text(json.dumps(figures, indent=2) + "\n", "utf-8")
    path.write_text(
        f"""---
license: apache-2.0
library_name: diffusers
pipeline_tag: text-to-image
---
# storyboard-mini

A small, complete `ZImagePipeline` (transformer, Qwen3 text encoder, tokenizer, autoencoder,
scheduler) that comes with Multiplane, and beside it a small Depth Anything.

**What it is for.** It makes the whole way from a storyboard to layered shots work without a
download, on a laptop's processor, and it is what the tests and benches run on. It paints only its
own small world:

- subjects: {", ".join(KINDS)}
- colours: {", ".join(COLOURS)}
- places: {", ".join(PLACES)}
- styles: {", ".join(STYLES)}

For anything else, and for pictures that you would show to a client, pull `z-image-turbo`.

**Data.** {_data(plan)}

**Training.** `multiplane study train`, flow matching with the Muon optimiser: {small:,} steps of
{painter.small_batch} pictures at {plan.small_height} px on the short side, {large:,} steps of
{painter.batch} at {plan.height} px, {pictures:,}
pictures in all{went_on},
on {platform.machine()} with {hardware}. The loss
has a grounding term (weight {painter.grounding}): in one block, image tokens learn to attend to
the words of what they show, after TokenCompose (Wang et al., CVPR 2024). Another term (weight
{painter.silhouettes}) has a head, which is not shipped, name the kind of subject in every cell from
the next block's tokens, after REPA (Yu et al., ICLR 2025). So its attention is clearer than that of
a model trained on captions alone; figures measured on it say nothing about other models. The
autoencoder's encoder is the scenes' principal components, its decoder is
trained.

**Measured.** Autoencoder {card.restoration_psnr:.1f} dB on held-out scenes; depth model, mean
absolute error of nearness {card.depth_error:.3f} (0..1). Masks and order: run
`multiplane study quality`; the report that came with these weights is `reports/quality.json` in
the project.

**Limits.** Shapes are rough, small subjects get lost, three or more subjects are often mixed up,
text and faces do not exist. `multiplane study train` goes on from its weights.
""",
        "utf-8",
    )
