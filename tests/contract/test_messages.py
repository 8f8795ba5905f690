"""Messages on the wire: envelopes, errors with codes, frames, and the documents about them."""

from __future__ import annotations

import json
from typing import Any

import pytest

from multiplane.contract.errors import InputError
from multiplane.contract.frames import PreviewInfo, pack_preview, unpack_preview
from multiplane.contract.message_documents import asyncapi, openapi
from multiplane.contract.messages import open_envelope, open_payload, pack
from multiplane.contract.messages_client import REQUESTS, GetJob, Submit
from multiplane.contract.messages_server import EVENTS, NOTICES, ErrorNotice, Welcome

JOB = "job-0000001"


def test_a_message_goes_there_and_back() -> None:
    said = Submit(job=JOB, storyboard={"shots": [{"prompt": "a füchs 🦊"}]})
    envelope = open_envelope(pack(said, "7"))
    assert (envelope.type, envelope.id) == ("submit", "7")
    assert open_payload(envelope, REQUESTS) == said


def test_fields_of_newer_versions_are_ignored() -> None:
    text = json.dumps({"type": "state.get", "id": "1", "data": {"new": 1}, "more": 2})
    assert open_payload(open_envelope(text), REQUESTS).TYPE == "state.get"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("", "message.not_json"),
        ("[", "message.not_json"),
        ("[" * 100_000, "message.not_json"),
        ('{"type": "state", "data": {"x": NaN}}', "message.not_json"),
        ('{"type": "\\ud800"}', "message.not_json"),
        (b"\xff\xfe\x00", "message.not_json"),
        ("[]", "message.malformed"),
        ("null", "message.malformed"),
        ("{}", "message.type.missing"),
        ('{"type": 5}', "message.type.wrong_type"),
        ('{"type": "state", "id": 5}', "message.id.wrong_type"),
        ('{"type": "state", "data": []}', "message.data.wrong_type"),
    ],
)
def test_what_is_no_message_is_refused_by_code(text: str | bytes, code: str) -> None:
    with pytest.raises(InputError) as caught:
        open_envelope(text)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("type_", "data", "code"),
    [
        ("stat", {}, "message.unknown"),
        ("welcome", {}, "message.unknown"),
        ("submit", {}, "message.submit.job.missing"),
        ("submit", {"job": "../../x", "storyboard": {}}, "message.submit.job.invalid"),
        ("submit", {"job": "CON", "storyboard": {}}, "message.submit.job.invalid"),
        ("cancel", {"job": JOB, "shot": ""}, "message.cancel.shot.empty"),
        ("search", {"limit": 10**9}, "message.search.limit.out_of_bounds"),
        ("hello", {"client": "x", "version": "1.0.0"}, "message.hello.version.wrong_type"),
        ("submit", {"job": JOB, "storyboard": {"x": 1e999}}, "message.submit.storyboard.invalid"),
    ],
)
def test_bad_fields_are_named(type_: str, data: dict[str, Any], code: str) -> None:
    text = json.dumps({"type": type_, "id": "1", "data": data}).replace("Infinity", "1e999")
    with pytest.raises(InputError) as caught:
        open_payload(open_envelope(text), REQUESTS)
    assert caught.value.code == code
    assert str(caught.value)


def test_every_message_has_its_own_name_and_is_documented() -> None:
    assert not set(REQUESTS) & set(NOTICES)
    documented = {one["name"] for one in asyncapi()["components"]["messages"].values()}
    assert documented == {*REQUESTS, *NOTICES, "preview"}


def test_every_request_is_documented_with_its_answer() -> None:
    document = asyncapi()
    names = {key: one["name"] for key, one in document["components"]["messages"].items()}

    def named(operation: dict[str, Any]) -> list[str]:
        return [names[one["$ref"].rsplit("/", 1)[-1]] for one in operation["messages"]]

    operations = document["operations"]
    assert set(operations) == {*REQUESTS, "event"}
    for name, request in REQUESTS.items():
        assert named(operations[name]) == [name]
        assert named(operations[name]["reply"]) == [request.answer_class().TYPE, "error"]
    assert named(operations["camera.apply"]["reply"]) == ["camera.applied", "error"]
    answers = {request.answer_class().TYPE for request in REQUESTS.values()}
    assert answers | {"error", *EVENTS} == set(NOTICES)
    assert not answers & set(EVENTS)


@pytest.mark.parametrize("document", [asyncapi(), openapi()], ids=["asyncapi", "openapi"])
def test_every_reference_of_the_documents_is_there(document: dict[str, Any]) -> None:
    def references(part: Any) -> list[str]:
        if isinstance(part, dict):
            own = [part["$ref"]] if "$ref" in part else []
            return own + [one for value in part.values() for one in references(value)]
        if isinstance(part, list):
            return [one for value in part for one in references(value)]
        return []

    found = references(document)
    assert found
    for reference in found:
        place: Any = document
        for key in reference.removeprefix("#/").split("/"):
            place = place[key]


def test_a_preview_frame_goes_there_and_back() -> None:
    info = PreviewInfo(job=JOB, shot="ß", done=3, total=8, width=4, height=2)
    assert unpack_preview(pack_preview(info, b"\xff\xd8pixels")) == (info, b"\xff\xd8pixels")


@pytest.mark.parametrize("cut", [0, 3, 11, 12, 40])
def test_a_cut_off_frame_is_refused(cut: int) -> None:
    info = PreviewInfo(job=JOB, shot="a", done=3, total=8, width=4, height=2)
    with pytest.raises(InputError, match="binary frame"):
        unpack_preview(pack_preview(info, b"")[:cut])
    with pytest.raises(InputError, match="binary frame"):
        unpack_preview(b"X" * 200)


def test_notices_write_every_field() -> None:
    text = pack(Welcome(server="x", version=1, features=[], models=[], jobs=[], paused=False), "1")
    assert set(json.loads(text)["data"]) == set(Welcome.model_fields)
    assert ErrorNotice.TYPE == "error"


def test_a_request_of_what_somebody_typed_is_refused_as_the_server_would() -> None:
    with pytest.raises(InputError) as caught:
        Submit.of(job="filled", storyboard={"shots": []})
    error = caught.value
    assert (error.code, error.field, error.value) == ("message.submit.job.invalid", "job", "filled")
    assert "8 to 64 small letters" in str(error.remedy)
    with pytest.raises(InputError, match="multiplane jobs list"):
        GetJob.of(job="the last one")
    assert GetJob.of(job="night-shoot-7").job == "night-shoot-7"
