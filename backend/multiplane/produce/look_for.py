"""Words that nobody asked for are looked for in a finished shot's picture: no layer changes.

What the model attends to for them is kept beside the heatmaps of the prompt's words, so that layers
can be made of them by hand (`WordsEdit`), with undo as for any other.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from multiplane.attention.capture import capture_attention
from multiplane.attention.phrases import locate_each
from multiplane.attention.plan import CapturePlan, TokenGroup
from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Log, OnEvent
from multiplane.contract.layout import MANIFEST, WORDS
from multiplane.contract.manifest import Manifest
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Subject
from multiplane.deliver.documents import write_document
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.origin import origin
from multiplane.deliver.own_files import digest
from multiplane.deliver.png import write_png
from multiplane.deliver.result_files import png
from multiplane.deliver.shot import word_entries
from multiplane.layers.hands.words import WordHeat
from multiplane.models.paint import OnStep, single_pass
from multiplane.models.profiles import ModelProfile
from multiplane.produce.doubts import word_notices
from multiplane.produce.finished import CutPicture, reusable_cut
from multiplane.produce.studio import Studio
from multiplane.produce.words import Words, words_of_drawing

Picture = NDArray[np.uint8]


def look_for(
    folder: Path,
    words: Sequence[str],
    studio: Studio,
    *,
    on_event: OnEvent = lambda event: None,
    on_pass: OnStep = lambda done, total: None,
) -> Manifest:
    """Keep heatmaps of `words`, any words, of the finished shot in `folder`; returns its manifest.

    The picture is read as a drawing is, with what is cut already named beside the new words, so
    that each says what the others leave. A word that is kept already is looked for anew. Raises
    InputError where no finished shot is or no word is given, Failure for damaged files and what
    the disk refuses, and what the models raise.
    """
    asked = list(dict.fromkeys(" ".join(word.split()) for word in words if word.strip()))
    if not asked:
        raise InputError(
            "layer.no_word_given",
            "There is no word to look for.",
            field="words",
            remedy='Name what to look for: multiplane layer look SHOT shield "golden crown".',
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
    told = dataclasses.replace(read, subjects=read.subjects[: len(asked)])
    for notice in word_notices(told, profile, "reading"):
        on_event(Log(level="warning", text=notice.text, shot_id=found.manifest.shot_id))
    heat = _heat_of(asked, read, _own_pixels(cut), studio, found.manifest.model.seed or 0, on_pass)
    return _written(found, cut.words.joined(heat))


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


def _heat_of(
    asked: Sequence[str], read: Words, picture: Picture, studio: Studio, seed: int, on_pass: OnStep
) -> WordHeat:
    painter = studio.reading
    profile: ModelProfile = painter.profile
    choice = profile.capture
    spans = [list(subject.spans) for subject in read.subjects] + [list(p) for p in read.places]
    located = locate_each(painter.reader, read.text, spans, max_length=profile.max_text_tokens)
    plan = CapturePlan(
        groups=tuple(TokenGroup(f"word {k}", tokens) for k, tokens in enumerate(located)),
        blocks=choice.blocks,
        sigma_low=choice.sigma_low,
        sigma_high=choice.sigma_high,
        hops=choice.hops,
        sharpness=choice.sharpness,
    )
    with capture_attention(painter.pipeline, plan) as captured:
        for draw in range(choice.draws):
            single_pass(painter, picture, read.text, sigma=choice.decompose_sigma, seed=seed + draw)
            on_pass(draw + 1, choice.draws)
    return WordHeat.of(asked, captured.result().propagated[: len(asked)])


def _written(found: ShotFolder, heat: WordHeat) -> Manifest:
    folder, old = found.path, found.manifest
    with replacing_file(folder / WORDS) as fresh:
        write_png(fresh, heat.sheet, origin(old.shot_id, old.original_prompt, old.model))
    noted = old.sha256
    updates: dict[str, Any] = {
        "files": old.files.model_copy(update={"words": WORDS}),
        "words": word_entries(heat),
        "sha256": {**noted, WORDS: digest(folder / WORDS)} if noted else {},
    }
    manifest = old.model_copy(update=updates)
    write_document(folder / MANIFEST, manifest, rewrites=True)
    return manifest
