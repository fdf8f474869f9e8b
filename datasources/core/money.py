"""Exact amounts of money in a currency."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from decimal import Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Money:
    """An exact amount in the currency's major unit (19.99 US dollars), never a float.

    `currency_code` is an ISO 4217 alphabetic code.
    """

    amount: Decimal
    currency_code: str
