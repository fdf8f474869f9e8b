"""What a checkout's saga keeps, so that whoever takes it up needs neither the cart nor the client any more."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from datasources.carts.owners import CartOwner
from datasources.orders.drafts import CouponUse, LineDraft, OrderDraft

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.payments.records import MethodKind


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentDraft:
    """How the order will be paid. `token` is the provider's, as safe to keep as a saved method's."""

    id: UUID
    gateway: str
    kind: MethodKind
    token: str
    method_id: UUID | None
    customer_reference: str | None
    ip_address: str | None
    user_agent: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckoutData:
    """An order to be, the cart that it comes from, and its payment: None where nothing is to be paid."""

    order: OrderDraft
    cart: CartOwner
    payment: PaymentDraft | None


def checkout_data(saved: Mapping[str, Any]) -> CheckoutData:
    """The data that a saga has kept."""
    cart, payment = saved["cart"], saved["payment"]
    return CheckoutData(
        order=_order(saved["order"]),
        cart=CartOwner(user_id=_id(cart["user_id"]), token_hash=cart["token_hash"]),
        payment=None
        if payment is None
        else PaymentDraft(
            **{**payment, "id": UUID(payment["id"]), "method_id": _id(payment["method_id"])},
        ),
    )


def _order(saved: Mapping[str, Any]) -> OrderDraft:
    return OrderDraft(
        **{
            **saved,
            "id": UUID(saved["id"]),
            "user_id": _id(saved["user_id"]),
            "payment_id": _id(saved["payment_id"]),
            "tax": Decimal(saved["tax"]),
            "shipping_cost": Decimal(saved["shipping_cost"]),
            "lines": tuple(_line(line) for line in saved["lines"]),
            "coupons": tuple(_coupon(use) for use in saved["coupons"]),
        }
    )


def _line(saved: Mapping[str, Any]) -> LineDraft:
    amounts = {name: Decimal(saved[name]) for name in ("unit_price", "discount")}
    return LineDraft(**{**saved, **amounts, "variant_id": UUID(saved["variant_id"])})


def _coupon(saved: Mapping[str, Any]) -> CouponUse:
    return CouponUse(**{**saved, "coupon_id": UUID(saved["coupon_id"]), "amount": Decimal(saved["amount"])})


def _id(saved: str | None) -> UUID | None:
    return None if saved is None else UUID(saved)
