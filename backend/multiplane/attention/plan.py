"""What to capture."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

from multiplane.contract.errors import InputError
from multiplane.contract.told_values import Value


@dataclass(frozen=True)
class TokenGroup:
    """The tokens of one phrase."""

    name: str
    token_indices: tuple[int, ...]  # positions in the model's text sequence, see `phrases.locate`


@dataclass(frozen=True)
class Concept:
    """Words that the prompt lacks, looked for by their meaning."""

    name: str
    text: str


@dataclass(frozen=True)
class CapturePlan:
    """Which attention to keep.

    Raises `InputError` when a group is empty, no block is named or a bound is out of range.
    """

    groups: tuple[TokenGroup, ...]  # for every picture of a batch that has none of its own
    blocks: tuple[int, ...]  # indices of main blocks
    sigma_low: float = 0.0  # noise levels that count in a pipeline's loop, 0 = picture, 1 = noise
    sigma_high: float = 1.0
    hops: int = 0  # times the image-to-text maps go through image-to-image attention
    sharpness: float = 1.0  # factor on the logits of that image-to-image attention
    max_steps: int | None = 2  # steps captured of those in the range; None: all of them
    pictures: int | None = None  # of the batch, the first of them alone; None: all
    keep_each: bool = False  # keep the maps of every block and step as well
    groups_by_picture: tuple[tuple[TokenGroup, ...], ...] = ()  # for a batch of unlike prompts
    concepts: tuple[Concept, ...] = ()  # their maps come after those of the groups
    concept_length: int = 512  # tokens of text that the pipeline keeps
    # per block what each head's attention to words counts, >= 0; of other blocks all count alike
    head_weights: tuple[tuple[int, tuple[float, ...]], ...] = ()

    def __post_init__(self) -> None:
        """Refuse a plan that could not be carried out."""
        nothing = not self.groups and not self.concepts
        if nothing or not all(self.groups_by_picture):
            raise _invalid("groups", self.groups, "There is no phrase to look for.")
        for group in (*self.groups, *(one for own in self.groups_by_picture for one in own)):
            if not group.token_indices or min(group.token_indices) < 0:
                message = "'{phrase}' has no tokens to look for."
                raise _invalid("groups", group.name, message, phrase=group.name)
        if not self.blocks or min(self.blocks) < 0 or len(set(self.blocks)) < len(self.blocks):
            raise _invalid("blocks", self.blocks, "Name at least one block, each of them once.")
        if not 0 <= self.sigma_low <= self.sigma_high <= 1:
            raise _invalid(
                "sigma_low",
                (self.sigma_low, self.sigma_high),
                "Noise levels go from 0 to 1, the low one first.",
            )
        if self.hops < 0 or self.sharpness <= 0:
            raise _invalid("hops", (self.hops, self.sharpness), "Hops >= 0, sharpness > 0.")
        for _, weights in self.head_weights:
            if not all(0 <= one < inf for one in weights) or not sum(weights) > 0:
                raise _invalid("head_weights", weights, "Heads count >= 0, and one of them > 0.")
        if self.max_steps is not None and self.max_steps < 1:
            raise _invalid("max_steps", self.max_steps, "At least one step must be captured.")
        if self.pictures is not None and self.pictures < 1:
            raise _invalid("pictures", self.pictures, "At least one picture must be captured.")

    def heads_of(self, block: int, count: int) -> tuple[float, ...] | None:
        """What each of the block's `count` heads counts, together 1; None where all count alike.

        Raises `InputError` where the block has another number of heads.
        """
        weights = dict(self.head_weights).get(block)
        if weights is None:
            return None
        if len(weights) != count:
            message = "Block {block} has {heads} heads, and {count} weights."
            figures = {"block": block, "heads": count, "count": len(weights)}
            raise _invalid("head_weights", weights, message, **figures)
        return tuple(one / sum(weights) for one in weights)

    def names_for(self, picture: int) -> tuple[str, ...]:
        """Names of the maps of the batch's picture number `picture`: phrases, then concepts."""
        phrases = (group.name for group in self.groups_for(picture))
        return (*phrases, *(concept.name for concept in self.concepts))

    def groups_for(self, picture: int) -> tuple[TokenGroup, ...]:
        """The phrases of the batch's picture number `picture`, from 0."""
        if picture < len(self.groups_by_picture):
            return self.groups_by_picture[picture]
        return self.groups


def _invalid(field: str, value: object, message: str, **values: Value) -> InputError:
    return InputError("attention.plan_invalid", message, field=field, value=value, values=values)
