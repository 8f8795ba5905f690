"""Results appear whole or not at all, and the disk's refusals are said in clear words."""

from __future__ import annotations

import errno
import os
import sys
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from multiplane.contract.errors import Failure
from multiplane.deliver.folder import ABANDONED_AFTER_S, explain, replacing_file, replacing_folder
from multiplane.deliver.long_paths import extended, without_prefix
from multiplane.deliver.refusals import HeldError
from tests.deliver.ordinary_user import as_ordinary_user

Replacing = Callable[[Path], AbstractContextManager[Path]]


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
        assert as_ordinary_user(lambda: _refusal(tmp_path / "shot")) == "deliver.not_writable"
    finally:
        tmp_path.chmod(0o700)


def _refusal(target: Path) -> str:
    with pytest.raises(Failure) as caught, replacing_folder(target):
        pass
    return caught.value.code


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


def test_a_folder_in_the_way_of_a_file(tmp_path: Path) -> None:
    (tmp_path / "a.png").mkdir()
    with pytest.raises(Failure) as caught, replacing_file(tmp_path / "a.png"):
        pass
    assert caught.value.code == "deliver.not_a_file"
    assert _names(tmp_path) == ["a.png"]


@pytest.mark.parametrize("replacing", [replacing_folder, replacing_file])
def test_names_up_to_the_systems_limit(tmp_path: Path, replacing: Replacing) -> None:
    """The temporary name beside it is longer, and is not what fails."""
    target = tmp_path / ("戦" * 85)  # 255 bytes
    with replacing(target) as fresh:
        fresh.mkdir() if replacing is replacing_file else (fresh / "a").touch()
        assert len(os.fsencode(fresh.name)) < 200
    assert _names(tmp_path) == [target.name]


@pytest.mark.parametrize("replacing", [replacing_folder, replacing_file])
def test_a_name_that_is_too_long(tmp_path: Path, replacing: Replacing) -> None:
    with pytest.raises(Failure) as caught, replacing(tmp_path / ("戦" * 86)) as fresh:
        fresh.touch()
    assert caught.value.code == "deliver.path_too_long"
    assert "255 bytes" in caught.value.message
    assert _names(tmp_path) == []


def test_paths_over_260_characters(tmp_path: Path) -> None:
    deep = tmp_path.joinpath(*["a long name of a folder"] * 12)
    assert len(str(deep)) > 260
    with replacing_folder(deep / "shot") as fresh:
        (fresh / "a.txt").write_text("1")
    with replacing_file(deep / "contact.png") as fresh:
        fresh.write_text("2")
    assert _names(deep) == ["contact.png", "shot"]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows knows longer ones")
def test_a_path_that_is_too_long_for_any_system(tmp_path: Path) -> None:
    with pytest.raises(Failure) as caught, replacing_folder(tmp_path.joinpath(*["x" * 200] * 30)):
        pass
    assert caught.value.code == "deliver.path_too_long"
    assert "255 bytes" not in caught.value.message


ON_C = "C:\\Projects\\" + "n" * 150


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("C:\\out\\shots", "C:\\out\\shots"),
        (ON_C, "\\\\?\\" + ON_C),
        (ON_C + "/a/../b\\.\\c", "\\\\?\\" + ON_C + "\\b\\c"),
        ("\\\\server\\share\\" + "n" * 150, "\\\\?\\UNC\\server\\share\\" + "n" * 150),
        ("\\\\?\\" + ON_C, "\\\\?\\" + ON_C),
    ],
)
def test_long_paths_in_windows(path: str, expected: str) -> None:
    assert extended(path) == expected
    assert without_prefix(expected) == without_prefix(extended(path))
    assert "?" not in without_prefix(expected)


def test_an_abandoned_file_goes_and_one_in_the_making_stays(tmp_path: Path) -> None:
    past = time.time() - ABANDONED_AFTER_S - 60
    for name in (".a.new-dead.png", ".a.new-busy.png", ".a.new-dead.txt", ".ab.new-dead.png"):
        (tmp_path / name).touch()
        if "dead" in name:
            os.utime(tmp_path / name, (past, past))
    with replacing_file(tmp_path / "a.png") as fresh:
        fresh.touch()
    assert _names(tmp_path) == [".a.new-busy.png", ".a.new-dead.txt", ".ab.new-dead.png", "a.png"]


@pytest.mark.parametrize(
    ("number", "code"),
    [
        (errno.ENOSPC, "deliver.disk_full"),
        (errno.EROFS, "deliver.not_writable"),
        (errno.EACCES, "deliver.not_writable"),
        (errno.ENAMETOOLONG, "deliver.path_too_long"),
        (errno.ETXTBSY, "deliver.file_in_use"),
        (errno.EBUSY, "deliver.file_in_use"),
        (errno.EFBIG, "deliver.file_too_large"),
        (errno.EISDIR, "deliver.not_a_file"),
        (errno.EIO, "deliver.write_failed"),
    ],
)
def test_every_refusal_has_a_code(number: int, code: str) -> None:
    failure = explain(OSError(number, os.strerror(number)), Path("out/shot"))
    assert failure.code == code
    assert "out" in str(failure)


@pytest.mark.parametrize(
    ("error", "windows", "code"),
    [
        (PermissionError, 32, "file_in_use"),
        (PermissionError, 33, "file_in_use"),
        (HeldError, 5, "file_in_use"),
        (PermissionError, 5, "not_writable"),
        (OSError, 112, "disk_full"),
        (FileNotFoundError, 206, "path_too_long"),
    ],
)
def test_windows_says_it_in_its_own_way(error: type[OSError], windows: int, code: str) -> None:
    met = error(errno.EACCES, "refused")
    met.winerror = windows  # type: ignore[attr-defined,unused-ignore]
    failure = explain(met, Path("\\\\?\\C:\\a"))
    assert failure.code == f"deliver.{code}"
    assert failure.file == "C:\\a"
