"""The panel's page with all its modules as one classic script, as Adobe's programs get it.

Modules are not loaded from the disk everywhere: in CEP it hangs on one switch of the browser, and
UXP has none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from multiplane.contract.errors import Failure
from multiplane.deliver.bundle import bundle
from multiplane.panel.sources import INDEX, Sources, files_of

BUNDLE = "panel.js"
_MODULE_TAG = re.compile(r'<script\s+type="module"\s+src="(?P<src>[^"]+)"\s*></script>')
_CLASSIC_TAG = re.compile(r'<script\s+src="([^"]+)"\s*></script>')
_END = "</body>"
_CODE = (".js", ".html", ".ts")
_NOT_OF_THE_PAGE = ("CSXS/", "uxp/", ".debug", "jsconfig.json")


def page_files(sources: Sources, page: str = INDEX) -> Iterator[tuple[str, bytes]]:
    """(path, content) of the page, under the name `page`, and of all that it loads.

    Raises InputError `panel.module`, Failure `panel.page`.
    """
    path = sources.panel / INDEX
    html = path.read_text(encoding="utf-8")
    entries = _MODULE_TAG.findall(html)
    if len(entries) != 1:
        raise Failure(
            "panel.page",
            'The page does not have exactly one <script type="module" src="..."></script>.',
            file=str(path),
        )
    if html.count(_END) != 1:
        raise Failure("panel.page", f"The page does not have exactly one {_END}.", file=str(path))
    # At its end: unlike modules a classic script does not wait for the page.
    classic = _MODULE_TAG.sub("", html).replace(_END, f'<script src="{BUNDLE}"></script>\n{_END}')
    yield page, classic.encode()
    yield BUNDLE, bundle(sources.panel, entries[0]).encode()
    as_they_are = set(_CLASSIC_TAG.findall(html))
    for name in files_of(sources.panel):
        is_code = name.endswith(_CODE) or name.startswith(_NOT_OF_THE_PAGE)
        if name in as_they_are or not is_code:
            yield name, (sources.panel / name).read_bytes()
