"""The blind study: pairs and sides by the seed, films in step, votes that stay, results."""

from __future__ import annotations

import asyncio
import io
import json
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import numpy as np
import pytest
from PIL import Image

from multiplane.contract.errors import InputError
from multiplane.layers.stack import Layer, build_stack
from multiplane_study.bench.case import Case, Tags
from multiplane_study.bench.look import Look
from multiplane_study.bench.rows import Row, rows_for
from multiplane_study.blind import kept
from multiplane_study.blind.cuts import TRUTH, UNCUT, USUAL, cut_rows
from multiplane_study.blind.make import make_study
from multiplane_study.blind.serve import BlindServer
from multiplane_study.blind.study import OURS, BlindStudy, plan_pairs, read_study
from multiplane_study.blind.times import TIMES, WITH_US, Moment, read_times, sessions, times_report
from multiplane_study.blind.votes import VOTES, Vote, against, read_votes, result, strengths
from multiplane_study.observed import balanced_scenes
from multiplane_study.scenes import Scene
from tests.outside_programs import open_browser

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

COLOURS = {OURS: (200, 30, 30), TRUTH: (30, 30, 200), UNCUT: (30, 160, 30)}


def study_of(rows: tuple[str, ...], scenes: int = 2, *, seed: int = 3) -> BlindStudy:
    return BlindStudy(
        seed=seed,
        set="stylized",
        model="storyboard-mini",
        preset="truck_left",
        amount=1.0,
        seconds=0.4,
        width=96,
        rows=rows,
        scenes=scenes,
        pairs=plan_pairs(scenes, rows, seed, every=False),
    )


def cases(count: int) -> list[Case]:
    return [case_of(scene) for scene in balanced_scenes(count)]


def case_of(scene: Scene) -> Case:
    return Case(scene, Tags(0, scene.style, len(scene.subjects)))


def coloured(case: Case, rows: set[str]) -> dict[str, tuple[Layer, ...]]:
    """Each row's cut is one striped plane of its own colour: a film's half says whose it is."""
    height, width = case.scene.picture.shape[:2]
    stripes = np.where(np.arange(width) // 32 % 2, 25, -25)[None, :, None]
    found = {}
    for row in rows:
        picture = np.broadcast_to(np.array(COLOURS[row]) + stripes, (height, width, 3))
        found[row] = build_stack(picture.astype(np.uint8), [])
    return found


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    make_study(folder, study_of((OURS, TRUTH, UNCUT)), cases(2), coloured)
    return folder


@pytest.fixture
def study(made: Path, tmp_path: Path) -> Path:
    """A copy of its own, without votes."""
    folder = tmp_path / "study"
    for path in made.rglob("*"):
        if path.is_file():
            target = folder / path.relative_to(made)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    return folder


# What is compared


def test_pairs_are_ours_against_each_other_row_and_hide_whose_they_are() -> None:
    study = study_of((OURS, TRUTH, UNCUT), 40)
    assert len(study.pairs) == 80
    assert all(OURS in pair.rows for pair in study.pairs)
    upper = Counter(pair.rows[0] == OURS for pair in study.pairs)
    assert 25 < upper[True] < 55, "which half is whose is drawn"
    numbers = [int(pair.id) for pair in study.pairs]
    assert sorted(numbers) == list(range(1, 81))
    against_truth = [int(pair.id) for pair in study.pairs if TRUTH in pair.rows]
    assert 30 < np.mean(against_truth) < 51, "the number does not tell the row"
    every = plan_pairs(2, (OURS, TRUTH, UNCUT), 3, every=True)
    assert {frozenset(pair.rows) for pair in every} == {
        frozenset(both) for both in ((OURS, TRUTH), (OURS, UNCUT), (TRUTH, UNCUT))
    }


def test_every_voter_has_an_order_and_sides_that_stay() -> None:
    study = study_of((OURS, TRUTH, UNCUT), 40)
    anna, again, ben = (study.shown_to(name) for name in ("anna", "anna", "ben"))
    assert anna == again
    assert [side.pair for side in anna] != [side.pair for side in ben]
    assert {side.pair for side in anna} == {side.pair for side in ben}
    assert 25 < sum(side.left == OURS for side in anna) < 55
    rows = {pair.id: pair.rows for pair in study.pairs}
    for side in anna:
        assert (side.left == rows[side.pair][0]) is side.left_is_upper


def test_both_films_are_in_one_file_and_in_step(made: Path) -> None:
    study = read_study(made)
    for pair in study.pairs:
        with Image.open(made / "films" / pair.film) as film:
            film.seek(3)
            pixels = np.asarray(film.convert("RGB")).astype(int)
            assert getattr(film, "n_frames", 1) == 10, "six there, four back"
        half = pixels.shape[0] // 2
        for row, part in zip(pair.rows, (pixels[:half], pixels[half:]), strict=True):
            away = np.abs(part[2:-2] - COLOURS[row]).max(axis=2)
            assert away.mean() < 40, row


def test_making_goes_on_and_never_mixes_two_studies(study: Path) -> None:
    asked: list[set[str]] = []

    def cut(case: Case, rows: set[str]) -> dict[str, tuple[Layer, ...]]:
        asked.append(rows)
        return coloured(case, rows)

    whole = read_study(study)
    lost = next(pair for pair in whole.pairs if TRUTH in pair.rows)
    (study / "films" / lost.film).unlink()
    make_study(study, whole, cases(2), cut)
    assert asked == [{OURS, TRUTH}]
    assert (study / "films" / lost.film).is_file()
    with pytest.raises(InputError) as caught:
        make_study(study, whole.model_copy(update={"amount": 2.0}), [], cut)
    assert caught.value.code == "study.blind.another"
    assert caught.value.field == "amount"


def test_rows_are_cut_by_the_real_model_and_give_the_picture_back(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    from multiplane.layers.stack import recomposition_error
    from multiplane.models.load import load_painter
    from multiplane.models.profiles import profile_of_folder
    from tests.study.test_quality import RowsAsDepth
    from tests.tiny_folders import save_tiny_pipeline

    folder = save_tiny_pipeline(tmp_path_factory.mktemp("tiny"))
    painter = load_painter(profile_of_folder(folder), "cpu")
    scene = next(scene for scene in balanced_scenes(10) if len(scene.subjects) > 1)
    methods: dict[str, Row] = {row.name: row for row in rows_for(lambda profile: None)}
    asked = {OURS, *USUAL, "single-layer", "grabcut", "slic"}
    look = Look(painter, RowsAsDepth(), case_of(scene), 0)
    cuts = cut_rows(look, methods, asked)
    assert set(cuts) == asked
    assert len(cuts[UNCUT]) == 1
    assert len(cuts[TRUTH]) == len(scene.subjects) + 1
    for row in asked:
        assert recomposition_error(cuts[row], scene.picture) <= 1, row


def test_a_case_that_cannot_be_read_leaves_its_pairs_unfilmed(tmp_path: Path) -> None:
    make_study(tmp_path, study_of((OURS, TRUTH)), [None, *cases(1)], coloured)
    assert len(list((tmp_path / "films").iterdir())) == 1


# What is kept


def vote(pair: str, left: str, right: str, choice: str, voter: str = "anna") -> Vote:
    return Vote.model_validate(
        {"pair": pair, "voter": voter, "left": left, "right": right, "vote": choice,
         "seconds": 2.0, "at": "2026-01-01T00:00:00+00:00"}
    )  # fmt: skip


def test_a_torn_line_costs_only_itself(tmp_path: Path) -> None:
    path = tmp_path / VOTES
    kept.append(path, vote("0001", OURS, TRUTH, "left"))
    with path.open("ab") as file:
        file.write(b'{"pair": "0002", "vot')
    kept.append(path, vote("0003", OURS, TRUTH, "right"))
    votes, unreadable = read_votes(tmp_path)
    assert [one.pair for one in votes] == ["0001", "0003"]
    assert unreadable == 1


def test_a_voters_last_vote_on_a_pair_counts(tmp_path: Path) -> None:
    path = tmp_path / VOTES
    for choice in ("left", "right"):
        kept.append(path, vote("0001", OURS, TRUTH, choice))
    kept.append(path, vote("0001", OURS, TRUTH, "same", "ben"))
    votes, _ = read_votes(tmp_path)
    assert {one.voter: one.vote for one in votes} == {"anna": "right", "ben": "same"}
    assert len(path.read_text("utf-8").splitlines()) == 3, "nothing is rewritten"


# What it comes to


def test_win_rates_have_wilsons_interval() -> None:
    votes = [vote(f"{n:04d}", *((OURS, TRUTH) if n % 2 else (TRUTH, OURS)),
                  ("left" if n % 2 else "right") if n <= 8 else ("right" if n % 2 else "left"))
             for n in range(1, 11)]  # fmt: skip
    votes.append(vote("0011", OURS, TRUTH, "same"))
    found = against(votes, TRUTH)
    assert (found.wins, found.losses, found.same) == (8, 2, 1)
    assert found.rate == pytest.approx(0.8)
    # By Wilson's formula with z = 1.95996.
    assert found.interval == pytest.approx((0.4901625, 0.9433178), abs=1e-6)
    assert found.p == pytest.approx(2 * (1 + 10 + 45) / 2**10)
    empty = against([], UNCUT)
    assert (empty.rate, empty.interval, empty.p) == (None, None, None)


def test_strengths_are_near_the_rates_where_rates_are_all_there_is() -> None:
    votes = [vote(str(n), OURS, UNCUT, "left" if n % 10 < 8 else "right") for n in range(200)]
    votes += [vote(str(n), TRUTH, OURS, "left" if n % 10 < 7 else "same") for n in range(200)]
    found = strengths(votes, (OURS, TRUTH, UNCUT))
    assert found[OURS] == (0.5, 0.5, 0.5)
    assert found[UNCUT][0] == pytest.approx(0.2, abs=0.01)
    assert found[TRUTH][0] == pytest.approx(0.85, abs=0.01)
    for chance, low, high in (found[UNCUT], found[TRUTH]):
        assert low < chance < high
        assert high - low < 0.2


def test_votes_of_another_study_are_counted_out() -> None:
    study = study_of((OURS, TRUTH))
    pair = study.pairs[0]
    report = result(study, [vote(pair.id, *pair.rows, "left"), vote("9999", OURS, TRUTH, "left")])
    assert report.figures["votes"] == 1
    assert report.figures["votes_of_other_studies"] == 1
    assert "bradley_terry" not in report.figures, "two rows need no model"
    json.dumps(report.as_dict())


def moment(event: str, clock: float, **more: object) -> Moment:
    given = {"session": "a", "voter": "anna", "way": WITH_US, "picture": "0001.png"}
    return Moment.model_validate({**given, **more, "event": event, "clock": clock})


def test_pauses_do_not_count_and_an_open_clock_runs() -> None:
    moments = [moment("start", 100), moment("step", 110, step="camera"), moment("pause", 130)]
    (one,) = sessions(moments, 500.0)
    assert (one.seconds, one.state, one.steps) == (30.0, "paused", ("camera",))
    moments += [moment("resume", 200), moment("step", 210)]
    (one,) = sessions(moments, 220.0)
    assert (one.seconds, one.state, one.steps) == (50.0, "running", ("camera", "step"))
    moments += [moment("done", 230), moment("rating", 235, rating=4)]
    (one,) = sessions(moments, 500.0)
    assert (one.seconds, one.state, one.rating) == (60.0, "done", 4)


def test_ways_of_working_are_compared() -> None:
    moments = []
    for number in range(6):
        for way, seconds in ((WITH_US, 100 + number), ("by hand", 400 + 10 * number)):
            named = {"session": f"{way}{number}", "way": way}
            moments += [moment("start", 0, **named), moment("done", seconds, **named)]
    moments += [moment("start", 0, session="x"), moment("given up", 50, session="x")]
    report = times_report(sessions(moments, 0.0), WITH_US)
    ways = report.figures["ways"]
    assert ways[WITH_US]["seconds"] == pytest.approx(102.5)
    assert (ways[WITH_US]["done"], ways[WITH_US]["given_up"]) == (6, 1)
    assert ways["by hand"]["p"] == pytest.approx(2 / 924), "exact, of 12 choose 6 orders"


# In a browser


@contextmanager
def served(folder: Path) -> Iterator[str]:
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    server = BlindServer(folder)
    try:
        yield asyncio.run_coroutine_threadsafe(server.start(), loop).result(60)
    finally:
        asyncio.run_coroutine_threadsafe(server.stop(), loop).result(60)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(60)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with open_browser() as browser:
        yield browser


Scheme = Literal["light", "dark"]


def opened(browser: Browser, address: str, name: str, scheme: Scheme = "light") -> Page:
    page = browser.new_context(
        color_scheme=scheme, viewport={"width": 390 if scheme == "dark" else 1280, "height": 800}
    ).new_page()  # fmt: skip
    page.on("pageerror", lambda error: pytest.fail(f"script error: {error}"))
    page.goto(address)
    page.locator("#voter:focus").wait_for(timeout=60_000)
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    return page


def wait(page: Page, text: str, what: str = ".progress") -> None:
    page.locator(what, has_text=text).wait_for(timeout=60_000)


def until(page: Page, expression: str) -> None:
    """`wait_for_function` evaluates text in the page, which the page's own policy forbids."""
    for _ in range(1200):
        if page.evaluate(expression):
            return
        page.wait_for_timeout(50)
    pytest.fail(f"never true: {expression}")


def side_shown(page: Page, side: str) -> str:
    """Whose colour is on that side of the screen."""
    pixels = np.asarray(Image.open(io.BytesIO(page.locator(f".{side} .film").screenshot())))
    mean = pixels[..., :3].reshape(-1, 3).mean(axis=0)
    return min(COLOURS, key=lambda row: float(np.abs(mean - COLOURS[row]).max()))


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_voter_sees_what_is_kept_and_reads_the_result(
    study: Path, browser: Browser, scheme: Scheme
) -> None:
    whole = read_study(study)
    with served(study) as address:
        page = opened(browser, address, "Anna", scheme)
        wait(page, "0 of 4")
        sides = whole.shown_to("Anna")
        for number, side in enumerate(sides):
            until(page, "shown !== null")
            assert side_shown(page, "left") == side.left
            assert side_shown(page, "right") == side.right
            assert not any(row in page.inner_html("main") for row in COLOURS), "whose it is"
            if number == 2:  # taken back, and said again
                page.keyboard.press("0")
                wait(page, "3 of 4")
                until(page, "shown !== null")
                page.keyboard.press("Backspace")
                until(page, f"shown === '{side.pair}'")
            page.keyboard.press("1" if side.left == OURS else "2")
            wait(page, f"{number + 1} of 4")
        wait(page, "Thank you", ".end")
        assert page.evaluate("document.documentElement.scrollWidth") <= page.evaluate("innerWidth")
        table = page.locator(".end table").first.inner_text()
        assert "4 votes of 1 people" in table
        assert table.count("1.000") >= 2
        page.context.close()
    votes, _ = read_votes(study)
    assert [one.winner for one in votes] == [OURS] * 4
    assert len((study / VOTES).read_text("utf-8").splitlines()) == 5


def test_a_voter_goes_on_after_the_program_was_ended(study: Path, browser: Browser) -> None:
    with served(study) as address:
        page = opened(browser, address, "Ben")
        until(page, "shown !== null")
        page.keyboard.press("1")
        wait(page, "1 of 4")
        until(page, "shown !== null")
        rest = page.evaluate("shown")
    page.keyboard.press("2")  # nobody is there to keep it
    wait(page, "Nothing was kept", ".said")
    page.context.close()
    with served(study) as address:
        page = opened(browser, address, "Ben")
        wait(page, "1 of 4")
        until(page, "shown !== null")
        assert page.evaluate("shown") == rest
        page.context.close()
    assert len(read_votes(study)[0]) == 1


def test_the_clock_logs_steps_and_survives_a_reload(study: Path, browser: Browser) -> None:
    with served(study) as address:
        page = opened(browser, address + "timer", "Cleo")
        wait(page, "running", ".state")
        page.keyboard.press("1")
        wait(page, "cut out", ".log")
        page.keyboard.press("p")
        wait(page, "paused", ".state")
        page.reload()
        page.locator("#voter:focus").wait_for(timeout=60_000)
        page.keyboard.type("Cleo")
        page.keyboard.press("Enter")
        wait(page, "paused", ".state")
        page.keyboard.press("p")
        wait(page, "running", ".state")
        page.keyboard.press("Space")
        wait(page, "step", ".log li:nth-child(2)")
        page.keyboard.press("Enter")
        page.locator(".rate:visible").wait_for()
        page.keyboard.press("5")
        wait(page, "2 steps are kept", ".end")
        page.context.close()
    (one,), unreadable = read_times(study, 0.0)
    assert (one.state, one.steps, one.rating) == ("done", ("cut out", "step"), 5)
    assert (one.voter, one.way, one.picture, unreadable) == ("Cleo", WITH_US, "0001.png", 0)
    assert one.seconds > 0
    assert (study / TIMES).is_file()


def test_the_server_answers_only_who_knows_the_address(study: Path) -> None:
    import urllib.error
    import urllib.request

    def status(url: str, host: str | None = None, body: bytes | None = None, **more: str) -> int:
        headers = ({"Host": host} if host else {}) | more
        try:
            with urllib.request.urlopen(urllib.request.Request(url, body, headers)) as answer:
                return int(answer.status)
        except urllib.error.HTTPError as error:
            return error.code

    with served(study) as address:
        root, secret = address.rstrip("/").rsplit("/", 1)
        json_type = {"Content-Type": "application/json"}
        good = json.dumps({"voter": "a"}).encode()
        assert status(address) == 200
        assert status(f"{root}/wrong/") == 404
        assert status(address, "evil.example") == 421
        assert status(f"{address}next", None, good, **json_type) == 200
        assert status(f"{address}next", None, good) == 415, "a form of another page"
        assert status(f"{address}next", None, b"{}", **json_type) == 422
        assert status(f"{address}films/..%2Fstudy.json") == 404
        assert secret not in (study / "study.json").read_text("utf-8")
        with pytest.raises(InputError) as caught, served(study):
            pass
        assert caught.value.code == "study.blind.in_use"
    damaged = replace_text(study / "study.json", '"seed": 3', '"seed": "x"')
    with pytest.raises(InputError) as caught:
        BlindServer(damaged.parent)
    assert (caught.value.code, caught.value.field) == ("study.blind.damaged", "seed")


def replace_text(path: Path, old: str, new: str) -> Path:
    text = path.read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8")
    return path
