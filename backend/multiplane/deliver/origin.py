"""What is written into every picture about where it comes from."""

from __future__ import annotations

from multiplane.contract.manifest import ModelEntry
from multiplane.contract.own_version import own_version


def origin(shot_id: str, prompt: str | None, model: ModelEntry) -> dict[str, str]:
    """Keyword -> text, for PNG text chunks. A drawing has no prompt, an unknown value no entry."""
    found = {
        "Software": f"Multiplane {own_version()}",
        "Shot": shot_id,
        "Prompt": prompt,
        "Model": model.name,
        "Model version": model.version,
        "Seed": model.seed,
        "Take": model.take,
        "Steps": model.steps,
        "Guidance": model.guidance,
    }
    return {keyword: str(value) for keyword, value in found.items() if value is not None}
