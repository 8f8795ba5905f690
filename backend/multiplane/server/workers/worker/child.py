"""The worker's two threads: one listens to the server, one makes what it says."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING, Any

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.server.workers.worker.link import Cancelled, Link

if TYPE_CHECKING:
    from multiplane.server.workers.worker.tasks import WorkerTasks


def main() -> None:
    """Make what the server says until it says stop."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the server, which tells us
    link = Link(os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb"))
    os.dup2(2, 1)  # libraries print; the pipe is for frames
    threading.Thread(target=link.listen, name="listener", daemon=True).start()
    # After the pipes are in order: imports may print.
    from multiplane.server.workers.worker.tasks import WorkerTasks

    bench = WorkerTasks(link)
    link.send("ready", pid=os.getpid())
    while (task := link.next_task())["type"] != "stop":
        _do(bench, link, task)


def _do(bench: WorkerTasks, link: Link, task: dict[str, Any]) -> None:
    try:
        bench.do(task)
    except Cancelled:
        link.send("cancelled")
    except MultiplaneError as error:
        kind = "input" if isinstance(error, InputError) else "failure"
        link.send("failed", kind=kind, error=error.as_dict())
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        memory = isinstance(error, MemoryError)
        failure = Failure(
            code="models.memory" if memory else "produce.unforeseen",
            message="There was not enough memory."
            if memory
            else f"Something unforeseen happened: {type(error).__name__}: {error}",
            remedy="Close other programs, or use a smaller model."
            if memory
            else "This is a fault of Multiplane; the server's log shows where it happened.",
        )
        link.send("failed", kind="failure", error=failure.as_dict())
