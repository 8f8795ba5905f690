"""multiplane export, on a folder of two finished shots and one that failed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path

import av
import numpy as np
import opentimelineio as otio
import py_aep
import pytest
from PIL import Image

from multiplane.contract.document import ErrorEntry
from multiplane.contract.events import Log, StepProgress, parse_event
from multiplane.contract.layout import SEQUENCE
from multiplane.contract.manifest import Sequence, SequenceShot
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.documents import write_document
from multiplane.deliver.exports import EXPORTERS
from multiplane.deliver.shot import deliver_shot
from multiplane.deliver.timeline.write import write_timelines
from tests.command_line import Multiplane, interrupted, needs_ctrl_c
from tests.deliver.shots import COMP, finished
from tests.deliver.timelines import click

FRAMES = COMP.duration_frames


@pytest.fixture
def out(tmp_path: Path) -> Path:
    """An output folder; the audio lies beside it, where the storyboard was."""
    out = tmp_path / "out 1"
    click(tmp_path / "boards" / "hit.wav", 0.2)
    ids = ["shot 1", "shot 2", "broken"]
    rows = [{"id": id_, "prompt": "a knight", "duration": FRAMES / COMP.fps} for id_ in ids]
    rows[0] |= {"dialogue": "Halt!", "audio": "hit.wav"}
    board = Storyboard.model_validate(
        {"title": "Knights: one", "fps": COMP.fps, "size": (COMP.width, COMP.height), "shots": rows}
    )
    entries = []
    for index, id_ in enumerate(ids):
        made = id_ != "broken"
        if made:
            deliver_shot(out / "shots" / id_, finished(id_=id_))
        entries.append(
            SequenceShot(
                id=id_,
                manifest=f"shots/{id_}/manifest.json" if made else None,
                start_frame=index * FRAMES,
                duration_frames=FRAMES,
                status="made" if made else "failed",
                error=None if made else ErrorEntry(code="x.y", message="The model was tired."),
            )
        )
    size = (COMP.width, COMP.height)
    sequence = Sequence(title=board.title, fps=COMP.fps, size=size, shots=entries)
    (out / "storyboard.json").write_text(board.to_json(), encoding="utf-8")
    write_document(out / SEQUENCE, sequence)
    write_timelines(out, board, sequence, audio_folder=tmp_path / "boards")
    return out


@pytest.fixture
def export(multiplane: Multiplane) -> Multiplane:
    return partial(multiplane, "export")


def test_help_lists_everything_and_imports_nothing_heavy(export: Multiplane) -> None:
    said = export("--help")
    assert said.status == 0
    for exporter in EXPORTERS.values():
        assert exporter.name in said.out
        assert exporter.description in said.all
    assert "multiplane export out/board gif --shot shot-002" in said.all
    program = (
        "import sys\n"
        "from multiplane.cli import main\n"
        "try:\n    main(['export', '--help'])\nexcept SystemExit:\n    pass\n"
        "heavy = {'torch', 'numpy', 'opentimelineio', 'av', 'PIL'}\n"
        "sys.exit(','.join(sorted(heavy & set(sys.modules))) or 0)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert done.returncode == 0, done.stderr


def test_animatic(export: Multiplane, out: Path, tmp_path: Path) -> None:
    said = export(out, "animatic")
    assert said.status == 0, said.err
    (film,) = (out / "exports").glob("*.mp4")
    assert film.name.startswith("Knights_ one")
    assert f"Wrote {film}" in said.all
    with av.open(str(film)) as file:
        assert file.streams.video[0].frames == 3 * FRAMES
        assert len(file.streams.audio) == len(file.streams.subtitles) == 1
    assert "Halt!" in film.with_suffix(".srt").read_text(encoding="utf-8")

    said = export(out, "animatic", "--names", "--burn-subtitles", "-o", "film.mp4")
    assert said.status == 0, said.err
    with av.open("film.mp4") as file:
        assert [stream.type for stream in file.streams] == ["video", "audio"]
        assert sum(1 for _ in file.decode(video=0)) == 3 * FRAMES


def test_audio_that_has_moved_is_told_of_and_found_again(
    export: Multiplane, out: Path, tmp_path: Path
) -> None:
    (tmp_path / "boards").rename(tmp_path / "elsewhere")
    said = export(out, "animatic", "-o", "film.mp4")
    assert said.status == 0
    assert "There is no audio file hit.wav" in said.err
    said = export(out, "animatic", "-o", "film.mp4", "--storyboard-folder", "elsewhere")
    assert said.err == ""


def test_timelines_name_media_from_where_they_lie(
    export: Multiplane, out: Path, tmp_path: Path
) -> None:
    for what, file in (("otio", "far/t.otio"), ("fcp7", "far/t.xml"), ("edl", "far/t.edl")):
        assert export(out, what, "-o", file).status == 0
        timeline = otio.adapters.read_from_file(file)
        names = [clip.name for clip in timeline.video_tracks()[0].find_clips()]
        assert names == ["shot 1", "shot 2"]
        first = next(iter(timeline.video_tracks()[0].find_clips()))
        url = first.media_reference.target_url
        assert url.removeprefix("./") == "../out%201/shots/shot%201/shot%201.mp4"
    assert export(out, "fcp7", "--absolute", "-o", "far/a.xml").status == 0
    timeline = otio.adapters.read_from_file("far/a.xml")
    urls = [clip.media_reference.target_url for clip in timeline.find_clips()]
    root = str(tmp_path.absolute()).replace(" ", "%20")
    assert urls[0] == f"file://localhost{root}/out%201/shots/shot%201/shot%201.mp4"
    assert urls[-1] == f"file://localhost{root}/boards/hit.wav"


def test_subtitles(export: Multiplane, out: Path) -> None:
    assert export(out, "srt", "-o", "a.srt").status == 0
    assert Path("a.srt").read_text(encoding="utf-8").startswith("1\n00:00:00,000 --> 00:00:00,375")
    assert export(out, "vtt", "-o", "a.vtt").status == 0
    assert Path("a.vtt").read_text(encoding="utf-8").startswith("WEBVTT")


@pytest.mark.parametrize("what", ["gif", "webp"])
def test_a_shot_that_moves(export: Multiplane, out: Path, what: str) -> None:
    said = export(out, what, "--shot", "shot 2", "--width", 64, "--fps", 12)
    assert said.status == 0, said.err
    with Image.open(out / "exports" / f"shot 2.{what}") as picture:
        assert picture.size == (64, 36)
        assert getattr(picture, "n_frames", 1) == 8  # 5 there, 3 back


def test_frames(export: Multiplane, out: Path) -> None:
    said = export(out, "frames", "--shot", "shot 1", "-o", "frames", "--json")
    assert said.status == 0, said.err
    files = sorted(Path("frames").glob("[!.]*"))
    assert [file.name for file in files] == [f"{number:05d}.png" for number in range(FRAMES)]
    with Image.open(files[0]) as first, Image.open(files[-1]) as last:
        assert first.size == (COMP.width, COMP.height)
        assert np.abs(np.asarray(first, int) - np.asarray(last, int)).max() > 20
        assert getattr(first, "text", {})["Prompt"] == "a red warrior before a princess"
    *counts, wrote = [parse_event(line) for line in said.out.splitlines()]
    assert [event.done for event in counts if isinstance(event, StepProgress)] == [
        *range(1, FRAMES + 1)
    ]
    assert isinstance(wrote, Log)
    assert export(out, "frames", "--shot", "shot 1", "-o", "frames").status == 0


def decoded(path: Path) -> np.ndarray:
    """Every frame of a film: (N, H, W, 4)."""
    with av.open(str(path)) as film:
        return np.array([frame.to_ndarray(format="rgba") for frame in film.decode(video=0)], int)


def test_motion_blur_is_for_whoever_asks(export: Multiplane, out: Path) -> None:
    """A film, frames and a layer: the moving subject's edges are softer, its light is the same."""
    which = ["--shot", "shot 1"]
    sharp = decoded(out / "shots" / "shot 1" / "shot 1.mp4")
    for name, more in (("plain", []), ("soft", ["--motion-blur", 16])):
        assert export(out, "film", *which, *more, "-o", f"{name}.mp4").status == 0
        prores = ["prores", *which, "--layer", "princess", *more, "-o", f"{name}.mov"]
        assert export(out, *prores).status == 0
        assert export(out, "frames", *which, *more, "-o", f"{name} frames").status == 0
    np.testing.assert_array_equal(decoded(Path("plain.mp4")), sharp)
    soft = decoded(Path("soft.mp4"))
    assert soft.shape == sharp.shape
    assert np.abs(soft - sharp)[FRAMES // 2].max() > 8
    plain, blurred = (
        decoded(Path(f"{name}.mov"))[FRAMES // 2, ..., 3] for name in ("plain", "soft")
    )
    assert np.abs(plain - blurred).max() > 8
    assert blurred.sum() == pytest.approx(plain.sum(), rel=0.02)
    middle = f"{FRAMES // 2:05d}.png"
    with (
        Image.open(Path("plain frames", middle)) as one,
        Image.open(Path("soft frames", middle)) as two,
    ):
        assert np.abs(np.asarray(one, int) - np.asarray(two, int)).max() > 8


def test_frames_never_replace_a_folder_with_other_things(export: Multiplane, out: Path) -> None:
    said = export(out, "frames", "--shot", "shot 1", "-o", out)
    assert said.status == 2
    assert "other things" in said.all
    assert (out / "sequence.json").is_file()


def test_a_layer_with_transparency(export: Multiplane, out: Path) -> None:
    said = export(out, "prores", "--shot", "shot 1", "--layer", "Princess")
    assert said.status == 0, said.err
    with av.open(str(out / "exports" / "shot 1 princess.mov")) as film:
        frames = [frame.to_ndarray(format="rgba") for frame in film.decode(video=0)]
    assert len(frames) == FRAMES
    assert frames[0][..., 3].min() == 0
    assert frames[0][..., 3].max() == 255


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["animatik"], ["animatic", "WHAT"]),
        (["gif"], ["--shot", "shot 1, shot 2, broken"]),
        (["gif", "--shot", "shot1"], ["--shot", '"shot 1"']),
        (["gif", "--shot", "broken"], ["The model was tired.", "multiplane render"]),
        (["prores", "--shot", "shot 1"], ["--layer", "background, red warrior, princess"]),
        (["prores", "--shot", "shot 1", "--layer", "prinzess"], ['"princess"']),
        (["animatic", "-o", "film.avi"], ["--out", ".mp4", "film.mp4"]),
        (["gif", "--shot", "shot 1", "-o", "."], ["--out", ".gif"]),
    ],
)
def test_mistakes_are_explained(
    export: Multiplane, out: Path, arguments: list[str], words: list[str]
) -> None:
    said = export(out, *arguments)
    assert said.status == 2
    assert said.out == ""
    for word in words:
        assert word in said.all
    assert not (out / "exports").exists()


def test_a_folder_without_results(export: Multiplane, tmp_path: Path) -> None:
    said = export(tmp_path, "animatic")
    assert said.status == 2
    assert "storyboard.json" in said.all
    assert "multiplane render" in said.all


def test_a_damaged_layer_is_named(export: Multiplane, out: Path) -> None:
    path = out / "shots" / "shot 1" / "layers" / "01-red warrior.png"
    path.write_bytes(b"no picture")
    said = export(out, "frames", "--shot", "shot 1", "-o", "frames")
    assert said.status == 2
    assert path.name in said.all
    assert not Path("frames").exists()


@needs_ctrl_c
def test_ctrl_c_leaves_nothing_half(out: Path, tmp_path: Path) -> None:
    text = (out / "sequence.json").read_text(encoding="utf-8")
    sequence = json.loads(text)
    for shot in sequence["shots"]:
        shot["duration_frames"] = 20_000
    (out / "sequence.json").write_text(json.dumps(sequence), encoding="utf-8")
    command = ["export", str(out), "animatic", "--names", "-o", "film.mp4"]
    said = interrupted(tmp_path, *command, after="step_progress")
    assert said.status == 130, said.err
    assert sorted(path.name for path in tmp_path.iterdir()) == ["boards", "out 1"]


def test_after_effects_project(export: Multiplane, out: Path) -> None:
    assert export(out, "aep", "-o", "board.aep").status == 0
    comps = {comp.name: comp for comp in py_aep.parse("board.aep").project.compositions}
    assert set(comps) == {"Knights: one", "shot 1", "shot 2"}
    said = " ".join(marker.comment for marker in comps["Knights: one"].markers)
    assert "broken Problem: The model was tired." in " ".join(said.split())
    assert [layer.name for layer in comps["Knights: one"].layers][-1] == "hit.wav"
    assert export(out, "aep", "--shot", "shot 2", "-o", "shot.aep").status == 0
    (comp,) = py_aep.parse("shot.aep").project.compositions
    assert comp.name == "shot 2"


def test_lottie(export: Multiplane, out: Path) -> None:
    assert export(out, "lottie", "--shot", "shot 1", "-o", "a.json").status == 0
    found = json.loads(Path("a.json").read_text(encoding="utf-8"))
    assert (found["op"], found["fr"]) == (FRAMES, COMP.fps)
    assert all(asset["p"].startswith("data:image/png;base64,") for asset in found["assets"])
