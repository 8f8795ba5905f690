"""Who plays in a storyboard: "@mira" in a prompt stands for the words that say how she looks.

The first mention in a prompt becomes all of her words ("a tall pilot with red hair"), a later one
speaks of the same again ("the tall pilot with red hair"). She is a subject of the shot under her
own name, so that her layer is called "mira" in every shot.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from multiplane.contract.errors import InputError
from multiplane.contract.known_names import unknown_name
from multiplane.contract.storyboard import CastMember, Shot, Subject
from multiplane.contract.style import NamedLora, read_style
from multiplane.intake.prompt_text import without_article

_NAME = re.compile(r"(?<![\w@.])@([\w-]*\w)")


@dataclass(frozen=True)
class Role:
    """Somebody of the cast who plays in a shot, and the subject that they are there.

    pictures: files that show them, relative to the storyboard.
    """

    name: str
    subject: str
    pictures: tuple[str, ...] = ()


@dataclass(frozen=True)
class Portrait:
    """Somebody of the cast as they are painted beside each of their shots, alone.

    words: how they look. seed: theirs, else the storyboard's.
    """

    name: str
    words: str
    seed: int


@dataclass(frozen=True)
class CastShot:
    """A shot whose prompt names nobody any more. named: the subjects that were named there.

    loras: that were trained on them. roles: of all who play in it, drawn or painted.
    """

    shot: Shot
    named: tuple[Subject, ...] = ()
    loras: tuple[NamedLora, ...] = ()
    roles: tuple[Role, ...] = ()


def named_in(prompt: str) -> list[str]:
    """The names after an @, in order and each once, as they are written."""
    return list(dict.fromkeys(match[1] for match in _NAME.finditer(prompt)))


def with_cast(shot: Shot, cast: Mapping[str, CastMember], *, at: str = "shot") -> CastShot:
    """The shot with the words of its cast in place of their names; without any, the shot itself.

    Of a picture, a listed "mira" or "@mira" means her words. at: the shot's path in its file, for
    errors. Raises InputError `storyboard.shot.cast_unknown` for a name that the cast lacks, and
    `storyboard.cast.prompt.names_somebody` for words of the cast that name somebody in turn.
    """
    if shot.prompt is None:
        drawn = [
            _drawn(subject, cast, f"{at}.subjects[{index}]")
            for index, subject in enumerate(shot.subjects)
        ]
        playing = {
            name: after.name
            for before, after in zip(shot.subjects, drawn, strict=True)
            if (name := _called(before, cast)) is not None
        }
        whole = shot.model_copy(update={"subjects": drawn}) if drawn else shot
        return CastShot(whole, roles=_roles(playing, cast))
    if not _NAME.search(shot.prompt):
        return CastShot(shot)
    members = {name.casefold(): (name, member) for name, member in cast.items()}
    named: dict[str, Subject] = {}
    loras: dict[str, NamedLora] = {}

    def words(match: re.Match[str]) -> str:
        key = match[1].casefold()
        if key not in members:
            raise _unknown(match[1], cast, f"{at}.prompt")
        name, member = members[key]
        whole = _words(name, member)
        phrase = without_article(whole)
        again = name in named
        if member.lora is not None:
            loras.update((one.name, one) for one in read_style(f"<lora:{member.lora}>").loras)
        named[name] = Subject(name=name, phrase=phrase)
        return f"the {phrase}" if again else whole

    prompt = _NAME.sub(words, shot.prompt)
    listed = [_listed(subject, named) for subject in shot.subjects]
    mentioned = {subject.name.casefold() for subject in listed}
    others = tuple(one for one in named.values() if one.name.casefold() not in mentioned)
    playing = {name: name for name in named}
    for before, after in zip(shot.subjects, listed, strict=True):
        if (name := _called(before, cast)) in named:
            playing[str(name)] = after.name
    return CastShot(
        shot.model_copy(update={"prompt": prompt, "subjects": listed}),
        others,
        (*loras.values(),),
        _roles(playing, cast),
    )


def seed_of(shot: Shot, index: int, board_seed: int, cast: Mapping[str, CastMember]) -> int:
    """The shot's own seed, else that of the first of its cast who has one, else by its place."""
    if shot.seed is not None:
        return shot.seed
    seeds = {name.casefold(): member.seed for name, member in cast.items()}
    for name in named_in(shot.prompt or ""):
        if (seed := seeds.get(name.casefold())) is not None:
            return seed
    return (board_seed + index) % 2**32


def portraits_of(
    roles: Sequence[Role], cast: Mapping[str, CastMember], board_seed: int
) -> tuple[Portrait, ...]:
    """Those who play in a shot and want their attention shared, in order."""
    playing = ((role.name, cast[role.name]) for role in roles)
    return tuple(
        Portrait(name, _words(name, one), board_seed if one.seed is None else one.seed)
        for name, one in playing
        if one.shared_attention
    )


def _roles(playing: Mapping[str, str], cast: Mapping[str, CastMember]) -> tuple[Role, ...]:
    """playing: names of the cast, and what each is called as a subject."""
    return tuple(
        Role(name, subject, tuple(cast[name].pictures)) for name, subject in playing.items()
    )


def _called(subject: Subject, cast: Mapping[str, CastMember]) -> str | None:
    """Whom of the cast a listed subject names, if anybody."""
    wanted = (subject.phrase or subject.name).removeprefix("@").casefold()
    return next((name for name in cast if name.casefold() == wanted), None)


def _listed(subject: Subject, named: Mapping[str, Subject]) -> Subject:
    """A listed "mira" or "@mira" means her words."""
    wanted = (subject.phrase or subject.name).removeprefix("@").casefold()
    for name, own in named.items():
        if name.casefold() == wanted:
            plain = subject.name.removeprefix("@")
            return subject.model_copy(update={"name": plain, "phrase": own.phrase})
    return subject


def _drawn(subject: Subject, cast: Mapping[str, CastMember], at: str) -> Subject:
    """A subject of a picture, of which no prompt names anybody."""
    wanted = subject.phrase or subject.name
    is_name = _NAME.fullmatch(wanted) is not None
    for name, member in cast.items():
        if name.casefold() == wanted.removeprefix("@").casefold():
            plain = subject.name.removeprefix("@")
            phrase = without_article(_words(name, member))
            return subject.model_copy(update={"name": plain, "phrase": phrase})
    if is_name:
        raise _unknown(wanted.removeprefix("@"), cast, at)
    return subject


def _words(name: str, member: CastMember) -> str:
    whole = " ".join(member.prompt.split())
    if other := _NAME.search(whole):
        raise InputError(
            "storyboard.cast.prompt.names_somebody",
            "These words stand in the prompt as they are, so they cannot name somebody in turn.",
            field=f"cast.{name}.prompt",
            value=other[0],
            remedy="Say how they look in plain words.",
        )
    return whole


def _unknown(name: str, cast: Mapping[str, CastMember], field: str) -> InputError:
    code = "storyboard.shot.cast_unknown"
    if cast:
        known = [f"@{one}" for one in cast]
        return unknown_name(code, "member of the cast", f"@{name}", known, field=field)
    return InputError(
        code,
        "The storyboard has no cast, so nobody is known by this name.",
        field=field,
        value=f"@{name}",
        remedy='Say who it is: "cast": {"{name}": "a tall pilot with red hair"}.',
        values={"name": name},
    )
