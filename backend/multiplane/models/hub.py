"""Downloading a model from the Hugging Face hub: resumable, verified, weights and text only.

Listing, login, mirrors (`HF_ENDPOINT`), proxies and retries are huggingface_hub's. What it does
not do any more is to keep the part of a file that an interrupted run has fetched, which matters
where one file has 10 GB: so the parts are kept here.
"""

from __future__ import annotations

import contextlib
import fnmatch
import hashlib
import logging
import shutil
import threading
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from multiplane.contract.errors import Failure, InputError, MultiplaneError
from multiplane.contract.full_disk import disk_full, is_full
from multiplane.models import folders, places
from multiplane.models.facts import ModelProfile, Variant, VisionProfile
from multiplane.models.profiles import AnyProfile, profiles_of
from multiplane.models.redirects import OnRedirect, told_redirects
from multiplane.models.weight_count import PLAIN_WEIGHTS

OnBytes = Callable[[int, int], None]  # (bytes on disk, bytes in all)

# Safetensors and text only: no pickles, no code, no second copy of the weights in other formats.
WANTED_FILES = (
    "*.safetensors", "*.json", "*.txt", "*.jinja", "*spiece.model", "LICENSE*", "README.md",
)  # fmt: skip
_PART = ".part"
_DENOISER = "transformer"  # where a variant's GGUF file goes
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class RemoteFile:
    """A file of a repository at one commit."""

    path: str  # relative to the model's folder, with forward slashes
    size: int  # bytes
    digest: str  # sha256 of a large file, git's blob id of a small one
    is_large: bool
    repository: str = ""
    commit: str = ""
    name: str = ""  # in the repository

    def matches(self, data: Path) -> bool:
        """Whether the file at `data` is this one."""
        if data.stat().st_size != self.size:
            return False
        digest = hashlib.sha256() if self.is_large else hashlib.sha1(b"blob %d\0" % self.size)
        with data.open("rb") as stream:
            while block := stream.read(1 << 20):
                digest.update(block)
        return digest.hexdigest() == self.digest


@dataclass(frozen=True)
class Download:
    """What there is to fetch into `folder`."""

    repository: str
    folder: Path
    files: tuple[RemoteFile, ...]

    @property
    def total_bytes(self) -> int:
        return sum(file.size for file in self.files)

    def bytes_there(self) -> int:
        """Bytes on the disk already, whole files and parts."""
        there = 0
        for file in self.files:
            for path in (self.folder / file.path, self.part(file)):
                if path.is_file():
                    there += min(path.stat().st_size, file.size)
                    break
        return there

    def part(self, file: RemoteFile) -> Path:
        """Where the file grows. Its name tells the content apart, so no two versions mix."""
        target = self.folder / file.path
        return target.with_name(f"{target.name}.{file.digest[:12]}{_PART}")


def to_pull(name: str, *, force: bool = False) -> tuple[AnyProfile, ...]:
    """The models that are fetched for `name`, in that order.

    A model that needs no other is, also where it is here: its files are looked through. Of a set,
    and of a model and the one whose weights it changes, those are that are not on this computer;
    all with `force`. Raises InputError `models.unknown`.
    """
    meant = profiles_of(name)
    if len(meant) == 1:
        return meant
    return tuple(one for one in meant if force or places.find(one) is None)


def target_folder(profile: AnyProfile, to: Path | None = None) -> Path:
    """Where `pull` puts the model. Raises InputError `models.pull_target` for a bad `to`."""
    if to is None:
        return folders.models_folder() / profile.name
    to = to.expanduser()
    if to.exists() and not to.is_dir():
        raise InputError(
            code="models.pull_target",
            message="That is a file; a model needs a folder.",
            file=str(to),
            remedy="Give another folder with --to.",
        )
    return to


def survey(
    profile: AnyProfile,
    folder: Path,
    *,
    variant: Variant | None = None,
    endpoint: str | None = None,
    on_redirect: OnRedirect | None = None,
) -> Download:
    """Ask the hub what there is to fetch, and check that the disk has room for it.

    variant: of the weights; None: the model's own. on_redirect: as of `pull`. Raises InputError
    `models.bundled`, Failure `models.hub_unreachable`, `models.hub_refused` or `models.disk_full`.
    """
    repository = _repository(profile)
    if variant is not None and variant.file is None:
        repository = variant.repository
    wanted_of: Callable[[list[str]], Collection[str]] = wanted_files
    if isinstance(profile, VisionProfile) and profile.files:
        named = frozenset(profile.files)
        wanted_of = named.intersection
    with _hub_errors(profile, folder), told_redirects(on_redirect):
        files = _listed(repository, wanted_of, endpoint)
        if variant is not None and variant.file is not None:
            files = [one for one in files if not _is_denoisers_weights(one.path)]
            wanted = variant.file
            found = _listed(variant.repository, lambda _: {wanted}, endpoint)
            if not found:
                raise Failure(
                    code="models.variant_gone",
                    message="{repository} has no file {file} any more.",
                    value=variant.name,
                    remedy="Take another variant: multiplane models info {model}",
                    values={
                        "repository": variant.repository,
                        "file": wanted,
                        "model": profile.name,
                    },
                )
            files += [replace(one, path=f"{_DENOISER}/{wanted}") for one in found]
    plan = Download(repository, folder, tuple(files))
    missing = plan.total_bytes - plan.bytes_there()
    free = shutil.disk_usage(_existing_parent(folder)).free
    if missing > free:
        raise Failure(
            code="models.disk_full",
            message="{missing} GB are to be downloaded, but {free} GB are free there.",
            file=str(folder),
            remedy="Free some space, or give a folder on another disk with --to.",
            values={"missing": round(missing / 1e9, 1), "free": round(free / 1e9, 1)},
        )
    return plan


def _listed(
    repository: str, wanted: Callable[[list[str]], Collection[str]], endpoint: str | None
) -> list[RemoteFile]:
    """Those of the repository's files whose paths `wanted` gives, at its newest commit."""
    from huggingface_hub import HfApi
    from huggingface_hub.hf_api import RepoFile

    api = HfApi(endpoint=endpoint)
    commit = str(api.model_info(repository).sha)
    listed = api.list_repo_tree(repository, recursive=True, revision=commit)
    tree = [file for file in listed if isinstance(file, RepoFile)]
    paths = wanted([file.path for file in tree])
    return [
        RemoteFile(
            path=file.path,
            size=file.size,
            digest=file.lfs.sha256 if file.lfs else file.blob_id,
            is_large=file.lfs is not None,
            repository=repository,
            commit=commit,
            name=file.path,
        )
        for file in tree
        if file.path in paths
    ]


def _is_denoisers_weights(path: str) -> bool:
    return path.startswith(f"{_DENOISER}/") and ".safetensors" in path


def pull(
    profile: AnyProfile,
    to: Path | None = None,
    *,
    variant: Variant | None = None,
    force: bool = False,
    endpoint: str | None = None,
    on_bytes: OnBytes | None = None,
    on_redirect: OnRedirect | None = None,
) -> Path:
    """Fetch the model of `profile` into `to` (or the user's data folder); returns the folder.

    What was fetched before is kept, also the part of a file: an interrupted download goes on where
    it stopped. Every file's hash is checked once it is whole. `force` checks the files that are
    there as well, and fetches the damaged ones anew. variant: of the weights; None: the model's
    own. on_redirect hears, before anything comes from there, of every other host that the hub sends
    to. Raises as `survey`, Failure `models.variant_mixed` where another variant lies there, and
    `models.download_incomplete` when the repository is not a whole model.
    """
    folder = target_folder(profile, to)
    plan = survey(profile, folder, variant=variant, endpoint=endpoint, on_redirect=on_redirect)
    _check_unmixed(profile, plan)
    with _hub_errors(profile, folder), _watched(plan, on_bytes), told_redirects(on_redirect):
        for file in plan.files:
            if not _is_there(plan, file, verify=force):
                _fetch(plan, file, endpoint)
    if not places.is_whole(folder, profile):
        raise Failure(
            code="models.download_incomplete",
            message="{repository} does not hold the files of a whole model.",
            file=str(folder),
            remedy="Look at {page}.",
            values={
                "repository": plan.repository,
                "page": profile.licence_url or "its page on the hub",
            },
        )
    if to is not None:
        places.note_location(profile.name, folder)
    return folder


@dataclass(frozen=True)
class Begun:
    """Weights that lie in a folder, whole or in part. variant: None for the model's own."""

    variant: Variant | None


def variant_begun(profile: AnyProfile, folder: Path) -> Begun | None:
    """Which weights of the model's denoiser have begun to lie in `folder`; None for none.

    Those of a variant that is a whole pipeline look like the model's own.
    """
    names = [path.name for path in (folder / _DENOISER).glob("*")]
    for variant in profile.variants if isinstance(profile, ModelProfile) else ():
        if variant.file is not None and any(name.startswith(variant.file) for name in names):
            return Begun(variant)
    return Begun(None) if any(".safetensors" in name for name in names) else None


def fetched(profile: AnyProfile) -> list[Path]:
    """Files and parts of files that `pull` has fetched into the user's data folder."""
    folder = folders.models_folder() / profile.name
    if profile.repository is None or folder.is_symlink():
        return []
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file() and not path.is_symlink() and _fetched(path.relative_to(folder))
    )


def remove(profile: AnyProfile) -> int:
    """Delete what `pull` has fetched into the user's data folder; returns the bytes.

    What else lies there stays. Raises InputError `models.bundled`, Failure `models.elsewhere` for a
    model that lies where others keep it, and `models.in_use` for what the system does not delete.
    """
    _repository(profile)
    folder, files = folders.models_folder() / profile.name, fetched(profile)
    whole = places.find(profile)
    if whole is not None and not files:
        raise Failure(
            code="models.elsewhere",
            message="{model} was not put there by this program, so it is left alone.",
            file=str(whole),
            remedy="Delete it with the program that keeps it there, or by hand.",
            values={"model": profile.name},
        )
    freed = 0
    for path in files:
        size = path.stat().st_size
        try:
            path.unlink()
        except PermissionError as error:
            raise Failure(
                code="models.in_use",
                message="A file of {model} cannot be deleted: {why}.",
                file=str(path),
                remedy="It may be loaded: wait for the shots that use it, then try again.",
                values={"model": profile.name, "why": str(error.strerror)},
            ) from error
        freed += size
    for empty in sorted({folder, *(path for path in folder.rglob("*") if path.is_dir())})[::-1]:
        with contextlib.suppress(OSError):  # somebody's own files are in it
            empty.rmdir()
    return freed


def _fetched(path: Path) -> bool:
    name = path.as_posix()
    whole = name[: -len(_PART)].rpartition(".")[0] if name.endswith(_PART) else name
    return _is_wanted(whole) or whole.endswith(".gguf")


def _is_there(plan: Download, file: RemoteFile, *, verify: bool) -> bool:
    path = plan.folder / file.path
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    # Large files were verified when they arrived; small ones may have changed upstream.
    return file.matches(path) if verify or not file.is_large else True


def _fetch(plan: Download, file: RemoteFile, endpoint: str | None) -> None:
    from huggingface_hub import hf_hub_url
    from huggingface_hub.file_download import http_get
    from huggingface_hub.utils import build_hf_headers
    from huggingface_hub.utils.tqdm import silent_tqdm

    target, part = plan.folder / file.path, plan.part(file)
    target.parent.mkdir(parents=True, exist_ok=True)
    url = hf_hub_url(file.repository, file.name, revision=file.commit, endpoint=endpoint)
    # A compressed answer cannot be asked for by ranges.
    headers = {**build_hf_headers(library_name="multiplane"), "Accept-Encoding": "identity"}
    for attempt in range(2):
        have = part.stat().st_size if part.is_file() else 0
        with part.open("ab") as stream:
            if have > file.size:
                stream.truncate(0)
                have = 0
            http_get(
                url,
                stream,
                resume_size=have,
                headers=headers,
                expected_size=file.size,
                tqdm_class=silent_tqdm,
            )
        if file.matches(part):
            part.replace(target)
            return
        part.unlink()
        if attempt:
            raise OSError(f"{file.path} arrived damaged, twice")


def wanted_files(paths: Collection[str]) -> frozenset[str]:
    """Of a repository's files those that a model is loaded from, weights once.

    A pipeline's weights lie in its components' folders; beside them repositories keep the whole
    model in one file more, and variants of single components ("fp16").
    """
    found = {path for path in paths if _is_wanted(path)}
    if "model_index.json" in found:
        found -= {path for path in found if "/" not in path and path.endswith(".safetensors")}
    weights = {
        path for path in found if path.endswith(".safetensors") or ".safetensors.index." in path
    }
    plain = {
        path
        for path in weights
        if PLAIN_WEIGHTS.fullmatch(path.rpartition("/")[2].removesuffix(".index.json"))
    }
    folders = {path.rpartition("/")[0] for path in plain}
    variants = {path for path in weights - plain if path.rpartition("/")[0] in folders}
    return frozenset(found - variants)


def _check_unmixed(profile: AnyProfile, plan: Download) -> None:
    """See that no other weights of the same component lie where these go."""
    coming = {file.path for file in plan.files}
    components = {path.rpartition("/")[0] for path in coming if _is_weights(path)}
    for component in components:
        for there in sorted((plan.folder / component).glob("*")):
            path = there.relative_to(plan.folder).as_posix()
            if _is_weights(path) and path not in coming:
                raise Failure(
                    code="models.variant_mixed",
                    message="Other weights of {model} lie there already.",
                    file=str(there),
                    remedy="Keep both apart with --to, or delete that folder first.",
                    values={"model": profile.name},
                )


def _is_weights(path: str) -> bool:
    return path.endswith((".safetensors", ".gguf"))


def _is_wanted(path: str) -> bool:
    hidden = any(part.startswith(".") or part == ".." for part in path.split("/"))
    return not hidden and any(fnmatch.fnmatchcase(path, pattern) for pattern in WANTED_FILES)


def _repository(profile: AnyProfile) -> str:
    if profile.repository is None:
        raise InputError(
            code="models.bundled",
            message="{model} comes with Multiplane; there is nothing to download.",
            value=profile.name,
            remedy="See multiplane models list for those that can be pulled.",
            values={"model": profile.name},
        )
    return profile.repository


@contextmanager
def _watched(plan: Download, on_bytes: OnBytes | None) -> Iterator[None]:
    """Report the bytes that lie in the folder while it fills, those of earlier runs included."""
    if on_bytes is None:
        yield
        return
    ended = threading.Event()

    def report() -> None:
        on_bytes(plan.bytes_there(), plan.total_bytes)

    def watch() -> None:
        while not ended.wait(_POLL_SECONDS):
            report()

    watcher = threading.Thread(target=watch, name="download-progress", daemon=True)
    report()
    watcher.start()
    try:
        yield
    finally:
        ended.set()
        watcher.join()
        report()


def _existing_parent(folder: Path) -> Path:
    folder = folder.resolve()
    while not folder.exists():
        folder = folder.parent
    return folder


@contextmanager
def _hub_errors(profile: AnyProfile, folder: Path) -> Iterator[None]:
    """Turn what the hub's library and the network raise into one sentence and a remedy."""
    again = f"Run multiplane models pull {profile.name} again: it goes on where it stopped."
    logger = logging.getLogger("huggingface_hub")
    level = logger.level
    logger.setLevel(logging.ERROR)  # it logs every retry
    try:
        yield
    except MultiplaneError:
        raise
    except Exception as error:
        status = _http_status(error)
        if status in (401, 403, 404):
            raise Failure(
                code="models.hub_refused",
                message="The hub does not hand out {repository} (HTTP {status}).",
                value=profile.repository,
                remedy="Open {page} in a browser: it may have moved or ask for a login "
                "(hf auth login).",
                values={
                    "repository": str(profile.repository),
                    "status": status,
                    "page": profile.licence_url or "its page",
                },
            ) from error
        if isinstance(error, PermissionError):
            raise Failure(
                code="models.not_writable",
                message="The folder for models cannot be written.",
                file=str(folder),
                remedy="Give a folder of your own with --to.",
            ) from error
        if is_full(error):
            raise disk_full(
                "Free some space; then pull again: it goes on where it stopped.",
                code="models.disk_full",
                file=str(folder),
            ) from error
        detail = f"HTTP {status}" if status else type(error).__name__
        raise Failure(
            code="models.hub_unreachable",
            message="The connection to the hub failed ({why}).",
            value=profile.repository,
            remedy="Check the network (and HTTPS_PROXY, HF_ENDPOINT). {again}",
            values={"why": detail, "again": again},
        ) from error
    finally:
        logger.setLevel(level)


def _http_status(error: BaseException | None) -> int | None:
    while error is not None:
        status = getattr(getattr(error, "response", None), "status_code", None)
        if isinstance(status, int):
            return status
        error = error.__cause__ or error.__context__
    return None
