"""Short questions with defaults; where nobody can be asked, the defaults are taken and told."""

from __future__ import annotations

from collections.abc import Callable

from installer.problems import BAD_ENVIRONMENT, InstallerProblem

_YES, _NO = ("y", "yes", "j", "ja", "o", "oui", "s", "si"), ("n", "no", "nein", "non")


class Dialog:
    """Asks at a terminal. ask: None where there is none, or where the defaults are wanted."""

    def __init__(self, ask: Callable[[str], str] | None) -> None:
        self.ask = ask

    def yes(self, question: str, default: bool, wish: bool | None = None) -> bool:
        """Whether the user wants it. wish: what was said on the command line; then nobody is asked.

        Raises InstallerProblem when the terminal is closed.
        """
        if wish is not None:
            return wish
        if self.ask is None:
            print(f"  {question} {'yes' if default else 'no'} (the default)")
            return default
        while True:
            said = self._line(f"  {question} [{'Y/n' if default else 'y/N'}] ").lower()
            if not said:
                return default
            if said in _YES or said in _NO:
                return said in _YES
            print("  Please answer y or n, or press Return for the default.")

    def choose(self, question: str, names: list[str]) -> list[str]:
        """Which of `names` the user wants, by name or number from 1; none by default."""
        if self.ask is None:
            return []
        while True:
            words = self._line(f"  {question} ").replace(",", " ").split()
            chosen = [_named(word, names) for word in words]
            if None not in chosen:
                return [name for name in dict.fromkeys(chosen) if name]
            print(f"  Please name some of {', '.join(names)}, or press Return for none.")

    def _line(self, question: str) -> str:
        assert self.ask is not None
        try:
            return self.ask(question).strip()
        except EOFError:
            raise InstallerProblem(
                "The terminal was closed before all was answered; nothing was done.",
                "Run the same command again, or with --yes to take the defaults.",
                BAD_ENVIRONMENT,
            ) from None


def _named(word: str, names: list[str]) -> str | None:
    if word in names:
        return word
    if word.isdecimal() and 1 <= int(word) <= len(names):
        return names[int(word) - 1]
    return None
