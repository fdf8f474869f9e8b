"""Plans checkouts: what a client wants, checked against the cart, the catalogue, the coupons and the account."""

from __future__ import annotations

import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING, Final
from uuid import UUID, uuid4

from datasources.carts.changes import with_checkout
from datasources.carts.commands.checkouts import set_checkout
from datasources.carts.owners import CartOwner
from datasources.carts.records import CheckoutDetails
from datasources.core.json_values import digest_of
from datasources.core.money import MOST_AMOUNT, Money
from datasources.core.tokens import hash_of
from datasources.orders.drafts import CouponUse, LineDraft, OrderDraft
from datasources.orders.placement_errors import CouponRefused
from datasources.orders.sagas import key_of
from datasources.payments.chargeable import method_for_charge
from datasources.payments.errors import UnknownPaymentMethod
from datasources.products.queries import products_of_variants
from datasources.workflows.cart_views import NoLongerSold
from datasources.workflows.checkout_data import CheckoutData, PaymentDraft
from datasources.workflows.checkout_errors import (
    CartHasProblems,
    CartIsEmpty,
    DetailsMissing,
    NotDeliverable,
    OrderTooLarge,
    TotalChanged,
)
from datasources.workflows.quotes import quote_cart, resolve_address

if TYPE_CHECKING:
    from datetime import datetime
    from decimal import Decimal

    from datasources.carts.records import Cart
    from datasources.core.connections import Connections
    from datasources.core.documents import DocumentDatabase
    from datasources.loaders import Loaders
    from datasources.orders.records import OrderSource
    from datasources.orders.rules import Rules
    from datasources.payments.records import MethodKind
    from datasources.products.records import Product
    from datasources.workflows.quotes import AddressChoice, Quote, QuotedLine
    from datasources.workflows.sagas import Means

# As the columns have it: what a discount is called is shorter than a coupon's description may be.
_MOST_OF_NAME: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What a client says of the order to be; what is None stays as it is."""

    email: str | None = None
    shipping: AddressChoice | None = None
    billing: AddressChoice | None = None
    shipping_method: str | None = None
    notes: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentChoice:
    """How the client pays: with a saved method, or with a token of the provider's."""

    method_id: UUID | None = None
    token: str | None = None
    kind: MethodKind = "credit_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutRequest:
    """A client's wish to buy what is in the cart for `expected_total`, once per `idempotency_key` and owner.

    `cart_token` is the secret of a guest's cart, from which the secret of the order is derived. Whoever has signed in
    since may bring the one from before.
    """

    owner: CartOwner
    cart_token: str | None
    said: Said
    payment: PaymentChoice | None
    expected_total: Decimal
    idempotency_key: str
    source: OrderSource
    ip_address: str | None
    user_agent: str | None

    @property
    def key(self) -> str:
        """The key, apart from all other owners'."""
        return self._key_of(self.owner)

    @property
    def key_as_guest(self) -> str | None:
        """The key of the same wish if it was sent before its customer signed in."""
        if self.owner.user_id is None or self.cart_token is None:
            return None
        return self._key_of(CartOwner(token_hash=hash_of(self.cart_token)))

    def _key_of(self, owner: CartOwner) -> str:
        of = f"user:{owner.user_id}" if owner.user_id else f"guest:{owner.token_hash}"
        return key_of(f"checkout:{sha256(of.encode()).hexdigest()[:32]}", self.idempotency_key)

    @property
    def digest(self) -> str:
        """What tells this wish from another one under the same key."""
        wished = {
            "said": self.said,
            "payment": self.payment,
            # 19.9 is 19.90.
            "expected_total": f"{self.expected_total:.2f}",
        }
        return digest_of(wished)


async def prepare_checkout(
    connections: Connections,
    loaders: Loaders,
    *,
    owner: CartOwner,
    said: Said,
    expected_version: int | None = None,
    now: datetime,
) -> Cart:
    """Keep what the client says of the order to be with its cart.

    Raises:
        UnknownAddress: the account has no such address.
        UnknownCart: there is no such cart.
        VersionConflict: the cart has changed since the expected version.
        ServiceUnavailable: Redis or the user database is down.
    """
    details = await _details(loaders, owner.user_id, said)
    return await set_checkout(
        connections.carts,
        connections.cart_copies,
        owner,
        details=details,
        expected_version=expected_version,
        now=now,
    )


def order_token(cart_token: str, order_id: UUID) -> str:
    """The secret that opens a guest's order, for whoever has the secret of the cart that it came from.

    It is derived, so that every answer to the same request can give it out although it is kept only as a hash.
    """
    digest = hmac.digest(cart_token.encode("utf-8", "surrogatepass"), f"order:{order_id}".encode(), "sha256")
    return urlsafe_b64encode(digest).rstrip(b"=").decode()


async def plan_checkout(
    means: Means, loaders: Loaders, request: CheckoutRequest, *, rules: Rules
) -> CheckoutData:
    """Everything that a checkout needs from here on; nothing has been changed yet.

    Raises:
        CartIsEmpty, CartHasProblems, CouponRefused, OrderTooLarge, TotalChanged, DetailsMissing, UnknownAddress,
            NotDeliverable: the cart cannot be bought as it is.
        UnknownPaymentMethod, PaymentsNotConfigured: nor be paid for.
        ServiceUnavailable: a database is down.
    """
    cart = await _cart(loaders, request.owner)
    said = await _details(loaders, request.owner.user_id, request.said)
    cart = with_checkout(cart, said)
    quote = await quote_cart(loaders, cart, rules=rules, now=means.clock())
    _check(quote, request)
    payment = await _payment(means, request) if quote.totals.total else None
    lines = await _lines(means.connections.products, quote)
    return CheckoutData(order=_draft(quote, lines, request, payment), cart=request.owner, payment=payment)


async def _cart(loaders: Loaders, owner: CartOwner) -> Cart:
    if owner.user_id is not None:
        cart = await loaders.carts.by_user.load(owner.user_id)
    else:
        cart = await loaders.carts.by_token_hash.load(owner.token_hash or "")
    if cart is None or not cart.lines:
        raise CartIsEmpty
    return cart


async def _details(loaders: Loaders, user_id: UUID | None, said: Said) -> CheckoutDetails:
    return CheckoutDetails(
        email=said.email,
        shipping_address=await resolve_address(loaders, user_id, said.shipping),
        billing_address=await resolve_address(loaders, user_id, said.billing),
        shipping_method=said.shipping_method,
        notes=said.notes,
    )


def _check(quote: Quote, request: CheckoutRequest) -> None:
    """Refuse what would not be the order that the customer has agreed to."""
    if quote.unsold:
        raise CartHasProblems(quote.unsold)
    if quote.missing:
        raise DetailsMissing(quote.missing[0])
    if quote.totals.shipping is None:
        raise NotDeliverable(quote.details.shipping_method)
    if max(quote.totals.subtotal, quote.totals.total) > MOST_AMOUNT:
        raise OrderTooLarge(Money(amount=MOST_AMOUNT, currency_code=quote.currency))
    for problem in quote.coupon_problems:
        raise CouponRefused(problem.code, problem.reason)
    if quote.totals.total != request.expected_total:
        raise TotalChanged(request.expected_total, quote.total)


async def _payment(means: Means, request: CheckoutRequest) -> PaymentDraft:
    choice, user_id = request.payment, request.owner.user_id
    client = {"ip_address": request.ip_address, "user_agent": request.user_agent}
    if choice is not None and choice.token is not None:
        return PaymentDraft(
            id=uuid4(),
            gateway=means.providers.default.name,
            kind=choice.kind,
            token=choice.token,
            method_id=None,
            customer_reference=None,
            **client,
        )
    method_id = None if choice is None else choice.method_id
    if user_id is None:
        raise DetailsMissing("payment_method")
    method = await method_for_charge(means.connections.payments, user_id=user_id, method_id=method_id)
    # A method of a provider that is not set up here can pay for nothing.
    if method is None or method.provider not in means.providers.names:
        raise DetailsMissing("payment_method") if method_id is None else UnknownPaymentMethod(method_id)
    return PaymentDraft(
        id=uuid4(),
        gateway=method.provider,
        kind=method.kind,
        token=method.token,
        method_id=method.id,
        customer_reference=method.customer_reference,
        **client,
    )


async def _lines(products: DocumentDatabase, quote: Quote) -> tuple[LineDraft, ...]:
    """The lines with what the order keeps of them.

    Not by the request's loaders: those read no more of a product than the request selects.
    """
    ids = [quoted.variant.id for quoted in quote.lines]
    found = await products_of_variants(products, ids=ids, skus=())
    by_variant = {variant.id: product for product in found for variant in product.all_variants}
    gone = tuple(NoLongerSold(line=it.line) for it in quote.lines if it.variant.id not in by_variant)
    if gone:
        raise CartHasProblems(gone)
    return tuple(
        _line(quoted, by_variant[quoted.variant.id], discount)
        for quoted, discount in zip(quote.lines, quote.totals.line_discounts, strict=True)
    )


def _draft(
    quote: Quote, lines: tuple[LineDraft, ...], request: CheckoutRequest, payment: PaymentDraft | None
) -> OrderDraft:
    details, totals, order_id = quote.details, quote.totals, uuid4()
    assert details.email is not None  # noqa: S101  # `_check` has seen to that, and to the rest
    assert details.shipping_address is not None  # noqa: S101
    assert totals.shipping is not None  # noqa: S101
    token_hash = None
    if request.owner.user_id is None and request.cart_token is not None:
        token_hash = hash_of(order_token(request.cart_token, order_id))
    return OrderDraft(
        id=order_id,
        user_id=request.owner.user_id,
        email=details.email,
        guest_token_hash=token_hash,
        source=request.source,
        currency=quote.currency,
        lines=lines,
        coupons=tuple(
            CouponUse(
                coupon_id=coupon.id,
                code=coupon.code,
                name=(coupon.description or coupon.code)[:_MOST_OF_NAME],
                amount=amount,
            )
            for coupon, amount in zip(quote.coupons, totals.coupon_discounts, strict=True)
        ),
        tax=totals.tax,
        shipping_cost=totals.shipping_cost,
        shipping_method=totals.shipping.name,
        shipping_address=details.shipping_address,
        billing_address=details.billing_address or details.shipping_address,
        customer_notes=details.notes,
        payment_id=None if payment is None else payment.id,
        payment_method=None if payment is None else payment.kind,
    )


def _line(quoted: QuotedLine, product: Product, discount: Decimal) -> LineDraft:
    variant = quoted.variant
    images = variant.images or product.images
    return LineDraft(
        product_id=product.id,
        variant_id=variant.id,
        sku=variant.sku,
        name=product.name,
        variant_name=variant.name,
        image_url=images[0].url if images else quoted.line.image_url,
        unit_price=quoted.unit_price,
        quantity=quoted.line.quantity,
        discount=discount,
        attributes={attribute.name: attribute.value for attribute in variant.attributes},
    )
