"""Documents of the contract written into an output folder."""

from __future__ import annotations

from pathlib import Path

from multiplane.contract.document import Entry
from multiplane.deliver.folder import replacing_file


def write_document(path: Path, document: Entry, *, rewrites: bool = False) -> None:
    """Write `document` to `path`, in one go. rewrites: as for `replacing_file`. Raises Failure."""
    with replacing_file(path, rewrites=rewrites) as fresh:
        fresh.write_bytes(document.to_json().encode())
