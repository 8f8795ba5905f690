"""A Storyboarder project of two scenes, laid out as that program does, for tests."""

from __future__ import annotations

import json
import wave
from pathlib import Path
from typing import Any

from PIL import Image

FOUNTAIN = """\
Title: The Lantern

EXT. BEACH - DAY #2-FA5K7#

The sea.

INT. CASTLE - NIGHT #1-ZX3ZM#

A warrior walks through the hall.

INT. TENT - NIGHT #3-AAAAA#

Nobody.
"""
FDX = """\
<?xml version="1.0" encoding="UTF-8" standalone="no" ?>
<FinalDraft DocumentType="Script" Template="No" Version="1">
<Content>
<Paragraph Number="2-FA5K7" Type="Scene Heading"><Text>EXT. BEACH - DAY</Text></Paragraph>
<Paragraph Type="Action"><Text>The sea.</Text></Paragraph>
<Paragraph Number="1-ZX3ZM" Type="Scene Heading"><Text>INT. CASTLE - NIGHT</Text></Paragraph>
</Content>
</FinalDraft>
"""
CASTLE = "Scene-1-INT-CASTLE-NIGHT-1-ZX3ZM"
BEACH = "Scene-2-EXT-BEACH-DAY-2-FA5K7"


def scene(project: Path, name: str, *boards: dict[str, Any], **fields: Any) -> Path:
    """The scene's folder, with a picture for every board that names one by `url`."""
    folder = project / "storyboards" / name
    (folder / "images").mkdir(parents=True)
    for board in boards:
        if "url" in board:
            colour = (sum(board["url"].encode()) % 256, 90, 120)
            Image.new("RGB", (160, 90), colour).save(folder / "images" / board["url"])
        if "audio" in board:
            with wave.open(str(folder / "images" / board["audio"]["filename"]), "wb") as sound:
                sound.setparams((1, 2, 8000, 0, "NONE", ""))
                sound.writeframes(bytes(1600))
    document = {"aspectRatio": "1.7777", "fps": 24, "boards": list(boards), **fields}
    (folder / f"{name}.storyboarder").write_text(json.dumps(document), encoding="utf-8")
    return folder


def project(folder: Path, script: str = FOUNTAIN, name: str = "lantern.fountain") -> Path:
    """Two drawn scenes, in their folders' order the other way round than in the script."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(script, encoding="utf-8")
    scene(
        folder,
        CASTLE,
        {"uid": "AAAAA", "url": "board-1-AAAAA.png", "shot": "1A", "duration": 1500},
        {"uid": "BBBBB", "url": "board-2-BBBBB.png", "shot": "2A", "dialogue": "MIRA: Who?"},
    )
    scene(
        folder,
        BEACH,
        {
            "uid": "CCCCC",
            "url": "board-1-CCCCC.png",
            "shot": "1A",
            "audio": {"filename": "CCCCC-audio-1.wav"},
        },
    )
    (folder / "storyboards" / "storyboard.settings").write_text('{"lastScene":0}')
    (folder / "storyboards" / f"{BEACH}-backup").mkdir()
    return folder
