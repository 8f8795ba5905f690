"""What layers and comps are called, and what their comments say for people.

As jsx/shot/wording.jsx has it: a comp looks the same whichever way it came.
"""

from __future__ import annotations

import math
import re

from multiplane.contract.manifest import LayerEntry, Manifest, ModelEntry
from multiplane.deliver.aep.labels import item_name

MAX_PROMPT = 1000
"""Longest prompt in a comment, characters: the tag after it needs room."""
MAX_ID = 40
"""Longest part of a shot's id in a name, characters: the layer's own needs room."""


def layer_name(shot_id: str, name: str) -> str:
    """A layer's name: which shot, and what."""
    return item_name(f"{_cut(shot_id, MAX_ID)} {name}")


def words_of_shot(manifest: Manifest) -> str:
    """A shot in a few lines: its words, style, model and seed, and its move."""
    lines = []
    if manifest.original_prompt:
        lines.append(f"Prompt: {_shortened(manifest.original_prompt)}")
    if manifest.style:
        lines.append(f"Style: {_shortened(manifest.style)}")
    lines.append(_made_by(manifest.model))
    amount = math.floor(manifest.camera.amount * 100 + 0.5) / 100
    lines.append(f"Camera: {manifest.camera.preset}, amount {amount:g}")
    return "\n".join(lines)


def words_of_layer(entry: LayerEntry) -> str:
    """Where a layer comes from: the words that mean it, and how sure the cut is; "" without."""
    if not entry.phrase:
        return ""
    percent = math.floor(entry.confidence * 100 + 0.5)
    return f"Words: {_shortened(entry.phrase)}\nConfidence: {percent} %"


def comment(words: str, tag: str) -> str:
    """Words for people, and the tag after them."""
    return f"{words}\n{tag}" if words else tag


def _made_by(model: ModelEntry) -> str:
    parts = [f"Model: {model.name}"]
    if model.seed is not None:
        parts.append(f"seed {model.seed}")
    if model.take is not None and model.take > 1:
        parts.append(f"take {model.take}")
    return ", ".join(parts)


def _shortened(text: str) -> str:
    return re.sub(r"\s+", " ", _cut(text, MAX_PROMPT))


def _cut(text: str, length: int) -> str:
    # Characters beyond 16 bits count two, as in a script.
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * length:
        return text
    return units[: 2 * length].decode("utf-16-le", "ignore") + "..."
