"""What a failed attempt means: another try, other memory, waiting, or the end for this shot."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from multiplane.contract import full_disk
from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.server.workers.worker_process import WorkerLost

MAX_TRIES = 3
MAX_KILLS = 10
"""So often workers of one shot may be killed from outside; that is hardly ever the shot's fault."""
MEMORY_PLANS = 4
"""At most; `models.memory.sparing` says when nothing is left to try."""
_FROM_OUTSIDE = ("worker.killed", "worker.stopped")
_FINAL = (
    "models.missing", "models.unreadable", "models.device_missing", "deliver.incomplete",
)  # fmt: skip


class Answer(Enum):
    FAIL = "fail"  # trying again would end the same way
    TRY_AGAIN = "try again"
    KILLED = "killed"  # again, and the try does not count
    LESS_MEMORY = "less memory"  # again, with the next memory plan
    WAIT = "wait"  # nothing can be made until something outside changes


@dataclass(frozen=True)
class Attempt:
    """tries: that it has had, with this one. kills: of its workers before this one.

    plan: the memory plan that this shot itself had come to. painting: the picture model was
    loaded, so that a memory plan made a difference.
    """

    tries: int
    kills: int = 0
    plan: int = 0
    painting: bool = False


def answer_to(code: str, kind: str, attempt: Attempt) -> Answer:
    """What to do about a failure.

    code, kind: of the error, and whether it is bad "input" or a "failure".
    """
    if code == "models.memory" and attempt.painting:
        return Answer.LESS_MEMORY if attempt.plan + 1 < MEMORY_PLANS else Answer.FAIL
    if code == full_disk.CODE:
        return Answer.WAIT
    if code in _FROM_OUTSIDE:
        return Answer.KILLED if attempt.kills + 1 < MAX_KILLS else Answer.FAIL
    if kind == "input" or code in _FINAL:
        return Answer.FAIL
    return Answer.TRY_AGAIN if attempt.tries < MAX_TRIES else Answer.FAIL


def lost(error: WorkerLost) -> MultiplaneError:
    """A worker's end, as the failure of what it was making."""
    if error.node is not None:
        return Failure(
            "farm.node_lost",
            f"The farm's node {error.node} was lost ({error.why}).".replace("  ", " "),
            remedy="Its shots are tried on other nodes. On that node, the logs of Ray say more.",
        )
    if error.out_of_memory:
        return Failure(
            "models.memory",
            "The system ended the model's process, because memory ran out.",
            remedy="Close other programs, or use a smaller model.",
        )
    if error.stopped:
        return Failure(
            "worker.stopped",
            "The model's process stood still for too long and was ended.",
            remedy="Something had stopped it, such as kill -STOP or a debugger.",
        )
    if error.killed:
        return Failure(
            "worker.killed",
            f"The model's process was ended from outside (by {error.signal_name}).",
            remedy="Nothing says that memory ran out, which only Linux would tell. The server's "
            "log worker.log shows its last words.",
        )
    return Failure(
        "worker.lost",
        f"The model's process ended unexpectedly (status {error.code}).",
        remedy="The server's log worker.log shows its last words. Other shots are not affected.",
    )
