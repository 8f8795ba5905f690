"""multiplane study: the benches and the training, as commands.

Every command prints a table, and `--json FILE` writes the same figures with machine, commit and
date. What a command needs is imported when it runs.
"""

from __future__ import annotations

import typer

from multiplane_study.artwork.commands import app as artwork
from multiplane_study.blind.commands import app as blind
from multiplane_study.commands.boards import cast, plates, sharing
from multiplane_study.commands.choices import calibrate, sweep
from multiplane_study.commands.cost import farm, overhead, preview, server, throughput
from multiplane_study.commands.cuts import ablations, layers, quality, report, reproduce
from multiplane_study.commands.parts import fill, hands, mattes, psd
from multiplane_study.commands.training import judge, scenes, train, train_decoder, train_reader

app = typer.Typer(
    help="Benches of quality and speed, and the training of the bundled model.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.add_typer(artwork, name="artwork")
app.add_typer(blind, name="blind")
for command in (
    overhead,
    quality,
    ablations,
    report,
    reproduce,
    layers,
    throughput,
    fill,
    mattes,
    preview,
    hands,
    plates,
    cast,
    sharing,
    farm,
    psd,
    server,
    sweep,
    calibrate,
    scenes,
    train_reader,
    train_decoder,
    train,
    judge,
):
    app.command()(command)
