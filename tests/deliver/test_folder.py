"""Results appear whole or not at all, and the disk's refusals are said in clear words."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.deliver.folder import ABANDONED_AFTER_S, explain, replacing_file, replacing_folder


def _names(folder: Path) -> list[str]:
    return sorted(found.name for found in folder.iterdir())


def _fail_half_way(target: Path, stop: type[BaseException]) -> None:
    with replacing_folder(target) as fresh:
        (fresh / "b.txt").write_text("half")
        raise stop


def _fail_half_way_in_a_file(target: Path) -> None:
    with replacing_file(target) as fresh:
        assert fresh.suffix == ".png"
        fresh.write_text("half")
        raise KeyboardInterrupt


def _write_to_a_full_disk(target: Path) -> None:
    with replacing_folder(target), open("/dev/full", "wb", buffering=0) as full:
        full.write(b"x")


def test_a_folder_appears_when_it_is_whole(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "shot"
    with replacing_folder(target) as fresh:
        assert fresh.parent == target.parent
        (fresh / "a.txt").write_text("1")
        assert not target.exists()
    assert _names(target) == ["a.txt"]
    assert _names(target.parent) == ["shot"]


def test_an_earlier_result_is_replaced_as_a_whole(tmp_path: Path) -> None:
    target = tmp_path / "shot"
    for name in ("old.txt", "new.txt"):
        with replacing_folder(target) as fresh:
            (fresh / name).write_text(name)
    assert _names(target) == ["new.txt"]
    assert _names(tmp_path) == ["shot"]


@pytest.mark.parametrize("stop", [RuntimeError, KeyboardInterrupt])
def test_after_a_failure_the_old_one_is_untouched(
    tmp_path: Path, stop: type[BaseException]
) -> None:
    target = tmp_path / "shot"
    with replacing_folder(target) as fresh:
        (fresh / "a.txt").write_text("kept")
    with pytest.raises(stop):
        _fail_half_way(target, stop)
    assert (target / "a.txt").read_text() == "kept"
    assert _names(tmp_path) == ["shot"]


def test_what_a_killed_process_left_is_put_right(tmp_path: Path) -> None:
    target = tmp_path / "shot"
    aside = tmp_path / ".shot.old-12ab34cd"
    aside.mkdir()
    (aside / "a.txt").write_text("good")
    dead, busy, other = (
        tmp_path / name for name in (".shot.new-dead", ".shot.new-busy", ".shot2.new-dead")
    )
    past = time.time() - ABANDONED_AFTER_S - 60
    for folder in (dead, busy, other):
        folder.mkdir()
    (busy / "file").write_text("still being written")
    for folder in (dead, busy, other):
        os.utime(folder, (past, past))
    with pytest.raises(RuntimeError):
        _fail_half_way(target, RuntimeError)
    assert _names(tmp_path) == [".shot.new-busy", ".shot2.new-dead", "shot"]
    assert (target / "a.txt").read_text() == "good"


def test_a_set_aside_copy_goes_when_the_target_is_there(tmp_path: Path) -> None:
    (tmp_path / ".shot.old-1").mkdir()
    (tmp_path / "shot").mkdir()
    with replacing_folder(tmp_path / "shot") as fresh:
        (fresh / "x").touch()
    assert _names(tmp_path) == ["shot"]


def test_a_file_is_replaced_in_one_go(tmp_path: Path) -> None:
    target = tmp_path / "contact.png"
    target.write_text("old")
    with pytest.raises(KeyboardInterrupt):
        _fail_half_way_in_a_file(target)
    assert target.read_text() == "old"
    with replacing_file(target) as fresh:
        fresh.write_text("new")
    assert target.read_text() == "new"
    assert _names(tmp_path) == ["contact.png"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a full device")
def test_disk_full(tmp_path: Path) -> None:
    target = tmp_path / "shot"
    with pytest.raises(Failure, match="disk is full") as caught:
        _write_to_a_full_disk(target)
    assert caught.value.code == "deliver.disk_full"
    assert _names(tmp_path) == []


@pytest.mark.skipif(sys.platform == "win32", reason="needs POSIX permissions")
def test_a_folder_without_permission(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    try:
        assert _as_ordinary_user(lambda: _refusal(tmp_path / "shot")) == "deliver.not_writable"
    finally:
        tmp_path.chmod(0o700)


def _refusal(target: Path) -> str:
    with pytest.raises(Failure) as caught, replacing_folder(target):
        pass
    return caught.value.code


def _as_ordinary_user(question: Callable[[], str]) -> str:
    """The answer of a child process that permissions bind, which they do not for root."""
    if os.geteuid() != 0:
        return question()
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        answer = "no answer"
        try:
            os.setgid(65534)
            os.setuid(65534)
            answer = question()
        except BaseException as error:
            answer = repr(error)
        finally:
            os.write(writing, answer.encode())
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return pipe.read()


def test_a_file_in_the_way(tmp_path: Path) -> None:
    (tmp_path / "shot").write_text("a file")
    with pytest.raises(Failure) as caught, replacing_folder(tmp_path / "shot"):
        pass
    assert caught.value.code == "deliver.not_a_folder"
    assert (tmp_path / "shot").read_text() == "a file"
    with pytest.raises(Failure) as caught, replacing_folder(tmp_path / "shot" / "deeper"):
        pass
    assert caught.value.code == "deliver.not_a_folder"
    assert _names(tmp_path) == ["shot"]


def test_a_name_that_is_too_long(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught, replacing_folder(tmp_path / ("x" * 300)):
        pass
    assert caught.value.code in {"deliver.path_too_long", "deliver.write_failed"}


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "deliver.disk_full"),
        (errno.EROFS, "deliver.not_writable"),
        (errno.EACCES, "deliver.not_writable"),
        (errno.ENAMETOOLONG, "deliver.path_too_long"),
        (errno.ETXTBSY, "deliver.file_in_use"),
        (errno.EIO, "deliver.write_failed"),
    ],
)
def test_every_refusal_has_a_code(number: int, code: str) -> None:
    failure = explain(OSError(number, os.strerror(number)), Path("out/shot"))
    assert failure.code == code
    assert "out" in str(failure)


def test_windows_says_it_in_its_own_way() -> None:
    held = PermissionError(errno.EACCES, "held")
    held.winerror = 32  # type: ignore[attr-defined,unused-ignore]
    assert explain(held, Path("a")).code == "deliver.file_in_use"
