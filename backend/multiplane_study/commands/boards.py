"""What stays from board to board: places and casts."""

from __future__ import annotations

from typing import Annotated

import typer

from multiplane_study.commands.options import DepthModel, Device, JsonFile, Limit, Model
from multiplane_study.terminal import counting, finish


def plates(
    limit: Limit = None,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure what of a place stays from board to board, over a shared plate and without.

    Three boards each of eight places, in words of the bundled model's world: share of the
    background layer that is equal to the pixel, IoU of the backgrounds' areas, layers that keep
    their names and ids, and time. --limit: how many places (default all eight).

    multiplane study plates --limit 2
    """
    from multiplane.produce.studio import Studio
    from multiplane_study.plates import SCENES, measure_plates

    with counting("places") as on_scene:
        result = measure_plates(
            Studio(model, depth_model, device),
            scenes=min(limit or len(SCENES), len(SCENES)),
            on_scene=on_scene,
        )
    finish(result.report(), json_file)


def sharing(
    limit: Limit = None,
    takes: Annotated[int, typer.Option("--takes", help="Of every painted picture.", min=1)] = 1,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure how alike shared attention keeps a cast that nothing shows but its words.

    Three members whose words say no colour, in three places and two styles, with their attention
    shared and without: likeness of the same member from shot to shot, whether a judge finds their
    kind, and processor time. --limit: how many styles (default both).

    multiplane study sharing --limit 1
    """
    from multiplane.produce.studio import Studio
    from multiplane_study.cast.board import STYLES
    from multiplane_study.cast.painted import shown_by
    from multiplane_study.cast.shared import measure_sharing
    from multiplane_study.training.command import trained_judge

    judge, _ = trained_judge(None)
    with counting("boards") as on_board:
        result = measure_sharing(
            Studio(model, depth_model, device), shown_by(judge),
            styles=STYLES[:limit], takes=takes, on_board=on_board,
        )  # fmt: skip
    finish(result.report(), json_file)


def cast(
    limit: Limit = None,
    takes: Annotated[
        int,
        typer.Option(
            "--takes", help="Of every painted picture, before any is painted again.", min=1
        ),
    ] = 1,
    model: Model = "storyboard-mini",
    depth_model: DepthModel = "storyboard-mini-depth",
    device: Device = "auto",
    json_file: JsonFile = None,
) -> None:
    """Measure how well likeness tells a cast apart, and what --ensure gains.

    Drawn scenes know who is the same. Painted boards have a cast of three in three places and two
    styles, before they are ensured and after; a judge that knows nothing of likeness looks as well.
    --limit: how many drawn scenes of each style (default 20).

    multiplane study cast --limit 8
    """
    from multiplane.produce.studio import Studio
    from multiplane_study.cast.measure import measure_cast
    from multiplane_study.cast.painted import shown_by
    from multiplane_study.training.command import trained_judge

    judge, _ = trained_judge(None)
    studio = Studio(model, depth_model, device)
    with counting("scenes and boards") as on_step:
        result = measure_cast(
            studio, shown_by(judge), each=limit or 20, takes=takes, on_step=on_step
        )
    finish(result.report(), json_file)
