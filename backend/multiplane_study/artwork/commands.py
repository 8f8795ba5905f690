"""multiplane study artwork: fetch other people's drawings, and look at them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

app = typer.Typer(
    help="Other people's drawings, which the bundled model learns from and is measured on.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)

Folder = Annotated[
    Path | None,
    typer.Option("--folder", "-f", help="Where the artwork lies (default: the user's cache)."),
]
JsonFile = Annotated[
    Path | None, typer.Option("--json", help="Also write the figures to this file.")
]


@app.command()
def get(folder: Folder = None, json_file: JsonFile = None) -> None:
    """Fetch the artwork by npm, at pinned versions with checksums (17 MB; 60 MB on disk).

    Nothing of it comes with Multiplane or goes into a project. What is there already is not
    fetched again. Says what each artist has drawn, under which licence, and whether training may
    use it.

    multiplane study artwork get
    """
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.artwork.get import get_artwork
    from multiplane_study.report import Report

    place = get_artwork(folder)
    catalogue = Catalogue(place)
    drawn = {name: len(catalogue.drawn_by(name)) for name in catalogue.artists}
    report = Report(
        "artwork",
        {
            "folder": str(place),
            "concepts": len(catalogue.concepts),
            "known": len(catalogue.known),
            "unseen": len(catalogue.unseen),
            "artists": {
                name: {
                    "credit": artist.credit,
                    "licence": artist.licence,
                    "training": artist.may_train,
                    "concepts": drawn[name],
                }
                for name, artist in catalogue.artists.items()
            },
        },
    )
    report.table(
        f"{len(catalogue.concepts)} concepts, {len(catalogue.unseen)} never trained on: {place}",
        ("artist", "concepts", "licence", "training", "by"),
        [
            (
                name,
                drawn[name],
                artist.licence,
                "yes" if artist.may_train else "refused",
                artist.credit,
            )
            for name, artist in catalogue.artists.items()
        ],
    )
    report.show()
    if json_file is not None:
        print(f"Written to {report.write(json_file)}")


@app.command()
def sheet(
    out: Annotated[Path, typer.Option("--out", "-o", help="PNG to draw.")] = Path(
        "out/artwork.png"
    ),
    words: Annotated[
        list[str] | None, typer.Option("--word", "-w", help="Only concepts called so; repeatable.")
    ] = None,
    artists: Annotated[
        list[str] | None, typer.Option("--artist", "-a", help="Only this one; repeatable.")
    ] = None,
    group: Annotated[
        str | None, typer.Option("--group", "-g", help="Only concepts of this group.")
    ] = None,
    unseen: Annotated[
        bool, typer.Option("--unseen", help="Only concepts that are left out of training.")
    ] = False,
    limit: Annotated[int, typer.Option("--limit", help="Show only so many.", min=1)] = 150,
    folder: Folder = None,
) -> None:
    """Show concepts side by side as the artists have drawn them.

    multiplane study artwork sheet -o out/artwork.png
    multiplane study artwork sheet --word fox --word owl
    multiplane study artwork sheet --unseen --limit 60
    """
    from multiplane.contract.errors import InputError
    from multiplane_study.artwork.catalogue import Catalogue
    from multiplane_study.artwork.packages import ARTISTS
    from multiplane_study.artwork.sheet import draw_sheet

    catalogue = Catalogue(folder, artists or tuple(ARTISTS))
    groups = sorted({concept.group for concept in catalogue.concepts})
    if group is not None and group not in groups:
        raise InputError(
            "study.artwork.group_unknown",
            "There is no such group of concepts.",
            field="--group",
            value=group,
            remedy=f"Use one of: {', '.join(groups)}.",
        )
    known_names = {name for concept in catalogue.concepts for name in concept.names}
    for word in words or ():
        if word not in known_names:
            raise InputError(
                "study.artwork.word_unknown",
                "No concept of the artwork is called so.",
                field="--word",
                value=word,
                remedy="Leave --word out to see what there is.",
            )
    chosen = [
        concept
        for concept in catalogue.concepts
        if (group is None or concept.group == group)
        and (not words or not set(words).isdisjoint(concept.names))
        and (concept.unseen or not unseen)
    ]
    out.parent.mkdir(parents=True, exist_ok=True)
    draw_sheet(out, catalogue, chosen[:limit], list(catalogue.artists))
    print(f"{min(limit, len(chosen))} of {len(chosen)} concepts: {out}")
