"""Whose cart a request is about: the account's where somebody is signed in, else the guest's whose token it brings."""

from datetime import UTC, datetime
from typing import Protocol, TypedDict

from datasources.carts.errors import UnknownCart
from datasources.carts.owners import CartOwner
from datasources.core.databases import Database
from datasources.core.keyvalues import KeyValueStore
from datasources.core.tokens import hash_of
from resolvers.context import Info

WHOSE = (
    "The secret that a guest's cart was given out with. Left out, the one in the request's X-Cart-Token header counts. "
    "Whoever is signed in acts on the cart of their account, whatever token they bring."
)
EXPECTED_VERSION = (
    "The version of the cart that the change is meant for, if it may be made to no other: where somebody else has "
    "changed the cart since, nothing is done."
)


class CartInput(Protocol):
    """What inputs have that are about a cart."""

    cart_token: str | None
    expected_version: int | None


class Aim(TypedDict):
    """Which cart is changed, which version of it, and when."""

    owner: CartOwner
    expected_version: int | None
    now: datetime


def aim(info: Info, input: CartInput) -> Aim:
    """The cart that an input is about, now.

    Raises:
        UnknownCart: it is about none.
    """
    return {
        "owner": _required_owner(info, input.cart_token),
        "expected_version": input.expected_version,
        "now": datetime.now(UTC),
    }


def kept_in(info: Info) -> tuple[KeyValueStore, Database]:
    """Where carts are: in Redis, with their copies in CartDb."""
    return info.context.connections.carts, info.context.connections.cart_copies


def owner_of(info: Info, token: str | None) -> CartOwner | None:
    """Whose cart the request changes; None for a guest without a token. `token` is the one in the input."""
    user_id = info.context.viewer.user_id
    if user_id is not None:
        return CartOwner(user_id=user_id)
    secret = presented_token(info, token)
    return CartOwner(token_hash=hash_of(secret)) if secret else None


def presented_token(info: Info, token: str | None) -> str | None:
    """The token in the input or else that in the header; None for none."""
    return token or info.context.cart_token or None


def _required_owner(info: Info, token: str | None) -> CartOwner:
    """Whose cart the request changes.

    Raises:
        UnknownCart: nobody's.
    """
    owner = owner_of(info, token)
    if owner is None:
        raise UnknownCart
    return owner
