"""Telling two sets of weights apart without reading all of a model of 30 GB."""

from __future__ import annotations

import hashlib
from pathlib import Path

from multiplane.contract.regular_file import open_regular
from multiplane.models.model_folder import MAX_WEIGHTS_BYTES
from multiplane.models.places import weights_files

_WHOLE_BELOW = 128 * 2**20  # bytes; files up to here are hashed whole
_SAMPLE = 2**20
_SAMPLES = 16


def fingerprint(folder: Path, without: str | None = None) -> str:
    """Hex digest of the model in `folder`: names and sizes, configurations and weights.

    without: a subfolder that does not count.

    Files of more than 128 MiB count by their size and by 16 samples of 1 MiB each, the first of
    which holds the safetensors header with every tensor's name and place.
    """
    digest = hashlib.sha256()
    for path in weights_files(folder, without):
        size = path.stat().st_size
        digest.update(f"{path.relative_to(folder).as_posix()}\0{size}\0".encode())
        with open_regular(path, MAX_WEIGHTS_BYTES) as stream:
            if size <= _WHOLE_BELOW:
                while block := stream.read(_SAMPLE):
                    digest.update(block)
                continue
            for sample in range(_SAMPLES):
                stream.seek((size - _SAMPLE) * sample // (_SAMPLES - 1))
                digest.update(stream.read(_SAMPLE))
    return digest.hexdigest()[:32]
