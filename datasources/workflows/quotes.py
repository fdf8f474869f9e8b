"""What a cart would cost as an order, today and sent there, and what is missing before it can be one."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from datasources.core.money import NOTHING, Money
from datasources.orders.records import PostalAddress
from datasources.orders.rules.shipping import Destination
from datasources.orders.rules.totals import Priced, Totals, add_up
from datasources.workflows.cart_views import NoLongerSold, judge_coupons
from datasources.workflows.checkout_errors import UnknownAddress

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from decimal import Decimal
    from uuid import UUID

    from datasources.carts.records import Cart, CartLine, CheckoutDetails
    from datasources.loaders import Loaders
    from datasources.orders.records import Coupon
    from datasources.orders.rules import Rules
    from datasources.orders.rules.shipping import ShippingOption
    from datasources.products.records import ProductVariant
    from datasources.users.records import Address
    from datasources.workflows.cart_views import CouponProblem
    from datasources.workflows.checkout_errors import Missing

# The fields of an address that an order keeps (`orders.records.PostalAddress`).
_KEPT = (
    "recipient_name", "phone", "street_address", "apartment", "city", "state_province", "postal_code", "country",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedLine:
    """A line of a cart with what the catalogue says of it today."""

    line: CartLine
    variant: ProductVariant
    unit_price: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class QuotedShipping:
    """A way to send the order, which takes from `least_days` to `most_days`."""

    code: str
    name: str
    cost: Money
    least_days: int
    most_days: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What a cart would cost: only lines that are sold today, and coupons that count, are part of it."""

    lines: tuple[QuotedLine, ...]
    unsold: tuple[NoLongerSold, ...]
    coupons: tuple[Coupon, ...]
    coupon_problems: tuple[CouponProblem, ...]
    details: CheckoutDetails
    totals: Totals
    currency: str

    @property
    def email(self) -> str | None:
        """Where messages about the order go."""
        return self.details.email

    @property
    def notes(self) -> str | None:
        """What the customer remarks."""
        return self.details.notes

    @property
    def shipping_address(self) -> PostalAddress | None:
        """Where the goods go."""
        return _postal_address(self.details.shipping_address)

    @property
    def billing_address(self) -> PostalAddress | None:
        """Where the invoice goes."""
        return _postal_address(self.details.billing_address)

    @property
    def shipping_method(self) -> QuotedShipping | None:
        """How the goods go: as chosen, or by the first way there is."""
        return None if self.totals.shipping is None else self._shipping(self.totals.shipping)

    @property
    def shipping_options(self) -> tuple[QuotedShipping, ...]:
        """The ways there are to send the goods there."""
        return tuple(map(self._shipping, self.totals.shipping_options))

    @property
    def subtotal(self) -> Money:
        """The sum of the lines."""
        return self._money(self.totals.subtotal)

    @property
    def discount(self) -> Money:
        """What the coupons take off."""
        return self._money(self.totals.discount)

    @property
    def tax(self) -> Money:
        """The tax."""
        return self._money(self.totals.tax)

    @property
    def shipping_cost(self) -> Money:
        """What shipping costs."""
        return self._money(self.totals.shipping_cost)

    @property
    def total(self) -> Money:
        """The amount to pay."""
        return self._money(self.totals.total)

    @property
    def missing(self) -> tuple[Missing, ...]:
        """What has to be said before the order can be placed, beside how it is paid."""
        wanted: tuple[tuple[Missing, bool], ...] = (
            ("email", self.details.email is None),
            ("shipping_address", self.details.shipping_address is None),
        )
        return tuple(name for name, is_missing in wanted if is_missing)

    def _money(self, amount: Decimal) -> Money:
        return Money(amount=amount, currency_code=self.currency)

    def _shipping(self, option: ShippingOption) -> QuotedShipping:
        return QuotedShipping(
            code=option.code,
            name=option.name,
            cost=self._money(option.cost),
            least_days=option.least_days,
            most_days=option.most_days,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AddressChoice:
    """An address: one that the account has saved, or one that is spelt out, with the fields of an order's."""

    id: UUID | None = None
    snapshot: Mapping[str, Any] | None = None


async def resolve_address(
    loaders: Loaders, user_id: UUID | None, choice: AddressChoice | None
) -> Mapping[str, Any] | None:
    """The snapshot of a chosen address; None where none was chosen.

    Raises:
        UnknownAddress: the account has no such address.
        ServiceUnavailable: the user database is down.
    """
    if choice is None or choice.id is None:
        return None if choice is None else choice.snapshot
    addresses = () if user_id is None else await loaders.users.addresses_by_user.load(user_id)
    for address in addresses:
        if address.id == choice.id:
            return snapshot_of(address)
    raise UnknownAddress


async def complete_details(loaders: Loaders, cart: Cart) -> CheckoutDetails:
    """What has been said of the order, and for the rest what the cart's account has: e-mail and default addresses.

    Without a billing address of its own the order is billed to where it is sent.

    Raises:
        ServiceUnavailable: the user database is down.
    """
    details = cart.checkout
    if cart.user_id is not None:
        if details.email is None:
            user = await loaders.users.by_id.load(cart.user_id)
            details = replace(details, email=None if user is None else user.email)
        if details.shipping_address is None:
            addresses = await loaders.users.addresses_by_user.load(cart.user_id)
            details = replace(
                details,
                shipping_address=_default(addresses, "shipping"),
                billing_address=details.billing_address or _default(addresses, "billing"),
            )
    return replace(details, billing_address=details.billing_address or details.shipping_address)


async def quote_cart(loaders: Loaders, cart: Cart, *, rules: Rules, now: datetime) -> Quote:
    """What the cart would cost today.

    Raises:
        ServiceUnavailable: the product, the order or the user database is down.
    """
    variants, coupons, details = await asyncio.gather(
        loaders.products.variant_by_id.load_many([line.variant_id for line in cart.lines]),
        loaders.orders.coupon_by_code.load_many(list(cart.coupon_codes)),
        complete_details(loaders, cart),
    )
    lines: list[QuotedLine] = []
    unsold: list[NoLongerSold] = []
    for line, variant in zip(cart.lines, variants, strict=True):
        if variant is None or not variant.is_visible or variant.currency != cart.currency:
            unsold.append(NoLongerSold(line=line))
        else:
            lines.append(QuotedLine(line=line, variant=variant, unit_price=variant.price))
    priced = [Priced(unit_price=each.unit_price, quantity=each.line.quantity) for each in lines]
    subtotal = Money(amount=sum((each.subtotal for each in priced), NOTHING), currency_code=cart.currency)
    judged = judge_coupons(cart.coupon_codes, coupons, subtotal, now=now)
    totals = add_up(
        priced,
        judged.counting,
        rules=rules,
        to=_destination(details.shipping_address),
        shipping_code=details.shipping_method,
    )
    return Quote(
        lines=tuple(lines),
        unsold=tuple(unsold),
        coupons=judged.counting,
        coupon_problems=judged.problems,
        details=details,
        totals=totals,
        currency=cart.currency,
    )


def snapshot_of(address: Address) -> dict[str, Any]:
    """What an order keeps of a saved address."""
    return {name: getattr(address, name) for name in _KEPT}


def _default(addresses: Sequence[Address], kind: str) -> dict[str, Any] | None:
    return next((snapshot_of(each) for each in addresses if each.type == kind and each.is_default), None)


def _postal_address(snapshot: Mapping[str, Any] | None) -> PostalAddress | None:
    return None if snapshot is None else PostalAddress(**snapshot)


def _destination(address: Mapping[str, Any] | None) -> Destination | None:
    if address is None:
        return None
    return Destination(
        country=address["country"],
        state_province=address.get("state_province"),
        postal_code=address["postal_code"],
    )
