"""The server's log: text for people, JSON lines for programs, both rotated."""

from __future__ import annotations

import contextlib
import json
import logging
from datetime import UTC, datetime
from logging.handlers import RotatingFileHandler
from pathlib import Path
from typing import BinaryIO

from aiohttp.http_exceptions import HttpProcessingError

TEXT, LINES, WORKER = "server.log", "server.jsonl", "worker.log"
_MAX_BYTES, _KEPT = 5 * 2**20, 4
_FIELDS = ("job", "shot", "result")
_OURS = ("multiplane", "aiohttp", "asyncio")


class Malformed(logging.Filter):
    """Of requests that are no HTTP only the fact is noted: what they held may be a token."""

    def filter(self, record: logging.LogRecord) -> bool:
        error = record.exc_info[1] if record.exc_info else None
        if isinstance(error, HttpProcessingError):
            record.exc_info = record.exc_text = None
            record.msg, record.args = f"A request was no HTTP ({type(error).__name__})", ()
        return True


class JsonLines(logging.Formatter):
    """One JSON object a line: time (UTC), level, logger, text, job, shot, trace."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        said: dict[str, object] = {
            "time": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "text": record.getMessage(),
        }
        said |= {name: getattr(record, name) for name in _FIELDS if getattr(record, name, None)}
        if record.exc_info:
            said["trace"] = self.formatException(record.exc_info)
        return json.dumps(said, ensure_ascii=False)


def open_logs(folder: Path) -> list[logging.Handler]:
    """Write everything from now on into `folder`; give the result to `close_logs`."""
    folder.mkdir(parents=True, exist_ok=True)
    text = RotatingFileHandler(
        folder / TEXT, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", errors="replace"
    )
    text.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s"))
    lines = RotatingFileHandler(
        folder / LINES, maxBytes=_MAX_BYTES, backupCount=_KEPT, encoding="utf-8", errors="replace"
    )
    lines.setFormatter(JsonLines())
    handlers: list[logging.Handler] = [text, lines]
    for handler in handlers:
        handler.addFilter(Malformed())
    for name in _OURS:
        logger = logging.getLogger(name)
        logger.setLevel(logging.INFO if name == "multiplane" else logging.WARNING)
        for handler in handlers:
            logger.addHandler(handler)
    return handlers


def close_logs(handlers: list[logging.Handler]) -> None:
    for name in _OURS:
        for handler in handlers:
            logging.getLogger(name).removeHandler(handler)
    for handler in handlers:
        handler.close()


def open_worker_log(path: Path) -> BinaryIO:
    """Where a worker that starts writes what it prints; a long log is set aside first.

    Workers that run already go on in the one that is set aside. Raises OSError.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    if path.is_file() and path.stat().st_size > _MAX_BYTES:
        with contextlib.suppress(PermissionError):  # Windows: another worker has it open
            path.replace(path.with_suffix(".log.1"))
    return path.open("ab")
