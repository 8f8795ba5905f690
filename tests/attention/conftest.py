"""Real tiny models, built once: no test changes their weights."""

from __future__ import annotations

from typing import Any

import pytest

from tests.tiny_models import tiny_pipeline, tiny_tokenizer


@pytest.fixture(scope="session")
def pipeline() -> Any:
    """A `ZImagePipeline` with 3 main blocks of 2 heads; one token is 8 px."""
    return tiny_pipeline()


@pytest.fixture(scope="session")
def tokenizer() -> Any:
    """A byte-level BPE tokenizer with Qwen3's chat template."""
    return tiny_tokenizer()
