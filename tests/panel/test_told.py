"""What the server and the hosts say is said in the user's language: every code has a text."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from multiplane.client import Client
from tests.outside_programs import WEB, run_node
from tests.panel import said
from tests.panel.adobe import Program
from tests.panel.showing import PANEL, Shown
from tests.panel.test_browser import choose
from tests.server.prepared import board
from tests.server.running import Running

TEXTS = (PANEL / "js" / "text").as_uri()
_JAPANESE = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


def in_japanese(codes: list[str], *said: dict[str, Any]) -> dict[str, Any]:
    asked = json.dumps({"codes": codes, "said": said})
    found: dict[str, Any] = run_node(WEB / "panel_told.mjs", TEXTS, asked)
    return found


def lacking(places: list[said.Said]) -> list[str]:
    """Places whose code has no text in one of the languages; in English the message is its text."""
    codes = sorted({place.code.replace("*", "x") for place in places})
    texts = in_japanese(codes)["texts"]
    spoken = {code for code, text in texts.items() if text and _JAPANESE.search(text[0])}
    return sorted(
        f"{place.where}: {place.code}"
        for place in places
        if not place.has_message or place.code.replace("*", "x") not in spoken
    )


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
    assert len(sentences) > 80
    for english, japanese in sentences:
        parts = [part.strip() for part in re.split(r"\{\w+\}", english) if len(part.strip()) > 3]
        parts = parts or [english]
        assert any(all(part in source for part in parts) for source in sources), english
        assert set(re.findall(r"\{(\w+)\}", japanese)) <= set(re.findall(r"\{(\w+)\}", english))


@pytest.mark.parametrize(
    ("code", "message", "wanted"),
    [
        ("storyboard.shot.duration.out_of_bounds", "It should be less than or equal to 600.",
         "600 以下にしてください。"),
        ("doubt.attention_weak",
         "fox is uncertain (41% sure): nothing in the picture clearly answers to its word.",
         "fox は不確かです（確度 41%）：その言葉にはっきり当たるものが画像にありません。"),
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
