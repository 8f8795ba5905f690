"""One shot in the page: its stage, what is said and done in it, and what it was made with."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.document import ErrorEntry
from multiplane.contract.errors import InputError
from multiplane.contract.manifest import LayerEntry, Manifest, SequenceShot
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Shot
from multiplane.deliver.film_notices import told_of_film
from multiplane.deliver.index_page.pictures import embed
from multiplane.deliver.index_page.scene import (
    Scene,
    length,
    move,
    scene_of,
    world_transform,
)
from multiplane.deliver.markup import data, joined, link, marked, text, words
from multiplane.deliver.result_files import open_png, reason

_FILES = (
    ("preview", "Film"),
    ("psd", "PSD"),
    ("picture", "Picture"),
    ("depth", "Depth"),
    ("difference", "Where layers and picture differ"),
    ("words", "Words"),
)
"""Fields of the manifest's files in the order of their links, and what they are called."""
_FIELD_NAMES = dict(_FILES)


def card(
    out: Path, number: int, entry: SequenceShot, shot: Shot | None, fps: float, width: int
) -> str:
    """The shot's <article>. ``width``: px that a whole picture is embedded with."""
    if entry.manifest is None:
        return _without_picture(number, entry, shot, fps, _error(entry.error))
    folder = (out / entry.manifest).parent
    try:
        manifest = ShotFolder.open(folder).manifest
        stage = _stage(folder, manifest, number, entry.id, width)
    except (InputError, OSError, ValueError, KeyError) as error:
        broken = ErrorEntry(
            code="deliver.index.shot_unreadable",
            message=f"Its files cannot be read: {reason(error)}",
            remedy="Make this shot again.",
        )
        return _without_picture(number, entry, shot, fps, _error(broken))
    scene, staged = stage
    return f"""<article class="shot" id="shot-{number}" data-scene="{data(scene.numbers())}">
{staged}
{_head(number, entry, fps)}
{_prompt(manifest)}
{_said(shot)}{_notices(manifest)}{_layers(manifest)}
{_made(manifest)}
{_links(entry.manifest, manifest)}
</article>
"""


def _without_picture(
    number: int, entry: SequenceShot, shot: Shot | None, fps: float, said: str
) -> str:
    prompt = words(shot.prompt.replace("**", ""), "p", "prompt") if shot and shot.prompt else ""
    return f"""<article class="shot failed" id="shot-{number}">
{said}
{_head(number, entry, fps)}
{prompt}
{_said(shot)}</article>
"""


def _error(error: ErrorEntry | None) -> str:
    if error is None:
        return '<div class="error waiting"><p>This shot has not been made yet.</p></div>'
    rows = [words(error.message, "p")]
    if error.remedy:
        rows.append(words(error.remedy, "p", "remedy"))
    details = [
        f"<dt>{label}</dt><dd>{words(value, 'code')}</dd>"
        for label, value in (
            ("File", error.file),
            ("Field", error.field),
            ("Given", error.value),
            ("Code", error.code),
        )
        if value
    ]
    also = "".join(words(joined([fault.field, fault.message], ": "), "p") for fault in error.also)
    return f'<div class="error">{"".join(rows)}{also}<dl>{"".join(details)}</dl></div>'


def _stage(
    folder: Path, manifest: Manifest, number: int, id_: str, width: int
) -> tuple[Scene, str]:
    with open_png(folder / manifest.files.picture) as picture:
        size = picture.size
    scene, comp = scene_of(manifest, size), manifest.comp
    scale = width / size[0]
    planes = []
    for index, (layer, box) in enumerate(zip(manifest.layers, scene.boxes, strict=True)):
        uri = embed(folder / layer.file, (layer.bbox[2], layer.bbox[3]), scale)
        x, y, wide, high = layer.bbox
        plate = (
            f"left:{-100 * x / wide:.6g}%;top:{-100 * y / high:.6g}%;"
            f"width:{100 * size[0] / wide:.6g}%;height:{100 * size[1] / high:.6g}%"
        )
        planes.append(
            f'<div class="plane" data-layer="{index}" style="width:{length(box.width)};'
            f'height:{length(box.height)};transform:{move(box.x, box.y, -box.z)}">'
            f'<i class="plate" style="{plate}"></i>'
            f'<img alt="" draggable="false" decoding="async" src="{uri}"></div>'
        )
    named = text(manifest.original_prompt or id_)
    last = comp.duration_frames - 1
    return scene, (
        f'<div class="view"><div class="stage" style="--w:{comp.width};'
        f'aspect-ratio:{comp.width}/{comp.height}">'
        f'<div class="lens" role="img" aria-label="{named}"'
        f' style="perspective:{length(scene.first.zoom)}">'
        f'<div class="world" style="transform:'
        f'{world_transform(scene.first, comp.width, comp.height)}">{"".join(planes)}</div></div>'
        f'<button class="play" type="button" aria-pressed="false" aria-label="Play shot {number}"'
        f" hidden></button></div>"
        f'<div class="controls" hidden><input class="frame" type="range" min="0" max="{last}"'
        f' step="any" value="0" aria-label="Frame of shot {number}">'
        f'<output class="clock" aria-live="off">0.0 s</output>'
        f'<button class="fan" type="button" aria-pressed="false"'
        f' aria-label="Fan out the layers of shot {number}">Layers</button></div></div>'
    )


def _head(number: int, entry: SequenceShot, fps: float) -> str:
    frames = entry.duration_frames
    time = f"{frames / fps:.1f} s" if frames else ""
    return (
        f'<header><span class="number">{number}</span>{words(entry.id, "h2")}'
        f'<span class="time" title="{frames} frames from frame {entry.start_frame}">{time}</span>'
        f"</header>"
    )


def _prompt(manifest: Manifest) -> str:
    if manifest.original_prompt is None:
        return '<p class="prompt drawing">From a drawing.</p>'
    phrases = [(i, layer.phrase) for i, layer in enumerate(manifest.layers) if layer.phrase]
    return f'<p class="prompt" dir="auto">{marked(manifest.original_prompt, phrases)}</p>'


def _said(shot: Shot | None) -> str:
    if shot is None:
        return ""
    rows = ""
    if shot.dialogue:
        rows += words(shot.dialogue, "blockquote") + "\n"
    for label, value in (("Action", shot.action), ("Notes", shot.notes)):
        if value:
            rows += f'<p class="said"><b>{label}</b> {words(value)}</p>\n'
    return rows


def _notices(manifest: Manifest) -> str:
    """What was left out, corrected or shows in the film, each with its code as a hint."""
    return "".join(
        f'<p class="notice" title="{text(notice.code)}">{words(str(notice))}</p>\n'
        for notice in told_of_film(manifest.notices, manifest.checks.film)
    )


def _layers(manifest: Manifest) -> str:
    """The names of the layers, the nearest first, as people read a stack."""
    items = []
    for index, layer in reversed(list(enumerate(manifest.layers))):
        sure = _sure(manifest, layer) if layer in manifest.cut_layers else None
        hint = joined([layer.kind, f"nearness {layer.depth:.2f}", sure])
        doubtful = "" if layer.reason is None else f' data-doubt="{layer.reason}"'
        name = words(layer.name, "bdi")
        items.append(f'<li data-layer="{index}"{doubtful} title="{text(hint)}">{name}</li>')
    return f'<ol class="layers" aria-label="Layers, the nearest first">{"".join(items)}</ol>'


def _sure(manifest: Manifest, layer: LayerEntry) -> str:
    rule = "" if manifest.model.calibrated else ", by a rule of thumb"
    why = "" if layer.reason is None else f": {layer.reason.because}"
    return f"{layer.confidence:.0%} sure{rule}{why}"


def _made(manifest: Manifest) -> str:
    model, style = manifest.model, manifest.style
    amount = manifest.camera.amount
    steps = None if model.steps is None else f"{model.steps} steps"
    guidance = None if model.guidance is None else f"guidance {model.guidance:g}"
    seed = None if model.seed is None else str(model.seed)
    take = None if model.take is None or model.take == 1 else f"take {model.take}"
    rows = (
        ("Camera", joined([manifest.camera.preset.replace("_", " "), f"amount {amount:.3g}"])),
        ("Style", style),
        ("Model", model.name),
        ("Version", model.version),
        ("Seed", joined([seed, take])),
        ("Sampling", joined([steps, guidance])),
    )
    shown = "".join(
        f"<div><dt>{label}</dt><dd>{words(value, 'bdi')}</dd></div>"
        for label, value in rows
        if value
    )
    return f'<dl class="made">{shown}</dl>'


def _links(manifest_path: str, manifest: Manifest) -> str:
    folder = manifest_path.rpartition("/")[0] or "."
    files = manifest.files.model_dump()
    ordered = [*_FIELD_NAMES, *(name for name in files if name not in _FIELD_NAMES)]
    links = [f'<a href="{link(folder)}/">Folder</a>']
    for name in ordered:
        path = files.get(name)
        if isinstance(path, str):
            label = _FIELD_NAMES.get(name, name.replace("_", " "))
            links.append(f'<a href="{link(f"{folder}/{path}")}">{text(label)}</a>')
    links.append(f'<a href="{link(manifest_path)}">Manifest</a>')
    return f'<nav class="files" aria-label="Files">{"".join(links)}</nav>'
