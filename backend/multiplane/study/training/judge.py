"""The judge: a supervised segmenter that says whether a picture shows what was asked for.

It sees the drawn scenes and their truth, never the painter, so it can grade what the painter
made. A U-Net (Ronneberger et al., 2015) that looks at 256 px on the short side and answers pixel by
pixel, so that contours of small subjects do not cost more than all mistakes of kind.
"""

from __future__ import annotations

from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from multiplane.study.scenes import KINDS
from multiplane.study.training.autoencoder import to_tensor
from multiplane.study.training.supervised import Examples

CLASSES = len(KINDS) + 1
WIDTHS = (24, 48, 96, 128, 160, 160)
"""Channels at the picture's size, at half of it, and so on."""
UP_WIDTHS = (128, 96, 64, 48, 32)
"""On the way back, from a 16th of the size to all of it."""
WEIGHTS = "model.safetensors"
PAINTED_SHARE = 0.75
"""Some lessons are brought to this size and back: painted pictures are softer than drawn ones."""


def _double(inputs: int, outputs: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
        nn.Conv2d(outputs, outputs, 3, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class Judge(nn.Module):
    """(B, 3, H, W) in -1..1, sides multiples of 32, to class logits (B, CLASSES, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = nn.Conv2d(3, WIDTHS[0], 3, padding=1)
        self.down = nn.ModuleList(
            _double(a, b) for a, b in zip(WIDTHS[:1] + WIDTHS, WIDTHS, strict=False)
        )
        below = WIDTHS[-1:] + UP_WIDTHS
        self.up = nn.ModuleList(
            _double(a + beside, b)
            for a, beside, b in zip(below, reversed(WIDTHS[:-1]), UP_WIDTHS, strict=False)
        )
        self.head = nn.Conv2d(UP_WIDTHS[-1], CLASSES, 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Class logits of every pixel."""
        x = self.stem(pictures)
        kept = []
        for index, block in enumerate(self.down):
            x = block(x if index == 0 else functional.max_pool2d(x, 2))
            kept.append(x)
        x = kept.pop()
        for block in self.up:
            beside = kept.pop()
            x = functional.interpolate(x, beside.shape[-2:], mode="nearest")
            x = block(torch.cat([x, beside], dim=1))
        return self.head(x)


def judge_loss(model: nn.Module, pictures: torch.Tensor, truth: torch.Tensor) -> torch.Tensor:
    """Cross-entropy per pixel; every fourth picture is as soft as the painter's are.

    pictures (B, 3, H, W); truth (B, H, W) holds 0 for background, else the kind plus 1.
    """
    soft = functional.interpolate(
        pictures[::4], scale_factor=PAINTED_SHARE, mode="bilinear", antialias=True
    )
    pictures = pictures.clone()
    pictures[::4] = functional.interpolate(soft, pictures.shape[-2:], mode="bicubic")
    return functional.cross_entropy(model(pictures), truth.long())


@torch.no_grad()
def judge_miou(model: nn.Module, examples: Examples) -> float:
    """Mean over the classes of intersection over union, counted over all pixels."""
    device = next(model.parameters()).device
    crossed = torch.zeros(CLASSES, CLASSES, dtype=torch.long)
    for picture, truth in zip(examples.pictures, examples.truth, strict=True):
        found = model(to_tensor(picture[None], device)).argmax(dim=1)[0].flatten().cpu()
        pairs = torch.from_numpy(truth).long().flatten() * CLASSES + found
        crossed += pairs.bincount(minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    both = crossed.diag()
    either = crossed.sum(0) + crossed.sum(1) - both
    return float((both[either > 0] / either[either > 0]).mean())


@torch.no_grad()
def kinds_found(model: nn.Module, picture: torch.Tensor, least_share: float = 0.01) -> set[str]:
    """Kinds that cover at least `least_share` of a picture (1, 3, H, W) in -1..1."""
    found = model(picture).argmax(dim=1).flatten().bincount(minlength=CLASSES)
    share = found / found.sum()
    return {KINDS[i] for i in range(len(KINDS)) if share[i + 1] >= least_share}


def write_judge(model: Judge, miou: float, folder: Path) -> None:
    """Write weights in float16, with the judge's own mIoU in the file's metadata."""
    folder.mkdir(parents=True, exist_ok=True)
    weights = {
        name: (value.half() if value.is_floating_point() else value).contiguous()
        for name, value in model.state_dict().items()
    }
    save_file(weights, folder / WEIGHTS, metadata={"held_out_miou": f"{miou:.4f}"})


def read_judge(folder: Path) -> tuple[Judge, float]:
    """The judge that `write_judge` wrote, ready to look, and its mIoU on held-out scenes."""
    model = Judge()
    with safe_open(folder / WEIGHTS, framework="pt") as file:
        miou = float(file.metadata()["held_out_miou"])
        model.load_state_dict({name: file.get_tensor(name) for name in file.keys()})  # noqa: SIM118
    return model.eval(), miou
