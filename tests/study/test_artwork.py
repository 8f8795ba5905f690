"""Other people's drawings: fetched whole or not at all, read by name, refused where not free."""

from __future__ import annotations

import base64
import hashlib
import io
import tarfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane_study.artwork import get
from multiplane_study.artwork.catalogue import Catalogue
from multiplane_study.artwork.concepts import family_of, is_unseen, read_concepts
from multiplane_study.artwork.packages import ARTISTS, HELD_OUT_ARTIST, TUNING_ARTIST, Package
from multiplane_study.artwork.raster import fills_its_box, rasterise
from multiplane_study.artwork.sheet import draw_sheet
from multiplane_study.scenes import KINDS
from tests.study.small_artwork import DISC, put_artist, put_artwork


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    put_artwork(tmp_path)
    return tmp_path


def test_concepts_are_things_with_names_that_people_use(folder: Path) -> None:
    concepts = {concept.slug: concept for concept in read_concepts(folder)}
    names = {"elephant", "lion", "automobile", "umbrella", "astronaut", "banana", "key"}
    assert set(concepts) == names
    assert concepts["automobile"].name == "car"
    assert concepts["umbrella"].synonyms == ("parasol",)
    assert concepts["elephant"].synonyms == ("pachyderm",)
    assert concepts["astronaut"].drawn_by == ("🧑‍🚀", "👩‍🚀")


def test_what_is_never_learnt_is_not_said_of_something_else(folder: Path) -> None:
    concepts = {concept.slug: concept for concept in read_concepts(folder)}
    assert concepts["lion"].unseen
    assert not concepts["automobile"].unseen
    assert "lion" not in concepts["automobile"].synonyms


def test_the_split_is_fixed_and_spares_what_the_project_draws() -> None:
    families = ["lion", "wolf", "saxophone", "bell", "laptop", "egg", "soap", "toothbrush"]
    assert all(map(is_unseen, families))
    assert not any(map(is_unseen, ["elephant", "tiger", "guitar", "teapot", "apple", "trumpet"]))
    assert not any(map(is_unseen, KINDS))


@pytest.mark.parametrize(
    ("slug", "family"),
    [
        ("red_apple", "apple"),
        ("tiger_face", "tiger"),
        ("bowl_with_spoon", "bowl"),
        ("oncoming_police_car", "car"),
        ("books", "book"),
        ("mage", "wizard"),
        ("2nd_place_medal", "medal"),
    ],
)
def test_one_noun_is_one_family(slug: str, family: str) -> None:
    assert family_of(slug) == family


def test_drawings_are_found_by_sign_alias_and_name(folder: Path) -> None:
    catalogue = Catalogue(folder)
    concepts = {concept.slug: concept for concept in catalogue.concepts}
    for artist in ("noto", "twemoji"):  # the one by its name, the other by sign and alias
        (drawing,) = catalogue.drawings(artist, concepts["umbrella"])
        rgba = rasterise(drawing.svg, 48)
        assert rgba.shape[1:] == (48, 4)
        assert abs(rgba.shape[0] - 24) <= 1
        assert np.abs(rgba[..., :3].astype(int) - (0, 0, 204)).max() < 5
        assert fills_its_box(rasterise(drawing.svg, 160))
    put_artist(folder, "fxemoji", {"Bana-na": DISC})
    assert [concept.slug for concept in Catalogue(folder).drawn_by("fxemoji")] == ["banana"]


def test_a_matte_is_exact(folder: Path) -> None:
    catalogue = Catalogue(folder)
    (drawing,) = catalogue.drawings("noto", catalogue.concepts[0])
    matte = rasterise(drawing.svg, 100)[..., 3] / 255.0
    assert matte.sum() == pytest.approx(np.pi * 50**2, rel=0.04)


def test_a_licence_that_forbids_training_is_refused_for_training(folder: Path) -> None:
    assert HELD_OUT_ARTIST not in Catalogue.for_training(folder).artists
    assert len(Catalogue.for_training(folder).artists) == len(ARTISTS) - 2
    with pytest.raises(InputError, match=r"study\.artwork\.licence|CC-BY-SA") as caught:
        Catalogue.for_training(folder, [HELD_OUT_ARTIST])
    assert caught.value.code == "study.artwork.licence"


def test_the_artist_that_settings_are_chosen_on_is_kept_out_of_training(folder: Path) -> None:
    assert TUNING_ARTIST not in Catalogue.for_training(folder).artists
    with pytest.raises(InputError, match="nothing learns from it") as caught:
        Catalogue.for_training(folder, ["noto", TUNING_ARTIST])
    assert caught.value.code == "study.artwork.kept_for_tuning"


def test_a_licence_that_has_changed_is_noticed(folder: Path) -> None:
    put_artist(folder, "noto", {}, licence="CC-BY-NC-4.0")
    with pytest.raises(Failure) as caught:
        Catalogue(folder)
    assert caught.value.code == "study.artwork.licence_changed"


def test_what_is_missing_is_named_with_the_command_that_gets_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="multiplane study artwork get") as caught:
        Catalogue(tmp_path)
    assert caught.value.code == "study.artwork.missing"
    with pytest.raises(InputError) as caught:
        Catalogue(tmp_path, ["picasso"])
    assert caught.value.code == "study.artwork.artist_unknown"


def test_an_empty_drawing_is_refused() -> None:
    with pytest.raises(Failure) as caught:
        rasterise('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"></svg>', 32)
    assert caught.value.code == "study.artwork.unreadable"


def test_a_sheet_is_drawn(folder: Path, tmp_path: Path) -> None:
    catalogue = Catalogue(folder, ["noto", "openmoji"])
    draw_sheet(tmp_path / "sheet.png", catalogue, catalogue.concepts, ["noto", "openmoji"])
    assert (tmp_path / "sheet.png").stat().st_size > 1000


def tarball(path: Path, files: dict[str, bytes]) -> Package:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    found = base64.b64encode(hashlib.sha512(path.read_bytes()).digest()).decode()
    return Package("@some/drawings", "1.0.0", f"sha512-{found}", ("icons.json",))


def test_a_tarball_is_unpacked_only_as_pinned(tmp_path: Path) -> None:
    package = tarball(tmp_path / "it.tgz", {"icons.json": b"{}", "../../evil": b"!"})
    get.unpack(tmp_path / "it.tgz", package, tmp_path)
    assert [path.name for path in (tmp_path / package.folder).iterdir()] == ["icons.json"]
    assert get.is_there(tmp_path, package)
    with pytest.raises(Failure) as caught:
        get.unpack(tmp_path / "it.tgz", replace(package, integrity="sha512-other"), tmp_path)
    assert caught.value.code == "study.artwork.checksum"
    other = tarball(tmp_path / "other.tgz", {"else.json": b"{}"})
    with pytest.raises(Failure) as caught:
        get.unpack(tmp_path / "other.tgz", other, tmp_path)
    assert caught.value.code == "study.artwork.incomplete"


def test_without_npm_it_says_how_to_get_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(Failure, match=r"Node\.js") as caught:
        get.get_artwork(tmp_path)
    assert caught.value.code == "study.artwork.no_npm"


def test_what_npm_says_is_passed_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    npm = tmp_path / "npm"
    npm.write_text("#!/bin/sh\necho 'npm error code E404' >&2\nexit 1\n")
    npm.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/bin:/usr/bin")
    with pytest.raises(Failure, match="E404") as caught:
        get.get_artwork(tmp_path / "artwork")
    assert caught.value.code == "study.artwork.not_fetched"
    assert not list((tmp_path / "artwork").glob(".fetching-*"))
