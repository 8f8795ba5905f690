"""Folder names: safe everywhere, stable, and unique on every file system."""

from __future__ import annotations

import unicodedata
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from multiplane.contract.names import folder_name, folder_names

RESERVED = {"con", "prn", "aux", "nul"} | {f"{p}{n}" for p in ("com", "lpt") for n in range(1, 10)}
AWKWARD = [
    "a/b", "a\\b", "..", ".", "../../etc/passwd", "C:\\Windows", "/", "", " ", "...", "-rf",
    "CON", "con.txt", "NUL", "nul ", "LPT1", "COM¹", "Aux.tar.gz", "end.", "end ", " begin",
    "a:b", 'a"b', "a|b", "a?b*", "<a>", "a\0b", "a\nb", "a\u202eb", "\ud800", "\ufeffx",
    "%41", "a#b", "~", "$HOME", "`id`", "x" * 300, "é" * 300, "👩‍🚀" * 100, "日本語" * 50,
]  # fmt: skip


def assert_safe(name: str) -> None:
    assert name
    assert len(name.encode("utf-8")) <= 80
    assert not set(name) & set('/\\:*?"<>|%#$~`\0')
    assert name == name.strip(" .")
    assert name[0] != "-"
    assert name.split(".", maxsplit=1)[0].casefold() not in RESERVED
    assert not any(unicodedata.category(c) in ("Cc", "Cs", "Zl", "Zp") for c in name)


@pytest.mark.parametrize("id_", AWKWARD, ids=lambda id_: ascii(id_)[:30])
def test_awkward_ids_get_safe_names_of_their_own(id_: str, tmp_path: Path) -> None:
    name = folder_name(id_)
    assert_safe(name)
    assert name != id_
    assert folder_name(id_) == name
    (tmp_path / name).mkdir()
    assert [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    "id_", ["shot-001", "SC010_SH020", "1A", "opening.v2", "森の中", "🐉 lair", "Café", "a b"]
)
def test_safe_ids_stay_as_they_are(id_: str) -> None:
    assert folder_name(id_) == id_


@given(st.text(max_size=320))
@example("0\u2028")
@example("\u0301")
@example("ﬁ")
def test_any_text_gives_a_safe_name(id_: str) -> None:
    assert_safe(folder_name(id_))


@settings(max_examples=50)
@given(st.lists(st.text("aAéE\u0301/:.ßs ", max_size=4), unique=True, max_size=30))
def test_no_two_ids_share_a_folder(ids: list[str]) -> None:
    names = folder_names(ids)
    folded = {unicodedata.normalize("NFC", name).casefold() for name in names.values()}
    assert len(folded) == len(ids)


def test_ids_that_differ_in_case_or_normal_form_only() -> None:
    names = folder_names(["Shot", "shot", "SHOT", "é", "e\u0301", "straße", "STRASSE"])
    folded = {unicodedata.normalize("NFC", name).casefold() for name in names.values()}
    assert len(folded) == 7
    assert (names["Shot"], names["é"], names["straße"]) == ("Shot", "é", "straße")


def test_an_id_that_looks_like_another_ones_hashed_name() -> None:
    hashed = folder_name("a/b")
    names = folder_names([hashed, "a/b"])
    assert names[hashed] == hashed
    assert names["a/b"] != hashed
