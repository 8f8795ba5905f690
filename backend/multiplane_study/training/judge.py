"""The judge: a supervised segmenter that says whether a picture shows what was asked for.

It sees the drawn scenes and their truth, never the painter, so it can grade what the painter
made. A U-Net (Ronneberger et al., 2015) with residual blocks (He et al., 2016). Its highest level
has half the picture's size and answers four pixels with each of its own, so most of the work is
done where kinds are told apart, on an eighth and a 16th of the size; at the lowest level attention
lets the parts of one subject agree on what it is.
"""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import save_file
from torch import nn
from torch.nn import functional

from multiplane_study.scenes import KINDS
from multiplane_study.training.autoencoder import to_tensor
from multiplane_study.training.supervised import Examples

CLASSES = len(KINDS) + 1
WIDTHS = (32, 64, 128, 192)
"""Channels at half the picture's size, at a quarter of it, and so on."""
BLOCKS = (0, 1, 2, 3)
"""Residual blocks at each of these."""
UP_WIDTHS = (96, 64, 32)
"""On the way back, from an eighth of the size to half of it."""
SIDES_OF = 16
"""A picture's sides are multiples of so many pixels."""
HEADS = 4
WEIGHTS = "model.safetensors"
BUNDLED_JUDGE = Path(__file__).parents[1] / "storyboard-judge"
"""The judge that comes with this package."""


def _convolved(inputs: int, outputs: int, stride: int = 1) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inputs, outputs, 3, stride, padding=1, bias=False),
        nn.BatchNorm2d(outputs),
        nn.ReLU(),
    )


class _Residual(nn.Module):
    """Begins without effect."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.first = _convolved(width, width)
        self.second = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        nn.init.zeros_(self.norm.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return functional.relu(x + self.norm(self.second(self.first(x))))


class _Attention(nn.Module):
    """Every place looks at every other one. Begins without effect."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.to_qkv = nn.Linear(width, 3 * width, bias=False)
        self.to_out = nn.Linear(width, width)
        nn.init.zeros_(self.to_out.weight)
        nn.init.zeros_(self.to_out.bias)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        count, width, rows, columns = x.shape
        qkv = self.to_qkv(self.norm(x.flatten(2).mT))
        query, key, value = qkv.unflatten(-1, (3, HEADS, -1)).permute(2, 0, 3, 1, 4)
        seen = functional.scaled_dot_product_attention(query, key, value)
        seen = seen.transpose(1, 2).flatten(2)
        return x + self.to_out(seen).mT.reshape(count, width, rows, columns)


class Judge(nn.Module):
    """(B, 3, H, W) in -1..1, sides multiples of `SIDES_OF`, to class logits (B, CLASSES, H, W)."""

    def __init__(self) -> None:
        super().__init__()
        self.stem = _convolved(4 * 3, WIDTHS[0])
        self.down = nn.ModuleList([nn.Identity()])
        for (above, width), blocks in zip(pairwise(WIDTHS), BLOCKS[1:], strict=True):
            residual = [_Residual(width) for _ in range(blocks)]
            self.down.append(nn.Sequential(_convolved(above, width, 2), *residual))
        lowest = self.down[-1]
        assert isinstance(lowest, nn.Sequential)
        lowest.insert(2, _Attention(WIDTHS[-1]))
        lowest.append(_Attention(WIDTHS[-1]))
        self.narrowed, self.up = nn.ModuleList(), nn.ModuleList()
        below = (WIDTHS[-1], *UP_WIDTHS)
        for (lower, width), beside in zip(pairwise(below), WIDTHS[-2::-1], strict=True):
            highest = beside == WIDTHS[0]
            self.narrowed.append(nn.Conv2d(lower, width, 1, bias=False))
            joined = _convolved(width + beside, width)
            self.up.append(joined if highest else nn.Sequential(joined, _Residual(width)))
        self.coarse_heads = nn.ModuleList(nn.Conv2d(width, CLASSES, 1) for width in below[:-1])
        self.head = nn.Conv2d(UP_WIDTHS[-1], 4 * CLASSES, 1)

    def named(self, pictures: torch.Tensor) -> tuple[torch.Tensor, list[torch.Tensor]]:
        """Class logits of every pixel, and of every cell of the coarser levels, coarsest first."""
        x = self.stem(functional.pixel_unshuffle(pictures, 2))
        kept = []
        for level in self.down:
            x = level(x)
            kept.append(x)
        coarse = [self.coarse_heads[0](kept.pop())]
        heads = [*self.coarse_heads[1:], None]
        for narrowed, join, head in zip(self.narrowed, self.up, heads, strict=True):
            x = functional.interpolate(narrowed(x), scale_factor=2, mode="nearest")
            x = join(torch.cat([x, kept.pop()], dim=1))
            if head is not None:
                coarse.append(head(x))
        return functional.pixel_shuffle(self.head(x), 2), coarse

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        """Class logits of every pixel."""
        return self.named(pictures)[0]


@torch.no_grad()
def classes_seen(model: nn.Module, pictures: torch.Tensor) -> torch.Tensor:
    """(B, H, W) classes: the likeliest, by the mean over each picture and its mirror image.

    0 is background, else the kind's index plus 1; `pictures` as `Judge` takes them.
    """
    mirrored = model(pictures.flip(-1)).flip(-1)
    return (model(pictures).softmax(dim=1) + mirrored.softmax(dim=1)).argmax(dim=1)


def judge_miou(model: nn.Module, examples: Examples) -> float:
    """Mean over the classes of intersection over union, counted over all pixels."""
    device = next(model.parameters()).device
    crossed = torch.zeros(CLASSES, CLASSES, dtype=torch.long)
    for picture, truth in zip(examples.pictures, examples.truth, strict=True):
        seen = classes_seen(model, to_tensor(picture[None], device))[0].flatten().cpu()
        pairs = torch.from_numpy(truth).long().flatten() * CLASSES + seen
        crossed += pairs.bincount(minlength=CLASSES**2).reshape(CLASSES, CLASSES)
    both = crossed.diag()
    either = crossed.sum(0) + crossed.sum(1) - both
    return float((both[either > 0] / either[either > 0]).mean())


def kinds_found(model: nn.Module, picture: torch.Tensor, least_share: float = 0.01) -> set[str]:
    """Kinds that cover at least `least_share` of a picture (1, 3, H, W) in -1..1."""
    seen = classes_seen(model, picture).flatten().bincount(minlength=CLASSES)
    share = seen / seen.sum()
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
