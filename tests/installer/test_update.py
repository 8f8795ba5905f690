"""`python3 installer update`: by git or out of a folder; interrupted, failed, undone."""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tarfile
import zipfile
from pathlib import Path

import pytest

from installer.computer import Answer, Kind
from installer.guide import run_guide
from installer.journal import NAME, read_journal, refuse_while_updating
from installer.linked import link_tree
from installer.new_version import KEPT
from installer.problems import InstallerProblem
from installer.update import run_update
from tests.installer.fake_computer import KINDS, FakeComputer, may_go_off, write_checkout
from tests.installer.test_guide import options
from tests.service.managers import Gone

LEFTOVERS = (".venv-before", ".venv-new", ".multiplane-new", ".multiplane-before", NAME)


def installed(folder: Path, kind: Kind, monkeypatch: pytest.MonkeyPatch) -> FakeComputer:
    """Version 1.0 with panel and server, and work of the user's."""
    fake = FakeComputer(folder, kind, monkeypatch)
    run_guide(fake.project, options("--yes", "--service"), fake.computer, fake.set_up)
    (fake.root / "out").mkdir()
    (fake.root / "out" / "film.mp4").write_text("mine")
    (fake.root / "board.json").write_text("mine")
    (fake.root / "backend" / "my notes.txt").write_text("mine")
    fake.commands.clear()
    return fake


def new_version(folder: Path, version: str = "2.0") -> Path:
    """A checkout of another version: one file changed, one new, one gone."""
    root = folder / f"multiplane-{version}"
    write_checkout(root, version, docs__new="new")
    return root


def update(fake: FakeComputer, source: Path | None, *, back: bool = False) -> int:
    return run_update(fake.project, source, back, fake.computer)


def assert_clean(fake: FakeComputer) -> None:
    for name in LEFTOVERS:
        assert not os.path.lexists(fake.root / name), name


def assert_users_own(fake: FakeComputer) -> None:
    found = [path for path in fake.root.rglob("*") if path.is_file() and path.read_text() == "mine"]
    assert sorted(path.name for path in found) == ["board.json", "film.mp4", "my notes.txt"]


@pytest.mark.parametrize("kind", KINDS)
def test_out_of_a_folder(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: Kind,
) -> None:
    fake = installed(tmp_path, kind, monkeypatch)
    assert update(fake, new_version(tmp_path)) == 0
    assert fake.version == "2.0"
    assert (fake.root / "backend/changed.py").read_text() == "VERSION = '2.0'\n"
    assert (fake.root / "docs/new").read_text() == "new"
    assert_clean(fake)
    assert_users_own(fake)
    (kept,) = (fake.root / KEPT).iterdir()
    names = {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()}
    assert "backend/changed.py" in names
    assert "backend/my notes.txt" in names, "nobody can tell that it was of no version"
    assert "backend/same.py" not in names
    assert str(kept) in capsys.readouterr().out
    told = [" ".join(words) for words in fake.commands]
    (set_up,) = [line for line in told if line.endswith("setup --during-update")]
    assert told.index("service stop") < told.index(set_up) < told.index("service install")
    assert ("panel install" in told) == (kind != "linux")
    assert len(fake.desk.running) == 1


def test_what_is_not_installed_is_not_brought_up_to_date(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = FakeComputer(tmp_path, "macos", monkeypatch)
    fake.set_up()
    assert update(fake, new_version(tmp_path)) == 0
    assert fake.panel is not None
    assert not fake.panel.exists()
    assert not fake.desk.known
    assert not any(
        words[0] in ("panel", "service") and "status" not in words for words in fake.commands
    )


@pytest.mark.parametrize("ending", [".zip", ".tar.gz"])
def test_out_of_an_archive_as_it_is_downloaded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, ending: str
) -> None:
    fake = installed(tmp_path, "linux", monkeypatch)
    new = new_version(tmp_path)
    (new / "install.sh").write_text("#!/bin/sh\n")
    (new / "install.sh").chmod(0o755)
    archive = tmp_path / f"new{ending}"
    if ending == ".zip":
        with zipfile.ZipFile(archive, "w") as opened:
            for path in new.rglob("*"):
                opened.write(path, path.relative_to(tmp_path))
    else:
        with tarfile.open(archive, "w:gz") as packed:
            packed.add(new, new.name)
    shutil.rmtree(new)
    assert update(fake, archive) == 0
    assert fake.version == "2.0"
    assert (fake.root / "install.sh").stat().st_mode & 0o111
    assert_clean(fake)


@pytest.mark.parametrize("kind", KINDS)
def test_one_that_cannot_be_set_up_leaves_all_as_it_was(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    kind: Kind,
) -> None:
    for version in ("bad", "broken"):  # the set-up fails; what was set up does not start
        fake = installed(tmp_path / version, kind, monkeypatch)
        before = fake.files()
        with pytest.raises(InstallerProblem, match="the earlier version is back"):
            update(fake, new_version(tmp_path / version, version))
        assert fake.files() == before
        assert fake.version == "1.0"
        assert len(fake.desk.running) == 1
        assert_clean(fake)
        assert "could not be set up" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("kind", "version"), [("macos", "2.0"), ("linux", "bad"), ("windows", "2.0")]
)
def test_switched_off_at_any_command_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: Kind, version: str
) -> None:
    for count in range(14):
        fake = installed(tmp_path / str(count), kind, monkeypatch)
        source = new_version(tmp_path / str(count), version)
        fake.dies_after = count
        with may_go_off() as went:
            update_or_not(fake, source)
        fake.dies_after = None
        update_or_not(fake, source)
        assert fake.version == ("2.0" if version == "2.0" else "1.0")
        assert len(fake.desk.running) == 1
        assert_clean(fake)
        assert_users_own(fake)
        if not went[0]:
            break
    else:
        pytest.fail("it has more steps than were tried")


def update_or_not(fake: FakeComputer, source: Path | None, *, back: bool = False) -> None:
    """For versions that cannot be set up as well."""
    with contextlib.suppress(InstallerProblem):
        update(fake, source, back=back)


class Disk:
    """Every change of the disk by the installer, counted; one of them is the last."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.left: int | None = None
        for place, name in (
            (Path, "rename"), (Path, "mkdir"), (Path, "unlink"), (Path, "rmdir"),
            (os, "replace"), (os, "link"), (shutil, "rmtree"), (shutil, "copytree"),
        ):  # fmt: skip
            self._count(monkeypatch, place, name)

    def _count(self, monkeypatch: pytest.MonkeyPatch, place: object, name: str) -> None:
        real = getattr(place, name)

        def counted(*words: object, **more: object) -> object:
            if self.left is not None:
                if not self.left:
                    self.left = None
                    raise Gone
                self.left -= 1
            return real(*words, **more)

        monkeypatch.setattr(place, name, counted)


@pytest.mark.parametrize("back", [False, True])
def test_switched_off_at_any_change_of_the_disk_it_goes_on_or_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, back: bool
) -> None:
    disk = Disk(monkeypatch)
    step = 0
    while step < 200:
        fake = FakeComputer(tmp_path / str(step), "linux", monkeypatch)
        fake.quick = True
        fake.set_up()
        (fake.root / "backend" / "my notes.txt").write_text("mine")
        before = fake.files()
        source = new_version(tmp_path / str(step))
        disk.left = step
        with may_go_off() as went:
            update(fake, source)
        disk.left = None
        if not went[0]:
            break
        if back:
            update(fake, None, back=True)
            update(fake, None, back=True)
            if read_journal(fake.root) is None and fake.version == "1.0":
                assert fake.files() == before
        else:
            update(fake, source)
            assert fake.version == "2.0"
            assert any(path.read_text() == "mine" for path in fake.root.rglob("my notes.txt"))
        assert_clean(fake)
        step += 1
    assert step > 20


def test_switched_off_while_going_back_it_goes_back_to_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk = Disk(monkeypatch)
    for step in range(100):
        fake = FakeComputer(tmp_path / str(step), "linux", monkeypatch)
        fake.quick = True
        fake.set_up()
        before = fake.files()
        source = new_version(tmp_path / str(step), "bad")
        real = fake.set_up

        def set_up(step: int = step, real=real) -> None:  # type: ignore[no-untyped-def]
            disk.left = step  # from now on
            real()

        monkeypatch.setattr(fake, "set_up", set_up)
        with may_go_off() as went:
            update_or_not(fake, source)
        disk.left = None
        monkeypatch.setattr(fake, "set_up", real)
        update_or_not(fake, None, back=True)
        assert fake.files() == before
        assert_clean(fake)
        if not went[0]:
            break
    else:
        pytest.fail("it has more steps than were tried")


def test_while_an_update_is_interrupted_nothing_else_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = installed(tmp_path, "linux", monkeypatch)
    refuse_while_updating(fake.root)
    fake.dies_after = 4
    with may_go_off():
        update(fake, new_version(tmp_path))
    with pytest.raises(InstallerProblem, match="was interrupted") as caught:
        refuse_while_updating(fake.root)
    assert "update --back" in caught.value.remedy
    (fake.root / NAME).write_text("{")
    with pytest.raises(InstallerProblem, match="cannot be read"):
        refuse_while_updating(fake.root)


def test_what_is_no_new_version_is_refused_and_nothing_is_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fake = installed(tmp_path, "linux", monkeypatch)
    before = fake.files()
    (tmp_path / "empty").mkdir()
    (tmp_path / "broken.zip").write_bytes(b"PK no zip")
    (tmp_path / "picture.png").touch()
    for source, said in (
        ("nowhere", "not there"),
        ("Multiplane", "this folder itself"),
        (".", "this folder itself"),
        ("empty", "no version of Multiplane"),
        ("broken.zip", "cannot be read"),
        ("picture.png", "neither a folder nor an archive"),
    ):
        with pytest.raises(InstallerProblem, match=said):
            update(fake, tmp_path / source)
        assert fake.files() == before
    assert ["service", "stop"] not in fake.commands
    with pytest.raises(InstallerProblem, match="no git clone"):
        update(fake, None)
    assert len(fake.desk.running) == 1


# ---- By git


def git(folder: Path, *words: str) -> str:
    settings = ["-c", "user.name=a", "-c", "user.email=a@b", "-c", "init.defaultBranch=main"]
    done = subprocess.run(
        ["git", *settings, *words], cwd=folder, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


@pytest.fixture
def cloned(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[FakeComputer, Path]:
    """An installation that is a clone, and where it comes from."""
    origin = tmp_path / "origin"
    write_checkout(origin, "1.0")
    (origin / ".gitignore").write_text(".venv*/\n.multiplane-*\nout/\n")
    git(origin, "init", "-q")
    git(origin, "add", "-A")
    git(origin, "commit", "-qm", "1.0")
    fake = FakeComputer(tmp_path, "linux", monkeypatch)
    shutil.rmtree(fake.root)
    git(tmp_path, "clone", "-q", str(origin), str(fake.root))
    fake.set_up()
    real = fake.read

    def read(words: list[str], folder: Path) -> Answer:
        if words[0] != "git":
            return real(words, folder)
        done = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
        return Answer(done.returncode, done.stdout or done.stderr)

    monkeypatch.setattr(fake, "read", read)
    return fake, origin


def commit(origin: Path, version: str) -> str:
    write_checkout(origin, version)
    git(origin, "commit", "-qam", version)
    return git(origin, "rev-parse", "HEAD")


def test_by_git(cloned: tuple[FakeComputer, Path]) -> None:
    fake, origin = cloned
    (fake.root / "board.json").write_text("mine")
    newest = commit(origin, "2.0")
    assert update(fake, None) == 0
    assert git(fake.root, "rev-parse", "HEAD") == newest
    assert fake.version == "2.0"
    assert (fake.root / "board.json").read_text() == "mine"
    assert_clean(fake)
    assert not (fake.root / KEPT).exists()
    assert update(fake, None) == 0, "nothing new"


def test_a_bad_version_of_git_is_taken_back(cloned: tuple[FakeComputer, Path]) -> None:
    fake, origin = cloned
    head = git(fake.root, "rev-parse", "HEAD")
    commit(origin, "bad")
    with pytest.raises(InstallerProblem, match="the earlier version is back"):
        update(fake, None)
    assert git(fake.root, "rev-parse", "HEAD") == head
    assert git(fake.root, "status", "--porcelain") == ""
    assert fake.version == "1.0"
    assert_clean(fake)


def test_git_is_not_asked_over_somebodys_changes(cloned: tuple[FakeComputer, Path]) -> None:
    fake, origin = cloned
    (fake.root / "version.txt").write_text("mine")
    commit(origin, "2.0")
    with pytest.raises(InstallerProblem, match=r"changed here: version\.txt"):
        update(fake, None)
    git(fake.root, "checkout", "-q", "version.txt")
    with pytest.raises(InstallerProblem, match="is a git clone"):
        update(fake, new_version(fake.home.parent))
    git(fake.root, "checkout", "-q", "-b", "mine")
    with pytest.raises(InstallerProblem, match="follows none"):
        update(fake, None)
    git(fake.root, "checkout", "-q", "main")
    shutil.rmtree(origin)
    with pytest.raises(InstallerProblem, match="could not fetch"):
        update(fake, None)
    assert fake.version == "1.0"


def test_a_linked_copy_is_its_own(tmp_path: Path) -> None:
    source = tmp_path / "a"
    (source / "lib").mkdir(parents=True)
    (source / "lib64").symlink_to("lib")
    (source / "lib" / "module.py").write_text("1")
    (source / "multiplane-setup.json").write_text("{}")
    link_tree(source, tmp_path / "b")
    assert os.readlink(tmp_path / "b" / "lib64") == "lib"
    assert (tmp_path / "b/lib/module.py").samefile(source / "lib/module.py")
    assert not (tmp_path / "b/multiplane-setup.json").samefile(source / "multiplane-setup.json")
    shutil.rmtree(tmp_path / "b")
    assert (source / "lib" / "module.py").read_text() == "1"
