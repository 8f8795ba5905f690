"""What one worker takes of a node, from the facts about its models."""

from __future__ import annotations

from dataclasses import dataclass

from multiplane.models.load import choose, choose_depth
from multiplane.server.jobs.shot_order import ModelKey

_GIB = 2**30


@dataclass(frozen=True)
class Needs:
    """model, depth_model: never "auto": all nodes must make the same. device: as `Studio` has it.

    memory: bytes of RAM. cpus, gpus: how many of a node's.
    """

    model: str
    depth_model: str
    device: str
    cpus: int
    gpus: int
    memory: int

    def in_words(self) -> str:
        """For messages: "storyboard-mini (1 processor, 1.4 GB of memory)"."""
        processors = f"{self.cpus} processor{'' if self.cpus == 1 else 's'}"
        gpus = ", 1 GPU" if self.gpus else ""
        return f"{self.model} ({processors}{gpus}, {self.memory / _GIB:.1f} GB of memory)"


def needs_of(key: ModelKey, device: str, gpus: float) -> Needs:
    """What a worker with these models takes in a farm that has `gpus` GPUs in all.

    device: "auto" takes a GPU where the farm has any; "cuda" (with or without a number, because a
    worker sees only the GPU that is its own) always. "auto" as a model is the best one on the
    server's computer. Raises as `models.load.choose`.
    """
    painter, depth = choose(key.model), choose_depth(key.depth_model)
    gpu = device.startswith("cuda") or (device == "auto" and gpus >= 1)
    dtype = painter.dtype("cuda" if gpu else "cpu")
    memory = painter.memory_gb(dtype) + depth.memory_gb("float32")
    return Needs(
        # A model in a folder of its own keeps its path, which must then be the same everywhere.
        model=painter.name if key.model == "auto" else key.model,
        depth_model=depth.name if key.depth_model == "auto" else key.depth_model,
        device="cuda" if gpu else device,
        cpus=1 if gpu else painter.cpu_threads or 1,
        gpus=1 if gpu else 0,
        memory=round(memory * _GIB),
    )
