"""What the server and the hosts say is said in the user's language: every code has a text."""

from __future__ import annotations

import ast
import json
import re
from fnmatch import fnmatch
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from multiplane.contract.doubts import DoubtReason
from multiplane.contract.errors import Failure
from multiplane.contract.known_names import unknown_name
from multiplane.contract.manifest import NoticeEntry
from multiplane.contract.told_values import told
from multiplane.produce.doubts import uncertain
from tests.outside_programs import WEB, run_node
from tests.panel import interpolated, said
from tests.panel.adobe import Program
from tests.panel.interpolated import Sentences
from tests.panel.showing import PANEL, Shown
from tests.panel.test_browser import choose
from tests.server.prepared import board
from tests.server.running import Running

TEXTS = (PANEL / "js" / "text").as_uri()
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def in_japanese(codes: list[str], *said: dict[str, Any]) -> dict[str, Any]:
    asked = json.dumps({"codes": codes, "said": said})
    found: dict[str, Any] = run_node(WEB / "panel_told.mjs", TEXTS, typed=asked)
    return found


def lacking(places: list[said.Said]) -> list[str]:
    """Places whose code has no text in one of the languages; in English the message is its text."""
    codes = sorted({place.code.replace("*", "x") for place in places})
    texts = in_japanese(codes)["texts"]
    spoken = {code for code, text in texts.items() if text and _always_said(text[0])}
    return sorted(
        f"{place.where}: {place.code}"
        for place in places
        if not place.has_message or place.code.replace("*", "x") not in spoken
    )


def _always_said(wording: str | list[str]) -> bool:
    """Whether it is Japanese, and told also with no values, as by an older server."""
    all_ = [wording] if isinstance(wording, str) else wording
    return all(_JAPANESE.search(one) for one in all_) and "{" not in all_[-1]


def test_every_code_of_the_server_has_a_text_in_each_language() -> None:
    places = said.of_the_server()
    assert len({place.code for place in places}) > 220
    assert said.unresolved() == set(), "codes that this test cannot read"
    assert lacking(places) == []


def test_every_code_of_the_hosts_has_a_text_in_each_language() -> None:
    places = said.of_the_hosts()
    assert len({place.code for place in places}) > 45
    assert lacking(places) == []


def test_the_check_can_fail() -> None:
    unknown = said.Said("a.py", "nobody.knows_this", True)
    silent = said.Said("b.py", "picture.damaged", False)
    assert lacking([unknown, silent]) == ["a.py: nobody.knows_this", "b.py: picture.damaged"]


def test_every_sentence_is_one_that_is_said() -> None:
    """So that one that is changed in English does not lose its Japanese without a word."""
    sources = list(said.texts())
    sentences = in_japanese([])["sentences"]
    assert len(sentences) > 60
    for english, japanese in sentences:
        parts = [part.strip() for part in re.split(r"\{\w+\}", english) if len(part.strip()) > 3]
        parts = parts or [english]
        assert any(all(part in source for part in parts) for source in sources), english
        assert set(re.findall(r"\{(\w+)\}", japanese)) <= set(re.findall(r"\{(\w+)\}", english))


def test_every_value_in_a_text_is_one_that_is_given() -> None:
    given = list(said.values())
    wordings = in_japanese([])["wordings"]
    named = 0
    for code, texts in wordings.items():
        known = {
            name
            for shape, names in given
            if fnmatch(shape, code) or fnmatch(code, shape)
            for name in names
        }
        for name in re.findall(r"\{(\w+)\}", json.dumps(texts)):
            named += 1
            assert name in known, (code, name)
    assert named > 100


def test_what_is_put_into_a_sentence_is_given_by_name() -> None:
    """Figures and names reach other languages only as values."""
    unnamed = {
        place.where: place.hidden
        for place in interpolated.of_the_server()
        if set(place.hidden) - _NOT_OURS
    }
    assert unnamed == {}
    lacking_ = {
        place.where: names
        for place in interpolated.of_the_server()
        if place.values is not None and (names := place.names - place.values)
    }
    assert lacking_ == {}


def test_every_figure_and_name_is_told_in_japanese() -> None:
    places = [place for place in interpolated.of_the_server() if place.code != "*"]
    assert sum(bool(place.names) for place in places) > 150
    assert untold(places) == []


def test_the_check_of_figures_can_fail() -> None:
    source = (
        'def told(size):\n    text = f"It has {size} px."\n'
        '    raise InputError("picture.too_small", text, remedy="Use {least} px.")\n'
    )
    (place,) = interpolated.in_module(ast.parse(source), "a.py")
    assert place.hidden == ("size",)
    assert place.names - (place.values or set()) == {"least"}
    named = Sentences("b.py:1", "attention.concepts_unsupported", ("{words} are none.",), (), None)
    assert untold([named]) == ["b.py:1: attention.concepts_unsupported lacks words"]


_NOT_OURS = {"details['msg']", "message.rstrip('.')", "_nearest_remedy(base)"}
"""Sentences of pydantic, and remedies of a table without figures of its own."""
_SAID_BY_THE_CODE = {"noun", "suffix"}
"""Values that a code has one of: its own text names them."""


def untold(places: list[Sentences]) -> list[str]:
    """Places with a value that the Japanese of their code leaves out."""
    asked, wanted = [], []
    for place in places:
        sides = {"message": (place.message, place.remedy), "remedy": (place.remedy, place.message)}
        for side, (sentences, others) in sides.items():
            for sentence in sentences:
                names = interpolated.names_in(sentence) - _SAID_BY_THE_CODE
                with_ = {frozenset(place.values or ())}
                with_ |= {interpolated.names_in(sentence + other) for other in others or ("",)}
                tries = [{name: f"<{name}>" for name in sorted(known)} for known in with_]
                asked += [
                    {
                        "code": place.code.replace("*", "x"),
                        "message": "",
                        side: told(sentence, values),
                        "values": values,
                    }
                    for values in tries
                ]
                wanted.append((place, side, names, len(tries)))
    answers = iter(in_japanese([], *asked)["said"])
    found = set()
    for place, side, names, count in wanted:
        texts = [str(next(answers)[side]) for _ in range(count)]
        left = min(({name for name in names if f"<{name}>" not in text} for text in texts), key=len)
        if left:
            found.add(f"{place.where}: {place.code} lacks {', '.join(sorted(left))}")
    return sorted(found)


@pytest.mark.parametrize(
    ("code", "message", "wanted"),
    [
        ("models.unreadable", "The file was odd.", "モデルを読み込めませんでした。"),
        ("audio.missing", "There is no such audio file.", "音声ファイルを使えません。"),
        ("nobody.knows_this", "This is new.", "This is new."),
        (None, "Another try: The model's process ended unexpectedly (status 9).",
         "もう一度試みます：モデルのプロセスが予期せず終了しました（状態 9）。"),
    ],
)  # fmt: skip
def test_a_sentence_keeps_its_values(code: str | None, message: str, wanted: str) -> None:
    (told,) = in_japanese([], {"code": code, "message": message, "remedy": None})["said"]
    assert told == {"message": wanted, "remedy": None}


@pytest.mark.parametrize(
    ("error", "wanted"),
    [
        (uncertain("fox", 0.412, DoubtReason.ATTENTION_WEAK),
         "fox は不確かです（確度 41%）：その言葉にはっきり当たるものが画像にありません。"),
        (unknown_name("storyboard.model.unknown", "model", "zimage", ["z-image", "flux"]),
         "この名前のモデルはありません。"),
        (Failure("models.memory", "{model} is too large.", values={"model": "flux"}),
         "flux を読み込むメモリが足りませんでした。"),
    ],
)  # fmt: skip
def test_a_code_is_told_with_its_values(error: Failure | NoticeEntry, wanted: str) -> None:
    """And without them, as older servers say it, with the code's own text."""
    entry: dict[str, Any] = (
        error.model_dump() if isinstance(error, NoticeEntry) else error.as_dict()
    )
    entry["message"] = entry.get("message") or entry["text"]
    older = {name: entry[name] for name in ("code", "message", "remedy")}
    told, before = in_japanese([], entry, older)["said"]
    assert told["message"] == wanted
    assert _JAPANESE.search(before["message"])
    assert "{" not in told["message"] + before["message"]
    if entry["values"].get("near"):
        assert told["remedy"] == '"z-image" のことですか。'


def test_a_japanese_panel_speaks_japanese(
    shown: Shown, server: Running, data: Path, tmp_path: Path
) -> None:
    """What the server refuses, what a host refuses, and the camera's words."""
    page = shown.page
    page.set_viewport_size({"width": 1000, "height": 800})
    page.add_init_script("localStorage['multiplane.language'] = JSON.stringify('ja')")
    program = Program(page, environment={"MULTIPLANE_DATA": str(data)})
    with Client(data) as client:
        client.submit(board(1))
        program.open()
        shown.wait_for_end()
    program.answers = lambda script: "EvalScript error." if "call.importShot" in script else None
    page.click(".card .tools button")
    notice = shown.wait_for_notice("プログラムがパネルのスクリプトを実行できませんでした。")
    assert "After Effects could not run" in str(notice.locator(".trouble").get_attribute("title"))
    page.click("#tool-camera")
    page.locator("#tools-camera", has_text="奥行き範囲の 0.2 のドリー").wait_for()
    file = tmp_path / "long.json"
    file.write_text(json.dumps({"shots": [{"id": "a", "prompt": "a cat", "duration": 1e9}]}))
    choose(shown, file)
    shown.card("a").wait_for()
    page.click("#act")
    shown.wait_for_notice("600 以下にしてください。")
    shown.wait_for_notice("0.008 から 600 秒にしてください。")
