"""A scene of Wonder Unit's Storyboarder: boards with drawing layers, timing and words."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from multiplane.contract.errors import InputError
from multiplane.contract.storyboard import MAX_DURATION_S, MIN_DURATION_S, shortest_s
from multiplane.contract.told_values import Value
from multiplane.intake.board_files import (
    IMAGES,
    BoardLayer,
    SceneFolder,
    base_name,
    board_files,
    number,
)
from multiplane.intake.comp_size import comp_size
from multiplane.intake.json_file import read_json
from multiplane.intake.reading import Notice, Reading, other_case, reader
from multiplane.intake.words_as_prompt import words_as_prompt

CODE = "storyboard.storyboarder"
MAX_BYTES = 128 * 1024 * 1024
"""Its shot generator stores every bone of every figure of every board."""
DEFAULT_TIMING_MS, DEFAULT_FPS, DEFAULT_ASPECT = 2000.0, 24.0, 16 / 9
_MS = (MIN_DURATION_S * 1000, MAX_DURATION_S * 1000)
_ROUNDED_MS = 1.0
_DRAWING = "board"
_SAVE_AGAIN = "Open the scene in Storyboarder and save it again."
_KEPT = ("uid", "number", "newShot", "link")


def place_in_scene(index: int, inner: str) -> str:
    """``boards[2].dialogue``."""
    return f"boards[{index}]" + (f".{inner}" if inner else "")


@reader("storyboarder", "a scene of Wonder Unit Storyboarder", suffixes=(".storyboarder",))
def read_storyboarder(path: Path) -> Reading:
    """The boards of the scene at `path`, one shot each.

    Several drawn layers of a board become the shot's layers with their opacity, one becomes its
    picture. What the tools drew is one drawing: ink stays on its tone, however the camera moves;
    reference pictures and the shot generator's stand behind it. What is missing is told, and so is
    what is shown instead: without any picture the board's action or notes are painted. Dialogue is
    heard and not seen: it is painted where nothing was drawn, not in place of a picture that is
    missing.
    """
    try:
        scene = read_json(path, kind="storyboard", max_bytes=MAX_BYTES)
    except InputError as error:
        if ".json." not in error.code:
            raise
        values = {**error.values, "what_to_do": _SAVE_AGAIN}
        raise dataclasses.replace(error, remedy=_SAVE_AGAIN, values=values) from None
    boards = scene.get("boards")
    if not isinstance(boards, list) or not boards:
        raise InputError(
            f"{CODE}.boards_missing",
            "The scene has no boards.",
            file=str(path),
            field="boards",
            remedy="Open the .storyboarder file of a scene; a project has one in each folder "
            "of storyboards/.",
        )
    notices: list[Notice] = []
    aspect = _aspect(scene.get("aspectRatio"), notices)
    fps = _bounded(scene, "fps", DEFAULT_FPS, (1, 120), notices)
    timing = _bounded(scene, "defaultBoardTiming", DEFAULT_TIMING_MS, _MS, notices)
    folder = SceneFolder(path.parent)
    ids = _ids(boards)
    shots: list[Any] = []
    errors: dict[int, InputError] = {}
    for index, board in enumerate(boards):
        if not isinstance(board, Mapping):
            errors[index] = InputError(
                f"{CODE}.board_invalid",
                "The board is no object, as Storyboarder writes one.",
                file=str(path),
                field=place_in_scene(index, ""),
                value=board,
                remedy=_SAVE_AGAIN,
            )
            shots.append({"prompt": "a board"})  # set aside with its error
            continue
        shot = _shot(board, index, ids[index], timing, fps, notices)
        if not _draw(shot, board, index, folder, notices):
            errors[index] = InputError(
                f"{CODE}.board_without_picture",
                "The board has neither a picture nor words that say what is seen.",
                file=str(path),
                field=place_in_scene(index, ""),
                value=f"{IMAGES}/{base_name(board.get('url'))}",
                remedy="Put its picture into {folder}/ beside the file, or write its action.",
                values={"folder": IMAGES},
            )
        shots.append(shot)
    return Reading(
        document={
            "title": path.stem[:300],
            "fps": fps,
            "size": list(comp_size(aspect * 1080, 1080, enlarge=True)),
            "shots": shots,
            "storyboarder": {"version": scene.get("version")},
        },
        folder=path.parent,
        errors=errors,
        notices=tuple(notices),
        place=place_in_scene,
    )


def _bounded(
    scene: Mapping[str, Any],
    key: str,
    default: float,
    bounds: tuple[float, float],
    notices: list[Notice],
) -> float:
    """A number of the scene, or the default where it is none or out of bounds; this is told."""
    value = scene.get(key)
    if value is None:
        return default
    found = number(value)
    if found is not None and bounds[0] <= found <= bounds[1]:
        return found
    text = "{given} is no use here; {taken} is taken."
    values: dict[str, Value] = {"given": str(value)[:40], "taken": default}
    notices.append(Notice(f"{CODE}.{key}.invalid", text, field=key, values=values))
    return default


def _aspect(value: object, notices: list[Notice]) -> float:
    """Width by height, from a number, its text, or "16:9"."""
    if value is None:
        return DEFAULT_ASPECT
    found = number(value)
    if found is None and isinstance(value, str):
        width, _, height = value.replace("/", ":").replace("x", ":").partition(":")
        across, down = number(width), number(height)
        found = across / down if across and down else None
    if found is not None and 0.1 <= found <= 10:
        return found
    text = "{given} is no aspect ratio; 16:9 is taken."
    values = {"given": str(value)[:40]}
    notices.append(Notice(f"{CODE}.aspectRatio.invalid", text, field="aspectRatio", values=values))
    return DEFAULT_ASPECT


def _ids(boards: list[Any]) -> list[str]:
    """The boards' shot names ("1A"); where two are alike, with their uid."""
    names = [_text(b.get("shot")) if isinstance(b, Mapping) else "" for b in boards]
    times = Counter(names)
    given: Counter[str] = Counter()
    ids = []
    for name, board in zip(names, boards, strict=True):
        id_ = name[:280]
        if name and times[name] > 1:
            id_ = f"{id_}-{_text(board.get('uid'))[:10]}".rstrip("-")
        given[id_] += 1
        ids.append(f"{id_}-{given[id_]}" if id_ and given[id_] > 1 else id_)
    return ids


def _shot(
    board: Mapping[str, Any],
    index: int,
    id_: str,
    timing: float,
    fps: float,
    notices: list[Notice],
) -> dict[str, Any]:
    """The board's times and words; its pictures are added by `_draw`."""
    shot: dict[str, Any] = {"duration": _seconds(board, index, timing, fps, notices)}
    if id_:
        shot["id"] = id_
    for key in ("dialogue", "action", "notes"):
        if words := _text(board.get(key)):
            shot[key] = words
    kept = {key: board[key] for key in _KEPT if board.get(key) is not None}
    if kept:
        shot["storyboarder"] = kept
    return shot


def _seconds(
    board: Mapping[str, Any], index: int, timing: float, fps: float, notices: list[Notice]
) -> float:
    """The board's duration, or the nearest that a shot may have, which is told."""
    given = board.get("duration")
    if given is None:
        return timing / 1000.0
    found = number(given)
    wanted = timing if found is None else found
    # Rounded as the program that wrote it rounds: 41.667 ms and 41 ms are a frame at 24 fps.
    one_frame = shortest_s(fps) * 1000.0
    shortest = one_frame if wanted < one_frame - _ROUNDED_MS else 0.0
    duration = min(max(wanted, shortest, _MS[0]), _MS[1])
    if duration != found:
        text = "one frame" if duration == one_frame else f"{duration:g} ms"
        notices.append(
            Notice(
                f"{CODE}.duration.invalid",
                "{given} ms is no duration for a shot; {taken} is taken.",
                shot=index,
                field=place_in_scene(index, "duration"),
                values={"given": str(given)[:40], "taken": text},
            )
        )
    return duration / 1000.0


def _draw(
    shot: dict[str, Any],
    board: Mapping[str, Any],
    index: int,
    folder: SceneFolder,
    notices: list[Notice],
) -> bool:
    """Give the shot what there is of pictures and audio; false when nothing can be shown."""
    audio = board.get("audio")
    if isinstance(audio, Mapping) and (name := base_name(audio.get("filename"))):
        # A missing one is told when the shot is checked.
        shot["audio"] = folder.find(name) or f"{IMAGES}/{name}"
    files = board_files(board, folder)
    place = place_in_scene(index, "layers")
    instead: Notice | None = None
    if len(files.layers) > 1:
        shot["layers"] = [_layer(layer) for layer in files.layers]
    elif files.layers:
        shot["picture"] = files.layers[0].file
    elif files.picture is not None:
        shot["picture"] = files.picture
        instead = Notice(
            f"{CODE}.other_picture",
            "{picture} is taken instead.",
            shot=index,
            field=place,
            values={"picture": files.picture},
        )
    elif (words := words_as_prompt(shot)) and (words[1] != "dialogue" or not files.missing):
        shot["prompt"] = words[0]
        instead = Notice(
            f"{CODE}.words_painted",
            "What the board says as {field} is painted instead.",
            shot=index,
            field=place,
            values={"field": words[1]},
        )
    elif files.empty is not None:
        shot["picture"] = files.empty
        instead = Notice(f"{CODE}.stays_empty", "The board stays empty.", shot=index, field=place)
    for wanted, found in folder.take_other_case().items():
        notices.append(other_case(wanted, found, shot=index, field=place_in_scene(index, "")))
    shown = "picture" in shot or "layers" in shot or "prompt" in shot
    if shown and (files.missing or instead):
        if files.missing:
            text = "{files} are missing, or cannot be read."
            if len(files.missing) == 1:
                text = "{files} is missing, or cannot be read."
            values = {"files": ", ".join(files.missing)}
            code = f"{CODE}.picture.missing"
            notices.append(Notice(code, text, shot=index, field=place, values=values))
        else:
            said = "Nothing is drawn on the board."
            notices.append(Notice(f"{CODE}.board_empty", said, shot=index, field=place))
        if instead:
            notices.append(instead)
    return shown


def _layer(board_layer: BoardLayer) -> dict[str, Any]:
    layer: dict[str, Any] = {
        "name": board_layer.name,
        "picture": board_layer.file,
        "opacity": board_layer.opacity,
    }
    if not board_layer.is_backdrop:
        layer["drawing"] = _DRAWING
    return layer


def _text(value: object) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        return ""
    return str(value).strip()
