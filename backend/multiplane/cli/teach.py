"""Help texts: paragraphs that flow with the terminal, examples on lines of their own."""

from __future__ import annotations

import inspect


def teach(text: str, *examples: str) -> str:
    """`text` with every paragraph on one line, and below it the example commands."""
    paragraphs = [" ".join(paragraph.split()) for paragraph in inspect.cleandoc(text).split("\n\n")]
    if examples:
        paragraphs.append("\n".join(f"  [cyan]{escape(example)}[/cyan]" for example in examples))
    return "\n\n".join(paragraphs)


def escape(text: str) -> str:
    """Keep square brackets from being read as markup."""
    return text.replace("[", r"\[")
