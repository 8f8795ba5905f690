"""The whole storyboard as one film: all shots, their names, the dialogue and the boards' audio.

H.264 and AAC in MP4, constant rate, as browsers play it. Everything is streamed: of a film of any
length a few frames and samples are held. Where nothing is drawn into the picture and the shots'
films fit together, their packets are copied, which is fast and loses nothing; otherwise they are
decoded and encoded again.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from itertools import chain, repeat
from pathlib import Path
from typing import TYPE_CHECKING

from multiplane.contract.errors import Failure, InputError
from multiplane.contract.events import Log, OnEvent, StepProgress
from multiplane.contract.manifest import Sequence as ShotSequence
from multiplane.contract.output_folder import ShotFolder
from multiplane.contract.storyboard import Storyboard
from multiplane.deliver.captions import blend, card, name_tag, speech
from multiplane.deliver.film_files import FilmFile, NotAlike, frames_of, join, still
from multiplane.deliver.folder import replacing_file
from multiplane.deliver.mp4_tracks import SoundTrack, SpeechTrack
from multiplane.deliver.preview import add_h264, encode
from multiplane.deliver.subtitles import Cue, cues_of, srt_text, vtt_text
from multiplane.deliver.timeline.places import NOT_MADE, Place, places_of
from multiplane.deliver.timeline.rates import exact_rate
from multiplane.deliver.timeline.sounds import Sound, sounds_of
from multiplane.deliver.typeset import undrawable
from multiplane.deliver.yuv420 import ToYuv420

if TYPE_CHECKING:
    from av import Packet, VideoFrame
    from av.container import OutputContainer
_TOLD_EVERY = 12
"""Frames between two messages of progress."""
_UNREADABLE = "Its film cannot be read."


@dataclass(frozen=True)
class _Part:
    """One shot of the film, and the file with its frames; None: a card that says ``why``."""

    place: Place
    film: FilmFile | None
    why: str = _UNREADABLE


@dataclass(frozen=True)
class _Plan:
    """All that a film is made of. size: px, even."""

    parts: tuple[_Part, ...]
    size: tuple[int, int]
    rate: Fraction
    soft: tuple[Cue, ...]
    burned: tuple[Cue, ...]
    names: bool
    sounds: tuple[Sound, ...]
    on_event: OnEvent

    @property
    def frames(self) -> int:
        return sum(part.place.frames for part in self.parts)


def write_animatic(
    target: Path,
    out: Path,
    board: Storyboard,
    sequence: ShotSequence,
    *,
    burn_subtitles: bool,
    names: bool,
    audio_folder: Path,
    on_event: OnEvent = lambda event: None,
) -> int:
    """Write the film of a finished storyboard to ``target`` (.mp4); returns its frames.

    Its length is exactly the sum of the shots'. Dialogue is drawn into the picture
    (``burn_subtitles``), or else is a subtitle stream of the film, with .srt and .vtt files of the
    same name beside it. ``names`` draws every shot's name into the upper left corner. A shot
    without a film is a card with its name. ``on_event`` gets progress, and audio that cannot be
    used. Raises Failure for a storyboard without any frame, a missing encoder, or a full disk.
    """
    plan = _plan(out, board, sequence, audio_folder, names, burn_subtitles, on_event)
    if not plan.frames:
        raise Failure(
            code="deliver.animatic.empty",
            message="No shot has a length, so there is nothing to film.",
            file=str(out),
        )
    with replacing_file(target) as fresh:
        try:
            if plan.names or plan.burned:
                raise NotAlike
            _write(fresh, plan, _copied)
        except NotAlike:
            _write(fresh, plan, _encoded)
    for suffix, text in ((".srt", srt_text), (".vtt", vtt_text)):
        if plan.soft:
            with replacing_file(target.with_suffix(suffix)) as fresh:
                fresh.write_text(text(plan.soft, plan.rate), encoding="utf-8", newline="\n")
    return plan.frames


def _plan(
    out: Path,
    board: Storyboard,
    sequence: ShotSequence,
    audio_folder: Path,
    names: bool,
    burn: bool,
    on_event: OnEvent,
) -> _Plan:
    rate = exact_rate(sequence.fps)
    places = places_of(board, sequence)
    sounds, problems = sounds_of(places, audio_folder, rate, board.soundtrack)
    for id_, why in problems.items():
        on_event(Log(level="warning", text=why, shot_id=id_))
    cues = tuple(cues_of(places, rate))
    drawn = "".join([cue.text for cue in cues if burn] + [one.id for one in places if names])
    if lacking := undrawable(drawn):
        text = f"No font here has {lacking[:20]}: install one, such as Noto Sans CJK."
        on_event(Log(level="warning", text=text))
    width, height = sequence.size
    return _Plan(
        parts=tuple(_part(out, place) for place in places if place.frames),
        size=(width + width % 2, height + height % 2),
        rate=rate,
        soft=() if burn else cues,
        burned=cues if burn else (),
        names=names,
        sounds=sounds,
        on_event=on_event,
    )


def _part(out: Path, place: Place) -> _Part:
    if place.manifest is None:
        return _Part(place, None, place.why or NOT_MADE)
    folder = (out / place.manifest).parent
    try:
        preview = ShotFolder.open(folder).manifest.files.preview
    except InputError:
        return _Part(place, None, f"{place.manifest} cannot be read.")
    if preview is None or not (folder / preview).is_file():
        return _Part(place, None, "Its film is missing.")
    return _Part(place, FilmFile(folder / preview, place.frames))


def _write(
    path: Path, plan: _Plan, pictures: Callable[[OutputContainer, _Plan], Iterator[Packet]]
) -> None:
    """The film with its tracks: sound and speech follow the pictures, packet by packet.

    ``pictures`` adds its stream to the container before it gives the first packet.
    """
    import av

    def unreadable(file: Path, reason: str) -> None:
        text = f"{file.name} cannot be played to its end: {reason}."
        plan.on_event(Log(level="warning", text=text))

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as mp4:
        packets = pictures(mp4, plan)
        first = next(packets)
        tracks: list[SoundTrack | SpeechTrack] = []
        if plan.sounds:
            starts = [(sound.start - sound.into, sound.path) for sound in plan.sounds]
            tracks.append(SoundTrack(mp4, starts, plan.rate, plan.frames, unreadable))
        if plan.soft:
            tracks.append(SpeechTrack(mp4, plan.soft, plan.rate))
        for done, packet in enumerate(chain([first], packets), start=1):
            mp4.mux(packet)
            for track in tracks:
                track.write_until(done)
            _progress(plan, done)
        for track in tracks:
            track.finish()


def _copied(mp4: OutputContainer, plan: _Plan) -> Iterator[Packet]:
    """The shots' own packets; cards are filmed as shots are."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        films = []
        for number, part in enumerate(plan.parts):
            film = part.film
            if film is None:
                film = FilmFile(folder / f"{number}.mp4", part.place.frames)
                picture = card(part.place.id, part.why, plan.size)
                encode(film.path, repeat(picture, film.frames), float(plan.rate))
            films.append(film)
        yield from join(mp4, films, plan.size, plan.rate)


def _encoded(mp4: OutputContainer, plan: _Plan) -> Iterator[Packet]:
    from av.video.frame import PictureType

    stream = add_h264(mp4, plan.size, plan.rate)
    number = 0
    for part in plan.parts:
        for frame in _drawn(part, plan):
            # What the decoder says of it would be an order to the encoder.
            frame.pict_type = PictureType.NONE
            frame.pts, frame.time_base = number, 1 / plan.rate
            number += 1
            yield from stream.encode(frame)
    yield from stream.encode(None)


def _drawn(part: _Part, plan: _Plan) -> Iterator[VideoFrame]:
    """The frames of one shot, with its name and its dialogue drawn in."""
    place = part.place
    tags = [name_tag(place.id, plan.size)] if plan.names and part.film else []
    said = [
        (cue, speech(cue.text, plan.size))
        for cue in plan.burned
        if place.start <= cue.start < place.end
    ]
    for number, frame in enumerate(_frames(part, plan), start=place.start):
        captions = [picture for cue, picture in said if cue.start <= number < cue.end]
        blend(frame, [*tags, *captions])
        yield frame


def _frames(part: _Part, plan: _Plan) -> Iterator[VideoFrame]:
    """Exactly as many frames as the shot has."""
    import av

    done = 0
    if part.film is not None:
        try:
            for frame in frames_of(part.film, plan.size, plan.rate):
                yield frame
                done += 1
        except (av.FFmpegError, OSError, ValueError, IndexError) as error:
            if done:
                raise
            text = f"{_UNREADABLE} {error}"
            plan.on_event(Log(level="warning", text=text, shot_id=part.place.id))
    if not done:
        picture = card(part.place.id, part.why, plan.size)
        yield from still(ToYuv420().frame(picture), part.place.frames)


def _progress(plan: _Plan, done: int) -> None:
    if done % _TOLD_EVERY and done != plan.frames:
        return
    last = plan.parts[-1].place
    at = next((part.place for part in plan.parts if done <= part.place.end), last)
    plan.on_event(StepProgress(shot_id=at.id, step="deliver", done=done, total=plan.frames))
