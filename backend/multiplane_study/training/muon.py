"""Muon for processors, all matrices of one shape at once.

Method: momentum whose update is orthogonalised by a quintic Newton-Schulz iteration (Jordan et
al., "Muon: An optimizer for hidden layers in neural networks", 2024). `torch.optim.Muon` runs the
iteration in bfloat16 everywhere, one matrix at a time, which processors without bfloat16 units
emulate at a tenth of their speed.
"""

from __future__ import annotations

from collections.abc import Iterable

import torch
from torch import nn
from torch.optim import Optimizer

from multiplane_study.training.half_precision import half_precision

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
ITERATIONS = 5


def orthogonalise(updates: torch.Tensor) -> torch.Tensor:
    """(K, rows, columns) matrices with their singular values brought near 1."""
    tall = updates.shape[-2] > updates.shape[-1]
    x = updates.transpose(-1, -2) if tall else updates
    x = x / (x.norm(dim=(-2, -1), keepdim=True) + 1e-7)
    a, b, c = COEFFICIENTS
    for _ in range(ITERATIONS):
        gram = x @ x.transpose(-1, -2)
        x = a * x + (b * gram + c * gram @ gram) @ x
    return x.transpose(-1, -2) if tall else x


class BatchedMuon(Optimizer):
    """Muon with Nesterov momentum, for matrices and for kernels, taken as one row an output."""

    def __init__(
        self, parameters: Iterable[nn.Parameter], lr: float, momentum: float = 0.95
    ) -> None:
        by_shape: dict[torch.Size, list[nn.Parameter]] = {}
        for parameter in parameters:
            by_shape.setdefault(parameter.shape, []).append(parameter)
        groups = [{"params": group} for group in by_shape.values()]
        super().__init__(groups, {"lr": lr, "momentum": momentum})

    @torch.no_grad()
    def step(self, closure: None = None) -> None:
        """Update every matrix that has a gradient."""
        for group in self.param_groups:
            parameters = [p for p in group["params"] if p.grad is not None]
            if not parameters:
                continue
            gradients = torch.stack([p.grad.flatten(1) for p in parameters])
            buffers = torch.stack(
                [
                    self.state[p].setdefault("buffer", torch.zeros_like(gradients[0]))
                    for p in parameters
                ]
            )
            buffers.lerp_(gradients, 1 - group["momentum"])
            with half_precision(gradients.device.type):
                updates = orthogonalise(gradients.lerp_(buffers, group["momentum"])).float()
            rows, columns = updates.shape[-2:]
            rate = group["lr"] * max(1.0, rows / columns) ** 0.5
            for parameter, buffer, update in zip(parameters, buffers, updates, strict=True):
                self.state[parameter]["buffer"].copy_(buffer)
                parameter.add_(update.reshape(parameter.shape), alpha=-rate)
