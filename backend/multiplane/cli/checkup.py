"""What `multiplane doctor` and `panel status` say of one thing that they have looked at."""

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


def show(findings: list[Finding]) -> None:
    """All of them as a table."""
    from rich.console import Console
    from rich.markup import escape
    from rich.table import Table

    signs = {"ok": "[green]ok[/green]", "warning": "[yellow]look[/yellow]"}
    table = Table(box=None, show_header=False, pad_edge=False)
    table.add_column()
    table.add_column(style="bold")
    table.add_column(overflow="fold")
    for finding in findings:
        says = finding.says if not finding.remedy else f"{finding.says}. {finding.remedy}"
        table.add_row(
            signs.get(finding.state, "[red]problem[/red]"), escape(finding.what), escape(says)
        )
    Console(highlight=False).print(table)
