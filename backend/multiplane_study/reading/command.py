"""What `multiplane study train-reader` does."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

from rich.console import Console

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.reading.card import ReaderCard, pictures_seen, write_reader_card
from multiplane_study.reading.export import Blend, export_reader
from multiplane_study.reading.training import ReaderPlan, goes_on_from, train_reader
from multiplane_study.report import Report
from multiplane_study.training.card import read_figures
from multiplane_study.training.start import settings_of

FIRST_SETTINGS = {
    "version": "1",
    "native_short_side": 256,
    "max_text_tokens": 128,
    "capture": {
        "blocks": [3],
        "sigma_low": 0.02,
        "sigma_high": 0.4,
        "hops": 0,
        "sharpness": 1.0,
        "background_floor": 0.3,
        "decompose_sigma": 0.15,
        "draws": 1,
    },
}
"""Of a new reader, until `multiplane study sweep` has chosen."""


def run_reader_training(plan: ReaderPlan, device: str) -> Report:
    """Train by `plan` and leave the model with its reader in `plan.folder`/<model's name>.

    Raises InputError `study.not_trained_here` for a `plan.start` that was not made here.
    """
    read_figures(plan.start)
    say = Console(stderr=True, highlight=False).print
    trainer, figures = train_reader(plan, device, tell=say)
    model = plan.folder / plan.start.name
    shutil.copytree(plan.start, model, dirs_exist_ok=True)
    there = goes_on_from(plan)
    reader = export_reader(
        trainer, model, _settings(there), Blend(there, plan.blend) if there else None
    )
    card = ReaderCard(
        steps=figures["steps"],
        seen=figures["seen"],
        pictures=figures["pictures"],
        minutes=figures["minutes"],
        start=f"the reader of {plan.start.name}" if there else plan.start.name,
        blend=plan.blend if there else 1.0,
        before=pictures_seen(there) if there else 0,
        device=device,
    )
    write_reader_card(card, Catalogue.for_training(plan.artwork), reader)
    report = Report("train-reader", {**figures, "folder": str(model)})
    report.table("Trained", ("", ""), [*report.figures.items()])
    return report


def _settings(there: Path | None) -> dict[str, Any]:
    """What the new reader's profile says: as the reader that it goes on from was read.

    Whatever was measured of that one is not true of the new one: `calibration` must be made anew.
    """
    return {**settings_of(there), "calibration": None} if there else FIRST_SETTINGS
