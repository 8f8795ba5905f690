"""8-bit weights by torchao: run by test_laid_out in a process of its own."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from multiplane.models.memory import MemoryPlan, Placement
from multiplane.models.quantisers import Weights
from tests.models.test_laid_out import PLAIN, painter, seen
from tests.tiny_folders import save_tiny_pipeline


@pytest.mark.parametrize("placement", [Placement.FULL, Placement.ENCODER_FREED])
def test_they_are_kept_in_eight_bits(tmp_path: Path, placement: Placement) -> None:
    folder = save_tiny_pipeline(tmp_path / "tiny")
    own = painter(folder, MemoryPlan(Weights.INT8, placement))
    weight = own.pipeline.transformer.layers[1].attention.to_q.weight
    assert "Int8" in type(weight).__name__ or weight.tensor_impl.dtype is torch.int8
    plain = painter(folder, PLAIN)
    (picture, map_), (other, other_map) = seen(own), seen(plain)
    assert 0 < np.abs(picture.astype(float) - other).mean() < 3
    assert np.abs(map_ - other_map).max() < 0.1 * other_map.max()
