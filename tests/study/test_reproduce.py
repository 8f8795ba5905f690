"""Everything in one go: the plan, what is gone on with; and figures in texts from the files."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from multiplane.contract.errors import InputError
from multiplane_study import reproduce
from multiplane_study.reported import MARKED, Reported, refresh, written_as
from multiplane_study.reproduce import STATE, STEPS, Reproduction, Step, plan_report

COUNTING = """
import sys, pathlib
log = pathlib.Path(sys.argv[1]); log.write_text(log.read_text() + "x" if log.exists() else "x")
if "fail" in sys.argv: sys.exit("a bad thing happened")
if "slow" in sys.argv: import time; time.sleep(60)
pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text("{}")
"""


class Counted(Step):
    """A step that runs a small program instead of a study."""

    def command(self, reports: Path) -> list[str]:
        words = [str(reports / f"{self.name}.ran"), *self.words]
        return [sys.executable, "-c", COUNTING, *words, "--json", str(reports / self.file)]


def step(name: str, *words: str, minutes: float = 1) -> Step:
    return Counted(name, words, minutes, f"{name}.json")


def ran(reports: Path, name: str) -> int:
    log = reports / f"{name}.ran"
    return len(log.read_text()) if log.exists() else 0


@pytest.fixture
def reports(tmp_path: Path) -> Path:
    for name in ("reports", "kept"):
        (tmp_path / name).mkdir()
    return tmp_path / "reports"


def test_what_is_done_is_not_done_again_and_a_failure_stops_nobody(reports: Path) -> None:
    kept = reports.parent / "kept"
    steps = [step("one"), step("two", "fail"), step("three")]
    heard: list[str] = []
    outcomes = Reproduction(steps, reports, kept, 3.0).run(heard.append)
    assert outcomes == {"one": "done", "two": "failed", "three": "done"}
    assert any("a bad thing happened" in line and "two.log" in line for line in heard)
    steps[1] = step("two")
    run = Reproduction(steps, reports, kept, 3.0)
    assert [one.outcome for one in run.plan()] == ["done before", None, "done before"]
    assert run.run(heard.append) == {"one": "done before", "two": "done", "three": "done before"}
    assert [ran(reports, one.name) for one in steps] == [1, 2, 1]


def test_other_words_other_code_and_lost_files_are_measured_anew(
    reports: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = reports.parent / "kept"
    Reproduction([step("one")], reports, kept, 3.0).run(print)

    def planned(*words: str) -> str | None:
        return Reproduction([step("one", *words)], reports, kept, 3.0).plan()[0].outcome

    assert planned() == "done before"
    assert planned("--limit", "3") is None
    assert Reproduction([step("one")], reports, kept, 3.0, anew=True).plan()[0].outcome is None
    monkeypatch.setattr(reproduce, "source_key", lambda: "other code")
    assert planned() is None
    monkeypatch.undo()
    (reports / "one.json").unlink()
    assert planned() is None


def test_the_time_is_kept(reports: Path) -> None:
    kept = reports.parent / "kept"
    steps = [step("large", minutes=50), step("larger", minutes=20), step("small", minutes=5)]
    run = Reproduction(steps, reports, kept, 1.0)
    assert [one.outcome for one in run.plan()] == [None, "left out", None]
    report = plan_report(run.plan(), 1.0)
    assert report.figures["minutes"] == 55
    assert [row[3] for row in report.tables[0].rows] == ["to be run", "left out", "to be run"]
    heard: list[str] = []
    slow = Reproduction([step("one", "slow", minutes=0), step("two", minutes=0)], reports, kept,
                        2.0 / 3600)  # fmt: skip
    outcomes = slow.run(heard.append)
    assert outcomes == {"one": "out of time", "two": "out of time"}
    assert not (kept / STATE).exists()


def test_estimates_are_of_the_last_time_and_a_broken_note_of_it_is_no_trouble(
    reports: Path,
) -> None:
    kept = reports.parent / "kept"
    Reproduction([step("one", minutes=30)], reports, kept, 3.0).run(print)
    (again,) = Reproduction([step("one", "x", minutes=30)], reports, kept, 3.0).plan()
    assert again.measured
    assert again.minutes < 5
    (kept / STATE).write_text("{")
    (again,) = Reproduction([step("one", minutes=30)], reports, kept, 3.0).plan()
    assert (again.measured, again.minutes, again.outcome) == (False, 30, None)


def test_the_steps_are_commands_that_there_are_and_fit_into_three_hours() -> None:
    from typer.main import get_command

    from multiplane_study.commands import app

    commands = get_command(app).commands  # type: ignore[attr-defined]
    for one in STEPS:
        # Raises for a command's option that there isn't, or a value that it can't have.
        commands[one.words[0]].make_context(one.name, list(one.words[1:]))
    last = ("plates", "cast", "sharing", "server", "farm")
    assert tuple(one.name for one in STEPS[-len(last) :]) == last, "measured where there is time"
    first = STEPS[: -len(last)]
    assert sum(one.minutes for one in first) <= 170, "and the report is written"
    files = [one.file for one in STEPS if one.file]
    assert len(files) == len(set(files))


# Figures in texts


@pytest.fixture
def results(reports: Path) -> Path:
    told = {
        "miou": 0.8349, "share": 0.725, "list": [0.5, 0.25], "by style": {"ink sketch": 0.1},
        "rows": [{"name": "ours", "mean": 0.9}, {"name": "daam", "mean": 0.4}],
        "count": 12345, "less": -0.5, "words": "x", "yes": True,
    }  # fmt: skip
    (reports / "quality.json").write_text(json.dumps(told), "utf-8")
    return reports


@pytest.mark.parametrize(
    ("text", "right"),
    [
        ("0.80<!-- quality: miou -->", "0.83"),
        (".8<!-- quality: miou -->", ".8"),
        ("1 %<!-- quality: share -->", "73"),
        ("1.0%<!-- quality: share -->", "72.5"),
        ("0<!-- quality: list.1 -->", "0"),
        ("0.00<!-- quality: list.1 -->", "0.25"),
        ("0.0<!-- quality: by style.ink sketch -->", "0.1"),
        ("0.0<!-- quality: rows.daam.mean -->", "0.4"),
        ("9,999<!-- quality: count -->", "12,345"),
        ("-0.1<!-- quality: less -->", "-0.5"),
    ],
)
def test_a_figure_is_told_as_the_text_tells_it(results: Path, text: str, right: str) -> None:
    (one,) = Reported(results).figures_in(f"so {text} it is")
    assert one.right == right
    assert one.agrees is (one.written == right)


@pytest.mark.parametrize(
    "way", ["nothing", "list.7", "rows.nobody.mean", "words", "yes", "rows", "miou.deeper"]
)
def test_a_way_that_leads_nowhere_is_said(results: Path, way: str) -> None:
    with pytest.raises(InputError) as caught:
        Reported(results).value("quality", way)
    assert (caught.value.code, caught.value.field) == ("study.figure.unknown", way)


def test_refreshing_changes_the_figures_alone_and_only_once(results: Path, tmp_path: Path) -> None:
    page = tmp_path / "page.md"
    page.write_text("A 1 %<!-- quality: share --> of ü, 3 % of b, 0.80<!-- quality: miou -->.\n")
    assert refresh([page], results) == [page]
    assert page.read_text() == (
        "A 73 %<!-- quality: share --> of ü, 3 % of b, 0.83<!-- quality: miou -->.\n"
    )
    assert refresh([page], results) == []


def test_rounding_is_as_people_round() -> None:
    assert written_as(0.725, "0.00") == "0.73"
    assert written_as(0.5, "1") == "1"
    assert written_as(0.9999, ".99") == "1.00"
    assert MARKED.search("v1.2 <!-- not: it -->") is None
