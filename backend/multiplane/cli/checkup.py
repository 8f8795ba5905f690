"""What `multiplane doctor` says of one thing that it has looked at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["ok", "warning", "problem"]


@dataclass(frozen=True)
class Finding:
    """One thing that was looked at. remedy: what to do, "" when nothing is."""

    what: str
    state: State
    says: str
    remedy: str = ""
