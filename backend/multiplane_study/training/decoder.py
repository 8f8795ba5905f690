"""`multiplane study train-decoder`: the decoder of a model that is there goes on.

Its encoder stays, and with it everything that was learnt of its latents: what a model paints and
reads is the same, only shown better.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from diffusers import AutoencoderKL
from numpy.typing import NDArray

from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.compose import AS_DRAWN, Composer
from multiplane_study.artwork.packages import TUNING_ARTIST
from multiplane_study.report import Report
from multiplane_study.scenes import HELD_OUT_SEEDS, STYLES, draw_scene
from multiplane_study.training.autoencoder import restoration_psnr, train_decoder
from multiplane_study.training.card import CARD_FIGURES, read_figures
from multiplane_study.training.corpus import read_pictures
from multiplane_study.training.plan import Plan
from multiplane_study.training.restoration import Restoration, by_kind
from multiplane_study.training.sets import at_height
from multiplane_study.training.train import OnProgress, Training

RATE = 1e-3
WIDE = (448, 256)
EACH_KIND = 6
"""Held-out pictures of each kind."""
_FIRST_HELD_OUT = 9_000_000


@dataclass(frozen=True)
class DecoderPlan:
    """How much of everything.

    start: a pipeline of `multiplane study train`. artwork: folder of other people's drawings;
    None = learn from the project's own scenes alone. scenes: of each size and sort.
    """

    folder: Path
    start: Path
    steps: int
    scenes: int
    artwork: Path | None = None
    workers: int = 1
    seed: int = 0


def run_decoder_training(plan: DecoderPlan, on_progress: OnProgress) -> Report:
    """Train by `plan` and leave the model with its decoder in `plan.folder`/<model's name>.

    Raises InputError `study.not_trained_here` for a `plan.start` that was not made here.
    """
    figures = read_figures(plan.start)
    model = AutoencoderKL.from_pretrained(plan.start / "vae", trust_remote_code=False).float()
    held_out = held_out_pictures(plan.artwork)
    before = by_kind(model.eval(), held_out)
    training = Training(
        Plan(
            plan.folder,
            plan.scenes,
            plan.scenes,
            plan.artwork,
            plan.scenes,
            workers=plan.workers,
        ),
        on_progress,
    )
    files = [*training.chunks().values(), *training.artists_chunks().values()]
    pictures = [np.concatenate([read_pictures(path) for path in paths]) for paths in files]
    train_decoder(
        model,
        pictures,
        plan.folder,
        steps=plan.steps,
        seed=plan.seed,
        rate=RATE,
        on_step=lambda done, total, loss: on_progress("decoder", done, total, f"loss {loss:.3f}"),
    )
    after = by_kind(model, held_out)
    folder = plan.folder / plan.start.name
    shutil.copytree(plan.start, folder, dirs_exist_ok=True)
    model.register_to_config(_name_or_path="")  # else the maker's own path is written
    model.to(torch.float16).save_pretrained(folder / "vae")
    square = np.stack([draw_scene(seed, 256, 256).picture for seed in HELD_OUT_SEEDS[:32]])
    psnr = restoration_psnr(model.float(), at_height(square, 192))
    known = {**figures, "autoencoder_psnr_db": round(psnr, 2), "decoder_steps": plan.steps}
    (folder / CARD_FIGURES).write_text(json.dumps(known, indent=2) + "\n", "utf-8")
    return _report(before, after, folder)


def held_out_pictures(artwork: Path | None) -> dict[str, NDArray[np.uint8]]:
    """Pictures that no decoder learns from, by kind: own scenes in every style, and drawings of
    the artist kept for tuning, in every style and as they are.
    """
    found = {
        style: np.stack(
            [draw_scene(seed, *WIDE, style=style).picture for seed in HELD_OUT_SEEDS[:EACH_KIND]]
        )
        for style in STYLES
    }
    if artwork is None:
        return found
    catalogue = Catalogue(artwork, [TUNING_ARTIST])
    composer = Composer(catalogue, catalogue.concepts)
    drawings: dict[str, list[NDArray[np.uint8]]] = {style: [] for style in (*STYLES, AS_DRAWN)}
    seed = _FIRST_HELD_OUT
    while min(map(len, drawings.values())) < EACH_KIND:
        scene = composer.scene(seed, *WIDE)
        seed += 1
        if len(drawings[scene.style]) < EACH_KIND:
            drawings[scene.style].append(scene.picture)
    return found | {f"drawings, {style}": np.stack(some) for style, some in drawings.items()}


def _report(before: dict[str, Restoration], after: dict[str, Restoration], folder: Path) -> Report:
    def figures(found: dict[str, Restoration]) -> dict[str, dict[str, float]]:
        return {
            kind: {
                "psnr_db": one.psnr,
                "border_steps": one.border_steps,
                "inner_steps": one.inner_steps,
                "grid": one.grid,
            }
            for kind, one in found.items()
        }

    report = Report(
        "train-decoder",
        {"before": figures(before), "after": figures(after), "folder": str(folder)},
    )
    rows: Sequence[tuple[str, float, float, float, float]] = [
        (kind, before[kind].psnr, after[kind].psnr, before[kind].grid, after[kind].grid)
        for kind in after
    ]
    report.table(
        f"Held-out pictures, {folder}",
        ("", "dB before", "dB", "grid before, levels", "grid, levels"),
        rows,
    )
    return report
