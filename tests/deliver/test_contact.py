"""Contact sheet, fan and text: what is drawn where."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from multiplane.contract.document import ErrorEntry
from multiplane.contract.layout import SEQUENCE
from multiplane.contract.manifest import Manifest, Sequence, SequenceShot
from multiplane.contract.output_folder import read_sequence
from multiplane.deliver import contact
from multiplane.deliver.contact import write_contact
from multiplane.deliver.documents import write_document
from multiplane.deliver.fan import DARK, fan_out, on_checkerboard
from multiplane.deliver.shot import deliver_shot
from multiplane.deliver.typeset import drawable, font_for, lines, one_line
from tests.deliver.shots import SIZE, finished, layer


def _sequence(out: Path, *shots: SequenceShot) -> Sequence:
    sequence = Sequence(title="Märchen 戦士 🐉", fps=24, size=(1920, 1080), shots=list(shots))
    write_document(out / SEQUENCE, sequence)
    return sequence


def _made(
    out: Path, id_: str, names: tuple[str, ...] = ("red warrior", "princess")
) -> SequenceShot:
    deliver_shot(out / "shots" / id_, finished(names, id_=id_), extra={"style": "ink"})
    return SequenceShot(
        id=id_,
        manifest=f"shots/{id_}/manifest.json",
        start_frame=0,
        duration_frames=9,
        status="made",
    )


def test_the_sheet_shows_picture_and_layers(tmp_path: Path) -> None:
    _sequence(tmp_path, _made(tmp_path, "one"))
    (path,) = write_contact(tmp_path, read_sequence(tmp_path))
    sheet = np.asarray(Image.open(path).convert("RGB")).astype(int)
    # The picture lies at the card's top left: its colours are found there, corner by corner.
    picture = Image.open(tmp_path / "shots/one/picture.png").convert("RGB")
    view = np.asarray(picture.resize((420, 236), Image.Resampling.LANCZOS)).astype(int)
    x, y = contact._GAP + contact._PAD, contact._HEAD + contact._PAD
    assert np.abs(sheet[y : y + 236, x : x + 420] - view).mean() < 4


@pytest.mark.parametrize(
    "names",
    [(), ("戦士", "🐉"), ("x" * 300,), tuple(f"subject {i}" for i in range(12)), ("\ud800",)],
)
def test_any_names_and_any_number_of_layers(tmp_path: Path, names: tuple[str, ...]) -> None:
    if names == ("\ud800",):
        # JSON keeps no lone surrogate, so none reaches the sheet; the text drawing must bear it.
        assert drawable("\ud800a") == "?a"
        return
    (path,) = write_contact(tmp_path, _sequence(tmp_path, _made(tmp_path, "one", names)))
    assert Image.open(path).size[1] > 400


@pytest.mark.parametrize(("take", "said"), [(3, "seed 7 take 3"), (1, "seed 7"), (None, "seed 7")])
def test_the_sheet_says_which_take_it_shows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, take: int | None, said: str
) -> None:
    sequence = _sequence(tmp_path, _made(tmp_path, "one"))
    path = tmp_path / "shots/one/manifest.json"
    manifest = Manifest.model_validate_json(path.read_text(encoding="utf-8"))
    model = manifest.model.model_copy(update={"seed": 7, "take": take})
    path.write_text(manifest.model_copy(update={"model": model}).model_dump_json(by_alias=True))
    texts: list[str] = []
    monkeypatch.setattr(contact, "_text", lambda _, __, text, *___, **____: texts.append(text))
    write_contact(tmp_path, sequence)
    assert any(text.endswith(said) for text in texts)


def test_failed_missing_and_damaged_shots_have_a_card(tmp_path: Path) -> None:
    good, bad = _made(tmp_path, "good"), _made(tmp_path, "bad")
    (tmp_path / "shots/bad/picture.png").write_bytes(b"not a picture")
    failed = SequenceShot(
        id="failed",
        start_frame=0,
        duration_frames=4,
        status="failed",
        error=ErrorEntry(
            code="x",
            message="No dragon in the prompt. " * 30,
            field="shots[2].subjects[0]",
            value="'竜 🐉'",
            remedy="Name another subject.",
        ),
    )
    missing = SequenceShot(id="missing", start_frame=0, duration_frames=4, status="missing")
    (path,) = write_contact(tmp_path, _sequence(tmp_path, good, bad, failed, missing))
    sheet = np.asarray(Image.open(path).convert("RGB"))
    alert = (np.abs(sheet.astype(int) - contact._ALERT).max(axis=2) < 12).sum(axis=1)
    half = sheet.shape[0] // 2
    assert alert[:half].any()
    assert alert[half:].any()


def test_no_shots(tmp_path: Path) -> None:
    (path,) = write_contact(tmp_path, _sequence(tmp_path))
    assert Image.open(path).size[0] > 300


def test_long_storyboards_get_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(contact, "SHOTS_PER_PAGE", 2)
    missing = [
        SequenceShot(id=str(i), start_frame=0, duration_frames=4, status="missing")
        for i in range(5)
    ]
    write_contact(tmp_path, _sequence(tmp_path, *missing))
    assert sorted(p.name for p in tmp_path.glob("*.png")) == [
        "contact-2.png",
        "contact-3.png",
        "contact.png",
    ]
    write_contact(tmp_path, _sequence(tmp_path, *missing[:2]))
    assert [p.name for p in tmp_path.glob("*.png")] == ["contact.png"]


@pytest.mark.parametrize(("count", "pages"), [(1, 1), (7, 1), (60, 2)])
def test_any_number_of_shots(tmp_path: Path, count: int, pages: int) -> None:
    """Names of every length and script; one shot's files stand for several."""
    _made(tmp_path, "one", ("戦士", "תנין"))
    names = ("one", "المشهد الخامس", "第六カット 🐉", "a very long name " * 20)
    shots = [
        SequenceShot(
            id=f"{names[i % 4]} {i}",
            manifest="shots/one/manifest.json" if i % 20 == 0 else None,
            start_frame=9 * i,
            duration_frames=9,
            status="missing" if i % 20 else "made",
        )
        for i in range(count)
    ]
    written = write_contact(tmp_path, _sequence(tmp_path, *shots))
    assert len(written) == pages
    cards = 0
    for path in written:
        sheet = np.asarray(Image.open(path).convert("RGB")).astype(int)
        for column in range(2):
            # A card's left edge is a line of its own height, but for its round corners.
            x = contact._GAP + column * (contact._CARD_WIDTH + contact._GAP)
            if x < sheet.shape[1]:
                line = (np.abs(sheet[:, x] - contact._LINE).max(axis=1) < 2).sum()
                cards += round(line / (contact._CARD_HEIGHT - 26))
    assert cards == count


def test_the_fan_shows_every_layer_inside_the_frame() -> None:
    layers = [
        layer("background", "background", (0, 0, *SIZE), 0.0),
        dataclasses.replace(layer("a", "a", (20, 20, 40, 40), 0.5), rgba=_plain(255, 0, 0)),
        dataclasses.replace(layer("b", "b", (60, 20, 40, 40), 1.0), rgba=_plain(0, 0, 255)),
    ]
    fan = fan_out(layers, SIZE, (640, 360)).astype(int)
    red = (fan[..., 0] > 200) & (fan[..., 1] < 40) & (fan[..., 2] < 40)
    blue = (fan[..., 2] > 200) & (fan[..., 1] < 40) & (fan[..., 0] < 40)
    assert red.sum() > 500
    assert blue.sum() > red.sum()  # nearer, so larger
    assert np.flatnonzero(blue.any(axis=0)).min() > np.flatnonzero(red.any(axis=0)).min()
    border = np.concatenate([fan[0], fan[-1], fan[:, 0], fan[:, -1]])
    assert (border == DARK).all()


def _plain(*colour: int) -> np.ndarray:
    return np.full((40, 40, 4), (*colour, 255), np.uint8)


def test_checkerboard_shows_through_transparency_only() -> None:
    box = on_checkerboard(layer("a", "a", (40, 20, 40, 40), 1.0), SIZE, SIZE, opaque=True)
    assert (box[..., 3] == 255).all()
    assert len(np.unique(box[:10, :30].reshape(-1, 4), axis=0)) == 2
    assert len(np.unique(box[25:50, 45:70].reshape(-1, 4), axis=0)) == 1


def test_lines_fit_their_width() -> None:
    text = "a red warrior in front of a very long castle " * 9 + "戦" * 200
    got = lines(text, 16, 300, 3)
    assert len(got) == 3
    assert all(font_for(text, 16).getlength(line) <= 300 for line in got)
    assert got[-1].endswith("…")
    assert got[0].startswith("a red warrior in front")
    assert lines("short", 16, 300, 3) == ["short"]
    assert lines("", 16, 300, 3) == []
    assert lines("戦" * 100, 16, 100, 2)[0] == "戦" * len(lines("戦" * 100, 16, 100, 2)[0])


def test_one_line_keeps_what_fits() -> None:
    assert one_line("two\nlines\tof text", 16, 400) == "two lines of text"
    assert one_line("x" * 500, 16, 50).endswith("…")


def test_plain_text_uses_the_font_that_is_always_there() -> None:
    own = ImageFont.load_default(18)
    assert isinstance(own, ImageFont.FreeTypeFont)
    font = font_for("Plain text.", 18)
    assert isinstance(font, ImageFont.FreeTypeFont)
    assert font.getname() == own.getname()
    ImageDraw.Draw(Image.new("RGB", (50, 50))).text((0, 0), "戦🐉é", font=font_for("戦🐉é", 18))


def test_the_sheet_says_first_what_shows_in_the_film(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Also of a manifest of an earlier version, which has it among its checks alone."""
    sequence = _sequence(tmp_path, _made(tmp_path, "one"))
    path = tmp_path / "shots/one/manifest.json"
    said = json.loads(path.read_text(encoding="utf-8"))
    fringe = {"frame": 3, "kind": "fringe", "share": 0.01, "layers": ["princess"], "action": "none"}
    said["checks"]["film"]["found"] = [fringe]
    said["notices"] = [{"code": "doubt.x", "text": "The princess is doubtful."}]
    path.write_text(json.dumps(said), encoding="utf-8")
    texts: list[str] = []
    monkeypatch.setattr(contact, "_text", lambda _, __, text, *___, **____: texts.append(text))
    write_contact(tmp_path, sequence)
    whole = " ".join(texts)
    assert "Frame 3 has a fringe of old background round princess" in whole
    assert whole.index("Frame 3 has") < whole.index("The princess is doubtful.")
