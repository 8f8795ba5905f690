"""100,000 hostile messages through the real dispatch: a typed error, or an answer; nothing else.

Outside CI 5,000, unless MULTIPLANE_FUZZ says how many.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import random
import time
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from multiplane.contract.messages import open_envelope, open_payload
from multiplane.contract.messages_client import REQUESTS
from multiplane.contract.messages_server import NOTICES, ErrorNotice
from multiplane.server.jobs.blobs import Blobs
from multiplane.server.jobs.coalescing_queue import CoalescingQueue
from multiplane.server.jobs.hub import Hub, Listener
from multiplane.server.jobs.results import SharedResults
from multiplane.server.jobs.store import Store
from multiplane.server.jobs.tables import damage, open_database
from multiplane.server.jobs.views import Views
from multiplane.server.websocket.requests import Requests
from multiplane.server.workers.runner import Runner
from multiplane.server.workers.worker_slot import RunnerSettings

USUAL = "100000" if os.environ.get("CI") == "true" else "5000"
MESSAGES = int(os.environ.get("MULTIPLANE_FUZZ", USUAL))
JOB = "job-0000001"


class Dispatch:
    """Everything behind the WebSocket, without the socket and without workers."""

    def __init__(self, folder: Path) -> None:
        self.database = open_database(folder / "jobs.sqlite3")
        self.database.pragma("synchronous", "off")  # the disk's speed is not what is tested
        store, results = Store(self.database), SharedResults(self.database, Blobs(folder / "blobs"))
        views = Views(store, folder / "jobs")
        hub = Hub(views)
        runner = Runner(store, results, hub, views, RunnerSettings(folder / "work", folder / "log"))
        self.requests = Requests(store, results, hub, views, runner)
        self.listener = Listener()
        self.runner = asyncio.Runner()

    def __call__(self, text: str | bytes) -> Any:
        """The answer, read by the contract itself; it must be one that the contract has."""
        answer = self.runner.run(self.requests.answer(text, self.listener))
        return self.check(answer)

    @staticmethod
    def check(answer: str) -> Any:
        answer.encode("utf-8")
        said = open_payload(open_envelope(answer), NOTICES)
        if isinstance(said, ErrorNotice):
            assert said.error.code != "server.unforeseen", answer
            assert said.error.message
        return said


@pytest.fixture
def dispatch(tmp_path: Path) -> Any:
    one = Dispatch(tmp_path)
    yield one
    one.runner.close()
    one.database.close()


NASTY: list[Any] = [
    None, True, False, 0, -1, 1.5, 1e308, -1e308, 2**31, 2**63, 2**64, -(2**63) - 1, 10**400, "",
    " ", "\0", "\ud800", "\udfff\ud800", "\u2028", "ß" * 500, "x" * 5000, "../../etc/passwd",
    "C:\\x", "\\\\host\\share", "upload:../../x", "upload:" + "0" * 64, "' OR 1=1 --", "%", JOB,
    "job-9999999", "con-con-con", [], {}, [[]], {"": {}}, ["x"] * 300, {"a": {"b": {"c": [None]}}},
    "2026-01-01", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "auto", "push_in",
]  # fmt: skip
KEYS = sorted({name for request in REQUESTS.values() for name in request.model_fields}) + [
    "schema",
    "shots",
]


def deep(chance: random.Random) -> Any:
    value: Any = chance.choice(NASTY)
    for _ in range(chance.choice([1, 3, 50, 190, 300, 3000])):
        value = [value] if chance.random() < 0.5 else {"a": value}
    return value


def value(chance: random.Random, depth: int = 0) -> Any:
    kind = chance.random()
    if kind < 0.6 or depth > 3:
        return chance.choice(NASTY)
    if kind < 0.8:
        return {chance.choice(KEYS): value(chance, depth + 1) for _ in range(chance.randint(0, 4))}
    if kind < 0.95:
        return [value(chance, depth + 1) for _ in range(chance.randint(0, 3))]
    return chance.choice(list(REQUESTS))


def storyboard(chance: random.Random) -> Any:
    kind = chance.random()
    if kind < 0.2:
        return value(chance)
    if kind < 0.6:
        return GOOD
    shot = {"prompt": "a **dog**", **{chance.choice(SHOT_KEYS): value(chance) for _ in range(2)}}
    return {"shots": [shot] * chance.choice([1, 1, 2]), chance.choice(BOARD_KEYS): value(chance)}


SHOT_KEYS = ["id", "prompt", "picture", "layers", "subjects", "style", "duration", "camera", "seed"]
GOOD = {"shots": [{"prompt": "a **dog**"}, {"prompt": "a **cat**"}]}
SUBMIT = json.dumps({"type": "submit", "id": "1", "data": {"job": JOB, "storyboard": GOOD}})
CAMERA = ["preset", "amount", "direction", "start", "duration", "ease", "framing", "focus", "seed"]
BOARD_KEYS = ["schema", "title", "fps", "size", "style", "model", "seed", "overscan", "shots", "x"]


def message(chance: random.Random) -> str | bytes:
    """One message, mostly near to what is understood, since that reaches deepest."""
    name = chance.choice(list(REQUESTS))
    fields = list(REQUESTS[name].model_fields)
    wrong = chance.choice([0.0, 0.1, 0.7])  # share of the fields that are nonsense
    data: Any = {field: value(chance) for field in fields if chance.random() < wrong}
    if "job" in fields and chance.random() < 0.7:
        data["job"] = chance.choice([JOB, "job-0000002", "job-9999999"])
    if "storyboard" in fields:
        data["storyboard"] = storyboard(chance)
        data["job"] = f"fuzz-{chance.randint(0, 9):04d}"
    if "camera" in fields and chance.random() < 0.5:
        data |= {"job": JOB, "shot": "shot-001", "camera": {chance.choice(CAMERA): value(chance)}}
    if name == "hello":
        data |= {"client": "x"}
    kind = chance.random()
    if kind < 0.05:
        data = deep(chance)
    whole: Any = {"type": name, "id": str(chance.randint(0, 9)), "data": data}
    if kind > 0.9:
        whole[chance.choice(["type", "id", "data"])] = value(chance)
    try:
        text = json.dumps(whole)
    except RecursionError:
        text = "[" * 3000
    if kind > 0.85:  # garble it
        raw = bytearray(text.encode())
        for _ in range(chance.randint(1, 4)):
            raw[chance.randrange(len(raw))] = chance.randrange(256)
        return bytes(raw) if kind > 0.93 else raw.decode("latin-1")
    if kind > 0.82:
        return text[: chance.randrange(len(text))]
    if kind > 0.80:
        return chance.randbytes(chance.randint(0, 200))
    return text


@pytest.mark.slow
def test_very_many_messages(dispatch: Dispatch) -> None:
    chance = random.Random(1)
    answered: dict[str, int] = {}
    slowest, grown = 0.0, [0, 0]

    async def all_of_them() -> None:
        nonlocal slowest
        for number in range(MESSAGES):
            if number % 20 == 0:  # others remove it, and what asks about it is one kind of many
                await dispatch.requests.answer(SUBMIT, dispatch.listener)
            text = message(chance)
            began = time.perf_counter()
            answer = await dispatch.requests.answer(text, dispatch.listener)
            slowest = max(slowest, time.perf_counter() - began)
            said = dispatch.check(answer)
            name = said.error.code if isinstance(said, ErrorNotice) else said.TYPE
            answered[name] = answered.get(name, 0) + 1
            dispatch.listener.unsent = CoalescingQueue()
            if number in (MESSAGES // 2, MESSAGES - 1):
                gc.collect()
                grown[number == MESSAGES - 1] = psutil.Process().memory_info().rss

    dispatch.runner.run(all_of_them())
    assert damage(dispatch.database) == ""
    assert slowest < 2.0
    assert grown[1] - grown[0] < 16 * 2**20, "memory grew"
    # The fuzzer reaches what it is meant to reach.
    for name in ["accepted", "done", "job.detail", "history", "state", "message.not_json"]:
        assert answered.get(name, 0) > 20, (name, answered)
    assert len(answered) > 60


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner),
    max_leaves=8,
)


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    st.sampled_from([*REQUESTS, "", "x"]),
    st.dictionaries(st.sampled_from(KEYS), json_values, max_size=5),
)
def test_generated_messages(dispatch: Dispatch, name: str, data: dict[str, Any]) -> None:
    dispatch(json.dumps({"type": name, "id": "1", "data": data}))


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(st.binary(max_size=200) | st.text(max_size=200))
def test_generated_bytes(dispatch: Dispatch, text: bytes | str) -> None:
    assert isinstance(dispatch(text), ErrorNotice)
