"""Help texts: paragraphs that flow with the terminal, examples on lines of their own."""

from __future__ import annotations

import inspect


def teach(text: str, *examples: str) -> str:
    """`text` with every paragraph on one line, and below it the example commands."""
    paragraphs = [" ".join(one.split()) for one in inspect.cleandoc(text).split("\n\n")]
    if examples:
        paragraphs.append("\n".join(f"  [cyan]{escape(one)}[/cyan]" for one in examples))
    return "\n\n".join(paragraphs)


def escape(text: str) -> str:
    """Keep square brackets from being read as markup."""
    return text.replace("[", r"\[")
