"""Words that nobody asked for are looked for in a finished shot's picture: no layer changes.

What the model attends to for them is kept beside the heatmaps of the prompt's words, so that layers
can be made of them by hand (`WordsEdit`), with undo as for any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import capture_attention
from multiplane.attention.heatmaps import AttentionMaps
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.layout import MANIFEST, WORDS
from multiplane.contract.manifest import Manifest, NoticeEntry
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Subject
from multiplane.deliver.documents import write_document
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.origin import origin
from multiplane.deliver.own_files import digest
from multiplane.deliver.png import write_png
from multiplane.deliver.result_files import png
from multiplane.deliver.shot import word_entries
from multiplane.layers.cut import Wanted
from multiplane.layers.hands.words import WordHeat
from multiplane.layers.judged import Standing, cut_and_judge
from multiplane.models.familiar import novelty
from multiplane.models.paint import OnStep, single_pass
from multiplane.produce.cut_out import observed
from multiplane.produce.doubts import look_notices, unknown_share, word_notices
from multiplane.produce.finished import CutPicture, reusable_cut
from multiplane.produce.studio import Studio
from multiplane.produce.words import Words, capture_plan, words_of_drawing

Picture = NDArray[np.uint8]
LONGEST_WORD = 100
"""Characters, as for programs (`contract.messages_client.Word`)."""
_JUDGED_SIDE = 640  # px of the longest side: whether something is there shows in a small picture


@dataclass(frozen=True)
class LookedFor:
    """manifest: of the shot, with the new words. notices: what may be wrong with them."""

    manifest: Manifest
    notices: tuple[NoticeEntry, ...]


def look_for(
    folder: Path,
    words: Sequence[str],
    studio: Studio,
    *,
    on_pass: OnStep = lambda done, total: None,
) -> LookedFor:
    """Keep heatmaps of `words`, any words, of the finished shot in `folder`.

    The picture is read as a drawing is, with what is cut already named beside the new words, so
    that each says what the others leave. A word that is kept already is looked for anew; one that
    is probably not in the picture is kept, too, and told. Raises InputError where no finished shot
    is, no word is given or one has no letters or too many, Failure for damaged files and what the
    disk refuses, and what the models raise.
    """
    asked = list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    if not asked:
        raise InputError(
            "layer.no_word_given",
            "There is no word to look for.",
            field="words",
            remedy='Name what to look for: multiplane layer look SHOT shield "golden crown".',
        )
    for word in asked:
        if len(word) > LONGEST_WORD or not any(character.isalnum() for character in word):
            raise InputError(
                "layer.word_unusable",
                "This cannot be looked for.",
                field="words",
                value=word,
                remedy="Name a thing by letters, in at most {most} characters.",
                values={"most": LONGEST_WORD},
            )
    found = ShotFolder.open(folder)
    cut = reusable_cut(folder, str(found.manifest.picture_hash), None)
    if cut is None:
        raise Failure(
            code="produce.look_for.picture_missing",
            message="The shot's pictures are not all there, or cannot be read.",
            file=str(folder),
            remedy="Render the storyboard again: it makes anew what is missing.",
        )
    profile = studio.reading_profile
    names = {word.casefold() for word in asked}
    beside = [
        layer.phrase or layer.name
        for layer in cut.layers[1:]
        if names.isdisjoint({layer.name.casefold(), layer.phrase.casefold()})
    ]
    every = [Subject(name=name) for name in dict.fromkeys([*asked, *beside])]
    read = words_of_drawing(every, profile, style=found.manifest.style)
    picture = _own_pixels(cut)
    maps = _maps_of(read, picture, studio, found.manifest.model.seed or 0, on_pass)
    heat = WordHeat.of(asked, maps.propagated[: len(asked)])
    told = dataclasses.replace(read, subjects=read.subjects[: len(asked)])
    notices = (
        *word_notices(told, profile, "reading"),
        *_doubts(asked, read, maps, picture, studio),
    )
    return LookedFor(_written(found, cut.words.joined(heat)), notices)


def with_earlier_words(cut: CutPicture, folder: Path) -> CutPicture:
    """`cut` with the words that were looked for in the result in `folder`, of the same picture."""
    shot = ShotFolder.whole(folder)
    if shot is None:
        return cut
    manifest, known = shot.manifest, set(cut.words.words)
    more = [entry.word for entry in manifest.words]
    if manifest.files.words is None or known.issuperset(more):
        return cut
    try:
        picture = np.asarray(png(folder / manifest.files.picture, "RGB"))
        sheet = np.asarray(png(folder / manifest.files.words, "L"))
        earlier = WordHeat.from_sheet(more, sheet)
    except (OSError, ValueError):
        return cut
    if not np.array_equal(picture, cut.picture):
        return cut
    return dataclasses.replace(cut, words=earlier.joined(cut.words))


def _own_pixels(cut: CutPicture) -> Picture:
    """The picture (H, W, 3), of a drawing without what was continued round it."""
    if cut.drawing_area is None:
        return cut.picture
    x, y, wide, high = cut.drawing_area
    return np.ascontiguousarray(cut.picture[y : y + high, x : x + wide])


def _maps_of(
    read: Words, picture: Picture, studio: Studio, seed: int, on_pass: OnStep
) -> AttentionMaps:
    painter = studio.reading
    choice = painter.profile.capture
    plan = capture_plan(read, painter.reader, painter.profile)
    assert plan is not None, "there is a word"
    with capture_attention(painter.pipeline, plan) as captured:
        for draw in range(choice.draws):
            single_pass(painter, picture, read.text, sigma=choice.decompose_sigma, seed=seed + draw)
            on_pass(draw + 1, choice.draws)
    return captured.result()


def _doubts(
    asked: Sequence[str], read: Words, maps: AttentionMaps, picture: Picture, studio: Studio
) -> tuple[NoticeEntry, ...]:
    """Of the words what a cut would judge: not found, uncertain; and a strange picture."""
    profile = studio.reading_profile
    height, width = picture.shape[:2]
    scale = min(1.0, _JUDGED_SIDE / max(height, width))
    size = (max(2, round(width * scale)), max(2, round(height * scale)))
    strange = novelty(profile, picture)
    cut = cut_and_judge(
        np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), np.uint8),
        observed(maps, read),
        [Wanted(one.name, one.count, one.phrase) for one in read.subjects],
        background_floor=profile.capture.background_floor,
        calibration=profile.calibration,
        standing=Standing(
            tuple(unknown_share(one.phrase, profile) for one in read.subjects), strange
        ),
    )
    return look_notices(asked, cut, profile, novelty=strange)


def _written(found: ShotFolder, heat: WordHeat) -> Manifest:
    folder, old = found.path, found.manifest
    with replacing_file(folder / WORDS) as fresh:
        write_png(fresh, heat.sheet, origin(old.shot_id, old.original_prompt, old.model))
    manifest = old.with_words(word_entries(heat), digest(folder / WORDS))
    write_document(folder / MANIFEST, manifest, rewrites=True)
    return manifest
