"""The HTML report says what the files say, loads nothing, and reads in both themes."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal
from xml.etree import ElementTree

import numpy as np
import pytest

from multiplane.contract.errors import InputError
from multiplane.models.load import Painter
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.result import Figure, Result, RowResult, SetFacts
from multiplane_study.html_report import plots
from multiplane_study.html_report.page import WORST, write_page
from multiplane_study.html_report.results import Bench, read_results
from multiplane_study.html_report.strips import PANELS, StripMaker, coloured
from multiplane_study.observed import balanced_scenes
from multiplane_study.report import Report
from tests.outside_programs import open_browser
from tests.study.test_quality import RowsAsDepth
from tests.tiny_folders import save_tiny_pipeline

if TYPE_CHECKING:
    from playwright.sync_api import Browser

STYLES = ("pencil", "oil paint", "ink sketch")
COUNT = 36
EVIL = "</script><img src=x onerror=alert(1)>"


def ours_at(number: int) -> float:
    """Every scene another value; the worst are those with the smallest."""
    return round(0.4 + (number * 7 % COUNT) / 100, 4)


def bench() -> Result:
    tags = tuple(
        Tags(n, STYLES[n % 3], 1 + n % 2, "own", "known", ("small",) if n % 4 == 0 else (),
             f"a dog {n} {EVIL}")
        for n in range(COUNT)
    )  # fmt: skip
    ours = tuple({"iou": ours_at(n), "sad": 2.0} for n in range(COUNT))
    daam = tuple({"iou": ours_at(n) - 0.2, "sad": None} for n in range(COUNT))
    return Result(
        SetFacts("a set", 500, "abc", None, note="a note"),
        "storyboard-mini",
        (0,),
        (Figure("iou", "mIoU"), Figure("sad", "SAD", "low", "/1000")),
        tags,
        (
            RowResult("ours", "Multiplane", by_seed=(ours,), peak_mb=12.0),
            RowResult("daam", "DAAM-style", "given the true boxes", by_seed=(daam,)),
            RowResult("clipseg", "CLIPSeg", missing="weights absent, `multiplane models pull`"),
        ),
        presets={"ours": {"orbit": {"films": 2, "bad": 0, "edge": 0.0}}},
    )


@pytest.fixture(scope="module")
def reports(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("reports")
    Report("bench", bench().figures()).write(folder / "a-set.json")
    doubt = {"curve": [{"confidence": 0.1, "good": 0.0, "layers": 3},
                       {"confidence": 0.9, "good": 0.8, "layers": 9}]}  # fmt: skip
    Report("quality", {"mean_miou": 0.8125, "doubt": doubt}).write(folder / "quality.json")
    (folder / "notes.json").write_text('{"mine": 1}')
    return folder


@pytest.fixture(scope="module")
def found(reports: Path) -> Bench:
    (one,) = read_results(reports).benches
    return one


def test_results_are_sorted_and_foreign_files_left_alone(reports: Path) -> None:
    results = read_results(reports)
    assert [one.name for one in results.benches] == ["a set (drawn)"]
    assert set(results.others) == {"quality"}


def test_the_worst_are_the_worst_and_the_usual_are_even_over_styles(found: Bench) -> None:
    worst = [scene["number"] for scene in found.worst(WORST)]
    assert worst == sorted(range(COUNT), key=ours_at)[:20]
    usual = found.usual(9)
    assert {
        style: [one["style"] for one in usual].count(style) for style in STYLES
    } == dict.fromkeys(STYLES, 3)
    middle = np.median([ours_at(number) for number in range(COUNT)])
    assert all(abs(ours_at(one["number"]) - middle) < 0.1 for one in usual)


def test_plots_are_sound_svg_in_the_pages_colours(found: Bench) -> None:
    drawn = [
        plots.intervals(found, "iou"), plots.differences(found, "iou"), plots.shares(found, "iou"),
        plots.groups(found, "iou", "style"), plots.groups(found, "iou", "hard"),
        plots.reliability("x", [{"confidence": 0.5, "good": 0.5, "layers": 1}]),
    ]  # fmt: skip
    ids: list[str] = []
    for svg in drawn:
        root = ElementTree.fromstring(svg)
        ids += [one.attrib["id"] for one in root.iter() if "clip" in one.attrib.get("id", "")]
        assert "currentColor" in svg
        assert "#010203" not in svg
        assert "date" not in svg.lower()
    assert "Multiplane" in drawn[0]
    assert len(ids) == len(set(ids)), "ids of one plot are not another's"
    assert plots.intervals(found, "iou") == drawn[0], "the same again"
    assert plots.groups(found, "iou", "source") == "", "one group tells nothing"
    wide = re.findall(r"DAAM", plots.intervals(found, "sad"))
    assert wide == [], "a method without the figure is not drawn"


Scheme = Literal["light", "dark"]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390)])
def test_the_page_says_what_the_files_say_and_loads_nothing(
    reports: Path, tmp_path: Path, browser: Browser, scheme: Scheme, width: int
) -> None:
    path = tmp_path / "report.html"
    webp = _webp()
    write_page(path, read_results(reports), lambda bench, n: webp if n % 2 else "not there")
    page = browser.new_context(
        color_scheme=scheme, viewport={"width": width, "height": 900}
    ).new_page()  # fmt: skip
    requests: list[str] = []
    page.on("request", lambda request: requests.append(request.url))
    page.on("pageerror", lambda error: pytest.fail(str(error)))
    page.on("dialog", lambda dialog: pytest.fail("a script ran"))
    page.goto(path.as_uri())
    assert all(url.startswith(("file:", "data:")) for url in requests)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    read: dict[str, Any] = json.loads((reports / "a-set.json").read_text("utf-8"))
    table = page.locator("table.figures").inner_text()
    for row in read["rows"][:2]:
        told = row["figures"]["iou"]
        assert f"{told['mean']:.3f}" in table
        assert f"{told['low']:.3f} to {told['high']:.3f}" in table
    assert page.locator("table.figures strong").all_inner_texts() == [
        f"{read['rows'][0]['figures'][name]['mean']:.3f}" for name in ("iou", "sad")
    ]
    assert re.search(r"peak memory beside the weights \(MB\) ↓\s+12\s+–", table)
    text = page.locator("main").inner_text()
    assert "weights absent" in text
    assert "The worst twenty" in text
    assert "not pinned" in text
    assert "given the true boxes" in table
    assert EVIL in text, "words are words"
    captions = page.locator(".strips").nth(1).locator("figcaption").all_inner_texts()
    assert [int(one.split(":")[0]) for one in captions] == sorted(range(COUNT), key=ours_at)[:20]
    assert page.locator(".strips img").count() == sum(
        int(one.split(":")[0]) % 2 for one in page.locator("figcaption").all_inner_texts()
    )
    page.get_by_text("All values").click()
    assert "0.812" in page.locator("#other-quality").inner_text()
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    ink = page.evaluate("getComputedStyle(document.querySelector('.plot text')).fill")
    dark = [max(map(int, re.findall(r"\d+", one)[:3])) for one in (ground, ink)]
    assert (dark[0] > dark[1]) is (scheme == "light")
    page.context.close()


def _webp() -> bytes:
    import io

    from PIL import Image

    out = io.BytesIO()
    Image.new("RGB", (50, 10), "red").save(out, format="WEBP")
    return out.getvalue()


def test_strips_show_all_methods_and_are_kept(tmp_path: Path) -> None:
    from multiplane.models.load import load_painter
    from multiplane.models.profiles import profile_of_folder

    painter: Painter = load_painter(profile_of_folder(save_tiny_pipeline(tmp_path / "tiny")), "cpu")
    scene = next(balanced_scenes(1))
    case = Case(scene, Tags(0, scene.style, len(scene.subjects)))
    maker = StripMaker(painter, RowsAsDepth(), "abc", tmp_path / "kept")
    first = maker.strip("a set", case)
    (kept,) = (tmp_path / "kept").iterdir()
    stamp = kept.stat().st_mtime_ns
    assert maker.strip("a set", case) == first
    assert kept.stat().st_mtime_ns == stamp
    from PIL import Image

    with Image.open(kept) as image:
        ratio = image.width / image.height
    assert ratio == pytest.approx(len(PANELS) * 448 / 256, rel=0.03)


def test_subjects_are_coloured_where_they_are() -> None:
    picture = np.full((4, 6, 3), 100, np.uint8)
    alphas = np.zeros((2, 4, 6), np.float32)
    alphas[0, :, :2], alphas[1, :, 4:] = 1.0, 1.0
    shown = coloured(picture, alphas).astype(int)
    assert (shown[0, 0] != shown[0, 5]).any()
    assert len({int(one) for one in shown[0, 3]}) == 1, "grey where nothing is"
    assert shown[0, 0, 0] > shown[0, 0, 2], "the first is warm"


def test_nothing_and_another_form_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError) as caught:
        read_results(tmp_path)
    assert caught.value.code == "study.report.nothing"
    (tmp_path / "x.json").write_text('{"study": "bench", "form": 99, "rows": []}')
    with pytest.raises(InputError) as caught:
        read_results(tmp_path)
    assert (caught.value.code, caught.value.field) == ("study.report.form", "form")
