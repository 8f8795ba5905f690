"""What study commands write, and how they show it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import numpy as np
from rich.console import Console

from multiplane_study.report import Report


def test_figures_and_where_they_were_measured(tmp_path: Path) -> None:
    by = {1: np.array([1, 2])}
    report = Report("quality", {"mean_miou": np.float32(0.5), "by": by, "broken": float("nan")})
    path = report.write(tmp_path / "deep" / "quality.json")
    read = json.loads(path.read_text(encoding="utf-8"))
    assert read["study"] == "quality"
    assert read["mean_miou"] == 0.5
    assert read["by"] == {"1": [1, 2]}
    assert read["broken"] is None
    measured = read["measured"]
    assert measured["cores"] >= 1
    assert measured["date"].endswith("+00:00")
    assert measured["versions"]["numpy"] == np.__version__
    assert {"commit", "cpu", "system", "python"} <= set(measured)
    assert [one.name for one in path.parent.iterdir()] == ["quality.json"]


def test_the_table_names_machine_and_date() -> None:
    report = Report("overhead", {})
    report.table("Overhead", ("", "ours", "paper"), [("time", 1.0213, None), ("rounds", 7, 7)])
    shown = io.StringIO()
    report.show(Console(file=shown, width=120))
    text = shown.getvalue()
    assert "Overhead" in text
    assert "1.021" in text
    assert "–" in text
    assert "cores" in text
    assert "commit" in text
