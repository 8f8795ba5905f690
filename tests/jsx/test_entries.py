"""What others call: a text in, ASCII JSON out, whatever the text is."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from pydantic import ValidationError

from multiplane.contract.script_calls import ScriptCalls
from tests.jsx.conftest import done, failed, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.test_sequence import storyboard

ENTRIES = tuple(str(field.alias) for field in ScriptCalls.model_fields.values())
ANSWER_ANYTHING = ("hostInfo", "collect", "importedShots", "activeComp")
TEXTS = (
    *("", "{", "[1,", '{"a":}', "nul", '{"a":"\\x"}', "[" * 300, "\x00", "\u2028"),
    *("null", "5", '"text"', "[]", "{}", "true"),
    '{"folder": 5}',
    '{"folder": null, "manifest": []}',
    '{"folder": "/none", "manifest": {"schema": "multiplane/manifest/1"}}',
    '{"folder": "/none", "sequence": {"schema": "multiplane/sequence/1", "shots": [null]}}',
    '{"folder": {"toString": 1}, "storyboard": [], "audio": {}, "shot": {}}',
    '{"__proto__": {"folder": 1}, "hasOwnProperty": 1, "constructor": null}',
)


def test_these_are_all() -> None:
    listed = started().run(
        "(function () { var a = []; for (var n in multiplane.call) { a.push(n); }"
        " return a.join(); }())"
    )
    assert tuple(listed.split(",")) == ENTRIES


def test_answers_and_arguments_are_held_to_the_contract(host: AfterEffects) -> None:
    with pytest.raises(ValidationError, match="folder"):
        done(host, "importShot", folder=5)
    with pytest.raises(ValidationError, match="path"):
        done(host, "collect", path="/none")
    host.run('multiplane.call.hostInfo = function () { return \'{"ok": true, "result": {}}\'; };')
    with pytest.raises(ValidationError, match="may_write_files"):
        done(host, "hostInfo")


@pytest.mark.parametrize("entry", ENTRIES)
def test_none_throws(entry: str, tmp_path: Path) -> None:
    host = started()
    for text in TEXTS:
        answer = host.run(f"multiplane.call.{entry}({json.dumps(text)})")
        assert answer.isascii()
        found = json.loads(answer)
        if found["ok"]:
            assert entry in ANSWER_ANYTHING, text
        else:
            assert found["error"]["message"], text
        assert host.item_list() == [], text
    # Nor without an argument, nor with one that is no text.
    for given in ("", "undefined", "null", "5", "{}"):
        assert json.loads(host.run(f"multiplane.call.{entry}({given})"))["ok"] in (True, False)


def test_a_refusal_of_the_program_is_an_answer_too(host: AfterEffects, tmp_path: Path) -> None:
    """What After Effects throws becomes an error that says where, and nothing is left half made."""
    write_shot(tmp_path)
    host.run("KeyframeEase = function () { throw new Error('internal verification failure'); };")
    error = failed(host, "importShot", folder=str(tmp_path))
    assert error["code"] == "after_effects.refused"
    assert error["message"] == "internal verification failure"
    assert host.item_list() == []
    assert host.undo_names == ["Multiplane: shot-001"]


def test_the_whole_in_one_call_with_a_shot_that_fails(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path, ["one", "two", "three"])
    (tmp_path / "shots/two/picture.png").unlink()
    report = done(host, "importSequence", folder=str(tmp_path))
    assert [shot["state"] for shot in report["shots"]] == ["created", "failed", "created"]
    assert report["shots"][1]["error"]["file"].endswith("shots/two/picture.png")
    assert report["master"]["missing"] == ["two"]
    assert host.undo_names == ["Multiplane: one", "Multiplane: three", "Multiplane: Der Film"]
