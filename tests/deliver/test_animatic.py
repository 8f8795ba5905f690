"""The film of a whole storyboard, decoded again."""

from __future__ import annotations

import wave
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import psutil
import pytest

from multiplane.contract.errors import Failure
from multiplane.contract.events import Event, Log, StepProgress
from multiplane.contract.layout import film_name
from multiplane.contract.manifest import Sequence
from multiplane.contract.storyboard import Soundtrack, Storyboard
from multiplane.deliver.animatic import write_animatic
from multiplane.deliver.mixer import Mixer
from multiplane.deliver.preview import encode
from multiplane.deliver.timeline.rates import exact_rate
from tests.deliver.timelines import RATES, SIZE, click, storyboard
from tests.outside_programs import open_browser

W, H = SIZE[0], SIZE[1] + 1


def _grey(shot: int, frame: int) -> int:
    """Tells shot and frame from a picture: shots are far apart, frames alternate a little."""
    return 40 + (shot * 37) % 150 + 12 * (frame % 2)


def _picture(value: int, size: tuple[int, int] = SIZE) -> np.ndarray:
    return np.full((size[1], size[0], 3), value, np.uint8)


def _films(out: Path, sequence: Sequence, fps: float, size: tuple[int, int] = SIZE) -> None:
    """A film for every shot that was made."""

    def pictures(shot: int, count: int) -> Iterator[np.ndarray]:
        return (_picture(_grey(shot, frame), size) for frame in range(count))

    for index, shot in enumerate(sequence.shots):
        if shot.manifest:
            path = (out / shot.manifest).parent / film_name(shot.id)
            encode(path, pictures(index, shot.duration_frames), fps)


def _made(
    out: Path, durations: list[float], fps: float, **more: Any
) -> tuple[Storyboard, Sequence]:
    board, sequence = storyboard(out, durations, fps, **more)
    _films(out, sequence, fps)
    return board, sequence


def _film(
    target: Path, out: Path, made: tuple[Storyboard, Sequence], **options: Any
) -> tuple[int, list[Event]]:
    told: list[Event] = []
    defaults: dict[str, Any] = {"burn_subtitles": False, "names": False, "audio_folder": out}
    count = write_animatic(target, out, *made, **{**defaults, **options}, on_event=told.append)
    return count, told


def _frames(path: Path) -> list[np.ndarray]:
    with av.open(str(path)) as film:
        return [frame.to_ndarray(format="gray") for frame in film.decode(video=0)]


def _sound(path: Path) -> np.ndarray:
    """The film's sound as a player hears it: (2, n) from the film's beginning on."""
    with av.open(str(path)) as film:
        stream = film.streams.audio[0]
        parts = []
        for frame in film.decode(stream):
            assert frame.pts is not None
            assert frame.time_base is not None
            parts.append((round(frame.pts * frame.time_base * 48_000), frame.to_ndarray()))
    whole = np.zeros((2, parts[-1][0] + parts[-1][1].shape[1]))
    for start, samples in parts:
        first = max(0, -start)
        whole[:, start + first : start + samples.shape[1]] = samples[:, first:]
    return whole


def _compare(frames: list[np.ndarray], sequence: Sequence) -> None:
    """Every frame is the one that belongs there: each shot's first frame at its own place."""
    expected = [
        _grey(index, frame)
        for index, shot in enumerate(sequence.shots)
        for frame in range(shot.duration_frames)
    ]
    found = [float(np.median(frame[30:])) for frame in frames]
    assert len(found) == len(expected)
    assert np.abs(np.subtract(found, expected)).max() <= 4


@pytest.mark.parametrize("fps", RATES)
@pytest.mark.parametrize("names", [False, True])
def test_every_frame_of_every_shot_is_at_its_place(fps: float, names: bool, tmp_path: Path) -> None:
    """Copied and encoded alike."""
    made = _made(tmp_path, [0.31, 0.1, 0.47, 0.22], fps)
    target = tmp_path / "film.mp4"
    count, told = _film(target, tmp_path, made, names=names)
    rate = exact_rate(fps)
    assert count == sum(shot.duration_frames for shot in made[1].shots)
    _compare(_frames(target), made[1])
    with av.open(str(target)) as film:
        (stream,) = film.streams
        assert isinstance(stream, av.VideoStream)
        assert stream.average_rate == rate
        assert stream.frames == count
        assert stream.codec_context.pix_fmt == "yuv420p"
        assert stream.codec_context.colorspace == 1
        assert (stream.width, stream.height) == (W, H)
        times = [frame.time for frame in film.decode(stream)]
    assert times == pytest.approx([float(i / rate) for i in range(count)], abs=1e-9)
    data = target.read_bytes()
    assert data.index(b"moov") < data.index(b"mdat")
    progress = [event for event in told if isinstance(event, StepProgress)]
    assert (progress[-1].done, progress[-1].total) == (count, count)


def test_without_words_in_the_picture_nothing_is_encoded_again(tmp_path: Path) -> None:
    made = _made(tmp_path, [0.5, 0.5], 24)
    target = tmp_path / "film.mp4"
    _film(target, tmp_path, made)

    def coded(path: Path) -> list[bytes]:
        with av.open(str(path)) as film:
            return [bytes(packet) for packet in film.demux(video=0) if packet.size]

    films = [tmp_path / "shots" / shot.id / film_name(shot.id) for shot in made[1].shots]
    assert coded(target) == coded(films[0]) + coded(films[1])


@pytest.mark.parametrize("names", [False, True])
def test_a_shot_that_is_missing_is_a_card_of_its_length(names: bool, tmp_path: Path) -> None:
    made = _made(tmp_path, [0.25] * 4, 24, failed=(1,), wrong=(3,))
    target = tmp_path / "film.mp4"
    assert _film(target, tmp_path, made, names=names)[0] == 18
    frames = _frames(target)
    card = frames[6:12]
    assert all(np.median(frame) < 40 for frame in card)
    assert all(frame.max() > 180 for frame in card)
    assert np.median(frames[5]) == pytest.approx(_grey(0, 5), abs=4)
    assert np.median(frames[12]) == pytest.approx(_grey(2, 0), abs=4)


def test_films_of_other_sizes_lengths_and_rates_are_fitted_in(tmp_path: Path) -> None:
    """Shot 0 is taller, shot 1 too short, shot 2 too long, shot 3 at half the rate."""
    board, sequence = storyboard(tmp_path, [0.5] * 5, 24)
    _films(tmp_path, sequence, 24)
    films = [tmp_path / "shots" / shot.id / film_name(shot.id) for shot in sequence.shots]
    encode(films[0], [_picture(200, (64, 72))] * 12, 24)
    encode(films[1], [_picture(_grey(1, frame)) for frame in range(5)], 24)
    encode(films[2], [_picture(_grey(2, frame)) for frame in range(20)], 24)
    encode(films[3], [_picture(40 + 20 * frame) for frame in range(6)], 12)
    films[4].write_bytes(films[4].read_bytes()[:900])
    target = tmp_path / "film.mp4"
    count, told = _film(target, tmp_path, (board, sequence))
    frames = _frames(target)
    assert count == len(frames) == 60
    assert np.median(frames[3][:, 40:90]) == pytest.approx(200, abs=4)
    assert frames[3][:, :28].max() < 24
    assert np.median(frames[23]) == pytest.approx(_grey(1, 4), abs=4)
    assert np.median(frames[35]) == pytest.approx(_grey(2, 11), abs=4)
    found = [float(np.median(frame)) for frame in frames[36:48]]
    assert found == pytest.approx([40 + 20 * (frame // 2) for frame in range(12)], abs=5)
    assert any(isinstance(one, Log) and one.shot_id == "shot-004" for one in told)
    assert np.median(frames[50]) < 40


def test_dialogue_is_drawn_on_its_frames_only(tmp_path: Path) -> None:
    shots = {1: {"dialogue": "Halt! 森の騎士"}}
    made = _made(tmp_path, [0.25] * 3, 24, shots=shots)
    target = tmp_path / "film.mp4"
    _film(target, tmp_path, made, burn_subtitles=True)
    written = [int(frame[45:].max()) - int(np.median(frame)) > 60 for frame in _frames(target)]
    assert written == [False] * 6 + [True] * 6 + [False] * 6
    with av.open(str(target)) as film:
        assert not film.streams.subtitles
    assert not target.with_suffix(".srt").exists()


def test_names_are_small_and_in_the_corner(tmp_path: Path) -> None:
    made = _made(tmp_path, [0.25], 24)
    target = tmp_path / "film.mp4"
    _film(target, tmp_path, made, names=True)
    frame = _frames(target)[0].astype(int)
    differs = np.abs(frame - _grey(0, 0)) > 30
    rows, columns = np.nonzero(differs)
    assert 0 < rows.max() < H * 0.45
    assert columns.max() < W * 0.75


def test_soft_subtitles_are_on_exact_frames(tmp_path: Path) -> None:
    texts = {0: {"dialogue": "{a} <b> --> ünï 森"}, 2: {"dialogue": "Two\nlines"}}
    made = _made(tmp_path, [0.5] * 3, 29.97, shots=texts)
    target = tmp_path / "film.mp4"
    _film(target, tmp_path, made)
    with av.open(str(target)) as film:
        (stream,) = film.streams.subtitles
        assert stream.codec_context.name == "mov_text"
        found = []
        for packet in film.demux(stream):
            data = bytes(packet)
            if len(data) > 2:
                assert int.from_bytes(data[:2], "big") == len(data) - 2
                assert packet.pts is not None
                assert packet.duration is not None
                assert packet.time_base is not None
                start = packet.pts * packet.time_base
                found.append((data[2:].decode(), start, start + packet.duration * packet.time_base))
    rate = exact_rate(29.97)
    ends = [(shot.start_frame, shot.start_frame + shot.duration_frames) for shot in made[1].shots]
    assert found == [
        ("{a} <b> --> ünï 森", Fraction(ends[0][0]) / rate, ends[0][1] / rate),
        ("Two\nlines", ends[2][0] / rate, ends[2][1] / rate),
    ]
    assert "Two\nlines" in target.with_suffix(".srt").read_text(encoding="utf-8")
    assert target.with_suffix(".vtt").read_text(encoding="utf-8").startswith("WEBVTT\n")


@pytest.mark.parametrize("fps", [23.976, 25, 59.94])
@pytest.mark.parametrize("names", [False, True])
def test_audio_is_heard_at_its_exact_place(fps: float, names: bool, tmp_path: Path) -> None:
    """Clicks of two files at 44.1 and 22.05 kHz; the first one outlasts its shot and the film."""
    click(tmp_path / "a.wav", 3.0, channels=2)
    click(tmp_path / "b.wav", 0.2, rate=22_050)
    shots = {1: {"audio": "a.wav"}, 3: {"audio": "b.wav"}, 4: {"audio": "none.wav"}}
    made = _made(tmp_path, [0.3] * 5, fps, shots=shots)
    target = tmp_path / "film.mp4"
    count, told = _film(target, tmp_path, made, names=names)
    sound = _sound(target)
    rate = exact_rate(fps)
    # Exactly as long as the picture, to within the last block.
    assert abs(sound.shape[1] - round(count * 48_000 / rate)) <= 1024
    loud = np.abs(sound).max(axis=0) > 0.15
    onsets = [int(i) for i in np.flatnonzero(loud) if not loud[max(0, i - 2000) : i].any()]
    starts = [round(made[1].shots[i].start_frame * 48_000 / rate) for i in (1, 3)]
    assert onsets == pytest.approx(starts, abs=64)
    warnings = [one.text for one in told if isinstance(one, Log)]
    assert len(warnings) == 1
    assert "none.wav" in warnings[0]


@pytest.mark.parametrize("offset", [0.5, -0.5])
def test_the_soundtrack_is_heard_below_all_shots(offset: float, tmp_path: Path) -> None:
    """Clicks at 0 and 0.8 s of the file; one that is cut off is not heard."""
    rate = 44_100
    samples = np.zeros(rate * 3, np.int16)
    for at in (0, round(0.8 * rate)):
        samples[at : at + 220] = (20_000 * np.sin(np.arange(220) * 0.4)).astype(np.int16)
    with wave.open(str(tmp_path / "song.wav"), "wb") as file:
        file.setparams((1, 2, rate, 0, "NONE", ""))
        file.writeframes(samples.tobytes())
    board, sequence = _made(tmp_path, [0.5] * 4, 25)
    track = Soundtrack(file="song.wav", offset=offset)
    _film(
        tmp_path / "film.mp4", tmp_path, (board.model_copy(update={"soundtrack": track}), sequence)
    )
    sound = _sound(tmp_path / "film.mp4")
    assert abs(sound.shape[1] - 2 * 48_000) <= 1024
    loud = np.abs(sound).max(axis=0) > 0.15
    onsets = [int(i) for i in np.flatnonzero(loud) if not loud[max(0, i - 2000) : i].any()]
    frame = round(offset * 25) / 25
    wanted = [round((at + frame) * 48_000) for at in (0.0, 0.8) if at + frame >= 0]
    assert onsets == pytest.approx(wanted, abs=64)


def test_a_film_with_no_audio_has_no_audio_stream(tmp_path: Path) -> None:
    made = _made(tmp_path, [0.25], 24)
    _film(tmp_path / "film.mp4", tmp_path, made)
    with av.open(str(tmp_path / "film.mp4")) as film:
        assert not film.streams.audio


def test_sounds_that_overlap_are_added(tmp_path: Path) -> None:
    path = click(tmp_path / "a.wav", 0.1, rate=48_000)
    alone = Mixer([(100, path)]).read(2000)
    both = Mixer([(100, path), (100, path)]).read(2000)
    assert not alone[:, :100].any()
    assert alone[:, 100:340].any()
    assert both == pytest.approx(np.clip(2 * alone, -1, 1), abs=1e-6)
    mixer = Mixer([(100, path)])
    parts = np.concatenate([mixer.read(7) for _ in range(100)], axis=1)
    assert parts == pytest.approx(alone[:, :700])


def test_no_frames_is_an_error_and_leaves_no_file(tmp_path: Path) -> None:
    board, sequence = storyboard(tmp_path, [1.0], 24)
    empty = sequence.model_copy(update={"shots": []})
    with pytest.raises(Failure, match="No shot has a length"):
        _film(tmp_path / "film.mp4", tmp_path, (board, empty))
    assert not list(tmp_path.glob("*film*"))


def test_an_interruption_keeps_the_old_film(tmp_path: Path) -> None:
    made = _made(tmp_path, [0.5, 0.5], 24, shots={0: {"dialogue": "Hi"}})
    target = tmp_path / "film.mp4"
    target.write_bytes(b"old")

    def stop(event: Event) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_animatic(
            target,
            tmp_path,
            *made,
            burn_subtitles=True,
            names=True,
            audio_folder=tmp_path,
            on_event=stop,
        )
    assert target.read_bytes() == b"old"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["film.mp4", "shots"]


@pytest.mark.parametrize("names", [False, True])
def test_it_plays_in_a_browser(names: bool, tmp_path: Path) -> None:
    """Chromium plays picture and sound, and shows the frame that is asked for."""
    click(tmp_path / "a.wav", 0.4)
    shots = {0: {"audio": "a.wav", "dialogue": "Halt!"}}
    made = _made(tmp_path, [0.5] * 3, 25, shots=shots)
    count, _ = _film(tmp_path / "film.mp4", tmp_path, made, names=names)
    page_file = tmp_path / "page.html"
    page_file.write_text("<video src='film.mp4' muted></video><canvas></canvas>")
    with open_browser() as browser:
        page = browser.new_page()
        page.goto(page_file.as_uri())
        facts = page.evaluate(
            """async () => {
                const video = document.querySelector('video');
                await new Promise((resolve, reject) => {
                    video.onseeked = resolve;
                    video.onerror = () => reject(new Error(video.error.message));
                    video.onloadeddata = () => { video.currentTime = 0.9; };
                    video.load();
                });
                const seconds = video.duration, size = [video.videoWidth, video.videoHeight];
                await video.play();
                await new Promise(resolve => { video.onended = resolve; });
                return {seconds, size, sound: video.webkitAudioDecodedByteCount > 0};
            }"""
        )
    assert facts["size"] == [W, H]
    assert facts["seconds"] == pytest.approx(count / 25, abs=0.03)
    assert facts["sound"]


def test_memory_does_not_grow_with_length(tmp_path: Path) -> None:
    click(tmp_path / "a.wav", 30.0)
    process = psutil.Process()
    used = []
    for name, shots in (("warm", 4), ("short", 4), ("long", 24)):
        out = tmp_path / name
        board, sequence = storyboard(
            out, [1.0] * shots, 25, shots={0: {"audio": "a.wav", "dialogue": "Hi"}}
        )
        film = out / "shots/shot-000/shot-000.mp4"
        encode(film, [np.full((360, 640, 3), 90, np.uint8)] * 25, 25)
        for shot in sequence.shots[1:]:
            (out / "shots" / shot.id / film_name(shot.id)).hardlink_to(film)
        sequence = sequence.model_copy(update={"size": (640, 360)})
        _film(out / "film.mp4", out, (board, sequence), burn_subtitles=True, audio_folder=tmp_path)
        used.append(process.memory_info().rss)
    # 500 more frames would be 170 MB if they were kept.
    assert used[2] - used[1] < 50e6
