"""What the server and its workers say to each other arrives as it was; and what is not known."""

from __future__ import annotations

import asyncio
import dataclasses
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any, get_args

import pytest

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Log, StepProgress
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.messages_common import MachineView, ModelFit, TokenView
from multiplane.contract.messages_server import Machine, TokenList
from multiplane.contract.own_version import own_version
from multiplane.server.jobs.blobs import StoredFile
from multiplane.server.workers.worker import frames
from multiplane.server.workers.worker.messages import (
    Abandon,
    Board,
    Cancel,
    Committed,
    Deliver,
    Delivered,
    Downloading,
    Found,
    FromWorker,
    Go,
    Hashed,
    LayersCut,
    LookAtMachine,
    Looked,
    LookFor,
    Made,
    Make,
    NotWritten,
    PainterLoads,
    Preview,
    Previews,
    Progressed,
    Pull,
    Pulled,
    Reading,
    ReadTokens,
    Ready,
    SetUp,
    ShotHashes,
    Skip,
    Stop,
    Stopped,
    TaskCancelled,
    TaskFailed,
    Tokens,
    ToWorker,
)
from multiplane.server.workers.worker_process import WorkerProcess

ERROR = ErrorEntry(code="a.b", message="no", file="f", field="x[0]", value="'1'", remedy="do")
A, B = "a" * 64, "b" * 64
TO_WORKER: list[ToWorker] = [
    SetUp("m", "d", "cpu", "/work", "/blobs", only=("/a",), own=("/b", "/c")),
    Board("job", {"shots": [{"prompt": "ä\ud800", "n": [1, 1.5, None, True]}], "\udfff": {}}, "/f"),
    Make("job", 3, 1, keep_layers=True, task=7),
    Make("job", 3, 1, after=4, task=7),
    Go(7, (("layers/a.png", A), ("b", B)), ahead=True),
    Skip(7),
    Committed(A),
    Deliver("job", "/out", ("s1",), {0: ERROR, 12: ERROR}, task=8),
    LookFor(A, (("layers/a.png", A), ("manifest.json", B)), ("shield", "red hat"), 1, task=9),
    ReadTokens("a dog", [{"name": "dog"}], None, "auto", task=9),
    Pull("m", task=10),
    LookAtMachine("cuda:1", task=11),
    Cancel(10),
    Abandon(),
    Previews(on=True),
    Stop(),
]
TOKENS = TokenList(
    model="m",
    text="a dog",
    tokens=[TokenView(index=3, text="a", start=0, end=1)],
    subjects=[],
    places=[],
    most_tokens=60,
)
MACHINE = MachineView(
    device="cuda", device_name="a", memory=2**36, device_memory=2**34, disk_free=1
)
FROM_WORKER: list[FromWorker] = [
    Ready(12),
    PainterLoads(2, 5),
    Progressed(StepProgress(shot_id="s", step="generate", done=1, total=8)),
    Progressed(Log(level="warning", text="ö")),
    Preview(b"\x00\xff{}"),
    Hashed(A, B, A),
    Hashed(A, B, A, after=ShotHashes(B, A, B)),
    LayersCut((StoredFile("layers/a.png", A, 9), StoredFile("manifest.json", B, 0))),
    Made(A, B, "m", 1.25, (StoredFile("layers/a.png", A, 9), StoredFile("b", B, 0))),
    Delivered(),
    Delivered((NotWritten("contact.png", ERROR),)),
    Reading(1, 4),
    Found((StoredFile("words.png", A, 9),), (NoticeEntry(code="a.b", text="ö", layers=["x"]),)),
    Tokens(TOKENS),
    Downloading(1, 2**40),
    Pulled(),
    Looked(Machine(machine=MACHINE, models=[ModelFit(name="m", memory=2**33, placement=None)])),
    TaskCancelled(),
    TaskFailed.of(InputError("a.b", "no", value=["x"])),
    TaskFailed.of(Failure("a.b", "no", also=(Failure("c", "d"),))),
    Stopped(12, still=True),
]


def through_a_pipe(message: ToWorker | FromWorker) -> tuple[int, bytes]:
    stream = io.BytesIO(frames.pack(message) + frames.pack(Stop()))
    frame = frames.read(stream)
    assert frame is not None
    assert frames.read(stream) is not None, "exactly one was taken"
    assert frames.read(stream) is None
    return frame


@pytest.mark.parametrize("message", TO_WORKER, ids=lambda message: type(message).__name__)
def test_to_a_worker(message: ToWorker) -> None:
    assert frames.to_worker(through_a_pipe(message)[1]) == message


@pytest.mark.parametrize("message", FROM_WORKER, ids=lambda message: type(message).__name__)
def test_from_a_worker(message: FromWorker) -> None:
    assert frames.from_worker(*through_a_pipe(message)) == message


def test_no_message_is_forgotten_here() -> None:
    assert {type(message) for message in TO_WORKER} == set(get_args(ToWorker))
    assert {type(message) for message in FROM_WORKER} == set(get_args(FromWorker))
    for kind in (*get_args(ToWorker), *get_args(FromWorker)):
        assert kind.__dataclass_params__.frozen, kind
        assert dataclasses.is_dataclass(kind)


UNKNOWN: list[dict[str, Any]] = [
    {"type": "Shine", "version": "99.0", "data": {}},
    {"type": "Made", "version": "99.0", "data": {"result": A}},  # for the server, and not whole
    {"type": "Make", "version": "99.0", "data": {"job": "j", "number": "first", "plan": 0}},
    {"type": "Skip", "version": "99.0", "data": None},
    {"type": ["Skip"], "version": "99.0", "data": {"task": 1}},
    {"type": "Cancel", "version": "99.0"},
]


@pytest.mark.parametrize("said", UNKNOWN, ids=lambda said: str(said["type"]))
def test_what_is_not_known_names_both_versions(said: dict[str, Any]) -> None:
    for read in (frames.to_worker, lambda body: frames.from_worker(frames.MESSAGE, body)):
        with pytest.raises(Failure) as caught:
            read(json.dumps(said).encode())
        assert caught.value.code == "worker.version"
        assert "99.0" in caught.value.message
        assert own_version() in caught.value.message
        assert caught.value.value == said["type"]
        assert "again" in str(caught.value.remedy)


@pytest.mark.parametrize("body", [b"", b"\xff\x00", b"[]", b"3", b"null", b'"Skip"'])
def test_what_is_no_message_at_all(body: bytes) -> None:
    with pytest.raises(Failure, match="of Multiplane unknown"):
        frames.to_worker(body)


def test_a_worker_tells_of_what_it_does_not_know_and_ends() -> None:
    text = json.dumps(UNKNOWN[0]).encode()
    command = [sys.executable, "-m", "multiplane.server.workers.worker"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdin.write(frames.HEADER.pack(frames.MESSAGE, len(text)) + text)
        worker.stdin.flush()
        said = []
        while (frame := frames.read(worker.stdout)) is not None:
            said.append(frames.from_worker(*frame))
        assert worker.wait() == 1
    (failed,) = [message for message in said if isinstance(message, TaskFailed)]
    assert failed.error.code == "worker.version"
    assert "99.0" in failed.error.message


def test_the_server_ends_a_worker_that_it_does_not_understand(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        worker = await WorkerProcess.start(tmp_path / "worker.log")
        monkeypatch.setattr(frames, "_FROM_WORKER", {})
        await worker.begin(Make("no-such-job", 0, 0))
        with pytest.raises(Failure, match="TaskFailed"):
            await worker.receive()
        assert worker._process.returncode is not None

    asyncio.run(run())
