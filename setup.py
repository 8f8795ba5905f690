"""Puts the panel and After Effects' scripts into the package; all else is in pyproject.toml.

They lie beside `backend/` because no Python imports them, and `multiplane panel` has to find them
in an installation as well.
"""

from __future__ import annotations

import shutil
from pathlib import Path

from setuptools import setup
from setuptools.command.build_py import build_py

BESIDE = ("cep_panel", "jsx")


class BuildWithPanel(build_py):
    def run(self) -> None:
        super().run()
        if self.editable_mode:
            return  # they are found where they are
        for name in BESIDE:
            target = Path(self.build_lib) / "multiplane" / name
            shutil.rmtree(target, ignore_errors=True)
            shutil.copytree(Path(__file__).parent / name, target)


setup(cmdclass={"build_py": BuildWithPanel})
