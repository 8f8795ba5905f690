"""Files, folders and `$`, as ExtendScript has them."""

from __future__ import annotations

import re
import shutil
from pathlib import Path, PurePosixPath
from typing import Any, ClassVar

from tests.jsx.host.bridge import REF, HostObject, Refusal

WINDOWS = "Windows"


class FileModel:
    """A path in the host's eyes: forward slashes, nothing encoded."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.encoding: str | None = None
        self.line_feed = "Unix"
        self.error = ""
        self.text: str | None = None
        self.mode = ""

    @classmethod
    def named(cls, given: str, windows: bool) -> FileModel:
        """By a script's text, which is read as a URI: %XX stands for a byte."""
        path = given.replace("\\", "/") if windows else given
        path = re.sub(r"(?:%[0-9A-Fa-f]{2})+", _decoded, path)
        return cls(path)


class FolderModel(FileModel):
    pass


def _decoded(found: re.Match[str]) -> str:
    return bytes.fromhex(found[0].replace("%", "")).decode("utf-8", "replace")


class _Place(HostObject):
    READS: ClassVar[str] = (
        "exists fsName absoluteURI fullName name displayName parent error path modified"
    )
    CALLS: ClassVar[str] = "remove"

    def _real(self) -> Path:
        return self.host.path_of(self.model)

    def get_fs_name(self) -> str:
        path = str(self.model.path)
        return path.replace("/", "\\") if self.host.windows else path

    def get_full_name(self) -> str:
        return str(self.model.path)

    def get_absolute_uri(self) -> str:
        return encoded(self.model.path)

    def get_name(self) -> str:
        return encoded(PurePosixPath(self.model.path).name)

    def get_display_name(self) -> str:
        path = PurePosixPath(self.model.path)
        return path.stem if self.host.hidden_extensions else path.name

    def get_parent(self) -> Any:
        return FolderModel(str(PurePosixPath(self.model.path).parent))

    def get_modified(self) -> Any:
        if not self._real().exists():
            return None
        return {"$date": round(self._real().stat().st_mtime * 1000)}

    def call_remove(self) -> bool:
        try:
            self._real().unlink()
        except OSError as error:
            self.model.error = str(error)
            return False
        return True


class File(_Place):
    READS: ClassVar[str] = "length eof"
    WRITES: ClassVar[str] = "encoding lineFeed"
    CALLS: ClassVar[str] = "open read write close copy rename"

    def get_exists(self) -> bool:
        return self._real().is_file()

    def get_length(self) -> int:
        return self._real().stat().st_size if self._real().is_file() else 0

    def call_open(self, mode: str) -> bool:
        if mode != "r" and not self.host.may_write:
            self.model.error = "Permission denied: scripts may not write files"
            return False
        if mode == "r" and not self._real().is_file():
            self.model.error = "File not found"
            return False
        if mode != "r" and not self._real().parent.is_dir():
            self.model.error = "Folder not found"
            return False
        self.model.mode = mode
        self.model.text = "" if mode == "w" else None
        return True

    def call_read(self) -> str:
        if self.model.mode != "r":
            raise Refusal("read: the file is not open", REF)
        # Without an encoding the platform's own counts, and text beyond ASCII is garbled.
        encoding = "utf-8" if self.model.encoding == "UTF-8" else "latin-1"
        return self._real().read_bytes().decode(encoding, "replace").removeprefix("\ufeff")

    def call_write(self, *texts: str) -> bool:
        if self.model.mode != "w":
            raise Refusal("write: the file is not open for writing", REF)
        self.model.text += "".join(texts)
        return True

    def call_close(self) -> bool:
        if self.model.mode == "w":
            encoding = "utf-8" if self.model.encoding == "UTF-8" else "latin-1"
            self._real().write_bytes(self.model.text.encode(encoding, "replace"))
        self.model.mode = ""
        return True

    def call_copy(self, target: Any) -> bool:
        where = (
            target if isinstance(target, FileModel) else FileModel.named(target, self.host.windows)
        )
        if not self.host.may_write:
            self.model.error = "Permission denied: scripts may not write files"
            return False
        try:
            shutil.copyfile(self._real(), self.host.path_of(where))
        except OSError as error:
            self.model.error = str(error)
            return False
        return True


class Folder(_Place):
    CALLS: ClassVar[str] = "create"

    def get_exists(self) -> bool:
        return self._real().is_dir()

    def call_create(self) -> bool:
        if not self.host.may_write:
            self.model.error = "Permission denied: scripts may not write files"
            return False
        try:
            # One level: whether those above it would be made is not documented.
            self._real().mkdir(exist_ok=True)
        except OSError as error:
            self.model.error = str(error)
            return False
        return True


class Dollar(HostObject):
    READS: ClassVar[str] = "os fileName version engineName locale build"
    CALLS: ClassVar[str] = "sleep writeln"

    def get_os(self) -> str:
        return "Windows/64 10.0" if self.host.windows else "Macintosh OS 14.5/64"

    def get_file_name(self) -> str:
        return str(self.host.running or "")

    def call_sleep(self, milliseconds: Any) -> None:
        return None

    def call_writeln(self, *texts: Any) -> None:
        return None


def encoded(path: str) -> str:
    """URI notation: everything but these characters as %XX bytes of UTF-8."""
    from urllib.parse import quote

    return quote(path, safe="/:~!*'()-_.")
