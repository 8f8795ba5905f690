"""The page of a storyboard, written shot by shot, so that memory does not grow with its length."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from pathlib import Path

from multiplane.contract.layout import INDEX
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.index_page.card import card
from multiplane.deliver.index_page.pictures import width_for
from multiplane.deliver.index_page.player import script, style
from multiplane.deliver.markup import joined, link, text, words
from multiplane.deliver.web_page import closing, opening, program

_LABELS = {
    ".otio": "OpenTimelineIO",
    ".xml": "FCP7 XML",
    ".edl": "EDL",
    ".aep": "After Effects",
    ".mp4": "Animatic",
    ".srt": "Subtitles (SRT)",
    ".vtt": "Subtitles (VTT)",
    ".png": "Contact sheet",
}
"""What lies beside the page, by extension, and what it is called there."""


def write_index(out: Path, board: Storyboard, sequence: ShotSequence) -> None:
    """Write index.html into an output folder from what lies in it, in one go.

    The page holds everything that it shows, asks no network for anything, and links to the shots'
    files. A shot that failed has its error and what to do about it, one whose files cannot be read
    says so. Raises Failure when the page cannot be written.
    """
    # "replace": JSON may hold lone surrogates, UTF-8 may not.
    with (
        replacing_file(out / INDEX) as fresh,
        open(fresh, "w", encoding="utf-8", errors="replace", newline="\n") as page,
    ):
        for part in _parts(out, board, sequence):
            page.write(part)


def _parts(out: Path, board: Storyboard, sequence: ShotSequence) -> Iterator[str]:
    own_script = script()
    yield opening(sequence.title, style(), own_script)
    yield f"""<header class="board">
{words(sequence.title, "h1")}
<p class="facts">{_facts(sequence)}</p>
{_failures(sequence)}<div class="tools">
<input class="find" type="search" placeholder="Find a shot" aria-label="Find a shot" hidden>
<button class="fan-all" type="button" aria-pressed="false" hidden>Fan out all layers</button>
{_beside(out)}</div>
</header>
<main class="shots">
"""
    shots = {shot.id: shot for shot in board.shots}
    width = width_for(len(sequence.shots))
    for number, entry in enumerate(sequence.shots, start=1):
        yield card(out, number, entry, shots.get(entry.id), sequence.fps, width)
    yield f"""</main>
<p class="nothing" role="status" hidden>No shot says that.</p>
<footer>Made with {text(program())}. Each picture is cut into layers that stand
in depth; hover a shot, or press it, and the camera moves as it does in the film.</footer>
"""
    yield closing(own_script)


def _facts(sequence: ShotSequence) -> str:
    frames = sum(shot.duration_frames for shot in sequence.shots)
    count = len(sequence.shots)
    return text(
        joined(
            [
                f"{count} shot{'s' * (count != 1)}",
                f"{frames / sequence.fps:.1f} s",
                f"{sequence.size[0]} × {sequence.size[1]}",
                f"{sequence.fps:g} fps",
            ]
        )
    )


def _failures(sequence: ShotSequence) -> str:
    failed = [
        (number, shot)
        for number, shot in enumerate(sequence.shots, start=1)
        if shot.status == "failed"
    ]
    if not failed:
        return ""
    named = ", ".join(
        f'<a href="#shot-{number}">{words(shot.id, "bdi")}</a>' for number, shot in failed
    )
    return f'<p class="failures">Failed: {named}</p>\n'


def _beside(out: Path) -> str:
    """Links to the whole storyboard's other files."""
    found = sorted(
        (
            path
            for path in out.iterdir()
            if path.suffix in _LABELS and not path.name.startswith(".")
        ),
        key=lambda path: (list(_LABELS).index(path.suffix), len(path.name), path.name),
    )
    links, count = [], Counter[str]()
    for drawn_card in found:
        label = _LABELS[drawn_card.suffix]
        count[label] += 1
        numbered = f"{label} {count[label]}" if count[label] > 1 else label
        links.append(
            f'<a href="{link(drawn_card.name)}" title="{text(drawn_card.name)}">{numbered}</a>'
        )
    if not links:
        return ""
    return f'<nav class="files" aria-label="The whole storyboard">{"".join(links)}</nav>\n'
