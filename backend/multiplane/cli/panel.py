"""multiplane panel: install, remove, status, signer, pack."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from multiplane.cli.teach import teach
from multiplane.contract.data_folder import DEFAULT_PORT

if TYPE_CHECKING:
    from multiplane.panel.install import Record
    from multiplane.panel.places import System

app = typer.Typer(
    help="The panel in After Effects and Premiere: put it there, take it away, see why it is not.",
    no_args_is_help=True,
    context_settings={"help_option_names": ["-h", "--help"]},
)
Folder = Annotated[
    Path | None,
    typer.Option(
        "--folder", help="Folder of CEP extensions. Default: this user's.", show_default=False
    ),
]
Port = Annotated[int, typer.Option("--port", help="Of the server that UXP plugins may talk to.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")]

INSTALL_HELP = teach(
    """
    Put the panel into the CEP extensions of After Effects and Premiere, switch on PlayerDebugMode
    for it, and make the UXP plugin folders. Again: bring it up to date.

    Where Adobe's ZXPSignCmd is found the panel is signed; After Effects 26.3 on Windows shows
    nothing of it otherwise. multiplane panel signer fetches it.
    """,
    "multiplane panel install",
    "multiplane panel install --no-sign",
    "multiplane panel install --folder /Volumes/render-node/CEP/extensions",
)
REMOVE_HELP = teach(
    """
    Take the panel away again, and PlayerDebugMode back to what it was. Only what install has made
    is touched.
    """,
    "multiplane panel remove",
)
STATUS_HELP = teach(
    """
    Say what is installed, whether it is of this version, and what may keep it from being shown.

    Exit status 1 when something is wrong.
    """,
    "multiplane panel status",
    "multiplane panel status --json",
)
SIGNER_HELP = teach(
    """
    Fetch Adobe's ZXPSignCmd, with which install signs the panel, where it is not on this computer.

    It comes out of the npm package vite-cep-plugin, so npm (which Node.js brings) has to be there.
    Adobe offers it to everybody in its repository CEP-Resources; there is one for Windows and one
    for macOS, which wants Rosetta on Apple silicon.
    """,
    "multiplane panel signer",
)
PACK_HELP = teach(
    """
    Write a package for other computers: .zxp (needs ZXPSignCmd) or .zip of the CEP panel, .ccx of
    a UXP plugin.

    A .zxp is good for the system only on which it was signed, so its name says which:
    multiplane-macos.zxp, multiplane-windows.zxp.
    """,
    "multiplane panel pack multiplane.zxp",
    "multiplane panel pack multiplane.zip",
    "multiplane panel pack multiplane.ccx --host premiere",
)


@app.command(help=INSTALL_HELP)
def install(
    folder: Folder = None,
    no_sign: Annotated[bool, typer.Option("--no-sign", help="Leave the panel unsigned.")] = False,
    no_debug_mode: Annotated[
        bool, typer.Option("--no-debug-mode", help="Leave PlayerDebugMode as it is.")
    ] = False,
    devtools: Annotated[
        bool,
        typer.Option(
            "--devtools",
            help="Let DevTools, and every program of this computer, into the CEP panel.",
        ),
    ] = False,
    port: Port = DEFAULT_PORT,
) -> None:
    """Put it there."""
    from multiplane.deliver.folder import replacing_folder
    from multiplane.panel.install import Wish
    from multiplane.panel.install import install as put
    from multiplane.panel.places import chosen_extensions, this_system
    from multiplane.panel.signing import keys_folder
    from multiplane.panel.sources import find_sources
    from multiplane.panel.uxp import PLUGINS, write_plugin

    system = this_system()
    wish = Wish(
        extensions=chosen_extensions(system, folder),
        keys=keys_folder(),
        sign=not no_sign,
        debug_mode=not no_debug_mode,
        devtools=devtools,
    )
    target, record, changed = put(system, wish)
    print(f"The panel {record.version} is {_in_words(record, changed)} {target}")
    sources = find_sources()
    for plugin in PLUGINS:
        place = _plugins() / plugin.name
        with replacing_folder(place) as fresh:
            write_plugin(sources, plugin, fresh, port=port)
        print(f"UXP plugin for {plugin.title}: {place / 'manifest.json'}")
    _say_what_next(system, record)


@app.command(help=REMOVE_HELP)
def remove(folder: Folder = None) -> None:
    """Take it away."""
    import shutil

    from multiplane.deliver.folder import explained
    from multiplane.panel.install import remove as take_away
    from multiplane.panel.places import chosen_extensions, this_system
    from multiplane.panel.uxp import PLUGINS

    system = this_system()
    target, record, versions = take_away(system, chosen_extensions(system, folder))
    print(f"Removed {target}" if record else f"The panel is not installed at {target}")
    if versions:
        print(
            "PlayerDebugMode is as before for "
            + ", ".join(f"CSXS.{version}" for version in versions)
        )
    for plugin in PLUGINS:
        place = _plugins() / plugin.name
        if (place / "manifest.json").is_file():
            with explained(place):
                shutil.rmtree(place)
            print(f"Removed {place}")


@app.command(help=STATUS_HELP)
def status(folder: Folder = None, as_json: AsJson = False) -> None:
    """Say how it is."""
    from multiplane.cli.checkup import show
    from multiplane.cli.panel_status import look
    from multiplane.panel.places import this_system

    system = this_system()
    extensions = folder.absolute() if folder else system.extensions
    findings = list(look(system, extensions, _plugins()))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        show(findings)
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


@app.command(help=SIGNER_HELP)
def signer() -> None:
    """Fetch it."""
    from multiplane.panel import places, signing
    from multiplane.panel.signer_package import PACKAGE, fetch_signer

    found = signing.find_signer()
    if found is not None:
        print(f"ZXPSignCmd is here already: {found}")
        return
    fetched = fetch_signer(places.this_system(), signing.keys_folder(), PACKAGE)
    print(f"Adobe's ZXPSignCmd, out of the npm package {PACKAGE}: {fetched}")
    print("multiplane panel install signs the panel with it.")


@app.command(help=PACK_HELP)
def pack(
    out: Annotated[Path, typer.Argument(metavar="OUT", help=".zxp, .zip or .ccx to write.")],
    host: Annotated[
        str, typer.Option("--host", help="For .ccx: premiere or after_effects.")
    ] = "premiere",
    port: Port = DEFAULT_PORT,
) -> None:
    """Write a package."""
    from multiplane.contract.errors import InputError
    from multiplane.panel.pack import pack_extension, pack_plugin, plugin_named
    from multiplane.panel.places import TITLES, this_system
    from multiplane.panel.refusals import UNSIGNED
    from multiplane.panel.signing import keys_folder
    from multiplane.panel.sources import find_sources

    suffix = out.suffix.lower()
    if suffix == ".ccx":
        plugin = plugin_named(host)
        pack_plugin(find_sources(), plugin, out, port=port)
        print(f"{out}: UXP plugin for {plugin.title}")
    elif suffix in (".zxp", ".zip"):
        system = this_system()
        written, signed = pack_extension(find_sources(), out, keys_folder(), system)
        if signed:
            print(f"{written}: CEP panel, signed; for {TITLES.get(system.kind, system.name)} only")
        else:
            print(f"{written}: CEP panel, without a signature. {UNSIGNED}.")
    else:
        raise InputError(
            "cli.out_format",
            "This cannot be written.",
            field="OUT",
            value=str(out),
            remedy="Give a name that ends in .zxp, .zip or .ccx.",
        )


def _plugins() -> Path:
    from multiplane.contract.data_folder import data_folder

    return data_folder().root / "uxp"


def _in_words(record: Record, changed: bool) -> str:
    if not changed:
        return "there already, and up to date, in"
    return "now signed, in" if record.way == "signed" else "now copied into"


def _say_what_next(system: System, record: Record) -> None:
    print("Start After Effects or Premiere anew, then: Window > Extensions > Multiplane")
    print("UXP: choose that manifest.json in Adobe's UXP Developer Tool (Add Plugin), and Load.")
    if system.kind == "windows" and record.way != "signed":
        from multiplane.panel.refusals import UNSIGNED

        print(f"It is not signed: {UNSIGNED}. multiplane panel status says what to do.")
