"""Files as items of the project."""

from __future__ import annotations

import os
from pathlib import Path

from py_aep import FolderItem, FootageItem, ImportOptions, Project


def import_footage(project: Project, parent: FolderItem, path: Path) -> FootageItem:
    """The file as an item in ``parent``; what py-aep raises for a file it cannot read goes on.

    Links stay as they are: the way from the project to the file is counted in folders, and both
    ends must be named alike.
    """
    item = project.import_file(ImportOptions(Path(os.path.abspath(path))))
    assert isinstance(item, FootageItem)
    item.parent_folder = parent
    return item
