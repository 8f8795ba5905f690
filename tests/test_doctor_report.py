"""multiplane doctor --report: useful, and without anything private."""

from __future__ import annotations

import getpass
import json
import platform
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from multiplane.cli import doctor
from multiplane.cli.checkup import Finding
from multiplane.cli.doctor_report import HEAD
from multiplane.cli.private_words import Private, Scrubber
from multiplane.contract.data_folder import DataFolder
from multiplane.server.jobs.storage.token_file import ensure_token
from tests.command_line import Multiplane

PROMPT = "a secret heroine in front of the unreleased spaceship"
STORYBOARD = {
    "title": "Project Nightfall",
    "style": "noir by Someone",
    "shots": [
        {
            "id": "nf-042",
            "prompt": PROMPT,
            "dialogue": "Nobody may know.",
            "picture": "/mnt/clients/Studio Z/nightfall board.png",
        }
    ],
}


@pytest.fixture
def report(
    multiplane: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> dict[str, str]:
    """What was planted by kind, and the report itself as "report"."""
    home = tmp_path / "home" / "zoe.quist"
    data = DataFolder(home / "Library" / "multiplane data")
    monkeypatch.setattr(getpass, "getuser", lambda: "zoe.quist")
    monkeypatch.setattr(platform, "node", lambda: "zoes-tower.studio.example")
    monkeypatch.setattr(Path, "home", lambda: home)
    for folder in (data.logs, data.submitted, data.set_aside, data.jobs / "job-nightfall-7"):
        folder.mkdir(parents=True)
    token = ensure_token(data.token)
    (data.set_aside / "zoes-diary.odt").touch()
    (data.root / "tax 2025.pdf").touch()
    submitted = {
        "schema": "multiplane/submitted/2",
        "model": "storyboard-mini",
        "title": STORYBOARD["title"],
        "storyboard": json.dumps(STORYBOARD),
    }
    (data.submitted / "job-nightfall-7.json").write_text(json.dumps(submitted))
    said = [
        ("info", "nothing of interest"),
        (
            "error",
            f"shots[0].prompt: It is too long. Given: {PROMPT[:20]}...{PROMPT[-18:]}. Cut it.",
        ),
        ("warning", f"job-nightfall-7 nf-042 {home}/Desktop/My Film/take.mov: cannot be read"),
        ("warning", "C:\\Users\\zoe.quist\\Films\\a b.mov cannot be read, ZOE.QUIST"),
        ("error", f"token {token} of zoes-tower at 10.1.2.3, zoe@studio.example"),
        ("error", "http://127.0.0.1:8472/#pair=ABC-DEF-123 and https://intern.studio.example/x"),
    ]
    lines = [
        {"time": "2026-11-29T02:00:00Z", "level": level, "logger": "multiplane", "text": text}
        for level, text in said
    ]
    lines[-1]["trace"] = (
        f'Traceback\n  File "{home}/multiplane/backend/x.py", line 7\n'
        f"KeyError: {STORYBOARD['style']!r}"
    )
    (data.logs / "server.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\nno json\n")
    (data.logs / "worker.log").write_text("Token indices: too long\nin front of the unreleased\n")
    findings = [
        Finding("Data folder", "ok", f"2 were set aside in {data.set_aside}: zoes-diary.odt"),
        Finding("Data folder", "problem", f"{data.root}: not empty (tax 2025.pdf)", "Look."),
        Finding("storyboard-mini", "ok", "whole, in multiplane/submitted"),
        Finding("Server", "ok", "answers at http://127.0.0.1:8472 (process 1)"),
    ]
    monkeypatch.setattr(doctor, "_examine", lambda **_: iter(findings))
    monkeypatch.setenv("MULTIPLANE_DATA", str(data.root))
    monkeypatch.setenv("HF_TOKEN", "hf_abcdefghij")
    answer = multiplane("doctor", "--report", tmp_path / "report.txt")
    assert answer.status == 1, "there is a problem"
    assert "Look through it" in answer.out
    text = (tmp_path / "report.txt").read_text(encoding="utf-8")
    planted = {
        "user": "quist", "computer": "tower", "company": "studio", "project": "nightfall",
        "prompt": "heroine", "prompt's end": "spaceship", "prompt's middle": "unreleased",
        "style": "noir", "dialogue": "may know", "shot": "nf-042", "client": "clients",
        "film": "My Film", "diary": "diary", "tax": "tax 2025", "token": token,
        "code": "ABC-DEF", "address": "10.1.2.3", "hub": "hf_abc", "drive": "C:\\",
    }  # fmt: skip
    return {**planted, "report": text}


def test_nothing_private_is_in_it(report: dict[str, str]) -> None:
    text = report.pop("report").lower()
    assert {kind for kind, word in report.items() if word.lower() in text} == set()


def test_what_helps_is_in_it(report: dict[str, str]) -> None:
    text = report["report"]
    assert text.startswith(HEAD)
    for words in (
        f"Python {platform.python_version()}",
        "problem  Data folder: <data>: not empty",
        "answers at http://127.0.0.1:8472 (process 1)",
        "cannot be read",
        "It is too long. Given: <text>. Cut it.",
        "KeyError: <text>",
        "line 7",
        "storyboard-mini: whole, in multiplane/submitted",
        "numpy ",
        "HF_TOKEN",
        "Token indices: too long",
    ):
        assert words in text, words
    assert "nothing of interest" not in text, "only warnings and errors"


def test_a_report_takes_an_earlier_ones_place_and_no_other_files(
    multiplane: Multiplane, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "_examine", lambda **_: iter([Finding("Python", "ok", "3")]))
    monkeypatch.setenv("MULTIPLANE_DATA", str(tmp_path / "data"))
    for _ in range(2):
        assert multiplane("doctor", "--report", "report.txt").status == 0
    (tmp_path / "thesis.txt").write_text("years of work")
    said = multiplane("doctor", "--report", "thesis.txt")
    assert said.status == 2
    assert "is not replaced" in said.err
    assert (tmp_path / "thesis.txt").read_text() == "years of work"
    found = json.loads(multiplane("doctor", "--report", "report.txt", "--json").out)
    assert found[0]["what"] == "Python"


WORDS = st.text(st.characters(categories=("L", "N")), min_size=2, max_size=12)


@given(st.lists(WORDS, min_size=1, max_size=8), st.integers(0, 8), st.integers(0, 8))
def test_any_text_of_a_user_goes_whole_or_three_words_of_it(
    words: list[str], start: int, length: int
) -> None:
    scrub = Scrubber(Private(texts=[" ".join(words)]))
    assert scrub(f"!! {' '.join(words)} !!") == "!! <text> !!"
    part = words[start : start + max(3, length)]
    if len(part) >= 3:
        said = scrub(f"!! {' '.join(part)} !!")
        assert said == "!! <text> !!"


@given(st.text(max_size=60))
def test_what_is_not_private_may_be_any_text(text: str) -> None:
    Scrubber(Private(["s3cret"], ["ann"], ["a b c"], {Path("/srv/data"): "<data>"}))(text)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("3.1 GB free at /srv/data", "3.1 GB free at <data>"),
        ("/srv/data/jobs.sqlite3 is damaged: x", "<data>/jobs.sqlite3 is damaged: x"),
        ("/srv/database is another", "<path>"),
        ("read/write, and/or 24 frames/s", "read/write, and/or 24 frames/s"),
        ("(/home/bob/x y.png), then", "(<path>), then"),
        ("Python 3.11.7 on Linux x86_64", "Python 3.11.7 on Linux x86_64"),
        ("multiplane models pull z-image-turbo", "multiplane models pull z-image-turbo"),
        ("at 12:30:59 it ended", "at 12:30:59 it ended"),
        ("fe80::1c2d:3e4f:5a6b:7c8d went", "<address> went"),
        ("Ann's and ann", "<user>'s and <user>"),
        ("\\\\nas\\films\\one", "<path>"),
        ("it doesn't and can't", "it doesn't and can't"),
        ("5f2b8c1d9e7a6b4c3d2e1f0a9b8c7d6e", "<secret>"),
    ],
)
def test_only_what_is_private_goes(text: str, said: str) -> None:
    private = Private(["s3cret"], ["ann"], ["a b c"], {Path("/srv/data"): "<data>"})
    assert Scrubber(private)(text) == said
