"""After Effects' scripts as one text, for an engine without `#include`."""

from __future__ import annotations

import re
from pathlib import Path

from multiplane.contract.errors import Failure

_INCLUDE = re.compile(r'^//@include "([^"]+)"[^\n]*$', re.MULTILINE)
_MODULE = """\
// {about}
// The globals of ExtendScript are parameters, so that nothing else has to know of them.
module.exports = function (app, $, File, Folder, host) {{
{names}
{text}
return multiplane;
}};
"""
_ABOUT = "Made from jsx/ by `multiplane panel`; change it there."
ENUMERATIONS = (
    "AlphaMode",
    "AutoOrientType",
    "ImportAsType",
    "KeyframeInterpolationType",
    "PREFType",
    "RQItemStatus",
)
CLASSES = (
    "AVLayer",
    "CompItem",
    "FolderItem",
    "FootageItem",
    "ImportOptions",
    "KeyframeEase",
    "MarkerValue",
)
"""What the scripts take from After Effects besides `app`."""


def with_includes(script: Path) -> str:
    """The script's text with its includes in place, as ExtendScript's preprocessor has it.

    Raises Failure `panel.script` for an include that is not there.
    """
    try:
        text = script.read_text(encoding="utf-8")
    except OSError as error:
        raise Failure(
            "panel.script", f"A script cannot be read: {error}.", file=str(script)
        ) from error
    return _INCLUDE.sub(lambda found: with_includes(script.parent / found[1]), text)


def as_module(script: Path) -> str:
    """A CommonJS module that runs the scripts over given globals and returns their one global.

    Its one export takes `(app, $, File, Folder, host)`; `host` has `CLASSES` and `ENUMERATIONS`.
    The scripts stay what they are: no rule of strict mode is added.
    """
    names = "\n".join(f"var {name} = host.{name};" for name in (*CLASSES, *ENUMERATIONS))
    return _MODULE.format(about=_ABOUT, names=names, text=with_includes(script))
