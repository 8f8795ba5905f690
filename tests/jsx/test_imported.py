"""What of Multiplane is in the project, which of it is looked at, and showing a comp."""

from __future__ import annotations

from pathlib import Path

from tests.jsx.conftest import done, edit, failed, write_shot
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.test_sequence import storyboard


def test_what_was_imported_is_listed_with_what_it_was_made_of(
    host: AfterEffects, tmp_path: Path
) -> None:
    assert done(host, "importedShots") == {"shots": [], "masters": []}
    write_shot(tmp_path / "a")
    manifest = edit(tmp_path / "a")
    done(host, "importShot", folder=str(tmp_path / "a"), storyboard="Film", handles=6)
    write_shot(tmp_path / "b", id_="other")
    done(host, "importShot", folder=str(tmp_path / "b"), storyboard="Other film")
    before = len(host.undo_names)
    (shot,) = done(host, "importedShots", storyboard="Film")["shots"]
    assert shot == {
        "storyboard": "Film",
        "shot": manifest.shot_id,
        "comp": manifest.shot_id,
        "hash": manifest.content_hash,
        "handles": 6,
        "updates": True,
    }
    assert len(done(host, "importedShots")["shots"]) == 2
    assert len(host.undo_names) == before, "looking changes nothing"


def test_the_selected_comp_tells_its_shot(host: AfterEffects, tmp_path: Path) -> None:
    nothing = {"item": None, "storyboard": None, "shot": None}
    assert done(host, "activeComp") == nothing
    storyboard(tmp_path, ["one", "two"])
    done(host, "importSequence", folder=str(tmp_path), storyboard="Film")
    comps = {comp.name: comp for comp in host.project.compositions}
    assert done(host, "openComp", storyboard="Film", shot="two") == {"comp": "two"}
    assert host.viewer is comps["two"]
    said = done(host, "activeComp")
    assert (said["storyboard"], said["shot"]) == ("Film", "two")
    done(host, "openComp", storyboard="Film")
    said = done(host, "activeComp")
    assert (said["storyboard"], said["shot"]) == ("Film", None)
    assert done(host, "importedShots")["masters"] == ["Film"]
    error = failed(host, "openComp", storyboard="Film", shot="three")
    assert error["code"] == "after_effects.shot_unknown"


def test_what_is_not_ours_says_nothing(host: AfterEffects) -> None:
    host.run("app.project.items.addComp('Mine', 64, 64, 1, 1, 24).openInViewer()")
    said = done(host, "activeComp")
    assert said["item"] is not None
    assert (said["storyboard"], said["shot"]) == (None, None)
    assert done(host, "importedShots")["shots"] == []
