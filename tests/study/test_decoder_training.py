"""A decoder that goes on: how well pictures come back, what stays, what is said."""

from __future__ import annotations

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from diffusers import AutoencoderKL

from multiplane.models.profiles import BUNDLED
from multiplane_study.training import decoder
from multiplane_study.training.autoencoder import reconstruction_loss
from multiplane_study.training.decoder import DecoderPlan, run_decoder_training
from multiplane_study.training.restoration import restoration

MINI = BUNDLED / "storyboard-mini"


class Spoiling:
    """An autoencoder that gives every picture back with something added, (H, W) in levels."""

    device = torch.device("cpu")

    def __init__(self, added: np.ndarray) -> None:
        self.added = torch.from_numpy(added).float() / 127.5

    def encode(self, image: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(latent_dist=SimpleNamespace(mode=lambda: image))

    def decode(self, image: torch.Tensor) -> SimpleNamespace:
        return SimpleNamespace(sample=image + self.added)


def blocks(levels: float) -> np.ndarray:
    """A chessboard of 8 x 8 px blocks, 0 and `levels`."""
    rows, columns = np.mgrid[:64, :64] // 8
    return levels * ((rows + columns) % 2)


def test_a_grid_is_told_from_grain() -> None:
    grey = np.full((1, 64, 64, 3), 128, np.uint8)
    grain = np.random.default_rng(0).normal(0, 3, (64, 64))
    whole = restoration(Spoiling(np.zeros((64, 64))), grey)
    assert whole.psnr > 60
    assert whole.grid == 0
    grainy = restoration(Spoiling(grain), grey)
    assert grainy.border_steps == pytest.approx(grainy.inner_steps, rel=0.1)
    assert grainy.grid < 2
    blocked = restoration(Spoiling(blocks(6)), grey)
    assert blocked.grid == pytest.approx(6, rel=0.01)
    assert blocked.inner_steps == pytest.approx(0, abs=1e-3)
    both = restoration(Spoiling(blocks(6) + grain), grey)
    assert both.grid == pytest.approx(6, rel=0.2)
    assert both.psnr < blocked.psnr < whole.psnr


def test_steps_of_the_picture_itself_are_no_grid() -> None:
    board = np.repeat((100 + blocks(50))[None, ..., None], 3, axis=3).astype(np.uint8)
    assert restoration(Spoiling(np.zeros((64, 64))), board).border_steps < 1e-3


def test_wrong_steps_across_borders_cost_more() -> None:
    grey = torch.zeros(1, 3, 64, 64)
    on_borders, beside = grey.clone(), grey.clone()
    on_borders[..., 8:40] = 0.1
    beside[..., 4:36] = 0.1
    assert reconstruction_loss(on_borders, grey) > reconstruction_loss(beside, grey) + 1e-3


def test_only_the_decoder_changes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    torch.set_num_threads(1)
    monkeypatch.setattr(decoder, "EACH_KIND", 1)
    said: list[tuple[str, int]] = []

    def tell(stage: str, done: int, total: int, note: str) -> None:
        said.append((stage, done))

    figures = run_decoder_training(DecoderPlan(tmp_path, MINI, 3, 1), tell).figures
    model = tmp_path / "storyboard-mini"
    assert figures["folder"] == str(model)
    assert set(figures["after"]) == set(figures["before"]) > {"all", "ink sketch"}
    assert figures["after"]["all"]["psnr_db"] > 20
    known = json.loads((model / "measured.json").read_text("utf-8"))
    before = json.loads((MINI / "measured.json").read_text("utf-8"))
    assert known["decoder_steps"] == 3
    assert known["painter_pictures"] == before["painter_pictures"]
    for file in MINI.rglob("*"):
        name = file.relative_to(MINI)
        if file.is_file() and name.parts[0] != "vae" and name.name != "measured.json":
            assert (model / name).read_bytes() == file.read_bytes()
    ours, theirs = (
        AutoencoderKL.from_pretrained(folder / "vae").state_dict() for folder in (model, MINI)
    )
    changed = {name.split(".")[0] for name in theirs if not torch.equal(ours[name], theirs[name])}
    assert changed == {"decoder"}
    assert dict(AutoencoderKL.load_config(model / "vae")) == dict(
        AutoencoderKL.load_config(MINI / "vae")
    )

    said.clear()
    run_decoder_training(DecoderPlan(tmp_path, MINI, 5, 1), tell)
    assert [done for stage, done in said if stage == "decoder"] == [4, 5]  # three were done
