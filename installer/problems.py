"""What can go wrong in a set-up, as one sentence and what to do about it."""

from __future__ import annotations

import re

FAILURE = 1
BAD_ENVIRONMENT = 2
INTERRUPTED = 130


class InstallerProblem(Exception):
    """A problem that the user can act on; shown without a traceback.

    Args:
        message: one sentence that says what is wrong.
        remedy: what to do about it.
        status: exit status; `BAD_ENVIRONMENT` for the machine or the input, `FAILURE` for the rest.
    """

    def __init__(self, message: str, remedy: str, status: int = BAD_ENVIRONMENT) -> None:
        super().__init__(message)
        self.message = message
        self.remedy = remedy
        self.status = status


# pip says "No matching distribution" after a network failure too: the order matters.
_CAUSES: tuple[tuple[str, str, str], ...] = (
    (
        r"CERTIFICATE_VERIFY_FAILED|SSLCertVerificationError|certificate verify failed",
        "The package registry's certificate was not accepted, as happens behind a company proxy.",
        "Set PIP_CERT to the company's certificate file, then run the same command again.",
    ),
    (
        r"No space left on device|not enough space on the disk|Disk quota exceeded",
        "The disk became full while packages were being installed.",
        "Free some space, then run the same command again: it goes on where it stopped.",
    ),
    (
        r"Failed to establish a new connection|NewConnectionError|NameResolutionError"
        r"|Name or service not known|Temporary failure in name resolution|getaddrinfo failed"
        r"|nodename nor servname|Network is unreachable|No route to host|Connection refused"
        r"|ConnectTimeout|Connection to \S+ timed out|ReadTimeout|Read timed out|ProxyError"
        r"|Cannot connect to proxy|Connection reset by peer|Max retries exceeded",
        "No network: pip could not reach the package registry.",
        "Connect to the internet (behind a proxy set HTTPS_PROXY, with an own mirror "
        "PIP_INDEX_URL), then run the same command again: it goes on where it stopped.",
    ),
    (
        r"Long Path support",
        "Windows refused a file path of more than 260 characters.",
        "Move the project to a short folder such as C:\\multiplane, or switch on long paths in "
        "Windows, then run the same command again.",
    ),
    (
        r"Permission denied|Access is denied|WinError 5\b|WinError 32\b",
        "A file in .venv could not be written.",
        "Close programs that use Multiplane, check that the project folder is yours, then run the "
        "same command again.",
    ),
    (
        r"No matching distribution found for (\S+)"
        r"|no matching distributions available for your environment:\s+(\S+)",
        "The package registry has no {name} for this Python on this system.",
        "Use Python 3.12 or 3.13 in its 64-bit version; where an own mirror is set, see that it "
        "has this version.",
    ),
    (
        r"ResolutionImpossible",
        "The package registry lacks one of the versions in installer/constraints.txt.",
        "Use Python 3.12 or 3.13 in its 64-bit version; where an own mirror is set, see that it "
        "is complete.",
    ),
)


def pip_problem(step: str, status: int, output: str, log: str) -> InstallerProblem:
    """Name the cause of a failed pip run.

    Args:
        step: what was being done, for the message: "installing the libraries".
        status: pip's exit status.
        output: what pip printed.
        log: where the whole output is kept.
    """
    kept = f"pip's own words are in {log}; --verbose shows them."
    for pattern, message, remedy in _CAUSES:
        found = re.search(pattern, output)
        if found:
            name = next((value for value in found.groups() if value), "")
            return InstallerProblem(message.format(name=name), f"{remedy}\n{kept}")
    errors = [line for line in output.splitlines() if line.lower().startswith("error:")]
    said = f": {errors[-1][6:].strip()}" if errors else "."
    return InstallerProblem(
        f"pip ended with status {status} while {step}{said}",
        f"Run the same command again; if it stays, report it with the log. {kept}",
        FAILURE,
    )
