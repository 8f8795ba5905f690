"""What a failed attempt means: another try, other memory, waiting, or the end for this shot."""

from __future__ import annotations

from enum import Enum

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.server.worker_process import WorkerLost

MAX_TRIES = 3
MEMORY_PLANS = 4
"""At most; `models.memory.sparing` says when nothing is left to try."""


class Answer(Enum):
    FAIL = "fail"  # trying again would end the same way
    TRY_AGAIN = "try again"
    LESS_MEMORY = "less memory"  # again, with the next memory plan
    WAIT = "wait"  # nothing can be made until something outside changes


def answer_to(code: str, kind: str, tries: int, plan: int) -> Answer:
    """What to do about a failure.

    code, kind: of the error, and whether it is bad "input" or a "failure". tries: that the shot
    has had, with this one. plan: the memory plan that was in force.
    """
    if code == "models.memory":
        return Answer.LESS_MEMORY if plan + 1 < MEMORY_PLANS else Answer.FAIL
    if code == "deliver.disk_full":
        return Answer.WAIT
    if kind == "input" or code in ("models.missing", "models.unreadable", "models.device_missing"):
        return Answer.FAIL
    return Answer.TRY_AGAIN if tries < MAX_TRIES else Answer.FAIL


def lost(error: WorkerLost) -> MultiplaneError:
    """A worker's end, as the failure of the shot that it was making."""
    if error.node is not None:
        return Failure(
            "farm.node_lost",
            f"The farm's node {error.node} was lost ({error.why}).".replace("  ", " "),
            remedy="Its shots are tried on other nodes. On that node, the logs of Ray say more.",
        )
    if error.killed:
        return Failure(
            "models.memory",
            "The system ended the model's process, most likely because memory ran out.",
            remedy="Close other programs, or use a smaller model.",
        )
    return Failure(
        "worker.lost",
        f"The model's process ended unexpectedly (status {error.code}).",
        remedy="The server's log worker.log shows its last words. Other shots are not affected.",
    )
