"""A real worker whose model runs out of memory: the next memory plan, said, and a finished shot."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from multiplane.client import AsyncClient
from multiplane.contract.manifest import Manifest
from multiplane.contract.messages_client import Subscribe
from multiplane.contract.messages_common import JobState, JobView
from multiplane.contract.messages_server import JobChanged, LogLine
from multiplane.models import folders, load
from multiplane.server.jobs.states import ENDED_JOBS
from tests.server.prepared import board
from tests.server.running import Running, serve_client
from tests.tiny_folders import save_tiny_pipeline

# Python runs a file of this name at its start: it makes the transformer of the first paintings run
# out of memory, as it does on a GPU. {lacks}: a folder with a file for every time.
_SHORT_OF_MEMORY = """
import importlib.abc, importlib.util, os, sys

MODULE = "diffusers.models.transformers.transformer_z_image"

class Finder(importlib.abc.MetaPathFinder):
    def find_spec(self, name, path, target=None):
        if name != MODULE:
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(name)
        load = spec.loader.exec_module

        def exec_module(module):
            load(module)
            make_short(module.ZImageTransformer2DModel)

        spec.loader.exec_module = exec_module
        return spec

def make_short(kind):
    forward = kind.forward

    def short(self, *args, **kwargs):
        import torch

        had = len(os.listdir({lacks!r}))
        if had < 2:
            open(os.path.join({lacks!r}, str(had)), "x").close()
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB")
        return forward(self, *args, **kwargs)

    kind.forward = short

sys.meta_path.insert(0, Finder())
"""


@pytest.mark.slow
def test_a_worker_that_lacks_memory_makes_the_shot_with_the_next_plans(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))
    model, lacks, start = save_tiny_pipeline(tmp_path / "tiny"), tmp_path / "lacks", tmp_path / "py"
    lacks.mkdir()
    start.mkdir()
    (start / "sitecustomize.py").write_text(_SHORT_OF_MEMORY.replace("{lacks!r}", repr(str(lacks))))
    before = os.environ.get("PYTHONPATH", "")
    monkeypatch.setenv("PYTHONPATH", os.pathsep.join([str(start), *before.split(os.pathsep)]))
    plans = load.plans_for(load.choose(str(model)), load.look_at_machine("cpu"))

    async def make(server: Running, client: AsyncClient) -> None:
        await client.ask(Subscribe(logs=True))
        await client.submit(board(1), job="job-0000001", model=str(model))
        said: list[str] = []
        job: JobView | None = None
        async for event in client.events():
            if isinstance(event, LogLine):
                said.append(event.text)
            if isinstance(event, JobChanged) and event.job.state in ENDED_JOBS:
                job = event.job
                break
        assert job is not None
        assert job.state is JobState.FINISHED, said
        assert any("with " + plans[2].in_words() in text for text in said)
        assert sum("Memory ran out" in text for text in said) == 2
        assert any("with " + plans[1].in_words() in text for text in said)
        manifest = next(Path(job.folder).glob("shots/*/manifest.json"))
        made = Manifest.model_validate_json(manifest.read_text("utf-8"))
        expected = None if plans[2].is_plain else plans[2].in_words()
        assert made.model.memory_plan == expected

    serve_client(tmp_path / "data", make, device="cpu")
    assert len(list(lacks.iterdir())) == 2
