"""A finished output folder as one After Effects project."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.errors import InputError
from multiplane.contract.manifest import Manifest
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.result_files import reason
from multiplane.intake.read_storyboard import resolve_path


def write_storyboard_aep(
    path: Path, out: Path, board: Storyboard, sequence: ShotSequence, *, audio_folder: Path
) -> None:
    """Write all finished shots of the folder ``out`` as comps, and a master comp, to ``path``.

    Relative audio paths of the boards start at ``audio_folder``. A shot that is not whole is left
    out and has a red marker that says why. Raises InputError for a rate or length that no comp
    can have, Failure when the file cannot be written.
    """
    # py-aep takes most of a second to import.
    from multiplane.deliver.aep.project import write_aep

    shots: list[tuple[Path, Manifest]] = []
    problems: dict[str, str] = {}
    for entry in sequence.shots:
        if entry.manifest is None:
            problems[entry.id] = entry.error.message if entry.error else "It has not been made."
            continue
        folder = (out / entry.manifest).parent
        try:
            manifest = ShotFolder.open(folder).manifest
        except InputError as error:
            problems[entry.id] = f"{entry.manifest} cannot be read: {reason(error).splitlines()[0]}"
            continue
        files = [manifest.files.picture, *(layer.file for layer in manifest.layers)]
        gone = next((name for name in files if not (folder / name).is_file()), None)
        if gone is None:
            shots.append((folder, manifest))
        else:
            problems[entry.id] = f"The picture {gone} is missing."
    audio = {shot.id: resolve_path(shot.audio, audio_folder) for shot in board.shots if shot.audio}
    track = board.soundtrack
    below = None if track is None else (resolve_path(track.file, audio_folder), track.offset)
    write_aep(path, shots, sequence, audio=audio, problems=problems, soundtrack=below)
