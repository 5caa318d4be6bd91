"""In what order a round runs its variants."""

from collections.abc import Sequence
from typing import TypeVar

One = TypeVar("One")


def rotated(variants: Sequence[One], by: int) -> Sequence[One]:
    """Each round begins with another, so that none always follows the same one."""
    start = by % len(variants) if variants else 0
    return [*variants[start:], *variants[:start]]
