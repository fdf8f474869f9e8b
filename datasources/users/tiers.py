"""Which tier of the customer programme a number of points leads to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from datasources.users.records import Tier

# The seeds name the tiers (004: regular, premium, vip) and not what they take.
PREMIUM_POINTS: Final = 3_000
VIP_POINTS: Final = 8_000

_RANKS: Final[dict[Tier, int]] = {"regular": 0, "premium": 1, "vip": 2}


def tier_of(points: int) -> Tier:
    """The tier for this many tier points."""
    if points >= VIP_POINTS:
        return "vip"
    return "premium" if points >= PREMIUM_POINTS else "regular"


def higher_tier(one: Tier, other: Tier) -> Tier:
    """The better of two tiers."""
    return max(one, other, key=lambda tier: _RANKS[tier])
