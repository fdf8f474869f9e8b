"""The Redis key layout: every key's name, what is under it, and how long it lives."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypedDict

if TYPE_CHECKING:
    from uuid import UUID

# A signed-in customer's cart lives as long as seed 000 says, counted from its last change. It may be so short because
# it loses nothing: CartDb has the durable copy, from which the next read fills the key again.
CART_SECONDS: Final = 24 * 60 * 60
# A guest's cart lives as long as seed 001 says, counted from when it was last changed or looked at: Redis has the only
# copy.
GUEST_CART_SECONDS: Final = 7 * 24 * 60 * 60
# How long it is known in Redis that an order's units were taken out of a cart; whoever places orders has long stopped
# to try again. CartDb knows it of customers' carts beyond that.
ORDERED_SECONDS: Final = 7 * 24 * 60 * 60
# Neither seed says how long what was viewed is kept: a month without a visit, then it goes.
RECENTLY_VIEWED_SECONDS: Final = 30 * 24 * 60 * 60
RECENTLY_VIEWED_MOST: Final = 50
# How long a viewer's second look at a product is the same visit.
PRODUCT_VIEW_SECONDS: Final = 30 * 60

# The fields of a cart's hash (000). Amounts are decimal strings ("599.98"), times ISO 8601 in UTC.
ITEMS: Final = "items"  # a JSON array of CartItem
SUBTOTAL: Final = "subtotal"
DISCOUNT: Final = "discount"
TOTAL: Final = "total"
COUPON_CODE: Final = "coupon_code"  # the codes in the order they were given, separated by commas; 000 has one
CREATED_AT: Final = "created_at"
UPDATED_AT: Final = "updated_at"
# Not in the seeds: no amount is without its currency, and no two tabs may overwrite each other's change.
CURRENCY: Final = "currency"  # an ISO 4217 code
VERSION: Final = "version"  # a whole number from 1, one more with every change
# A random id of the last change: two carts that were at one version, as before and after Redis has lost it, are told
# apart by it, and whoever made the change knows it again where the answer was lost.
CHANGE: Final = "change"
CHECKOUT: Final = "checkout"  # a JSON object of CheckoutDetails, what is not known left out
MERGED_FROM: Final = (
    "merged_from"  # the token hash of the guest's cart that was merged in last; empty for none
)

# Customers whose durable copy is behind, by the time of the change in microseconds: a sorted set.
UNCOPIED: Final = "carts:uncopied"

# The fields of a session's hash: what a request needs to know of a row of user_sessions without asking UserDb.
SESSION_USER_ID: Final = "user_id"
SESSION_ROLES: Final = "roles"  # a JSON array of role names
SESSION_CREATED_AT: Final = "created_at"
SESSION_EXPIRES_AT: Final = "expires_at"


class CartItem(TypedDict):
    """One line of a cart, as JSON (000), with the variant that is bought and its currency.

    Name, image and price are what the customer last saw. Showing a cart and checking out read them afresh from the
    catalogue, and a difference is a problem of the cart.
    """

    product_id: str  # the product's ObjectId in hexadecimal
    variant_id: str  # a UUID
    sku: str
    name: str | None
    image: str | None
    price: str  # a decimal string such as "299.99", never a float
    currency: str
    quantity: int
    subtotal: str  # price times quantity
    added_at: str


def cart(user_id: UUID) -> str:
    """A signed-in customer's cart: a hash that lives for CART_SECONDS (000)."""
    return f"cart:{user_id}"


def guest_cart(token_hash: str) -> str:
    """A guest's cart: the same hash, for GUEST_CART_SECONDS (001's `cart:session:{sessionId}`).

    `token_hash` is the hexadecimal SHA-256 of the token that the client keeps, so that whoever can list the keys still
    cannot open a cart. No user's cart can have this name: a user's id is a UUID.
    """
    return f"cart:session:{token_hash}"


def ordered(order_id: UUID) -> str:
    """That an order's units were taken out of its cart: a hash with a `version` of 1, for ORDERED_SECONDS.

    It is a hash so that a script may look at it as it looks at carts.
    """
    return f"cart:ordered:{order_id}"


def wishlist(user_id: UUID) -> str:
    """A customer's wishlist: a sorted set of product ids by the time of adding, in milliseconds. It does not expire."""
    return f"wishlist:{user_id}"


def recently_viewed(user_id: UUID) -> str:
    """What a customer looked at: a sorted set of product ids by the time of viewing, in milliseconds.

    At most the newest RECENTLY_VIEWED_MOST are kept, for RECENTLY_VIEWED_SECONDS after the last.
    """
    return f"recently_viewed:{user_id}"


def product_view(viewer: str, product_id: str) -> str:
    """That a viewer has looked at a product: an empty string, for PRODUCT_VIEW_SECONDS.

    `viewer` is a user's id, or the hexadecimal SHA-256 of what tells a guest from another.
    """
    return f"product_view:{viewer}:{product_id}"


def session(session_id: UUID) -> str:
    """A sign-in: a hash of the SESSION_* fields that lives as long as the session may still be used.

    `session_id` is the key of the row in user_sessions, which is no secret; the tokens themselves are never in Redis.
    """
    return f"session:{session_id}"
