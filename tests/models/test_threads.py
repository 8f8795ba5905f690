"""A picture does not depend on what the process has done before."""

from __future__ import annotations

import os
import subprocess
import sys

import torch

from multiplane.models.threads import compute_with, own_choice


def test_others_do_not_change_the_number_for_good() -> None:
    before = own_choice()
    torch.set_num_threads(before + 1)  # as Numba does it
    assert torch.get_num_threads() == before + 1
    compute_with(None)
    assert torch.get_num_threads() == before == own_choice()
    compute_with(before + 2)
    assert torch.get_num_threads() == before + 2
    compute_with(None)


def test_threads_that_wait_do_not_count_unless_someone_says_so() -> None:
    code = "import multiplane, os; print(os.environ['OMP_WAIT_POLICY'])"
    rest = {key: value for key, value in os.environ.items() if key != "OMP_WAIT_POLICY"}
    for given, expected in (({}, "PASSIVE"), ({"OMP_WAIT_POLICY": "ACTIVE"}, "ACTIVE")):
        said = subprocess.run(
            [sys.executable, "-c", code], env={**rest, **given}, capture_output=True, text=True,
            check=True,
        )  # fmt: skip
        assert said.stdout.strip() == expected
