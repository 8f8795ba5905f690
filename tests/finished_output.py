"""An output folder with finished shots, made without any model; the hashes are real ones."""

from __future__ import annotations

import dataclasses
from pathlib import Path

from multiplane.contract.layout import SEQUENCE
from multiplane.contract.manifest import Comp, Sequence, SequenceShot
from multiplane.contract.storyboard import CameraMove, Shot, Storyboard
from multiplane.deliver.documents import write_document
from multiplane.deliver.shot import deliver_shot
from multiplane.produce.job import shot_hash
from multiplane.stage.shot import overscan_for, stage_shot
from tests.deliver.shots import SIZE, finished

FRAMES, FPS = 8, 24


def finished_output(
    out: Path,
    *ids: str,
    camera: CameraMove | None = None,
    size: tuple[int, int] = (128, 72),
    frames: int = FRAMES,
) -> Path:
    """Shots of two subjects each, "red warrior" and "princess", with a preview of ``frames``."""
    move = camera or CameraMove(preset="push_in")
    shots = [
        Shot(id=id_, prompt="a red warrior before a princess", duration=frames / FPS, camera=move)
        for id_ in ids
    ]
    board = Storyboard(title="Test", fps=FPS, size=size, shots=shots)
    comp = Comp(width=size[0], height=size[1], fps=FPS, duration_frames=frames)
    entries = []
    for number, shot in enumerate(shots):
        made = finished(id_=shot.id)
        staged = stage_shot(made.layers, SIZE, comp, move, overscan=overscan_for(move, comp))
        picture = f"{number:064x}"
        deliver_shot(
            out / "shots" / shot.id,
            dataclasses.replace(made, staged=staged),
            extra={
                "content_hash": shot_hash(picture, shot, comp, None),
                "picture_hash": picture,
                "style": "ink",
            },
        )
        entries.append(
            SequenceShot(
                id=shot.id,
                manifest=f"shots/{shot.id}/manifest.json",
                start_frame=number * frames,
                duration_frames=frames,
                status="made",
            )
        )
    (out / "storyboard.json").write_text(board.to_json(), encoding="utf-8")
    write_document(out / SEQUENCE, Sequence(title="Test", fps=FPS, size=size, shots=entries))
    return out
