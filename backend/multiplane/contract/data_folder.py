"""The folder in which a server keeps its work, and in which its clients find it."""

from __future__ import annotations

import json
import os
import stat
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from multiplane.contract.errors import Failure
from multiplane.contract.own_version import own_program
from multiplane.contract.regular_file import read_regular

DATA_VARIABLE = "MULTIPLANE_DATA"
DEFAULT_PORT = 8472
"""The server's, where it is free."""
_MOST_BYTES = 2**16
"""Of each of the small files in it."""


@dataclass(frozen=True)
class Address:
    """Where a server listens."""

    host: str
    port: int
    scheme: str  # "http" or "https"
    pid: int

    @property
    def url(self) -> str:
        return f"{self.scheme}://{self.host}:{self.port}"


@dataclass(frozen=True)
class DataFolder:
    """The paths in it that both sides know."""

    root: Path

    @property
    def token(self) -> Path:
        """The secret, readable by its owner only."""
        return self.root / "token"

    @property
    def port(self) -> Path:
        """The number alone; there while the server runs, and after a kill until the next start."""
        return self.root / "port"

    @property
    def server(self) -> Path:
        """JSON: the rest of its address, its process, and the program that starts another one."""
        return self.root / "server.json"

    @property
    def certificate(self) -> Path:
        """Of a server that listens beyond this computer with a made certificate."""
        return self.root / "certificate.pem"

    @property
    def mark(self) -> Path:
        """JSON: that this folder is a server's, and of which version."""
        return self.root / "multiplane-data.json"

    @property
    def database(self) -> Path:
        """Jobs, shots and results."""
        return self.root / "jobs.sqlite3"

    @property
    def backups(self) -> Path:
        """Earlier generations of the database."""
        return self.root / "backups"

    @property
    def jobs(self) -> Path:
        """A folder for each job, by its id, with its shots and the storyboard's files."""
        return self.root / "jobs"

    @property
    def submitted(self) -> Path:
        """What each job was submitted as, by its id: the database is rebuilt from it."""
        return self.root / "submitted"

    @property
    def blobs(self) -> Path:
        """Files of results and uploads, by the hash of their content."""
        return self.root / "blobs"

    @property
    def work(self) -> Path:
        """Shots that are being made."""
        return self.root / "work"

    @property
    def logs(self) -> Path:
        return self.root / "logs"

    @property
    def set_aside(self) -> Path:
        """What was found among the server's own and is not: nothing of it is ever deleted."""
        return self.root / "set-aside"

    @property
    def removed(self) -> Path:
        """Folders of jobs that were removed and are being deleted."""
        return self.root / "removed"

    def read_token(self) -> str:
        """Raises Failure `server.no_token`, and `server.token_owner` for somebody else's."""
        try:
            check_owner(self.token)
            return read_regular(self.token, _MOST_BYTES).decode("ascii").strip()
        except (OSError, ValueError) as error:
            raise _not_there("server.no_token", "token", self.root) from error

    def read_address(self) -> Address:
        """Raises Failure `server.not_running` when no server has said where it listens."""
        try:
            port = int(read_regular(self.port, _MOST_BYTES))
            read = json.loads(read_regular(self.server, _MOST_BYTES))
            return Address(str(read["host"]), port, str(read["scheme"]), int(read["pid"]))
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise _not_there("server.not_running", "port", self.root) from error

    def write_address(self, address: Address) -> None:
        """Announce the server. Each file appears whole, the port last."""
        said = {
            "host": address.host,
            "scheme": address.scheme,
            "pid": address.pid,
            "program": own_program(),
        }
        _replace(self.server, json.dumps(said))
        _replace(self.port, str(address.port))


def data_folder(given: Path | None = None) -> DataFolder:
    """`given`, or `$MULTIPLANE_DATA`, or the user's data folder."""
    if given is None:
        named = os.environ.get(DATA_VARIABLE)
        default = platformdirs.user_data_path("multiplane", appauthor=False)
        given = Path(named) if named else default
    return DataFolder(given.expanduser().absolute())


def check_owner(token: Path) -> None:
    """See that a token's file is a plain one, and this user's own.

    Whoever else has written it knows the token. Raises Failure `server.token_owner`, and OSError
    where there is none.
    """
    found = token.lstat()
    # The administrator may use any user's server; a server of its own it starts by its own token.
    foreign = os.name != "nt" and os.geteuid() not in (found.st_uid, 0)
    if foreign or not stat.S_ISREG(found.st_mode):
        raise Failure(
            "server.token_owner",
            "The token belongs to another user." if foreign else "The token is no plain file.",
            file=str(token),
            remedy="Use a data folder of your own, with --data; in your own, remove this file and "
            "start the server again: it makes a new one.",
        )


def _not_there(code: str, name: str, root: Path) -> Failure:
    return Failure(
        code=code,
        message="No server has left its {noun} here.",
        file=str(root / name),
        remedy="Start one with: multiplane serve (with the same --data, if you give one).",
        values={"noun": name},
    )


def _replace(path: Path, text: str) -> None:
    fresh = path.with_name(f".{path.name}-{os.getpid()}")
    fresh.write_text(text + "\n", encoding="utf-8")
    fresh.replace(path)
