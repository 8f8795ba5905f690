"""The benches of server and farm: their arithmetic, and a small run of each with real servers."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path

import pytest

from multiplane.server.jobs.tables import damage, open_database
from multiplane_study.farm import Run, measure_farm
from multiplane_study.long_history import write_history
from multiplane_study.quick_shots import board, prepare
from multiplane_study.server import Soak, measure_server, waits_report
from multiplane_study.server_health import Waits


def test_figures_of_a_run() -> None:
    """Two workers, a shot of 0.8 s from each every second."""
    finished = (5.0, 5.5, 6.0, 6.5, 7.0, 7.5, 8.0, 8.5, 9.0)
    memory = tuple((done, 100.0 + 10 * (done >= 7), 0.0) for done in range(10))
    run = Run(2, finished, (0.8,) * 9, memory)
    assert run.seconds_per_shot == pytest.approx(0.5)
    assert run.overhead_ms == pytest.approx(200.0)
    assert run.late_to_early == pytest.approx(1.0)
    assert run.growth(1) == pytest.approx(1.1)
    assert run.growth(2) is None
    slower = Run(1, (0.0, 1.0, 2.0, 3.0, 5.0), (0.8,) * 5, ())
    assert slower.late_to_early == pytest.approx(2.0)


def test_a_soak_that_grows_is_seen() -> None:
    flat = Soak(tuple((float(s), 90.0 if s > 3 else 60.0) for s in range(20)))
    assert flat.late_to_early == 1.0
    grows = Soak(tuple((float(s), 100.0 + s) for s in range(20)))
    assert grows.late_to_early > 1.1


def test_a_long_history_is_whole(tmp_path: Path) -> None:
    prepare(tmp_path)
    write_history(tmp_path, 230)
    database = open_database(tmp_path / "jobs.sqlite3")
    try:
        assert damage(database) == ""
    finally:
        database.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "jobs.sqlite3")) as rows:
        counted = rows.execute(
            "select count(*), count(distinct result), count(distinct job_id) from shot "
            "where state = 'finished'"
        ).fetchone()
        assert counted == (230, 230, 3)
        assert rows.execute("select count(*) from result").fetchone() == (231,)


def test_no_two_quick_shots_are_the_same() -> None:
    moves = [one["camera"]["amount"] for one in board(2000, first=5)["shots"]]
    assert len(set(moves)) == 2000
    assert board(1, first=7)["shots"][0] == board(9)["shots"][7]


@pytest.mark.slow
def test_a_small_run_of_the_server_bench() -> None:
    phases: list[str] = []
    measured = measure_server(
        shots=10, clients=5, history=100, many=60, searches=5, minutes=0.02, starts=1,
        on_phase=phases.append,
    )  # fmt: skip
    figures = measured.report().as_dict()
    assert figures["final_states_dropped"] == 0
    assert figures["shots"] == 10
    assert 0 < figures["submit_ms_median"] < 5000
    assert 20 < figures["idle_mb"] < 150
    assert figures["soak_jobs"] >= 1
    assert not figures["interrupted"]
    assert set(figures["within"]) == {
        "submit_ms_median", "start_s", "idle_mb", "restart_s", "final_states_dropped",
        "soak_memory_late_to_early", "health_wait_s_longest",
    }  # fmt: skip
    assert phases[0] == "Writing a history of 100 finished shots."
    assert len(phases) == 5
    assert set(figures["health_wait_s"]) == {
        "cancel of 60 shots", "retry of 60 shots", "5 searches",
    }  # fmt: skip
    assert figures["health_wait_s_longest"] == max(figures["health_wait_s"].values()) > 0


def test_a_part_alone_keeps_the_other_figures() -> None:
    waits = Waits(60, 5, 0.01, {"cancel": 0.3, "retry": 0.1}, {"cancel": 1.0, "retry": 1.0})
    earlier = {
        "study": "server", "start_s": 0.5, "within": {"start_s": True},
        "measured": {"commit": "abc"},
    }  # fmt: skip
    read = waits_report(waits, earlier).as_dict()
    assert read["study"] == "server"
    assert read["start_s"] == 0.5
    assert read["health_wait_s_longest"] == 0.3
    assert read["within"] == {"start_s": True, "health_wait_s_longest": False}
    assert read["measured_before"] == {"commit": "abc"}
    assert read["measured"]["python"]


@pytest.mark.slow
def test_a_small_run_of_the_farm_bench() -> None:
    figures = measure_farm(workers=(1,), shots_each=3, long_shots=4, ways=("processes",))
    read = figures.report().as_dict()
    assert read["throughput"]["processes"]["1"]["shots"] == 3
    assert read["throughput"]["processes"]["1"]["shots_per_minute"] > 0
    assert read["long"]["processes"]["shots"] == 4
    assert read["long"]["processes"]["time_late_to_early"] > 0
