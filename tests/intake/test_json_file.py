"""JSON files of users: what can be read, and how the rest is refused."""

from __future__ import annotations

import codecs
import contextlib
import json
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from multiplane.contract.errors import InputError
from multiplane.intake.json_file import read_json

TEXT = '{"title": "森 🐉"}'


@pytest.mark.parametrize(
    "data",
    [
        TEXT.encode(),
        codecs.BOM_UTF8 + TEXT.encode(),
        codecs.BOM_UTF16_LE + TEXT.encode("utf-16-le"),
        codecs.BOM_UTF16_BE + TEXT.encode("utf-16-be"),
        codecs.BOM_UTF32_LE + TEXT.encode("utf-32-le"),
        codecs.BOM_UTF32_BE + TEXT.encode("utf-32-be"),
        json.dumps(json.loads(TEXT)).encode("ascii"),
    ],
    ids=["utf-8", "utf-8 mark", "utf-16-le", "utf-16-be", "utf-32-le", "utf-32-be", "escapes"],
)
def test_every_encoding_with_a_mark(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_bytes(data)
    assert read_json(path, kind="storyboard") == {"title": "森 🐉"}


BAD: dict[str, tuple[bytes, str, str]] = {
    "empty": (b"", "json.syntax", "Line 1, column 1"),
    "not json": (b'{\n "shots": [\n  {prompt: 1}\n]}', "json.syntax", "Line 3, column 4"),
    "trailing comma": (b'{"a": 1,}', "json.syntax", "Line 1, column"),
    "two documents": (b"{} {}", "json.syntax", "Line 1, column 4"),
    "control character": (b'{"a": "\x01"}', "json.syntax", "control character"),
    "list": (b"[]", "json.not_an_object", "JSON object"),
    "text": (b'"hello"', "json.not_an_object", "JSON object"),
    "null": (b"null", "json.not_an_object", "JSON object"),
    "NaN": (b'{"fps": NaN}', "json.not_a_number", "NaN"),
    "Infinity": (b'{"fps": -Infinity}', "json.not_a_number", "-Infinity"),
    "huge integer": (b'{"seed": ' + b"9" * 5000 + b"}", "json.number_too_large", "digits"),
    "deep": (b'{"a":' + b"[" * 200_000 + b"]" * 200_000 + b"}", "json.too_deep", "100 levels"),
    "101 levels": (b'{"a":' * 102 + b"1" + b"}" * 102, "json.too_deep", "100 levels"),
    "lone surrogate": (
        b'{"shots": [{}, {"prompt": "a \\ud800"}]}', "json.lone_surrogate", "shots[1].prompt",
    ),
    "lone surrogate as a name": (b'{"a": {"\\udc00": 1}}', "json.lone_surrogate", "half a"),
    "latin-1": ('{\n"title": "Café"}'.encode("latin-1"), "file.encoding", "line 2"),
    "half of utf-16": (codecs.BOM_UTF16_LE + b'{\0"', "file.encoding", "UTF-16"),
    "picture": (b"\x89PNG\r\n\x1a\n", "file.encoding", "UTF-8"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
def test_bad_files_are_refused_by_name(case: str, tmp_path: Path) -> None:
    data, code, words = BAD[case]
    path = tmp_path / "board.json"
    path.write_bytes(data)
    with pytest.raises(InputError) as caught:
        read_json(path, kind="storyboard")
    assert caught.value.code == f"storyboard.{code}"
    assert caught.value.file == str(path)
    assert words in str(caught.value)
    assert len(str(caught.value)) < 1000


def test_files_that_are_not_there(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path, tmp_path / "a\0b"):
        with pytest.raises(InputError) as caught:
            read_json(path, kind="storyboard")
        assert caught.value.code in ("storyboard.file.missing", "storyboard.file.unreadable")


def test_size_has_a_limit(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_bytes(b'{"a": "' + b"x" * 1000 + b'"}')
    with pytest.raises(InputError, match="larger than"):
        read_json(path, kind="storyboard", max_bytes=1000)
    assert read_json(path, kind="storyboard", max_bytes=1009)


@settings(max_examples=200)
@given(st.binary(max_size=60))
def test_any_bytes_give_an_object_or_an_input_error(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    path = tmp_path_factory.getbasetemp() / "any.json"
    path.write_bytes(data)
    # Anything but an InputError fails the test.
    with contextlib.suppress(InputError):
        assert isinstance(read_json(path, kind="storyboard"), dict)


MISTAKES = {
    "backslash": (r'{"a": "C:\Users\anna"}', "a single backslash", '"C:/boards/01.png"'),
    "comment": ('{\n// my film\n"a": 1}', "a comment", "Take it out"),
    "comma": ('{"a": [1,]}', "a comma before the closing bracket", "Take the comma out"),
    "comma in braces": ('{"a": 1,\n}', "a comma before the closing bracket", "Take the comma out"),
    "smart quotes": ("{“a”: 1}", "a typographic quote", "straight quotes"),
    "smart quote at the end": ('{"a": “b”}', "a typographic quote", "straight quotes"),
    "single quotes": ("{'a': 1}", "a single quote", "double quotes"),
    "list": ('[{"prompt": "a"}]', "in braces", '{"shots": [...]}'),
    "twice": ('{"shots": [1], "shots": [2]}', "twice", "Keep one"),
}


@pytest.mark.parametrize("case", MISTAKES)
def test_usual_mistakes_are_named(case: str, tmp_path: Path) -> None:
    text, what, remedy = MISTAKES[case]
    path = tmp_path / "board.json"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_json(path, kind="storyboard")
    assert what in caught.value.message
    assert remedy in str(caught.value.remedy)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark(encoding: str, tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_bytes('{"title": "Die Brücke"}'.encode(encoding))
    assert read_json(path, kind="storyboard") == {"title": "Die Brücke"}


def test_the_byte_of_another_encoding_is_named(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_bytes('{"title": "Die Brücke"}'.encode("cp1252"))
    with pytest.raises(InputError, match="0xFC in line 1"):
        read_json(path, kind="storyboard")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_a_fault_is_shown_in_its_line_and_no_more(end: str, tmp_path: Path) -> None:
    lines = ["{", '"title": "' + "x" * 500 + '",', '"shots": [', '  {"prompt": 1 2}', "]}"]
    path = tmp_path / "board.json"
    path.write_bytes(end.join(lines).encode())
    with pytest.raises(InputError, match="Line 4, column 16 is not JSON") as caught:
        read_json(path, kind="storyboard")
    assert caught.value.value == lines[3]


def test_of_a_long_line_the_place_is_shown(tmp_path: Path) -> None:
    path = tmp_path / "board.json"
    path.write_text('{"a": "' + "x" * 900 + '", "b" 2, "c": "' + "y" * 900 + '"}')
    with pytest.raises(InputError) as caught:
        read_json(path, kind="storyboard")
    shown = str(caught.value.value)
    assert '"b" 2, "c"' in shown
    assert shown.startswith("…")
    assert shown.endswith("…")
    assert len(shown) < 70
