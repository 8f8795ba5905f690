"""Help texts: paragraphs that flow with the terminal, examples on lines of their own."""

from __future__ import annotations

import inspect

_COMMAND = "multiplane "


def teach(text: str, *examples: str) -> str:
    """`text` with every paragraph on one line, and below it the example commands.

    Those of a docstring are its last paragraph, each on a line of its own.
    """
    parts = inspect.cleandoc(text).split("\n\n")
    if not examples and all(line.startswith(_COMMAND) for line in parts[-1].splitlines()):
        examples = tuple(parts.pop().splitlines())
    paragraphs = [" ".join(paragraph.split()) for paragraph in parts]
    if examples:
        paragraphs.append("\n".join(f"  [cyan]{escape(example)}[/cyan]" for example in examples))
    return "\n\n".join(paragraphs)


def escape(text: str) -> str:
    """Keep square brackets from being read as markup."""
    return text.replace("[", r"\[")
