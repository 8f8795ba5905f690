"""multiplane doctor: whether everything that a run needs is in order here."""

from __future__ import annotations

import json
import platform
import shutil
import struct
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from multiplane.cli.checkup import Finding, State, show
from multiplane.cli.teach import teach

if TYPE_CHECKING:
    from multiplane.models.profiles import AnyProfile

_LEAST_DISK_GB = 1.0
_LEAST_RAM_GB = 2.0


def add_to(app: typer.Typer) -> None:
    app.command(help=teach(doctor.__doc__ or ""))(doctor)


def doctor(
    load: Annotated[
        bool, typer.Option("--load", help="Also load the bundled models and paint one step.")
    ] = False,
    online: Annotated[
        bool, typer.Option("--online", help="Also see whether the model hub can be reached.")
    ] = False,
    data: Annotated[
        Path | None, typer.Option("--data", help="The server's data folder, if it has its own.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON instead of a table.")] = False,
    report: Annotated[
        Path | None,
        typer.Option(
            "--report",
            metavar="FILE",
            help="Also write it to a file that can be handed on, with versions and the end of the "
            "server's logs. What is private is replaced: names, folders, tokens, prompts.",
            show_default=False,
        ),
    ] = None,
) -> None:
    """Check this computer: Python, device, memory, disk, models, video encoder; the server: its
    token, port, jobs, disk, workers; and the panel, where it is installed.

    Exit status 1 when something is wrong that would stop a run.

    multiplane doctor
    multiplane doctor --report doctor.txt
    """
    findings = list(_examine(load=load, online=online, data=data))
    if report is not None:
        from multiplane.cli.doctor_report import write_report
        from multiplane.contract.data_folder import data_folder

        write_report(report, findings, data_folder(data))
    if as_json:
        print(json.dumps([asdict(finding) for finding in findings], indent=2))
    else:
        show(findings)
        if report is not None:
            print(f"Written to {report}. Look through it before you hand it on.")
    if any(finding.state == "problem" for finding in findings):
        raise typer.Exit(1)


def _examine(*, load: bool, online: bool, data: Path | None) -> Iterator[Finding]:
    checks: list[Callable[[], Iterator[Finding]]] = [
        _python,
        _torch,
        _memory,
        _disk,
        _models,
        _fit,
        _plugins,
        _encoder,
    ]
    checks += [partial(_server, data), _service, partial(_panel, data)]
    checks += [_load] if load else []
    checks += [_hub] if online else []
    for check in checks:
        try:
            yield from check()
        except Exception as error:
            # A broken installation may raise anything; the other checks still help.
            says = str(error) or type(error).__name__
            name = getattr(check, "func", check).__name__
            yield Finding(name.strip("_"), "problem", says)


def _python() -> Iterator[Finding]:
    says = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    old = sys.version_info < (3, 11)
    yield Finding(
        "Python", "problem" if old else "ok", says, "Use Python 3.11 or newer." if old else ""
    )


def _torch() -> Iterator[Finding]:
    from multiplane.models.machine import look_at_machine, torch_facts

    machine = look_at_machine()
    says = f"{torch_facts()}, {machine.device_name}"
    if machine.device != "cpu":
        says += f" with {machine.free_device_gb:.1f} GB free"
    yield Finding("PyTorch", "ok", says)


def _memory() -> Iterator[Finding]:
    import psutil

    free = psutil.virtual_memory()
    gb = free.available / 2**30
    state: State = "ok" if gb >= _LEAST_RAM_GB else "warning"
    remedy = "" if state == "ok" else "Close other programs; storyboard-mini wants about 2 GB."
    yield Finding("Memory", state, f"{gb:.1f} of {free.total / 2**30:.1f} GB free", remedy)


def _disk() -> Iterator[Finding]:
    from multiplane.models.folders import models_folder

    for what, folder in (("Disk here", Path.cwd()), ("Disk for models", models_folder())):
        there = folder
        while not there.exists():
            there = there.parent
        gb = shutil.disk_usage(there).free / 1e9
        state: State = "ok" if gb >= _LEAST_DISK_GB else "warning"
        remedy = "" if state == "ok" else "Free some space."
        yield Finding(what, state, f"{gb:.1f} GB free at {folder}", remedy)


def _models() -> Iterator[Finding]:
    from multiplane.models import places
    from multiplane.models.profiles import DEPTH_PROFILES, PROFILES
    from multiplane.models.vision.profiles import VISION_PROFILES

    profiles: list[AnyProfile] = [*PROFILES.values(), *DEPTH_PROFILES.values()]
    profiles += VISION_PROFILES.values()
    for profile in profiles:
        folder = places.find(profile)
        bundled = profile.repository is None
        if folder is None and bundled:
            yield Finding(
                profile.name, "problem", "missing or incomplete", "Install Multiplane anew."
            )
        elif folder is None:
            yield Finding(profile.name, "ok", "not here", f"multiplane models pull {profile.name}")
        else:
            yield _weights(profile, folder)


def _fit() -> Iterator[Finding]:
    """How the picture models that are here fit this computer, and how long a shot takes."""
    from multiplane.models import places
    from multiplane.models.load import AUTO, chosen
    from multiplane.models.machine import look_at_machine
    from multiplane.models.outlook import outlook_in_words
    from multiplane.models.profiles import PROFILES, profile

    machine = look_at_machine()
    for name, known in PROFILES.items():
        if places.find(known):
            yield Finding(name, "ok", outlook_in_words(profile(name), machine))
    why = chosen(AUTO).why
    if why:
        yield Finding("--model auto", "ok", why)


def _plugins() -> Iterator[Finding]:
    from multiplane.contract.plugins import Registry
    from multiplane.deliver.exports import EXPORTERS
    from multiplane.intake.reading import FORMATS
    from multiplane.layers.cutters.decomposer import CUTTERS
    from multiplane.models.families.registry import FAMILIES
    from multiplane.stage.registry import PRESETS

    tables: dict[str, Registry[Any]] = {
        "Camera preset": PRESETS,
        "Reader": FORMATS,
        "Exporter": EXPORTERS,
        "Cutter": CUTTERS,
        "Model family": FAMILIES,
    }
    found = 0
    for what, table in tables.items():
        for plugin in table.plugins:
            found += 1
            yield Finding(what, "ok", f"{plugin.value.name}, of the package {plugin.package}")
        for refused in table.refused:
            found += 1
            remedy = f"Update {refused.package}, or uninstall it."
            yield Finding(what, "warning", f"cannot be used: {refused}", remedy)
    if not found:
        yield Finding("Plugins", "ok", "none: no other package adds anything")


def _weights(profile: AnyProfile, folder: Path) -> Finding:
    again = "Install Multiplane anew."
    if profile.repository:
        again = f"multiplane models pull {profile.name} --force"
    for path in folder.rglob("*.safetensors"):
        fault = damage(path)
        if fault:
            return Finding(profile.name, "problem", f"{path.name} {fault}", again)
    return Finding(profile.name, "ok", f"whole, at {folder}")


def damage(path: Path) -> str:
    """What is wrong with a safetensors file, "" when its header fits its size.

    The format: 8 bytes little-endian length, a JSON header of that length, the tensors.
    """
    size = path.stat().st_size
    with path.open("rb") as stream:
        start = stream.read(8)
        if len(start) < 8:
            return "is cut off"
        (length,) = struct.unpack("<Q", start)
        if length > min(size - 8, 100_000_000):
            return "is cut off"
        try:
            header = json.loads(stream.read(length))
            ends = [
                tensor["data_offsets"][1] for key, tensor in header.items() if key != "__metadata__"
            ]
        except (ValueError, TypeError, KeyError, AttributeError):
            return "has a damaged header"
    if 8 + length + max(ends, default=0) != size:
        return "is cut off or has extra bytes"
    return ""


def _encoder() -> Iterator[Finding]:
    import av

    try:
        av.codec.Codec("libx264", "w")
    except av.error.FFmpegError:
        yield Finding(
            "Video encoder",
            "warning",
            f"PyAV {av.__version__} has no libx264",
            "Previews use another H.264 encoder where there is one; PyAV's own wheels have x264.",
        )
        return
    yield Finding("Video encoder", "ok", f"libx264 in PyAV {av.__version__}")


def _server(data: Path | None) -> Iterator[Finding]:
    from multiplane.cli.doctor_server import examine_server
    from multiplane.contract.data_folder import data_folder

    yield from examine_server(data_folder(data))


def _service() -> Iterator[Finding]:
    """Only where it is installed."""
    from multiplane.cli.service import look

    program, finding = look()
    if program is not None or finding.state != "ok":
        yield finding


def _panel(data: Path | None) -> Iterator[Finding]:
    """Only where it is installed: most computers have no After Effects."""
    from multiplane.cli.panel_status import look
    from multiplane.contract.data_folder import data_folder
    from multiplane.panel.install import is_installed
    from multiplane.panel.places import this_system

    system = this_system()
    if system.extensions is not None and is_installed(system.extensions):
        yield from look(system, system.extensions, data_folder(data).root / "uxp")


def _load() -> Iterator[Finding]:
    import time

    import numpy as np

    from multiplane.models.load import load_depth, load_painter, load_reading
    from multiplane.models.paint import paint, single_pass
    from multiplane.models.profiles import depth_profile, profile

    began = time.perf_counter()
    bundled, drawing = profile("storyboard-mini"), np.zeros((64, 64, 3), np.uint8)
    paint(load_painter(bundled), "a house", (64, 64), 0, steps=1)
    single_pass(load_reading(bundled), drawing, "a house", sigma=0.3, seed=0)
    load_depth(depth_profile("storyboard-mini-depth")).nearness(drawing)
    yield Finding("Bundled models", "ok", f"loaded and run in {time.perf_counter() - began:.1f} s")


def _hub() -> Iterator[Finding]:
    from multiplane.contract.errors import MultiplaneError
    from multiplane.models import hub
    from multiplane.models.folders import models_folder
    from multiplane.models.profiles import DEPTH_ANYTHING_V2_SMALL as SMALL

    try:
        hub.survey(SMALL, models_folder() / SMALL.name)
    except MultiplaneError as error:
        yield Finding("Model hub", "warning", error.message, error.remedy or "")
    else:
        yield Finding("Model hub", "ok", "can be reached")
