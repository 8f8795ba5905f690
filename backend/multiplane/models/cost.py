"""What painting a picture costs: operations and bytes, from parameters, tokens and steps."""

from __future__ import annotations

import math
from dataclasses import dataclass

from multiplane.models.facts import ModelProfile
from multiplane.models.memory import MemoryPlan, Placement, Situation, component_gb
from multiplane.models.quantisers import is_encoder

_GIB = 1024**3
_DEPTH = 30
"""Blocks that a denoiser is taken to have; only attention's small share depends on it."""
_VAE_PER_PIXEL = 0.03
"""Operations of a decoder for a pixel, for each of the VAE's parameters: `AutoencoderKL` with its
84 million takes 2.5 million, counted with torch's FlopCounterMode at 1024 px."""
_REACHED = 0.5
"""Share of the speed of a large matrix product that a model gets; measured shots put it right."""
_MOVED_PER_S = 10e9
"""Bytes a second between RAM and a GPU, about what PCIe 4.0 x16 gives."""


@dataclass(frozen=True)
class Cost:
    """operations: multiplications and additions, each counted. moved: bytes to the device."""

    operations: float
    moved: float

    def seconds(self, operations_per_s: float) -> float:
        """operations_per_s: that the model reaches."""
        return self.operations / operations_per_s + self.moved / _MOVED_PER_S

    def reached(self, seconds: float) -> float:
        """Operations a second of a painting that took so long."""
        return self.operations / max(seconds - self.moved / _MOVED_PER_S, 0.1 * seconds)


def reachable(product: float) -> float:
    """Operations a second that a model may reach where a large matrix product has `product`."""
    return product * _REACHED


def cost_of(
    profile: ModelProfile,
    plan: MemoryPlan,
    situation: Situation,
    size: tuple[int, int],
    passes: int,
) -> Cost:
    """Of one picture. size: (width, height) px; passes: of the denoiser.

    A denoiser does two operations for each parameter and token, and attention four for each pair
    of tokens and each of its channels, of which a transformer of P parameters in N blocks has about
    sqrt(P / 12 N).
    """
    width, height = (side * plan.scale for side in size)
    sizes = profile.parameters
    encoders = {name for name in sizes if is_encoder(name)}
    denoiser = max((sizes[name] for name in sizes if name not in {*encoders, "vae"}), default=0)
    text = profile.max_text_tokens
    tokens = width * height / profile.size_multiple**2 + text
    channels = math.sqrt(denoiser / (12 * _DEPTH))
    one_pass = 2 * denoiser * tokens + 4 * tokens**2 * channels * _DEPTH
    read = sum(2 * sizes[name] * text for name in encoders)
    decoded = _VAE_PER_PIXEL * sizes.get("vae", 0) * width * height
    return Cost(passes * one_pass + read + decoded, _moved(profile, plan, situation, passes))


def _moved(profile: ModelProfile, plan: MemoryPlan, situation: Situation, passes: int) -> float:
    gb = {name: component_gb(profile, name, plan, situation) for name in profile.parameters}
    encoders = sum(size for name, size in gb.items() if is_encoder(name))
    match plan.placement:
        case Placement.FULL:
            return 0.0
        case Placement.ENCODER_FREED:
            return encoders * _GIB
        case Placement.MODEL_OFFLOAD:
            return sum(gb.values()) * _GIB
        case Placement.GROUP_OFFLOAD:
            return (encoders + passes * (sum(gb.values()) - encoders)) * _GIB
