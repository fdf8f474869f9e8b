"""Whose a cart is, and what follows from it: the key that it is under, how long it lives, and its public id."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from datasources.carts import keys
from datasources.carts.tokens import guest_cart_id

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class CartOwner:
    """A signed-in customer, or the guest who holds the token with this hash (`core.tokens.hash_of`); one of them."""

    user_id: UUID | None = None
    token_hash: str | None = None

    def __post_init__(self) -> None:
        """Refuse neither and both.

        Raises:
            ValueError: it is not exactly one.
        """
        if (self.user_id is None) == (self.token_hash is None):
            message = "A cart belongs either to a customer or to whoever holds its token."
            raise ValueError(message)

    @property
    def key(self) -> str:
        """The Redis key of the cart."""
        return keys.cart(self.user_id) if self.user_id is not None else keys.guest_cart(self.token_hash or "")

    @property
    def seconds(self) -> int:
        """How long the cart lives in Redis after its last use."""
        return keys.GUEST_CART_SECONDS if self.user_id is None else keys.CART_SECONDS

    @property
    def cart_id(self) -> str:
        """The id that the cart is shown under, which opens nothing."""
        return str(self.user_id) if self.user_id is not None else guest_cart_id(self.token_hash or "")
