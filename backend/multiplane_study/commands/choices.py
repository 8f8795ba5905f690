"""What is chosen by measuring: where attention is read, what confidence is worth."""

from __future__ import annotations

from typing import Annotated

import typer

from multiplane_study.commands.options import Device, JsonFile, Limit, Model
from multiplane_study.terminal import counting, finish


def sweep(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    keep: Annotated[
        bool, typer.Option("--keep/--dry-run", help="Write the best setting into profile.json.")
    ] = True,
    json_file: JsonFile = None,
) -> None:
    """Find where in a model attention is best read, once per model, on scenes kept for tuning.

    Tries blocks, noise levels and propagations, and writes the winner into the profile.json of the
    model, or of its reader where it has one, which every later run reads. --limit: how many scenes
    (default 40).

    multiplane study sweep --model z-image-turbo
    multiplane study sweep --limit 12 --dry-run
    """
    from multiplane.models.load import choose, load_reading
    from multiplane_study.sweep import sweep as try_settings
    from multiplane_study.sweep import write_choice

    painter = load_reading(choose(model, device), device)
    with counting("scenes") as on_scene:
        result = try_settings(painter, limit=limit, on_scene=on_scene)
    report = result.report()
    finish(report, json_file)
    if keep:
        measured = {"sweep_scenes": result.scenes, "sweep_miou": round(result.fine[0][1], 4)}
        choice = result.choice(painter.profile.capture)
        print(f"Written to {write_choice(painter.folder, choice, measured)}")


def calibrate(
    scenes: Annotated[
        int,
        typer.Option(
            "--scenes",
            help="Of the artist kept for tuning; 0 = leave weights that read drawings as they are.",
            min=0,
            max=400,
        ),
    ] = 160,
    own: Annotated[int, typer.Option("--own", help="Scenes of the project's.", min=5)] = 50,
    painted: Annotated[
        int, typer.Option("--painted", help="Pictures that the model paints itself.", min=0)
    ] = 20,
    model: Model = "storyboard-mini",
    device: Device = "auto",
    keep: Annotated[
        bool, typer.Option("--keep/--dry-run", help="Write the calibration into profile.json.")
    ] = True,
    json_file: JsonFile = None,
) -> None:
    """Measure what a model's confidence is worth, and keep it: once per model, after the sweep.

    Cuts scenes whose truth is known (never those of the reports), some with a word that names
    nothing in them, and writes into the model's profile.json how probable every layer is to be
    right, when it is doubtful or missing, what a strange picture is, and the words that the model
    has learnt. Where drawings are read by weights of their own, both are calibrated, each for what
    it does. The artists' drawings come by `multiplane study artwork get`.

    multiplane study calibrate --model z-image-turbo
    multiplane study calibrate --own 20 --painted 0 --dry-run
    """
    from multiplane.models.load import choose, load_painter, load_reading
    from multiplane_study.artists.plan import TUNING
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.calibration.calibrate import calibrate as measure
    from multiplane_study.calibration.calibrate import write_calibration
    from multiplane_study.training.command import trained_judge

    catalogue = Catalogue(artists=[TUNING.artist])
    judge_model, _ = trained_judge(None)
    profile = choose(model, device)
    reads_itself = profile.reader is None
    reading = load_reading(profile, device)
    rounds = [(reading, scenes, own, painted if reads_itself else 0)]
    if not scenes and not reads_itself:
        rounds.clear()
    if not reads_itself and painted:
        rounds.append((load_painter(profile, device), 0, own, painted))
    for weights, artists, drawn, of_its_own in rounds:
        with counting("scenes") as on_scene:
            found = measure(
                weights,
                catalogue,
                judge_model,
                artists=artists,
                own=drawn,
                painted=of_its_own,
                on_scene=on_scene,
            )
        finish(found.report(), json_file if weights is rounds[0][0] else None)
        if keep:
            print(f"Written to {write_calibration(weights.folder, found)}")
