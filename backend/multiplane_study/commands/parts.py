"""Parts of a shot by themselves: fills, mattes, edits by hand, layered PSDs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from multiplane.contract.known_names import unknown_name
from multiplane_study.commands.options import Device, JsonFile, Limit
from multiplane_study.terminal import counting, finish


def fill(
    limit: Limit = None,
    set_: Annotated[
        str, typer.Option("--set", help="stylized, artists or artists-tuning, as of quality.")
    ] = "artists",
    json_file: JsonFile = None,
) -> None:
    """Measure what is completed under and behind subjects against scenes that know every pixel.

    Subjects are given with their true mattes. Beside the layers as they are built: subjects with a
    bite before the filled background, and the picture left as it is. --limit: how many scenes
    (default 100). Then every camera preset's worst frame is looked at for holes, edges, bites and
    fringes.

    multiplane study fill --limit 20
    """
    from multiplane_study.artists.plan import HELD_OUT, TUNING
    from multiplane_study.artists.scene import artists_scenes
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.hidden import measure_hidden
    from multiplane_study.observed import balanced_scenes
    from multiplane_study.scenes import HELD_OUT_SEEDS

    sets = {"artists": HELD_OUT, "artists-tuning": TUNING}
    if set_ not in ("stylized", *sets):
        raise unknown_name("study.set_unknown", "set", set_, ["stylized", *sets], field="--set")
    total = limit or 100
    if set_ == "stylized":
        scenes = balanced_scenes(total, HELD_OUT_SEEDS)
    else:
        catalogue = Catalogue(artists=[sets[set_].artist])
        scenes = (scene for _, scene in artists_scenes(catalogue, sets[set_], total))
    with counting("scenes") as on_scene:
        result = measure_hidden(set_, scenes, total, on_scene)
    finish(result.report(), json_file)


def mattes(
    limit: Limit = None,
    matte_model: Annotated[
        str, typer.Option("--matte-model", help="A matte model's name, or its folder.")
    ] = "vitmatte-small",
    device: Device = "auto",
    sheet: Annotated[
        Path | None, typer.Option("--sheet", help="Also write a sheet of the mattes, a PNG.")
    ] = None,
    json_file: JsonFile = None,
) -> None:
    """Measure mattes of hair, glass and smoke, drawn before a flat and a busy ground.

    SAD, MSE, gradient and connectivity over the unknown band: of the true mask itself, of the
    mattes that a shot has by default, of a closed form that is told the band, and of ViTMatte where
    its weights are. --limit: how many pictures of each kind and ground (default 4).

    multiplane study mattes --limit 2 --sheet out/mattes.png
    """
    from multiplane.contract.errors import Failure
    from multiplane.models.facts import VisionRole
    from multiplane.models.vision.load import load_vision
    from multiplane.models.vision.profiles import VISION_PROFILES, vision_profile
    from multiplane_study.mattes.measure import measure_mattes, shown_pictures
    from multiplane_study.mattes.sheet import write_sheet

    wanted = vision_profile(matte_model)
    if wanted.role is not VisionRole.MATTER:
        known = [one.name for one in VISION_PROFILES.values() if one.role is VisionRole.MATTER]
        raise unknown_name("models.unknown", "matte model", matte_model, known,
                           field="--matte-model")  # fmt: skip
    matter, absent = None, None
    try:
        matter = load_vision(wanted, device)
    except Failure as error:
        if error.code != "models.missing":
            raise
        absent = f"weights absent, multiplane models pull {wanted.name}"
    with counting("pictures") as on_picture:
        result = measure_mattes(
            each=limit or 4,
            matter=matter,
            model=wanted.name,
            absent=absent,
            on_picture=on_picture,
        )
    finish(result.report(), json_file)
    if sheet is not None:
        print(f"Written to {write_sheet(sheet, shown_pictures(result))}")


def hands(
    limit: Limit = None,
    json_file: JsonFile = None,
) -> None:
    """Measure layers made by strokes: how good they are after each, and how fast an edit is.

    --limit: how many drawn scenes (default 10), of two subjects each, at 1024 x 576.

    multiplane study hands --limit 4
    """
    from multiplane_study.hands import measure_hands

    with counting("scenes") as on_scene:
        result = measure_hands(limit or 10, on_scene=on_scene)
    finish(result.report(), json_file)


def psd(
    folder: Annotated[Path, typer.Argument(help="Folder of PSD and PSB files.")],
    json_file: JsonFile = None,
) -> None:
    """Compare what is made of Photoshop files' layers with the pictures that Photoshop merged.

    Counts how many agree, are corrected and said to be, differ and are said to, and differ
    silently; a file differs when over 1 % of its pixels are off by more than 8 of 255.

    multiplane study psd drawings/
    """
    from multiplane_study.psd import measure_psd

    with counting("files") as on_file:
        result = measure_psd(folder, on_file)
    finish(result.report(), json_file)
