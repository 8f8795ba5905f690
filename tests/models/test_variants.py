"""Which weights are pulled: the best that fit; and what a download says of where it comes from."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure, InputError
from multiplane.models import folders, hub, places
from multiplane.models.facts import ModelProfile, Variant
from multiplane.models.families.flux2 import FLUX2_KLEIN
from multiplane.models.families.z_image import STORYBOARD_MINI, Z_IMAGE_TURBO
from multiplane.models.machine import Machine
from multiplane.models.profiles import DEPTH_ANYTHING_V2_SMALL, PROFILES
from multiplane.models.quantisers import Quantiser
from multiplane.models.variants import (
    Fitting,
    download_bytes,
    variant_called,
    variant_that_fits,
)
from tests.tiny_folders import save_tiny_pipeline

from .local_hub import LocalHub, serve
from .test_laid_out import save_gguf


@pytest.fixture(autouse=True)
def models_folder_of_this_test(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(folders.MODELS_VARIABLE, str(tmp_path / "models"))
    monkeypatch.setenv("HF_HOME", str(tmp_path / "hf"))
    monkeypatch.setenv("NO_PROXY", "127.0.0.1,localhost")


@pytest.mark.parametrize(
    ("model", "machine", "expected"),
    [
        (Z_IMAGE_TURBO, Machine("cuda", "card", 64, 24), None),
        (Z_IMAGE_TURBO, Machine("cuda", "card", 64, 16), None),
        (Z_IMAGE_TURBO, Machine("cuda", "card", 32, 12), "q8"),
        (Z_IMAGE_TURBO, Machine("cuda", "card", 16, 8), "q4"),
        (Z_IMAGE_TURBO, Machine("cpu", "CPU", 12, 12), "q8"),
        (Z_IMAGE_TURBO, Machine("cpu", "CPU", 2, 2), None),
        (FLUX2_KLEIN, Machine("cuda", "card", 16, 8), "nf4"),
        (FLUX2_KLEIN, Machine("mps", "Apple GPU", 12, 12), None),  # bitsandbytes wants NVIDIA's
        (STORYBOARD_MINI, Machine("cpu", "CPU", 2, 2), None),
    ],
    ids=lambda value: getattr(value, "name", str(value)),
)
def test_the_best_weights_that_fit_are_taken(
    model: ModelProfile, machine: Machine, expected: str | None
) -> None:
    found = variant_that_fits(model, machine)
    assert (found.variant and found.variant.name) == expected
    if expected is not None:
        assert f"variant {expected} fits this {machine.device_name}" in found.why


def test_a_variant_is_called_by_its_name() -> None:
    q4 = variant_called(Z_IMAGE_TURBO, "q4")
    assert q4.variant is not None
    assert q4.variant.name == "q4"
    assert variant_called(Z_IMAGE_TURBO, "full") == Fitting()
    assert variant_called(DEPTH_ANYTHING_V2_SMALL, "auto") == Fitting()
    with pytest.raises(InputError, match="q4"):
        variant_called(Z_IMAGE_TURBO, "q5")
    sizes = [download_bytes(Z_IMAGE_TURBO, one) for one in (None, *Z_IMAGE_TURBO.variants)]
    assert sizes == sorted(sizes, reverse=True)
    assert 11e9 < download_bytes(Z_IMAGE_TURBO, q4.variant) < 13e9 < sizes[0]


def test_every_variant_says_its_licence_and_who_names_it() -> None:
    for profile in PROFILES.values():
        for variant in profile.variants:
            assert variant.licence == profile.licence
            assert variant.source.endswith(".")
            assert variant.package in [*Quantiser]


def gguf_repositories(tmp_path: Path) -> tuple[LocalHub, ModelProfile]:
    """A pipeline's repository, and another one with its denoiser as a GGUF file."""
    plain = save_tiny_pipeline(tmp_path / "served")
    quantised = save_tiny_pipeline(tmp_path / "made")
    file = save_gguf(quantised)
    other = tmp_path / "other"
    other.mkdir()
    file.replace(other / file.name)
    (other / "tiny-Q2_K.gguf").write_bytes(b"of no use here")
    variant = Variant("q8", "others/tiny-GGUF", 8.5, "gguf", "Apache-2.0", "Me.", file=file.name)
    profile = replace(
        Z_IMAGE_TURBO, name="tiny", repository="ours/tiny", variants=(variant,), parameters={}
    )
    return LocalHub(plain, "ours/tiny", others={"others/tiny-GGUF": other}), profile


def test_a_variant_brings_its_file_and_the_rest_of_the_model(tmp_path: Path) -> None:
    served, profile = gguf_repositories(tmp_path)
    (variant,) = profile.variants
    with serve(served) as server:
        folder = hub.pull(profile, variant=variant, endpoint=server.endpoint)
        assert [
            one.name for one in (folder / "transformer").iterdir() if one.suffix != ".json"
        ] == ["tiny-Q8_0.gguf"]
        assert places.find(profile) == folder
        assert hub.variant_begun(profile, folder) == hub.Begun(variant)
        ours, theirs = folder / "transformer" / "tiny-Q8_0.gguf", tmp_path / "other"
        digests = [
            hashlib.sha256(one.read_bytes()).hexdigest() for one in (ours, theirs / ours.name)
        ]
        assert digests[0] == digests[1]
        with pytest.raises(Failure) as caught:
            hub.pull(profile, endpoint=server.endpoint)
        assert caught.value.code == "models.variant_mixed"
        assert ours.is_file()
    assert ours in hub.fetched(profile)


def test_a_file_that_has_gone_is_said_before_anything_is_fetched(tmp_path: Path) -> None:
    served, profile = gguf_repositories(tmp_path)
    gone = replace(profile.variants[0], file="tiny-Q9.gguf")
    with serve(served) as server, pytest.raises(Failure, match=r"no file tiny-Q9\.gguf") as caught:
        hub.pull(profile, variant=gone, endpoint=server.endpoint)
    assert caught.value.code == "models.variant_gone"
    assert not (folders.models_folder() / "tiny").exists()


def test_another_host_is_told_before_anything_comes_from_there(tmp_path: Path) -> None:
    """As a hub sends to its storage. The file is resumed there, and its hash is checked."""
    served, profile = gguf_repositories(tmp_path)
    elsewhere = LocalHub(served.folder, "ours/tiny")
    told: list[tuple[str, str]] = []
    sent_before: list[int] = []

    def on_redirect(asked: str, sent: str) -> None:
        told.append((asked, sent))
        sent_before.append(sum(elsewhere.sent.values()))

    with serve(elsewhere) as storage, serve(served) as server:
        server.storage = storage.endpoint
        folder = hub.target_folder(profile)
        plan = hub.survey(profile, folder, endpoint=server.endpoint)
        weights = next(one for one in plan.files if one.path.startswith("transformer/diff"))
        half = plan.part(weights)  # as an interrupted download leaves it
        half.parent.mkdir(parents=True)
        half.write_bytes((served.folder / weights.path).read_bytes()[:1000])
        hub.pull(profile, endpoint=server.endpoint, on_redirect=on_redirect)
        assert "bytes=1000-" in storage.ranges, "the rest is asked for by its range"
        hosts = tuple(one.removeprefix("http://") for one in (server.endpoint, storage.endpoint))
    assert told == [hosts]
    assert sent_before == [0]
    assert (folder / weights.path).read_bytes() == (served.folder / weights.path).read_bytes()


def test_another_host_is_refused_where_nobody_is_told(tmp_path: Path) -> None:
    served, profile = gguf_repositories(tmp_path)
    elsewhere = LocalHub(served.folder, "ours/tiny")
    with serve(elsewhere) as storage, serve(served) as server:
        server.storage = storage.endpoint
        with pytest.raises(Failure, match="sends to 127") as caught:
            hub.pull(profile, endpoint=server.endpoint)
        assert caught.value.code == "models.redirect_refused"
        assert not elsewhere.sent
        server.storage = ""
        assert hub.pull(profile, endpoint=server.endpoint).is_dir(), "and no client is left behind"
