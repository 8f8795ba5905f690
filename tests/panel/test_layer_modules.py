"""The modules behind the layers' tools, each in the browser, as the page has them."""

from __future__ import annotations

from typing import Any

import pytest

from tests.panel.showing import PANEL
from tests.panel.test_modules import page, run

__all__ = ["page"]  # the fixture

PLACES, EDITS, HANDS = "js/layers/places.js", "js/layers/edits.js", "js/work/hands.js"


def test_zooming_keeps_what_is_under_the_pointer(page: Any) -> None:
    found = run(
        page,
        PLACES,
        """
        const view = new m.View([1600, 900], [800, 450]);
        const at = [600, 300];
        const before = view.toPicture(at);
        view.zoom(4, at);
        const after = view.toPicture(at);
        view.pan(30, -20);
        const panned = view.toPicture([at[0] + 30, at[1] - 20]);
        view.pan(1e6, 1e6);
        const corner = view.toPicture([0, 0]);
        view.zoom(1e-6);
        return { before, after, panned, corner, fits: view.isFitting, back: view.toCanvas([0, 0]) };
        """,
    )
    assert found["before"] == pytest.approx([1200, 600])
    assert found["after"] == pytest.approx(found["before"])
    assert found["panned"] == pytest.approx(found["before"])
    assert found["corner"] == pytest.approx([0, 0], abs=1e-6), "no emptiness beside the picture"
    assert found["fits"]
    assert found["back"] == pytest.approx([0, 0], abs=1e-6)


def test_places_are_fractions_of_the_artists_part(page: Any) -> None:
    """As `layers/hands/strokes.py` reads them: of the drawing, not of what was filled around it."""
    found = run(
        page,
        PLACES,
        """
        const area = [100, 50, 800, 400];
        return [m.toFraction([300, 150], area), m.fromFraction([0.25, 0.25], area),
          m.toFraction([0, 0], area), m.toFraction([1e6, -1e6], area)];
        """,
    )
    assert found == [[0.25, 0.25], [300, 150], [-0.125, -0.125], [2, -1]]


LAYERS = [
    {"id": "ground", "name": "ground", "kind": "background"},
    {"id": "b", "name": "b", "kind": "prop"},
    {"id": "a", "name": "a", "kind": "prop"},
]


@pytest.mark.parametrize(
    ("layer", "to", "said"),
    [
        ("b", 0, {"in_front_of": "a", "behind": None}),
        ("a", 1, {"in_front_of": None, "behind": "b"}),
        ("a", 9, {"in_front_of": None, "behind": "b"}),  # never behind the ground
        ("a", 0, None),
        ("a", -1, None),
        ("ground", 0, None),
        ("nobody", 0, None),
    ],
)
def test_a_new_place_is_an_edit(page: Any, layer: str, to: int, said: Any) -> None:
    found = run(page, EDITS, "return m.orderEdit(...given);", [LAYERS, layer, to])
    assert found == (None if said is None else {"op": "order", "layer": layer, **said})


def test_what_may_be_left_out_makes_no_difference(page: Any) -> None:
    short = {"op": "new", "name": "x", "strokes": [{"points": [[0, 1]], "width": 0.1}]}
    whole = {"near": None, "apart": [], "box": None, **short}
    other = {**short, "name": "y"}
    same = "return m.sameEdits({ edits: given[0] }, { edits: given[1] });"
    assert run(page, EDITS, same, [[short], [whole]])
    assert not run(page, EDITS, same, [[short], [other]])
    assert not run(page, EDITS, same, [[short], []])
    assert run(page, EDITS, "return m.sameEdits(undefined, { edits: [], undone: [1] });")
    assert run(page, EDITS, "return m.common(...given);", [[short, other], [whole, short]]) == 1


SERVER = """
  localStorage.clear();
  const { Jobs } = await import(new URL("../state/jobs.js", given.url));
  const { Trouble } = await import(new URL("../trouble.js", given.url));
  const shot = (more) => ({ id: "s", prompt: "a cat", ...more });
  const board = (more) => ({ shots: [shot(more)] });
  const work = (more) => ({
    job: "j", board: board(more), seconds: 4, camera: "push_in", names: {}, cameras: {},
  });
  const jobs = new Jobs();
  const view = { job: "j", created: "", state: "finished" };
  jobs.setShots(view, [], board(given.entry));
  const asked = [];
  const refused = [];
  let now = work(given.before);
  const hands = new m.HandChanges({
    work: () => now, jobs,
    connection: {
      isOpen: true,
      ask: async (type, data) => {
        asked.push([type, data.edit?.name ?? data.seed ?? null]);
        if (given.bad && data.edit.name === given.bad) throw new Trouble("layer.unknown", "No.");
      },
    },
    refused: (id, entry, trouble) => {
      refused.push([id, entry.edits.edits.map((one) => one.name), trouble.code]);
      now = work({ edits: entry.edits });
    },
  });
  if (given.known) hands.know("j", "s", given.known);
  const before = { ...now, job: given.from || "j" };
  now = work(given.after);
  hands.see(now, before);
  while (hands.isOurs("s")) await new Promise((done) => setTimeout(done, 5));
  return { asked, refused, has: jobs.get("j").storyboard.shots[0] };
"""


def edits(*names: str) -> dict[str, Any]:
    return {"edits": [{"op": "rename", "layer": "x", "name": name} for name in names]}


def bring(page: Any, **given: Any) -> Any:
    return run(page, HANDS, SERVER, {"url": (PANEL / HANDS).as_uri(), **given})


def test_the_server_is_brought_to_what_the_document_says(page: Any) -> None:
    """Back to what both have in common, then on from there; each edit is sent once."""
    had = {"edits": edits("a", "b", "c")}
    found = bring(page, entry=had, before=had, after={"edits": edits("a", "d", "e")})
    assert found["asked"] == [
        ["layer.undo", None], ["layer.undo", None], ["layer.edit", "d"], ["layer.edit", "e"],
    ]  # fmt: skip
    assert [one["name"] for one in found["has"]["edits"]["edits"]] == ["a", "d", "e"]
    assert found["refused"] == []
    # Also where undoing leads back to the job that was made before.
    found = bring(page, entry=had, before=had, after={}, **{"from": "later"})
    assert [type_ for type_, _ in found["asked"]] == ["layer.undo"] * 3


def test_what_the_server_refuses_is_not_tried_again(page: Any) -> None:
    had = {"edits": edits("a")}
    after = {"edits": edits("a", "bad", "c")}
    found = bring(page, entry=had, before=had, after=after, bad="bad")
    assert found["asked"] == [["layer.edit", "bad"]]
    assert found["refused"] == [["s", ["a"], "layer.unknown"]]


def test_a_seed_is_taken_at_once_where_its_picture_is_there(page: Any) -> None:
    found = bring(page, entry={}, before={}, after={"seed": 9}, known=[0, 9])
    assert found["asked"] == [["shot.seed", 9]]
    assert found["has"]["seed"] == 9
    assert bring(page, entry={}, before={}, after={"seed": 5}, known=[0, 9])["asked"] == []
    back = bring(page, entry={"seed": 9}, before={"seed": 9}, after={}, known=[0, 9])
    assert back["asked"] == [["shot.seed", None]]
    assert "seed" not in back["has"]
    other = {"prompt": "a dog", "seed": 9}
    assert bring(page, entry={}, before={}, after=other, known=[0, 9])["asked"] == []
