"""An exporter: at which second each shot begins, as players of films read chapters."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.output_folder import OutputFolder
from multiplane.deliver.exports import Exporter, ExportOptions, OnEvent
from multiplane.deliver.folder import replacing_file


def write_chapters(out: Path, target: Path, options: ExportOptions, on_event: OnEvent) -> None:
    sequence = OutputFolder.open(out).sequence
    with replacing_file(target) as fresh:
        fresh.write_text(
            "".join(
                f"{shot.start_frame / sequence.fps:.3f} {shot.id}\n" for shot in sequence.shots
            ),
            encoding="utf-8",
        )


CHAPTERS = Exporter("chapters", "When each shot begins", "storyboard", ".txt", write_chapters)
