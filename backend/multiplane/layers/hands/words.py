"""Heatmaps of a prompt's words, small and in 8 bits, that layers can be made of later."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]
Floats = NDArray[np.float32]

MOST = 48
"""Words of which heatmaps are kept."""
_SIDE = 128  # cells, longest side of a kept map
_PEAK = 0.995  # quantile that counts as the strongest place
_ABOUT = 0.5  # share of the peak above which a place is what the word is about


@dataclass(frozen=True)
class WordHeat:
    """words: as they stand in the prompt; maps (N, h, w): 0..255, the peak of each at 255."""

    words: tuple[str, ...] = ()
    maps: Bytes | None = None

    @staticmethod
    def of(words: Sequence[str], attention: Floats) -> WordHeat:
        """Of attention (N, h, w) >= 0 to each of the words; the first `MOST` are kept."""
        if not words:
            return WordHeat()
        height, width = attention.shape[1:]
        scale = min(1.0, _SIDE / max(height, width))
        size = (max(1, round(width * scale)), max(1, round(height * scale)))
        maps = []
        for heat in attention[:MOST]:
            small = heat if scale == 1.0 else cv2.resize(heat, size, interpolation=cv2.INTER_AREA)
            peak = max(float(np.quantile(small, _PEAK)), 1e-12)
            maps.append(np.rint(np.clip(small / peak, 0.0, 1.0) * 255.0).astype(np.uint8))
        return WordHeat(tuple(words[:MOST]), np.stack(maps))

    @staticmethod
    def from_sheet(words: Sequence[str], sheet: Bytes) -> WordHeat:
        """Back from `sheet`. Raises ValueError for one that cannot hold so many maps."""
        if not words:
            return WordHeat()
        high, rest = divmod(sheet.shape[0], len(words))
        if rest or not high:
            raise ValueError(f"{sheet.shape[0]} rows do not hold {len(words)} maps")
        return WordHeat(tuple(words), sheet.reshape(len(words), high, sheet.shape[1]))

    def joined(self, more: WordHeat) -> WordHeat:
        """These words and `more`, whose maps count where both have a word; the last `MOST` stay."""
        if self.maps is None or more.maps is None:
            return self if more.maps is None else more
        new = {word.casefold() for word in more.words}
        kept = [index for index, word in enumerate(self.words) if word.casefold() not in new]
        high, wide = self.maps.shape[1:] if kept else more.maps.shape[1:]
        fitted = [
            np.asarray(cv2.resize(heat, (wide, high), interpolation=cv2.INTER_LINEAR), np.uint8)
            for heat in more.maps
        ]
        words = (*(self.words[index] for index in kept), *more.words)
        maps = np.stack([*(self.maps[index] for index in kept), *fitted])
        return WordHeat(words[-MOST:], maps[-MOST:])

    @property
    def sheet(self) -> Bytes:
        """The maps below each other, (N * h, w)."""
        assert self.maps is not None
        return self.maps.reshape(-1, self.maps.shape[2])

    def by_word(self) -> dict[str, Floats]:
        """Each word's map (h, w), 0..1."""
        if self.maps is None:
            return {}
        scaled = self.maps.astype(np.float32) / np.float32(255.0)
        return dict(zip(self.words, scaled, strict=True))

    def coverage(self, index: int) -> float:
        """Share of the picture, 0..1, that a word is about."""
        return float(self._about(index).mean())

    def compactness(self, index: int) -> float:
        """1 where what the word is about is one round patch, near 0 where it is everywhere.

        The distance from its centre that a disc of the same area would have, over what it has.
        """
        rows, columns = np.nonzero(self._about(index))
        spread = float(np.sqrt(rows.var() + columns.var()))
        return float(min(1.0, np.sqrt(rows.size / (2.0 * np.pi)) / max(spread, 1e-6)))

    def _about(self, index: int) -> NDArray[np.bool_]:
        assert self.maps is not None
        heat = self.maps[index]
        return np.asarray(heat >= max(1, round(_ABOUT * int(heat.max()))))


NO_WORDS = WordHeat()
