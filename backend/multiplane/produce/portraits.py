"""The cast whose look a shot takes from portraits: painted beside it, alone, and thrown away.

A portrait is made of the member's own words and seed, in the shot's style, so a shot that shares
its attention with it is made of nothing but its own fields and its cast's, as any other.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from multiplane.attention.phrases import locate
from multiplane.attention.sharing import Shared
from multiplane.contract.manifest import NoticeEntry
from multiplane.intake.cast import Portrait
from multiplane.intake.shot_source import Prompt
from multiplane.models.families.family import Beside
from multiplane.models.families.prompt import PromptReader
from multiplane.models.families.registry import family
from multiplane.models.profiles import ModelProfile
from multiplane.produce.job import ShotJob
from multiplane.produce.plates import used_plate
from multiplane.produce.references import shown_of
from multiplane.produce.words import Words, words_of_prompt

NOT_SHARED = "cast.attention_not_shared"
MOST = 3
"""Portraits beside a shot: each takes as much memory and time as the shot's own picture."""


@dataclass(frozen=True)
class Sharing:
    """Pictures beside a shot's, and who is where in their words, one for one."""

    beside: tuple[Beside, ...] = ()
    members: tuple[Shared, ...] = ()


ALONE = Sharing()
"""A shot that looks at nothing but itself."""


def painted_beside(
    job: ShotJob, profile: ModelProfile
) -> tuple[tuple[Portrait, ...], tuple[NoticeEntry, ...]]:
    """Whose portraits are painted beside the shot, and what is said of those who wanted it too.

    None where the model cannot, where it is shown pictures of the cast, which the portraits would
    follow too, and into a plate, whose pipelines paint one picture.
    """
    wanted = job.portraits
    if not wanted:
        return (), ()
    plate = used_plate(job)
    shown, _ = shown_of(job.cast_pictures, profile, on_plate=plate is not None)
    values = {"model": profile.name, "names": _names(one.name for one in wanted)}
    if plate is not None:
        notice = NoticeEntry.of(
            NOT_SHARED,
            "Painting into the plate {plate}, {model} shares no attention with portraits of "
            "{names}.",
            {**values, "plate": plate.name},
            remedy="Leave the shot's plate out to have them kept alike so.",
        )
        return (), (notice,)
    if shown:
        notice = NoticeEntry.of(
            NOT_SHARED,
            "{model} is shown pictures of {shown}, so it shares no attention with portraits of "
            "{names}.",
            {**values, "shown": _names(one.name for one in shown)},
            remedy="Show it pictures of everybody, or of nobody who plays in this shot.",
        )
        return (), (notice,)
    if not family(profile.family).paints_beside:
        notice = NoticeEntry.of(
            NOT_SHARED,
            "{model} paints one picture at a time, so it shares no attention with portraits of "
            "{names}.",
            values,
            remedy="Choose another model, or keep them alike by a LoRA.",
        )
        return (), (notice,)
    if len(wanted) <= MOST:
        return wanted, ()
    notice = NoticeEntry.of(
        NOT_SHARED,
        "A shot shares its attention with {most} portraits at most, so with none of {names}.",
        {"most": MOST, "names": _names(one.name for one in wanted[MOST:])},
        remedy="Let fewer play in the shot.",
    )
    return wanted[:MOST], (notice,)


def sharing_of(
    job: ShotJob, portraits: Sequence[Portrait], words: Words, reader: PromptReader,
    profile: ModelProfile,
) -> Sharing:  # fmt: skip
    """What the pipeline is given for these portraits, in the order in which they are.

    words: of the shot. Raises InputError for words that cannot be read, and as `locate`.
    """
    subjects = {subject.name: subject for subject in words.subjects}
    called = {role.name: role.subject for role in job.roles}
    beside, members = [], []
    for one in portraits:
        prompt = portrait_prompt(one, job, profile)
        most = profile.max_text_tokens
        # A list may say that the prompt lacks them: then any of its words may mean them.
        spans = subjects[called[one.name]].spans or ((0, len(words.text)),)
        beside.append(Beside(prompt, one.seed))
        members.append(
            Shared(
                here=locate(reader, words.text, spans, max_length=most),
                there=locate(reader, prompt, [(0, len(one.words))], max_length=most),
            )
        )
    return Sharing(tuple(beside), tuple(members))


def portrait_prompt(portrait: Portrait, job: ShotJob, profile: ModelProfile) -> str:
    """What the model reads to paint the portrait: the member's words, and the shot's style."""
    at = f"cast.{portrait.name}"
    return words_of_prompt(Prompt(portrait.words), (), profile, style=job.style, at=at).text


def _names(several: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(several))
