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

    plans_left: memory plans of the picture model that need less than the one it was loaded with;
    None where it was not loaded, so that a memory plan makes no difference.
    """

    tries: int
    kills: int = 0
    plans_left: int | None = None


def answer_to(code: str, kind: str, attempt: Attempt) -> Answer:
    """What to do about a failure.

    code, kind: of the error, and whether it is bad "input" or a "failure".
    """
    if code == "models.memory" and attempt.plans_left is not None:
        return Answer.LESS_MEMORY if attempt.plans_left > 0 else Answer.FAIL
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
            "The farm's node {node} was lost ({why}).",
            remedy="Its shots are tried on other nodes. On that node, the logs of Ray say more.",
            values={"node": str(error.node), "why": " ".join(str(error.why).split())},
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
            "The model's process was ended from outside (by {signal}).",
            remedy="Nothing says that memory ran out, which only Linux would tell. The server's "
            "log worker.log shows its last words.",
            values={"signal": error.signal_name},
        )
    return Failure(
        "worker.lost",
        "The model's process ended unexpectedly (status {status}).",
        remedy="The server's log worker.log shows its last words. Other shots are not affected.",
        values={"status": str(error.code)},
    )
