"""Storyboards and pictures that clients upload: read in every format, and checked."""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from multiplane.client import AsyncClient
from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.messages_client import (
    CheckStoryboard,
    FindSubjects,
    GetJob,
    ReadStoryboard,
)
from multiplane.contract.messages_common import DroppedFile
from multiplane.contract.messages_server import StoryboardRead
from multiplane.server.web.thumbnails import PERCENTS, WIDTH
from tests.intake.storyboarder_project import project
from tests.server.prepared import board, prepare
from tests.server.running import Running, ended, parsed
from tests.server.running import serve_client as serve

JOB = "job-0000001"


def png(size: tuple[int, int] = (96, 64)) -> bytes:
    said = io.BytesIO()
    Image.new("RGB", size, "navy").save(said, "PNG")
    return said.getvalue()


async def upload(server: Running, data: bytes) -> str:
    head = (
        f"POST /uploads HTTP/1.1\r\nHost: {server.host}\r\nAuthorization: Bearer {server.token}\r\n"
        f"Content-Length: {len(data)}\r\nConnection: close\r\n\r\n"
    )
    status, _, body = parsed(await server.raw(head.encode() + data))
    assert status == 201
    return str(json.loads(body)["picture"])


async def dropped(
    server: Running, client: AsyncClient, files: Mapping[str, bytes]
) -> StoryboardRead:
    given = [
        DroppedFile(path=path, upload=await upload(server, data)) for path, data in files.items()
    ]
    return await client.ask(ReadStoryboard(files=given))


CSV = b"shot,prompt,picture,seconds\n1,,drawings/boat.png,2\n2,a **cat**,,3\n3,,gone.png,1\n"
SCENE: dict[str, Any] = {
    "aspectRatio": 1.5,
    "fps": 24,
    "boards": [
        {"uid": "AAAAA", "url": "board-1-AAAAA.png", "number": 1, "shot": "1A", "duration": 2000,
         "action": "a boat", "layers": {}},
    ],
}  # fmt: skip


def test_shot_lists_scenes_and_pictures_are_read(tmp_path: Path) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        table = await dropped(server, client, {"list.csv": CSV, "boat.png": png()})
        shots = table.storyboard["shots"]
        assert [shot.get("duration") for shot in shots] == [2, 3, 1]
        assert shots[0]["picture"].startswith("upload:")
        assert shots[2]["picture"] == "gone.png"
        (missing,) = [one for one in table.findings if one.level == "error"]
        assert missing.shot == 2
        assert missing.said.remedy is not None
        assert missing.said.remedy.startswith("Drop the file on the panel")
        assert "no-folder" not in missing.model_dump_json()

        pictures = await dropped(server, client, {"b/10.png": png(), "b/9.png": png()})
        assert [shot["id"] for shot in pictures.storyboard["shots"]] == ["9", "10"]
        assert "title" not in pictures.storyboard
        assert all(shot["picture"].startswith("upload:") for shot in pictures.storyboard["shots"])

        text = json.dumps(SCENE).encode()
        for folder in ("images/", ""):
            files = {"scene.storyboarder": text, f"{folder}board-1-AAAAA.png": png()}
            scene = await dropped(server, client, files)
            (shot,) = scene.storyboard["shots"]
            named = [shot.get("picture"), *(one["picture"] for one in shot.get("layers", []))]
            assert any(str(one).startswith("upload:") for one in named), shot
            assert [one for one in scene.findings if one.level == "error"] == []
        film = project(tmp_path / "film")
        files = {
            f"film/{path.relative_to(film).as_posix()}": path.read_bytes()
            for path in film.rglob("*")
            if path.is_file()
        }
        whole = await dropped(server, client, files)
        shots = whole.storyboard["shots"]
        assert [shot["id"] for shot in shots] == ["sc02-1A", "sc01-1A", "sc01-2A"]
        assert whole.storyboard["title"] == "The Lantern"
        uploads = [shot["picture"] for shot in shots]
        assert len(set(uploads)) == 3
        assert all(one.startswith("upload:") for one in [*uploads, shots[0]["audio"]])
        assert [one for one in whole.findings if one.level == "error"] == []
        assert list((server.data.work).glob("dropped-*")) == [], "nothing is left lying about"

    serve(tmp_path, act)


@pytest.mark.parametrize(
    ("files", "code"),
    [
        (
            {"a.csv": b"shot,prompt\n1,a\n", "b.csv": b"shot,prompt\n1,b\n"},
            "dropped.one_storyboard",
        ),
        ({"../a.csv": CSV}, "path.refused"),
        ({"a.bin": b"hello"}, "storyboard.folder.no_pictures"),
        ({"a.storyboarder": b"{"}, None),
    ],
)
def test_what_is_no_storyboard_is_refused(
    tmp_path: Path, files: Mapping[str, bytes], code: str | None
) -> None:
    async def act(server: Running, client: AsyncClient) -> None:
        with pytest.raises(InputError) as caught:
            await dropped(server, client, files)
        assert code in (None, caught.value.code)
        assert str(server.data.root) not in str(caught.value), "its own folders are nobody's matter"

    serve(tmp_path, act)


def test_a_storyboard_is_checked_before_it_is_made(tmp_path: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        Image.new("RGB", (96, 64)).save(tmp_path / "there.png")
        storyboard = {"shots": [{"picture": "there.png"}, {"picture": "gone.png"}]}
        for folder, wrong in ((None, [0, 1]), (str(tmp_path), [1])):
            said = await client.ask(CheckStoryboard(storyboard=storyboard, folder=folder))
            errors = [one for one in said.findings if one.level == "error"]
            assert [one.shot for one in errors] == wrong
            assert all(one.said.remedy for one in errors)
        assert (await client.ask(CheckStoryboard(storyboard={"shots": [{"prompt": "a cat"}]}))) == (
            await client.ask(CheckStoryboard(storyboard={"shots": [{"prompt": "a cat"}]}))
        )
        bad = await client.ask(CheckStoryboard(storyboard={"fps": 900, "shots": [{"prompt": "a"}]}))
        assert [one.said.field for one in bad.findings] == ["fps"]
        odd = {"cut": "clipsig", "shots": [{"prompt": "a **cat**", "camra": "orbit"},
                                           {"prompt": "a **cat**", "cut": "atention"}]}  # fmt: skip
        told = (await client.ask(CheckStoryboard(storyboard=odd))).findings
        assert [(one.level, one.shot, one.said.field) for one in told] == [
            ("error", None, "cut"),
            ("error", 1, "shots[1].cut"),
            ("warning", 0, "shots[0].camra"),
        ]
        assert told[2].said.remedy == 'Did you mean "camera"?'

    serve(tmp_path, act)


def test_the_subjects_of_prompts_are_found_while_they_are_written(tmp_path: Path) -> None:
    async def act(_: Running, client: AsyncClient) -> None:
        prompts = ["a red **warrior** in snow", "two dogs near a castle", "in the", "a **b"]
        marked, found, nothing, wrong = (await client.ask(FindSubjects(prompts=prompts))).prompts
        assert marked.text == "a red warrior in snow"
        assert [(one.name, one.count) for one in marked.subjects] == [("warrior", 1)]
        ((start, end),) = marked.subjects[0].spans
        assert marked.text[start:end] == "warrior"
        assert ("dogs", 2) in [(one.name, one.count) for one in found.subjects]
        assert nothing.subjects == []
        assert nothing.problem is not None
        assert nothing.problem.code == "storyboard.shot.subjects.none_found"
        assert wrong.problem is not None
        assert wrong.problem.code == "storyboard.shot.prompt.mark_open"

    serve(tmp_path, act)


def test_a_layer_comes_at_the_size_that_it_is_shown(tmp_path: Path) -> None:
    prepare(tmp_path)

    async def act(server: Running, client: AsyncClient) -> None:
        await client.submit(board(1), job=JOB)
        after = await ended(client, JOB)
        folder = Path(after.job.folder) / "shots" / "s000"
        manifest = Manifest.model_validate_json((folder / "manifest.json").read_bytes())
        warrior = manifest.layers[1]
        digest = manifest.sha256[warrior.file]
        with Image.open(folder / warrior.file) as opened:
            whole = opened.convert("RGBA")
        for percent in PERCENTS:
            status, headers, body = await server.get(f"/layers/{digest}/{percent}")
            assert (status, headers["content-type"]) == (200, "image/webp")
            assert "immutable" in headers["cache-control"]
            with Image.open(io.BytesIO(body)) as small:
                assert small.size == tuple(round(n * int(percent) / 100) for n in whole.size)
                assert small.mode == "RGBA"
        assert (await server.get(f"/layers/{digest}/100", Authorization=""))[0] == 401
        assert (await server.get(f"/layers/{digest}/99"))[0] == 404
        assert (await server.get(f"/layers/{'1' * 64}/50"))[0] == 404
        assert (await server.get("/layers/x/50"))[0] == 404
        no_picture = (await upload(server, b"hello")).removeprefix("upload:")
        assert (await server.get(f"/layers/{no_picture}/50"))[0] == 404

    serve(tmp_path, act)


def test_a_thumbnail_is_small_and_for_ever(tmp_path: Path) -> None:
    prepare(tmp_path)

    async def act(server: Running, client: AsyncClient) -> None:
        await client.submit(board(1, size=[960, 640]), job=JOB)
        await ended(client, JOB)
        (shot,) = (await client.ask(GetJob(job=JOB))).shots
        path = f"/thumbnails/{shot.result}"
        status, headers, body = await server.get(path)
        assert status == 200
        assert headers["content-type"] == "image/jpeg"
        assert "immutable" in headers["cache-control"]
        with Image.open(io.BytesIO(body)) as small:
            assert small.width <= WIDTH
        assert (await server.get(path))[2] == body
        assert (await server.get(path, Authorization=""))[0] == 401
        assert (await server.get("/thumbnails/" + "1" * 64))[0] == 404
        assert (await server.get("/thumbnails/x"))[0] == 404
        drawing = (await upload(server, png((960, 640)))).removeprefix("upload:")
        status, _, body = await server.get(f"/thumbnails/{drawing}")
        with Image.open(io.BytesIO(body)) as small:
            assert small.size == (WIDTH, 320)
        no_picture = (await upload(server, b"hello")).removeprefix("upload:")
        assert (await server.get(f"/thumbnails/{no_picture}"))[0] == 404

    serve(tmp_path, act)
