"""What the cart service gives out: carts as their owners left them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.money import NOTHING
from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID


@row_record
class CartLine:
    """So many pieces of one variant. Name, image and price are what the customer last saw.

    Copies from before the third migration of CartDb have no name and no image, so both may be None.
    """

    product_id: str
    variant_id: UUID
    sku: str
    name: str | None
    image_url: str | None
    currency: str
    unit_price: Decimal
    quantity: int
    added_at: datetime

    @property
    def subtotal(self) -> Decimal:
        """The price of all pieces."""
        return self.unit_price * self.quantity


@row_record
class NewLine:
    """So many pieces of one variant to be added, with what the customer sees of it: name, image and price."""

    product_id: str
    variant_id: UUID
    sku: str
    name: str | None
    image_url: str | None
    unit_price: Decimal
    quantity: int


@row_record
class CheckoutDetails:
    """What a customer has said of the order to be, so far: all of it may be missing.

    Addresses are snapshots with the fields of an order's (`orders.records.PostalAddress`); `shipping_method` is the
    code of one of the shop's shipping options.
    """

    email: str | None = None
    shipping_address: Mapping[str, Any] | None = None
    billing_address: Mapping[str, Any] | None = None
    shipping_method: str | None = None
    notes: str | None = None


NO_DETAILS = CheckoutDetails()


@row_record
class Cart:
    """A cart, with its lines in the order in which they were added; amounts are in `currency`, the lines' too.

    `id` is safe to show: it opens no guest's cart. A guest's cart has no `user_id`. `discount` is what the coupons took
    off when the cart last changed; the durable copy keeps the coupons alone, so there it is zero. `merged_from` is the
    token hash of the guest's cart that was merged in last, which opens nothing any more.
    """

    id: str
    user_id: UUID | None
    version: int
    lines: tuple[CartLine, ...]
    coupon_codes: tuple[str, ...]
    discount: Decimal
    currency: str
    created_at: datetime
    updated_at: datetime
    expires_at: datetime | None
    checkout: CheckoutDetails = NO_DETAILS
    merged_from: str | None = None

    @property
    def subtotal(self) -> Decimal:
        """The sum of the lines at the prices that the customer last saw."""
        return sum((line.subtotal for line in self.lines), NOTHING)


@row_record
class AbandonedCart:
    """A note of a cart that its owner has left behind."""

    id: UUID
    cart_id: UUID
    user_id: UUID
