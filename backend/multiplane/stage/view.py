"""What a camera shows of the picture, as a part of the frame at rest."""

from __future__ import annotations

from dataclasses import dataclass

from multiplane.contract.storyboard import FrameRect


@dataclass(frozen=True)
class View:
    """A part of the frame that has the frame's shape, in fractions of the frame's sides."""

    x: float = 0.5  # of its centre
    y: float = 0.5
    size: float = 1.0

    def __str__(self) -> str:
        """As a rectangle: x, y, width, height."""
        left, top = self.x - self.size / 2.0, self.y - self.size / 2.0
        return ", ".join(f"{number:.3g}" for number in (left, top, self.size, self.size))

    def towards(self, other: View, share: float) -> View:
        """The view that is ``share`` of the way to ``other``."""
        return View(
            self.x + share * (other.x - self.x),
            self.y + share * (other.y - self.y),
            self.size + share * (other.size - self.size),
        )


WHOLE = View()


def view_of(rect: FrameRect) -> View:
    """The smallest view around ``rect``, with the same centre."""
    return View(rect.x + rect.width / 2.0, rect.y + rect.height / 2.0, max(rect.width, rect.height))
