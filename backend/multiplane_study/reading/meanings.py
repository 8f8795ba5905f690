"""What words mean before any picture: vectors of English nouns from WordNet.

A word that no picture has taught should lie near those that mean something like it: "leopard" near
"tiger", "ferry" near "boat". WordNet says of each noun what kind of thing it is and explains it in
a sentence; its kinds and the words of the explanation, weighted by how rare they are and brought to
few dimensions (latent semantic analysis), are vectors that say so. Drawings have no part in them.
"""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix
from scipy.sparse.linalg import svds

DIMENSIONS = 96
_SHOWABLE = frozenset({5, 6, 8, 13, 17, 18, 20})
"""WordNet's files of animals, artefacts, bodies, food, natural objects, people and plants."""
_SENSES = 4
_EACH_SENSE, _UNSHOWABLE = 0.5, 0.35  # weight of a sense against the one before; of an idea
_EACH_STEP = 0.8  # weight of an ancestor against its child
_EXPLAINED, _EXPLAINED_ABOVE = 0.6, 0.25  # of the words of one's own explanation, of the parent's
_WORD = re.compile("[a-z]+")
_SLUR = re.compile(r"\b(slurs?|offensive|disparag|derogatory|obscene|vulgar)", re.IGNORECASE)


@dataclass(frozen=True)
class _Synset:
    above: tuple[str, ...]
    explanation: tuple[str, ...]
    file: int


class Meanings:
    """WordNet's nouns, from the folder that holds `data.noun`, `index.noun` and `index.sense`."""

    def __init__(self, folder: Path) -> None:
        self._synsets: dict[str, _Synset] = {}
        for line in _records(folder / "data.noun"):
            head, gloss = line.split("|", 1)
            if _SLUR.search(gloss):
                continue
            parts = head.split()
            pointers = 4 + 2 * int(parts[3], 16)
            above = tuple(
                parts[place + 1]
                for place in range(pointers + 1, pointers + 1 + 4 * int(parts[pointers]), 4)
                if parts[place] in ("@", "@i")
            )
            words = tuple(_WORD.findall(gloss.split('"')[0].lower()))
            self._synsets[parts[0]] = _Synset(above, words, int(parts[1]))
        self._senses = {
            parts[0]: [sense for sense in parts[-int(parts[2]) :] if sense in self._synsets]
            for parts in map(str.split, _records(folder / "index.noun"))
        }
        self._used: Counter[str] = Counter()
        for parts in map(str.split, _records(folder / "index.sense")):
            lemma, _, kind = parts[0].partition("%")
            if kind.startswith("1:"):
                self._used[lemma] += int(parts[3])
        self._explaining = Counter(
            word for synset in self._synsets.values() for word in set(synset.explanation)
        )
        self._count = len(self._synsets)
        self._below = Counter(above for synset in self._synsets for above in self._closure(synset))

    def common_nouns(self) -> list[str]:
        """Single words for what can be drawn and is spoken of, and other common nouns; sorted."""
        found = []
        for lemma, senses in self._senses.items():
            if not (senses and lemma.isalpha() and lemma.isascii() and 3 <= len(lemma) <= 13):
                continue
            said = self._explaining[lemma] + self._explaining[f"{lemma}s"]
            showable = any(self._synsets[sense].file in _SHOWABLE for sense in senses[:_SENSES])
            if (showable and (said >= 2 or self._used[lemma])) or said >= 12:
                found.append(lemma)
        return sorted(found)

    def vectors(self, words: Iterable[str]) -> tuple[list[str], NDArray[np.float32]]:
        """Those of the words (lower case) that WordNet has; vectors (N, DIMENSIONS) of length 1.

        A plural has its singular's vector.
        """
        rows: list[dict[str, float]] = []
        kept: list[str] = []
        for word in words:
            features = self._features(word)
            if features:
                kept.append(word)
                rows.append(features)
        columns: dict[str, int] = {}
        seen = Counter(feature for row in rows for feature in row)
        data, at, ends = [], [], [0]
        for row in rows:
            norm = math.sqrt(sum(value * value for value in row.values()))
            for feature, value in row.items():
                if seen[feature] > 1:
                    at.append(columns.setdefault(feature, len(columns)))
                    data.append(value / norm)
            ends.append(len(at))
        matrix = csr_matrix((data, at, ends), shape=(len(rows), len(columns)), dtype=np.float64)
        most = min(DIMENSIONS, min(matrix.shape) - 1)
        u, s, _ = svds(matrix, k=most, random_state=0)
        vectors = np.pad(u * s, ((0, 0), (0, DIMENSIONS - most)))
        vectors /= np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return kept, vectors.astype(np.float32)

    def _features(self, word: str) -> dict[str, float]:
        senses = next((self._senses[form] for form in _singulars(word) if form in self._senses), [])
        found: dict[str, float] = defaultdict(float)
        for rank, synset in enumerate(senses[:_SENSES]):
            own = self._synsets[synset]
            weight = _EACH_SENSE**rank * (1.0 if own.file in _SHOWABLE else _UNSHOWABLE)
            for above, steps in self._closure(synset).items():
                rare = math.log(self._count / self._below[above])
                found[above] += weight * _EACH_STEP**steps * rare
            for name in set(own.explanation):
                found[name] += weight * _EXPLAINED * self._rare(name)
            for parent in (above for above in own.above if above in self._synsets):
                for name in set(self._synsets[parent].explanation):
                    found[name] += weight * _EXPLAINED_ABOVE * self._rare(name)
        return dict(found)

    def _rare(self, word: str) -> float:
        count = self._explaining[word]
        return math.log(self._count / count) if 2 <= count < 0.03 * self._count else 0.0

    def _closure(self, synset: str) -> dict[str, int]:
        """The synset and its ancestors, with the steps to each."""
        found = {synset: 0}
        waiting = [synset]
        while waiting:
            child = waiting.pop(0)
            for above in self._synsets[child].above:
                if above in self._synsets and above not in found:
                    found[above] = found[child] + 1
                    waiting.append(above)
        return found


def _singulars(word: str) -> Iterable[str]:
    yield word
    if word.endswith("ies"):
        yield f"{word[:-3]}y"
    if word.endswith("es"):
        yield word[:-2]
    if word.endswith("s"):
        yield word[:-1]


def _records(path: Path) -> Iterable[str]:
    """The file's lines without its licence."""
    with path.open(encoding="utf-8") as file:
        yield from (line for line in file if not line.startswith("  "))
