"""The worker's two threads: one listens to the server, one makes what it says."""

from __future__ import annotations

import os
import signal
import sys
import threading
import traceback
from typing import TYPE_CHECKING

from multiplane.contract.errors import Failure, MultiplaneError
from multiplane.server.workers.worker.link import Cancelled, Command, Link
from multiplane.server.workers.worker.messages import Ready, Stop, TaskCancelled, TaskFailed

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

    tasks = WorkerTasks(link)
    link.say(Ready(os.getpid()))
    while not isinstance(command := link.next_command(), Stop):
        _do(tasks, link, command)
    tasks.close()


def _do(tasks: WorkerTasks, link: Link, command: Command) -> None:
    try:
        tasks.do(command)
    except Cancelled:
        link.say(TaskCancelled())
    except MultiplaneError as error:
        link.say(TaskFailed.of(error))
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        sys.stderr.flush()
        memory = isinstance(error, MemoryError)
        failure = Failure(
            code="models.memory" if memory else "produce.unforeseen",
            message="There was not enough memory."
            if memory
            else "Something unforeseen happened: {kind}: {why}",
            remedy="Close other programs, or use a smaller model."
            if memory
            else "This is a fault of Multiplane; the server's log shows where it happened.",
            values={} if memory else {"kind": type(error).__name__, "why": str(error)},
        )
        link.say(TaskFailed.of(failure))
