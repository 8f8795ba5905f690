"""Pulling a model: whole, interrupted and resumed, refused, without a network."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.models import folders, hub, places
from multiplane.models.families.z_image import STORYBOARD_MINI
from multiplane.models.profiles import DEPTH_ANYTHING_V2_SMALL, DepthProfile
from multiplane.models.vision.load import load_vision
from multiplane.models.vision.profiles import vision_profile
from tests.command_line import Multiplane
from tests.tiny_folders import save_tiny_depth
from tests.tiny_vision import (
    save_tiny_grounding_dino,
    save_tiny_qwen_image_layered,
    save_tiny_sam2,
)

from .local_hub import LocalHub, serve

PROFILE = DEPTH_ANYTHING_V2_SMALL
WEIGHTS = 30_000_000


@pytest.fixture(autouse=True)
def own_models_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))


def repository(tmp_path: Path, profile: DepthProfile = PROFILE) -> LocalHub:
    folder = tmp_path / "served"
    folder.mkdir()
    (folder / "config.json").write_text('{"model_type": "depth_anything"}')
    (folder / "model.safetensors").write_bytes(os.urandom(WEIGHTS))
    (folder / "pytorch_model.bin").write_bytes(b"a pickle that nobody should get")
    (folder / "custom_code.py").write_text("raise SystemExit('never run')")
    assert profile.repository
    return LocalHub(folder, profile.repository)


def same_weights(folder: Path, server: LocalHub) -> bool:
    name = "model.safetensors"
    return (folder / name).read_bytes() == (server.folder / name).read_bytes()


def test_a_pull_brings_weights_and_no_pickles_or_code(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    assert places.find(PROFILE) is None
    with serve(repository(tmp_path)) as server:
        folder = hub.pull(
            PROFILE, endpoint=server.endpoint, on_bytes=lambda a, b: seen.append((a, b))
        )
    assert folder == folders.models_folder() / PROFILE.name
    assert places.find(PROFILE) == folder
    assert same_weights(folder, server)
    assert not list(folder.rglob("*.bin")) + list(folder.rglob("*.py"))
    assert (
        seen[-1][0]
        == seen[-1][1]
        == sum(
            (server.folder / name).stat().st_size for name in ("config.json", "model.safetensors")
        )
    )
    assert [done for done, _ in seen] == sorted(done for done, _ in seen)


def test_weights_are_fetched_once_where_a_repository_has_them_several_times() -> None:
    flux = {
        "model_index.json",
        "LICENSE.md",
        "flux1-schnell.safetensors",
        "ae.safetensors",
        "vae/config.json",
        "vae/diffusion_pytorch_model.safetensors",
        "text_encoder_2/config.json",
        "text_encoder_2/model-00001-of-00002.safetensors",
        "text_encoder_2/model-00002-of-00002.safetensors",
        "text_encoder_2/model.fp16-00001-of-00002.safetensors",
        "text_encoder_2/model.safetensors.index.fp16.json",
        "text_encoder_2/model.fp16.safetensors.index.json",
        "text_encoder_2/model.safetensors.index.json",
    }
    left_out = {
        "flux1-schnell.safetensors",
        "ae.safetensors",
        "text_encoder_2/model.fp16-00001-of-00002.safetensors",
        "text_encoder_2/model.safetensors.index.fp16.json",
        "text_encoder_2/model.fp16.safetensors.index.json",
    }
    assert hub.wanted_files([*flux, "text_encoder_2/pytorch_model.bin", ".git/x.json"]) == (
        flux - left_out
    )
    depth = {"config.json", "model.safetensors"}
    assert hub.wanted_files(depth) == depth
    only_half = {"model_index.json", "unet/config.json", "unet/model.fp16.safetensors"}
    assert hub.wanted_files(only_half) == only_half


def test_a_broken_connection_is_taken_up_where_it_broke(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        server.cut_after = 20_000_000
        folder = hub.pull(PROFILE, endpoint=server.endpoint)
    assert same_weights(folder, server)
    assert any(server.ranges), "the rest was not asked for by its range"


def test_a_killed_download_is_resumed_by_the_next_run(tmp_path: Path) -> None:
    program = (
        "import sys; from multiplane.models import hub, profiles; "
        "hub.pull(profiles.DEPTH_ANYTHING_V2_SMALL, endpoint=sys.argv[1])"
    )
    with serve(repository(tmp_path)) as server:
        server.stall_after = 22_000_000
        first = subprocess.Popen(
            [sys.executable, "-c", program, server.endpoint],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        )
        try:
            assert server.stalled.wait(60)
            time.sleep(0.5)  # what was sent still has to reach the disk
        finally:
            first.kill()
            first.wait()
        assert places.find(PROFILE) is None, "half a model must not count as installed"

        server.stall_after = None
        server.ranges.clear()
        seen: list[int] = []
        folder = hub.pull(
            PROFILE, endpoint=server.endpoint, on_bytes=lambda done, _: seen.append(done)
        )
    assert same_weights(folder, server)
    assert server.ranges[-1] >= "bytes=10000000-", "it began from nothing"
    assert seen[0] > 10_000_000, "the progress forgets what is there already"
    assert places.find(PROFILE) == folder


def test_what_was_fetched_is_deleted_and_nothing_else(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        folder = hub.pull(PROFILE, endpoint=server.endpoint)
    (folder / "mine.md").write_text("notes")
    (folder / "model.safetensors.0123456789ab.part").write_bytes(b"of an earlier version")
    size = sum(path.stat().st_size for path in folder.rglob("*")) - len("notes")
    assert hub.remove(PROFILE) == size
    assert [path.name for path in folder.rglob("*")] == ["mine.md"]
    assert places.find(PROFILE) is None
    assert hub.remove(PROFILE) == 0


def test_a_model_that_lies_elsewhere_is_left_alone(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        folder = hub.pull(PROFILE, tmp_path / "elsewhere", endpoint=server.endpoint)
    with pytest.raises(Failure, match="left alone") as caught:
        hub.remove(PROFILE)
    assert caught.value.file == str(folder.resolve())
    assert places.find(PROFILE) is not None
    with pytest.raises(InputError, match="comes with Multiplane"):
        hub.remove(STORYBOARD_MINI)


def test_a_whole_model_is_not_fetched_again(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        hub.pull(PROFILE, endpoint=server.endpoint)
        server.ranges.clear()
        hub.pull(PROFILE, endpoint=server.endpoint)
        assert not server.ranges


def test_force_finds_damaged_files_and_fetches_only_these(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        folder = hub.pull(PROFILE, endpoint=server.endpoint)
        (folder / "model.safetensors").write_bytes(b"\0" * WEIGHTS)
        server.sent.clear()
        hub.pull(PROFILE, endpoint=server.endpoint, force=True)
    assert same_weights(folder, server)
    assert list(server.sent) == ["model.safetensors"]


def test_a_changed_configuration_is_fetched_again(tmp_path: Path) -> None:
    with serve(repository(tmp_path)) as server:
        folder = hub.pull(PROFILE, endpoint=server.endpoint)
        (server.folder / "config.json").write_text('{"model_type": "depth_anythinG"}')
        hub.pull(PROFILE, endpoint=server.endpoint)
    assert "anythinG" in (folder / "config.json").read_text()


def test_files_outside_the_folder_are_never_written(tmp_path: Path) -> None:
    assert not hub._is_wanted("../config.json")
    assert not hub._is_wanted("a/../../config.json")
    assert not hub._is_wanted(".git/config.json")
    assert hub._is_wanted("transformer/config.json")


def test_no_network_is_one_sentence_and_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(Failure, match="pull depth-anything-v2-small again") as caught:
        hub.pull(PROFILE, endpoint="http://127.0.0.1:9")
    assert caught.value.code == "models.hub_unreachable"
    assert "\n" not in str(caught.value)


def test_a_repository_that_is_gone_says_so(tmp_path: Path) -> None:
    server = repository(tmp_path)
    server.repository = "somebody/else"
    with serve(server), pytest.raises(Failure, match="HTTP 404") as caught:
        hub.pull(PROFILE, endpoint=server.endpoint)
    assert caught.value.code == "models.hub_refused"


def test_a_folder_of_ones_own_is_remembered(tmp_path: Path) -> None:
    own = tmp_path / "big disk" / "depth"
    with serve(repository(tmp_path)) as server:
        hub.pull(PROFILE, own, endpoint=server.endpoint)
    assert places.find(PROFILE) == own.resolve()


def test_too_small_a_disk_is_said_before_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import shutil

    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage._replace(free=1_000_000))
    with serve(repository(tmp_path)) as server:
        with pytest.raises(Failure) as caught:
            hub.pull(PROFILE, endpoint=server.endpoint)
        assert not server.ranges
    assert caught.value.code == "models.disk_full"


def test_the_bundled_model_cannot_be_pulled() -> None:
    with pytest.raises(InputError, match="comes with Multiplane"):
        hub.pull(STORYBOARD_MINI)


def test_the_target_must_not_be_a_file(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(InputError, match="needs a folder"):
        hub.pull(PROFILE, tmp_path / "file")


def test_a_set_is_pulled_at_once_without_what_is_here(
    tmp_path: Path, multiplane: Multiplane, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of the laptop's three models two are here; the third comes from the hub."""
    for name, save in (
        ("sam-2.1-tiny", save_tiny_sam2), ("depth-anything-v2-small", save_tiny_depth),
    ):  # fmt: skip
        places.note_location(name, save(tmp_path / name))
    wanted = vision_profile("grounding-dino-tiny")
    assert wanted.repository is not None
    remote = LocalHub(save_tiny_grounding_dino(tmp_path / "remote"), wanted.repository)
    with serve(remote) as server:
        monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.endpoint)
        monkeypatch.setattr(
            "huggingface_hub.constants.HUGGINGFACE_CO_URL_TEMPLATE",
            server.endpoint + "/{repo_id}/resolve/{revision}/{filename}",
        )
        said = multiplane("models", "pull", "laptop", "--yes")
    assert said.status == 0, said.all
    assert "grounding-dino-tiny is ready." in said.out
    assert "SAM" not in said.out
    assert "690 MB" in said.out
    folder = places.find(wanted)
    assert folder is not None
    assert load_vision(wanted, "cpu").detections(np.zeros((40, 90, 3), np.uint8), ["fox"])
    again = multiplane("models", "pull", "laptop", "--yes")
    assert "All models of laptop are here." in again.out
    one = multiplane("models", "pull", "laptop", "--to", tmp_path / "x")
    assert one.status == 2
    assert "each needs a folder of its own" in one.all


def test_a_pipeline_that_cuts_is_pulled_whole(tmp_path: Path) -> None:
    known = vision_profile("qwen-image-layered")
    assert known.repository
    saved = save_tiny_qwen_image_layered(tmp_path / "served")
    with serve(LocalHub(saved, known.repository)) as server:
        folder = hub.pull(known, endpoint=server.endpoint)
    assert places.find(known) == folder
    next((folder / "vae").glob("*.safetensors")).unlink()
    assert places.find(known) is None
