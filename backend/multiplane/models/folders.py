"""The folders of a user's models, LoRAs and plates. Imports little: a waiting server is small."""

from __future__ import annotations

import os
from pathlib import Path

import platformdirs

MODELS_VARIABLE = "MULTIPLANE_MODELS"
LORAS_VARIABLE = "MULTIPLANE_LORAS"
PLATES_VARIABLE = "MULTIPLANE_PLATES"


def models_folder() -> Path:
    """Where pulled models go: `$MULTIPLANE_MODELS`, or the user's data folder."""
    return _folder(MODELS_VARIABLE, "models")


def loras_folder() -> Path:
    """Where LoRAs lie that styles name: `$MULTIPLANE_LORAS`, or the user's data folder."""
    return _folder(LORAS_VARIABLE, "loras")


def plates_folder() -> Path:
    """Where painted plates are kept: `$MULTIPLANE_PLATES`, or the user's data folder."""
    return _folder(PLATES_VARIABLE, "plates")


def _folder(variable: str, name: str) -> Path:
    override = os.environ.get(variable)
    if override:
        return Path(override).expanduser()
    return platformdirs.user_data_path("multiplane", appauthor=False) / name
