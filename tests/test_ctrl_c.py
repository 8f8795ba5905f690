"""A press of Ctrl-C that a library takes for its own error still ends the work."""

from __future__ import annotations

import os
import signal
import threading
from contextlib import suppress

import pytest

from multiplane.cli.ctrl_c import CtrlC
from multiplane.cli.progress import JsonReporter
from multiplane.contract.events import Log, StepProgress

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows sends no SIGINT to itself")


@pytest.fixture(autouse=True)
def of_python() -> None:
    """Who started the tests may have had SIGINT ignored."""
    signal.signal(signal.SIGINT, signal.default_int_handler)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)
    threading.Event().wait(5)  # the signal comes in here at the latest


def press_and_lose_it() -> None:
    with suppress(KeyboardInterrupt):
        press()


def test_it_is_raised_at_once_and_where_it_is_asked_for() -> None:
    with CtrlC() as ctrl_c:
        ctrl_c.heed()
        with pytest.raises(KeyboardInterrupt):
            press()
        for _ in range(2):
            with pytest.raises(KeyboardInterrupt):
                ctrl_c.heed()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_next_step_is_not_begun(capsys: pytest.CaptureFixture[str]) -> None:
    step = StepProgress(shot_id="one", step="deliver", done=1, total=2)
    with JsonReporter() as shown:
        shown.tell(step)
        press_and_lose_it()
        shown.tell(Log(text="Nothing was written."))  # what is said of the end is said
        with pytest.raises(KeyboardInterrupt):
            shown.tell(step)
    assert len(capsys.readouterr().out.splitlines()) == 2


def test_a_handler_of_somebody_else_stays() -> None:
    heard: list[int] = []

    def theirs(number: int, frame: object) -> None:
        heard.append(number)

    signal.signal(signal.SIGINT, theirs)
    with CtrlC() as ctrl_c:
        assert signal.getsignal(signal.SIGINT) is theirs
        os.kill(os.getpid(), signal.SIGINT)
        ctrl_c.heed()
    assert heard == [signal.SIGINT]


def test_in_another_thread_nothing_is_changed() -> None:
    seen: list[object] = []

    def look() -> None:
        with CtrlC():
            seen.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == [signal.default_int_handler]
