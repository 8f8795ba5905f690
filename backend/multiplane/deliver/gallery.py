"""All camera presets on one finished shot: a page with a small looping film of each.

What is shown of a preset comes from the registry; its film is made by the same staging and the
same compositor as a shot's preview, only smaller.
"""

from __future__ import annotations

import base64
import io
import json
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from PIL import Image

from multiplane.contract.manifest import Comp, LayerEntry, Manifest
from multiplane.contract.storyboard import CameraMove
from multiplane.deliver.animate import animate
from multiplane.deliver.compositor import Painted
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.markup import text, words
from multiplane.deliver.web_page import asset, closing, opening, program
from multiplane.stage.finished import overscan_with, staged_anew
from multiplane.stage.parameters import example
from multiplane.stage.registry import FRAMING, PRESETS, Preset

FPS = 15.0
_QUALITY = 50
"""Of WebP, 0 to 100: the page holds some twenty films."""
_ROOM = 1.3
"""How much larger than its subject the framing's end is."""
_LARGEST = 0.75
"""A framing's end that is larger, in units of the frame, would hardly be a move."""
_STRONGER = {"rack_focus": 4}
"""Amounts of presets that a small picture would hardly show at 1."""


def write_gallery(
    page: Path,
    manifest: Manifest,
    picture_size: tuple[int, int],
    layers: Sequence[Painted],
    *,
    seconds: float = 2.0,
    width: int = 320,
    on_preset: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write ``page`` (.html), which holds all that it shows and asks no network for anything.

    manifest, layers (back to front), picture_size (width, height) px: of the finished shot. Each
    film lasts ``seconds`` and is ``width`` px wide. ``on_preset(done, total)`` follows. Raises
    Failure when the page cannot be written.
    """
    with replacing_file(page) as fresh, fresh.open("w", encoding="utf-8", newline="\n") as out:
        script = asset(__package__, "gallery.js")
        title = f"Camera presets on {manifest.shot_id}"
        out.write(opening(title, asset(__package__, "gallery.css"), script))
        out.write(_head(manifest))
        for number, preset in enumerate(PRESETS.values()):
            on_preset(number, len(PRESETS))
            move = sample(preset, manifest, picture_size)
            out.write(
                _card(preset, move, _film(move, manifest, picture_size, layers, seconds, width))
            )
        on_preset(len(PRESETS), len(PRESETS))
        out.write(_foot())
        out.write(closing(script))


def sample(preset: Preset, manifest: Manifest, picture_size: tuple[int, int]) -> dict[str, Any]:
    """The registry's example, its focus and its rectangles set on this shot's nearest subject."""
    move = {name: value for name, value in example(preset).items() if name != "ease"}
    nearest = manifest.layers[-1]
    if preset.name in _STRONGER:
        move["amount"] = _STRONGER[preset.name]
    if "focus" in preset.takes and preset.name != FRAMING and nearest in manifest.cut_layers:
        between = [nearest.name, manifest.layers[0].name]
        move["focus"] = between if preset.name == "rack_focus" else nearest.name
    if preset.name == FRAMING and nearest in manifest.cut_layers:
        around = _around(nearest, manifest.comp, picture_size)
        if around["width"] <= _LARGEST:
            move["framing"] = {**move["framing"], "end": around}
    return move


def _around(layer: LayerEntry, comp: Comp, picture_size: tuple[int, int]) -> dict[str, float]:
    """The part of the frame round a layer, in the frame's shape and inside it."""
    scale = max(comp.width / picture_size[0], comp.height / picture_size[1])
    x, y, w, h = layer.bbox
    sides = ((x, w, picture_size[0], comp.width), (y, h, picture_size[1], comp.height))
    size = min(1.0, max(0.3, *(_ROOM * long * scale / frame for _, long, _, frame in sides)))
    rect = {}
    for name, (start, long, whole, frame) in zip("xy", sides, strict=True):
        middle = 0.5 + (start + long / 2.0 - whole / 2.0) * scale / frame
        rect[name] = round(min(max(middle - size / 2.0, 0.0), 1.0 - size), 3)
    return {**rect, "width": round(size, 3), "height": round(size, 3)}


def _film(
    move: dict[str, Any],
    manifest: Manifest,
    picture_size: tuple[int, int],
    layers: Sequence[Painted],
    seconds: float,
    width: int,
) -> bytes:
    """An animated WebP that loops; moves that do not end where they began go back as well."""
    asked = CameraMove.model_validate(move)
    preset = PRESETS[asked.preset]
    if preset.name == "handheld":
        asked = asked.model_copy(update={"loop": True})
    comp = manifest.comp
    small = Comp(
        width=width,
        height=max(2, round(width * comp.height / comp.width / 2) * 2),
        fps=FPS,
        duration_frames=max(2, round(seconds * FPS)),
    )
    overscan = overscan_with(asked, manifest, picture_size)
    staged = staged_anew(asked, manifest, picture_size, overscan=overscan, comp=small)
    back = not (preset.loops or asked.loop or not preset.strongest)
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "film.webp"
        animate(file, staged, layers, width=width, fps=FPS, there_and_back=back, quality=_QUALITY)
        return file.read_bytes()


def _head(manifest: Manifest) -> str:
    return f"""<header>
<h1>Camera presets</h1>
<p>All {len(PRESETS)} moves on the shot {words(manifest.shot_id, "b")}. The lines below each go
into a storyboard's shot as they are.</p>
</header>
<main>
"""


def _card(preset: Preset, move: dict[str, Any], film: bytes) -> str:
    facts = []
    if preset.strongest:
        facts.append(("Amount 1", f"{preset.unit}; to {preset.strongest:g}"))
    if preset.directions:
        degrees = ", or degrees" if preset.degrees else ""
        facts.append(("Direction", ", ".join(preset.directions) + degrees))
    if preset.aliases:
        facts.append(("Also", ", ".join(preset.aliases)))
    listed = "".join(f"<dt>{text(name)}</dt><dd>{text(value)}</dd>" for name, value in facts)
    code = "".join(_lines(move))
    with Image.open(io.BytesIO(film), formats=["WEBP"]) as moving:
        width, height = moving.size
    return f"""<article id="{text(preset.name)}">
<picture><source media="(prefers-reduced-motion: reduce)" srcset="{_uri(_still(film))}">
<img src="{_uri(film)}" width="{width}" height="{height}" alt="The shot, filmed with {preset.name}">
</picture>
<h2>{text(preset.name)}</h2>
<p>{text(preset.description)}</p>
<dl>{listed}</dl>
<div class="code"><pre tabindex="0">{text(code)}</pre>
<button type="button" hidden>Copy</button></div>
</article>
"""


def _lines(move: dict[str, Any]) -> Iterator[str]:
    """The camera as JSON, one field a line, rectangles on lines of their own."""
    yield '"camera": {\n'
    for number, (name, value) in enumerate(move.items(), start=1):
        comma = "," if number < len(move) else ""
        shown = json.dumps(value, ensure_ascii=False).replace("}, ", "},\n    ")
        shown = shown.replace('{"start": {', '{\n    "start": {').replace("}}", "}\n  }")
        yield f"  {json.dumps(name)}: {shown}{comma}\n"
    yield "}"


def _foot() -> str:
    return f"""</main>
<p class="said" role="status" aria-live="polite"></p>
<footer>Made with {text(program())}. Give a shot one of these:
<code>multiplane camera apply out/board/shots/shot-001 orbit</code></footer>
"""


def _still(film: bytes) -> bytes:
    """The film's first picture, for people who want nothing to move."""
    out = io.BytesIO()
    with Image.open(io.BytesIO(film), formats=["WEBP"]) as moving:
        moving.convert("RGB").save(out, format="WEBP", quality=75)
    return out.getvalue()


def _uri(webp: bytes) -> str:
    return "data:image/webp;base64," + base64.b64encode(webp).decode("ascii")
