"""What the user is told when the machine or pip is not up to it."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer.checks import GB, check_disk, check_platform, check_venv_module
from installer.problems import BAD_ENVIRONMENT, FAILURE, InstallerProblem, pip_problem
from installer.python_version import python_problem


@pytest.mark.parametrize("version", [(3, 6, 15), (3, 10, 99)])
def test_an_old_python_is_told_which_one_is_needed(version: tuple[int, int, int]) -> None:
    said = python_problem(version, "/usr/bin/python3")
    assert "3.11 to 3.14" in said
    assert f"3.{version[1]}.{version[2]} (/usr/bin/python3)" in said


def test_a_python_that_is_too_new_is_told_so() -> None:
    assert "so far" in python_problem((3, 15, 0), "python3")


@pytest.mark.parametrize("minor", [11, 12, 13, 14])
def test_supported_pythons_pass(minor: int) -> None:
    assert python_problem((3, minor, 0), "python3") == ""


@pytest.mark.parametrize("missing", ["venv", "ensurepip"])
def test_a_missing_venv_module_names_the_package(missing: str) -> None:
    with pytest.raises(InstallerProblem) as caught:
        check_venv_module(lambda name: name != missing)
    assert f"python3.{sys.version_info[1]}-venv" in caught.value.remedy
    assert caught.value.status == BAD_ENVIRONMENT


def test_this_python_has_venv() -> None:
    check_venv_module()


def test_too_little_disk_says_how_much_is_needed_and_where(tmp_path: Path) -> None:
    with pytest.raises(InstallerProblem) as caught:
        check_disk(tmp_path, 3 * GB, lambda _: 400_000_000)
    assert f"3.0 GB in {tmp_path}" in caught.value.message
    assert "0.4 GB are free" in caught.value.message


def test_enough_disk_passes(tmp_path: Path) -> None:
    check_disk(tmp_path, 3 * GB, lambda _: 3 * GB)
    check_disk(tmp_path, 1)


@pytest.mark.parametrize(
    ("system", "machine", "bits", "musl", "word"),
    [
        ("Windows", "AMD64", 32, False, "32-bit"),
        ("Darwin", "x86_64", 64, False, "Intel"),
        ("Linux", "x86_64", 64, True, "musl"),
    ],
)
def test_systems_without_pytorch_are_refused(
    system: str, machine: str, bits: int, musl: bool, word: str
) -> None:
    with pytest.raises(InstallerProblem, match=word):
        check_platform(system, machine, bits, musl)


@pytest.mark.parametrize(
    ("output", "word", "status"),
    [
        (
            "WARNING: Retrying (Retry(total=0)) after connection broken by 'NewConnectionError'\n"
            "ERROR: No matching distribution found for pip==26.3\n",
            "No network",
            BAD_ENVIRONMENT,
        ),
        ("pip._vendor.urllib3.exceptions.ReadTimeoutError: Read timed out.", "No network", 2),
        (
            "Could not fetch URL: There was a problem confirming the ssl certificate: "
            "HTTPSConnectionPool: Max retries exceeded (Caused by SSLError("
            "SSLCertVerificationError(1, 'certificate verify failed')))",
            "certificate",
            BAD_ENVIRONMENT,
        ),
        ("ERROR: [Errno 28] No space left on device", "disk became full", BAD_ENVIRONMENT),
        ("ERROR: [WinError 5] Access is denied: 'x.pyd'", "could not be written", 2),
        ("ERROR: No matching distribution found for torch==2.13.0\n", "no torch==2.13.0", 2),
        (
            "Additionally, some packages in these conflicts have no matching distributions "
            "available for your environment:\n    deep\n\nERROR: ResolutionImpossible: for help",
            "no deep for this Python",
            BAD_ENVIRONMENT,
        ),
        ("ERROR: ResolutionImpossible: for help visit", "lacks one of the versions", 2),
        ("ERROR: something nobody has seen\n", "something nobody has seen", FAILURE),
        ("", "ended with status 7 while installing the libraries", FAILURE),
    ],
)
def test_pip_output_becomes_one_sentence(output: str, word: str, status: int) -> None:
    problem = pip_problem("installing the libraries", 7, output, "/x/setup.log")
    assert word in problem.message
    assert "\n" not in problem.message
    assert "/x/setup.log" in problem.remedy
    assert problem.status == status
