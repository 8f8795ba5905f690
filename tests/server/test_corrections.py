"""Layers corrected by hand, and cameras changed, through the server: nothing is painted again."""

from __future__ import annotations

import base64
import io
import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError, MultiplaneError
from multiplane.contract.layer_edits import (
    MatteEdit,
    MergeEdit,
    NewEdit,
    RenameEdit,
    SplitEdit,
    Stroke,
    WordsEdit,
)
from multiplane.contract.manifest import Manifest
from multiplane.contract.messages_client import (
    CameraApply,
    Cancel,
    EditLayer,
    GetJob,
    Pause,
    RedoEdit,
    Reorder,
    Resume,
    UndoEdit,
)
from multiplane.contract.messages_common import JobState, ShotState, ShotView
from multiplane.contract.messages_server import JobDetail, ShotChanged, ShotEntryChanged
from multiplane.contract.storyboard import CameraMove
from tests.server.prepared import board
from tests.server.running import Running, ended, serve_client

JOB, SHOT = "job-0000001", "s000"


def manifest(detail: JobDetail, shot: int = 0) -> Manifest:
    path = Path(detail.job.folder) / str(detail.shots[shot].manifest)
    return Manifest.model_validate_json(path.read_text("utf-8"))


def picture(detail: JobDetail) -> Path:
    return Path(detail.job.folder) / "shots" / SHOT / "picture.png"


def png(size: tuple[int, int], box: tuple[int, int, int, int]) -> bytes:
    """A clear picture with an opaque box (x, y, width, height)."""
    rgba = np.zeros((size[1], size[0], 4), np.uint8)
    x, y, width, height = box
    rgba[y : y + height, x : x + width] = 255
    file = io.BytesIO()
    Image.fromarray(rgba).save(file, "PNG")
    return file.getvalue()


def test_layers_by_hand_and_back(data: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job=JOB)
        before = await ended(client, JOB)
        first, node = manifest(before), picture(before).stat().st_ino
        with Image.open(picture(before)) as image:
            size = image.size
        matte = MatteEdit(layer="warrior", png=_text(png(size, (10, 10, 60, 50))))
        square = _text(png((40, 40), (0,) * 4))
        for bad, code in (
            (matte.model_copy(update={"layer": "warior"}), "layer.unknown"),
            (matte.model_copy(update={"png": "%%"}), "layer.matte.not_base64"),
            (matte.model_copy(update={"png": _text(b"GIF89a...")}), "layer.matte.not_png"),
            (matte.model_copy(update={"png": square}), "layer.matte.aspect"),
            (MergeEdit(layers=["warrior", "dragon"]), "layer.unknown"),
            (WordsEdit(words=["castle-in-the-air"]), "layer.word_unknown"),
        ):
            with pytest.raises(InputError) as caught:
                await client.ask(EditLayer(job=JOB, shot=SHOT, edit=bad))
            assert caught.value.code == code
        for step, code in (
            (UndoEdit, "layer.nothing_to_undo"),
            (RedoEdit, "layer.nothing_to_redo"),
        ):
            with pytest.raises(InputError) as caught:
                await client.ask(step(job=JOB, shot=SHOT))
            assert caught.value.code == code

        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=matte))
        after = await ended(client, JOB)
        second = manifest(after)
        assert second.layers[1].bbox == pytest.approx((10, 10, 60, 50), abs=2)
        assert second.checks.recomposition_max_error <= 1
        assert (second.camera, second.model) == (first.camera, first.model)
        assert second.edits == [matte]
        assert after.shots[0].result != before.shots[0].result
        assert after.shots[1].result == before.shots[1].result
        assert picture(after).stat().st_ino == node, "the very same file"

        # Another camera afterwards keeps the correction, and so does a second one.
        move = CameraMove(preset="truck_left", amount=0.1)
        await client.ask(CameraApply(job=JOB, shot=SHOT, camera=move))
        moved = manifest(await ended(client, JOB))
        assert moved.camera.preset == "truck_left"
        assert (moved.picture_hash, moved.edits) == (second.picture_hash, [matte])
        assert moved.layers[1].bbox == second.layers[1].bbox
        name = RenameEdit(layer="warrior", name="knight")
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=name))
        named = manifest(await ended(client, JOB))
        assert (named.edits, named.layers[1].name) == ([matte, name], "knight")

        # What cannot be done is passed over and named; the shot is made all the same.
        pieces = SplitEdit(layer="knight")
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=pieces))
        same = manifest(await ended(client, JOB))
        assert [one.name for one in same.layers] == [one.name for one in named.layers]
        assert [one.code for one in same.notices] == ["layer.edit_not_done"]

        for _undo in range(3):
            await client.ask(UndoEdit(job=JOB, shot=SHOT))
        back = await ended(client, JOB)
        assert manifest(back).layers[1].bbox == first.layers[1].bbox
        assert manifest(back).edits == []
        assert manifest(back).camera.preset == "truck_left"
        assert picture(back).stat().st_ino == node
        await client.ask(RedoEdit(job=JOB, shot=SHOT))
        again = manifest(await ended(client, JOB))
        assert (again.edits, again.layers[1].bbox) == ([matte], second.layers[1].bbox)

        # The same storyboard again is a shot that no hand has touched.
        await client.submit(board(2), job="job-0000009")
        other = await ended(client, "job-0000009")
        assert manifest(other).edits == []
        assert manifest(other).layers[1].bbox == first.layers[1].bbox

    serve_client(data, act)


def test_new_layers_are_seen_before_their_film_and_changed_on(data: Path) -> None:
    """The folder keeps what the shot was until the film is there, too."""

    async def act(server: Running, client: AsyncClient) -> None:
        long = board(1)
        long["shots"][0]["duration"] = 120
        await client.submit(long, job=JOB)
        before = await ended(client, JOB)
        first = manifest(before)
        below = [(0.1, 0.9), (0.2, 0.9)]
        ground = NewEdit(name="ground", strokes=[Stroke(points=below, width=0.05)])
        await client.ask(EditLayer(job=JOB, shot=SHOT, edit=ground))
        cut: ShotView | None = None
        async for event in client.events():
            if not isinstance(event, ShotChanged) or event.shot.result is None:
                continue  # as it was made first
            if event.shot.cut is not None:
                cut = event.shot
                break
            assert event.shot.result == before.shots[0].result, "it is finished only afterwards"
        assert cut is not None
        assert cut.result == before.shots[0].result, "what the shot was counts until then"
        now = manifest(before)
        assert (Path(before.job.folder) / "shots" / SHOT / str(now.files.preview)).is_file()
        status, _, body = await server.get(f"/artifacts/{cut.cut}")
        assert status == 200
        seen = Manifest.model_validate_json(body)
        assert {one.name for one in seen.layers} == {"background", "warrior", "ground"}
        assert (seen.edits, seen.files.preview) == ([ground], None)
        for layer in seen.layers:
            status, _, _ = await server.get(f"/layers/{(seen.sha256 or {})[layer.file]}/50")
            assert status == 200

        # A camera is tried on them meanwhile, with the folder as it was.
        tried = await client.ask(
            CameraApply(
                job=JOB, shot=SHOT, camera=CameraMove(preset="pan"), dry_run=True, check=True
            )
        )
        if (await client.ask(GetJob(job=JOB))).shots[0].cut is not None:
            assert [place.id for place in tried.layers] == [layer.id for layer in seen.layers]
            assert tried.found is not None
        assert not list((data / "work").glob("cut-*"))

        # The next change names a layer that no finished shot has yet.
        new = next(one for one in seen.layers if one.name == "ground")
        await client.ask(
            EditLayer(job=JOB, shot=SHOT, edit=RenameEdit(layer=new.id, name="meadow"))
        )
        after = await ended(client, JOB)
        last = manifest(after)
        assert after.shots[0].cut is None
        assert [one.op for one in last.edits] == ["new", "rename"]
        assert last.notices == first.notices, "both were done"
        assert {one.name for one in last.layers} == {"background", "warrior", "meadow"}
        assert last.files.preview is not None

    serve_client(data, act)


def test_a_wider_camera_keeps_the_layers(data: Path) -> None:
    """Without the model: there is none that could paint a picture of another size in a second."""

    async def act(_: Running, client: AsyncClient) -> None:
        static = board(1, overscan=None)
        static["shots"][0]["camera"] = "static"
        await client.submit(static, job=JOB)
        before = await ended(client, JOB)
        first, node = manifest(before), picture(before).stat().st_ino
        move = CameraMove(preset="truck_left", amount=3.0)
        said = await client.ask(CameraApply(job=JOB, shot=SHOT, camera=move))
        after = await ended(client, JOB)
        assert manifest(after).camera.preset == "truck_left"
        assert said.camera == manifest(after).camera, "the very numbers, before they are made"
        assert manifest(after).layers[0].scale != first.layers[0].scale
        assert picture(after).stat().st_ino == node, "the very same file"
        assert "keep_layers" not in json.loads(
            (Path(after.job.folder) / "storyboard.json").read_text("utf-8")
        )

    serve_client(data, act)


def test_a_cameras_keyframes_are_told_at_once(data: Path) -> None:
    """For a live preview: of the shot as it is, and as it will be; a dry run changes nothing."""

    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        before = await ended(client, JOB)
        first = manifest(before)
        orbit = CameraMove(preset="orbit", amount=0.5)
        look = CameraApply(job=JOB, shot=SHOT, camera=orbit, dry_run=True)
        said = await client.ask(look)
        assert said.camera is not None
        assert said.camera.preset == "orbit"
        assert set(said.camera.keyframes) == set(first.camera.keyframes)
        assert said.camera.keyframes != first.camera.keyframes
        assert manifest(await client.ask(GetJob(job=JOB))) == first
        assert (await client.ask(GetJob(job=JOB))).job.state == JobState.FINISHED

        real = await client.ask(look.model_copy(update={"dry_run": False}))
        assert real == said
        after = manifest(await ended(client, JOB))
        assert after.camera == said.camera
        places = [
            (layer.id, layer.z, layer.position, layer.anchor, layer.scale) for layer in said.layers
        ]
        assert places == [
            (layer.id, layer.z, layer.position, layer.anchor, layer.scale) for layer in after.layers
        ]

        far = CameraMove(preset="truck_left", amount=3.0)
        weaker = await client.ask(look.model_copy(update={"camera": far}))
        assert weaker.camera is not None
        assert weaker.camera.amount < 3.0
        assert "weakened" in weaker.warnings[0]
        assert {(edge.layer, edge.side) for edge in weaker.edges} >= {("background", "right")}
        assert all(0 <= edge.frame < first.comp.duration_frames for edge in weaker.edges)
        still = CameraMove(preset="static")
        assert (await client.ask(look.model_copy(update={"camera": still}))).edges == []
        assert weaker.found is None
        checked = await client.ask(look.model_copy(update={"check": True}))
        assert first.checks.film is not None
        assert (checked.camera, checked.found) == (said.camera, first.checks.film.found)
        unknown = look.model_copy(update={"camera": CameraMove(preset="nope")})
        with pytest.raises(InputError, match="nope"):
            await client.ask(unknown)

        # A shot that was not made yet is made with the move; there is nothing to look at.
        await client.ask(Pause())
        await client.submit(board(1, first=5), job="job-0000002")
        later = CameraApply(job="job-0000002", shot="s005", camera=orbit)
        said = await client.ask(later)
        assert (said.camera, said.layers) == (None, [])
        with pytest.raises(MultiplaneError, match="no layers yet"):
            await client.ask(later.model_copy(update={"dry_run": True}))
        await client.ask(Resume())
        assert manifest(await ended(client, "job-0000002")).camera.preset == "orbit"

    serve_client(data, act)


def test_a_camera_that_is_called_off_leaves_the_shot_as_it_was(data: Path) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        await client.submit(board(2), job=JOB)
        before = await ended(client, JOB)
        first = manifest(before)
        await client.ask(Pause())
        orbit = CameraMove(preset="orbit", amount=0.5)
        for move in (orbit, CameraMove(preset="pan", amount=0.1)):
            await client.ask(CameraApply(job=JOB, shot=SHOT, camera=move))
        waiting = await client.ask(GetJob(job=JOB))
        assert waiting.shots[0].state == ShotState.QUEUED
        assert waiting.shots[0].manifest == before.shots[0].manifest, "the last result stays"
        assert waiting.shots[0].result == before.shots[0].result
        for shot in (SHOT, None):
            await client.ask(Cancel(job=JOB, shot=shot))
            after = await client.ask(GetJob(job=JOB))
            assert after.shots == before.shots
            assert after.storyboard == before.storyboard
            assert manifest(after) == first
            await client.ask(CameraApply(job=JOB, shot=SHOT, camera=orbit))
        await client.ask(Cancel(job=JOB))
        await client.ask(Resume())
        assert (await ended(client, JOB)).job.state == JobState.FINISHED

        # One that cannot be made has failed; what was there can be had back.
        made = await client.ask(GetJob(job=JOB))
        late = CameraMove(preset="orbit", start=300.0)
        await client.ask(CameraApply(job=JOB, shot=SHOT, camera=late))
        failed = await ended(client, JOB)
        assert failed.shots[0].state == ShotState.FAILED
        assert failed.shots[0].manifest is not None
        await client.ask(Cancel(job=JOB))
        assert (await client.ask(GetJob(job=JOB))).shots[0].state == ShotState.FAILED
        await client.ask(Cancel(job=JOB, shot=SHOT))
        assert (await client.ask(GetJob(job=JOB))).shots == made.shots
        assert (await ended(client, JOB)).storyboard == made.storyboard

    serve_client(data, act)


def test_another_camera_overtakes_paintings(data: Path) -> None:
    """Also those of jobs that stand before it; and it is told to all who listen."""

    async def act(_: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        await ended(client, JOB)
        await client.ask(Pause())
        await client.submit(board(3, first=5), job="job-0000002")
        await client.ask(Reorder(job="job-0000002", before=JOB))
        await client.ask(CameraApply(job=JOB, shot=SHOT, camera=CameraMove(preset="orbit")))
        order: list[str] = []
        entries: list[object] = []
        await client.ask(Resume())
        async for event in client.events():
            if isinstance(event, ShotEntryChanged):
                entries.append((event.job, event.shot, event.index, event.entry["camera"]))
            if isinstance(event, ShotChanged) and event.shot.state == ShotState.FINISHED:
                order.append(event.shot.id)
            if len(order) == 5:
                break
        assert order == [SHOT, SHOT, "s005", "s006", "s007"]
        assert entries == [(JOB, SHOT, 0, {"preset": "orbit"})]

    serve_client(data, act)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
