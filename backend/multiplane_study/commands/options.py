"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the figures to this file.")
]
Limit = Annotated[int | None, typer.Option("--limit", help="Use only so many.", min=1)]
Model = Annotated[
    str, typer.Option("--model", "-m", help="A model's name, or the folder of a checkpoint.")
]
Device = Annotated[str, typer.Option("--device", help="auto, cpu, cuda, cuda:1 or mps.")]
DepthModel = Annotated[str, typer.Option("--depth-model", help="A depth model's name or folder.")]
Kept = Annotated[
    Path, typer.Option("--kept", help="Where what is done is kept, to go on with after a stop.")
]
Seed = Annotated[int, typer.Option("--seed", help="First seed.", min=0)]
