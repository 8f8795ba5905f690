"""What all pages have in common: they hold everything that they show, and look alike."""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from importlib import resources

from multiplane.contract.own_version import own_version
from multiplane.deliver.markup import text


def opening(title: str, style: str, script: str, *, served: bool = False) -> str:
    """A page's beginning, to its body. ``style`` comes after the look that all share.

    ``script`` is the one that `closing` gets: only this very one may run, and nothing may be
    fetched, also if escaping had a hole; by a ``served`` page only from where it came.
    """
    digest = base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
    sources = "img-src 'self' data:; connect-src 'self'" if served else "img-src data:"
    policy = (
        f"default-src 'none'; {sources}; style-src 'unsafe-inline'; "
        f"script-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    )
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="generator" content="{text(program())}">
<title>{text(title)}</title>
<style>{asset("multiplane.deliver", "web_page.css")}{style}</style>
</head>
<body>
"""


def closing(script: str) -> str:
    """A page's end."""
    return f"<script>{script}</script>\n</body>\n</html>\n"


def program() -> str:
    """Our name, with the version where it is known."""
    version = own_version()
    return "Multiplane" if version == "unknown" else f"Multiplane {version}"


@lru_cache(maxsize=8)
def asset(package: str, name: str) -> str:
    """A text file that lies in ``package``."""
    return (resources.files(package) / name).read_text(encoding="utf-8")
