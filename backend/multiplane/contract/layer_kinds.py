"""What a layer shows, as animators sort it: hosts give each kind a colour of its own."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BeforeValidator

LayerKind = Literal["background", "character", "prop"]
"""background: where the scene is set, and always the lowest layer; character: who acts; prop: a
thing."""


def _as_now(kind: object) -> object:
    # Manifests said "subject" before characters and props were told apart.
    return "prop" if kind == "subject" else kind


ReadLayerKind = Annotated[LayerKind, BeforeValidator(_as_now, json_schema_input_type=LayerKind)]
