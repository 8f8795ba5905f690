"""Essential Graphics, relinking, and collecting the files."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.jsx.compare import faults
from tests.jsx.conftest import done, edit, failed, layer_of, started, write_shot
from tests.jsx.host.aftereffects import AfterEffects
from tests.jsx.test_sequence import storyboard

SLIDERS = ["Move Amount", "Parallax", "Handheld Amount", "Focus"]


def test_the_sliders_are_offered_once(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    assert done(host, "exposeRig", shot="shot-001")["added"] == SLIDERS
    assert done(host, "exposeRig", shot="shot-001")["added"] == []
    project = host.save(tmp_path / "p.aep")
    assert project.compositions[0].motion_graphics_template_controller_names == SLIDERS


def test_a_template_needs_a_saved_project(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    given = {"shot": "shot-001", "folder": str(tmp_path)}
    assert failed(host, "exportTemplate", **given)["code"] == "after_effects.project_unsaved"
    host.save(tmp_path / "p.aep")
    assert done(host, "exportTemplate", **given)["written"] is True
    # The project was saved on the way: with unsaved changes After Effects would ask.
    assert host.templates == [("shot-001", str(tmp_path), True)]
    assert not host.is_dirty
    # Without a folder it lies beside the project.
    report = done(host, "exportTemplate", shot="shot-001")
    assert Path(report["folder"]) == tmp_path / "Multiplane templates"
    assert host.templates[-1] == ("shot-001", report["folder"], True)
    assert Path(report["folder"]).is_dir()


def test_a_comp_without_its_rig_makes_no_template(host: AfterEffects, tmp_path: Path) -> None:
    write_shot(tmp_path)
    done(host, "importShot", folder=str(tmp_path))
    host.save(tmp_path / "p.aep")
    layer_of(host, "Camera Rig").remove()
    error = failed(host, "exportTemplate", shot="shot-001", folder=str(tmp_path))
    assert error["code"] == "after_effects.template_empty"
    assert failed(host, "exposeRig", shot="other")["code"] == "after_effects.shot_unknown"


def test_footage_that_moved_is_found(host: AfterEffects, tmp_path: Path) -> None:
    before, after = tmp_path / "here", tmp_path / "da 50%25 #ü"
    storyboard(before, ["one", "two"])
    done(host, "importSequence", folder=str(before))
    shutil.move(before, after)
    (after / "shots/two/picture.png").unlink()
    missing = [
        footage
        for footage in host.project.footages
        if footage.main_source.__class__.__name__ == "FileSource"
    ]
    assert all(not Path(one.file).is_file() for one in missing)
    report = done(host, "relink", folder=str(after))
    assert len(report["relinked"]) == 11
    assert report["missing"] == ["Original picture"]
    assert sum(not Path(one.file).is_file() for one in missing) == 1
    # The shots themselves did not change.
    assert (
        done(host, "importShot", folder=str(after / "shots/one"), storyboard="Der Film")["kept"]
        == []
    )


def test_an_import_finds_moved_footage_by_itself(host: AfterEffects, tmp_path: Path) -> None:
    manifest = write_shot(tmp_path / "a")
    done(host, "importShot", folder=str(tmp_path / "a"))
    shutil.move(tmp_path / "a", tmp_path / "b")
    report = done(host, "importShot", folder=str(tmp_path / "b"))
    assert (report["state"], report["kept"]) == ("updated", [])
    assert list(faults(host.project.compositions[0], manifest)) == []
    assert all("/b/" in str(footage.file) for footage in host.project.footages if footage.file)


def test_collected_files_lie_beside_the_project(host: AfterEffects, tmp_path: Path) -> None:
    storyboard(tmp_path / "out", ["one", "a: b?", "a? b:"])
    done(host, "importSequence", folder=str(tmp_path / "out"))
    assert failed(host, "collect")["code"] == "after_effects.project_unsaved"
    (tmp_path / "work").mkdir()
    host.save(tmp_path / "work/film.aep")
    report = done(host, "collect", storyboard="Der Film")
    assert (report["copied"], report["failed"]) == (18, [])
    root = tmp_path / "work/Multiplane files/Der Film"
    assert (root / "one/layers/00-ground.png").is_file()
    # Names that no system allows are changed, and two never become one.
    assert len(list(root.glob("a_ b_-*/picture.png"))) == 2
    assert len({str(footage.file) for footage in host.project.footages if footage.file}) == 18
    assert done(host, "collect", storyboard="Der Film")["copied"] == 0
    # A shot that is made again renews its collected files and does not point back.
    manifest = edit(tmp_path / "out/shots/one")
    done(host, "importShot", folder=str(tmp_path / "out/shots/one"), storyboard="Der Film")
    files = [str(footage.file) for footage in host.project.footages if footage.file]
    assert all(path.startswith(str(root)) for path in files)
    comp = next(
        composition for composition in host.project.compositions if composition.name == "one"
    )
    assert list(faults(comp, manifest)) == []


def test_collecting_where_scripts_may_not_write(tmp_path: Path) -> None:
    host = started()
    storyboard(tmp_path / "out", ["one"])
    done(host, "importSequence", folder=str(tmp_path / "out"))
    host.save(tmp_path / "film.aep")
    host.may_write = False
    report = done(host, "collect")
    assert report["copied"] == 0
    assert len(report["failed"]) == 6
    assert all(path.startswith(str(tmp_path / "out")) for path in report["failed"])
