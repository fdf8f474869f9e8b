"""The payments that the tests of the payment service know, and the rows that make them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any
from uuid import UUID

from sqlalchemy import insert

from datasources.payments.tables import payment_methods, payments, refunds, transactions

if TYPE_CHECKING:
    from datasources.core.databases import Database

START = datetime(2026, 1, 1, 12, tzinfo=UTC)

ADA = UUID(int=1)
GRACE = UUID(int=2)
NOBODY = UUID(int=999)

TEA_ORDER = UUID(int=101)
LAMP_ORDER = UUID(int=102)
GUEST_ORDER = UUID(int=103)

REFUSED = UUID(int=201)
TEA = UUID(int=202)
LAMP = UUID(int=203)
BOOK = UUID(int=204)
OF_GUEST = UUID(int=205)

FIRST_REFUND = UUID(int=301)
SECOND_REFUND = UUID(int=302)

OLD_CARD = UUID(int=401)
NEW_CARD = UUID(int=402)
WALLET = UUID(int=403)
REMOVED = UUID(int=404)


async def insert_purchases(database: Database) -> None:
    """Write the payments with their refunds and journal, and the saved methods."""
    async with database.transaction() as transaction:
        await transaction.execute(
            insert(payments),
            [
                _payment(REFUSED, TEA_ORDER, ADA, day=0, status="failed", failure_code="card_declined"),
                _payment(
                    TEA, TEA_ORDER, ADA, day=1, status="partially_refunded", captured_amount=Decimal(20)
                ),
                # Two at the same moment, so that their order is for the tiebreaker to decide.
                _payment(LAMP, LAMP_ORDER, ADA, day=2, amount=Decimal("99.90"), payment_method="paypal"),
                _payment(BOOK, UUID(int=104), GRACE, day=2, amount=Decimal("7.50")),
                _payment(OF_GUEST, GUEST_ORDER, None, day=3, email="guest@example.com"),
            ],
        )
        await transaction.execute(
            insert(refunds), [_refund(SECOND_REFUND, day=5), _refund(FIRST_REFUND, day=4)]
        )
        await transaction.execute(
            insert(transactions),
            [
                _transaction("T-2", "refund", day=5, refund_id=FIRST_REFUND),
                _transaction("T-1", "charge", day=1, refund_id=None),
            ],
        )
        await transaction.execute(
            insert(payment_methods),
            [
                _method(WALLET, day=1, type="wallet", is_default=True),
                _method(OLD_CARD, day=2, type="credit_card", card_brand="Visa", card_last_four="4242"),
                _method(NEW_CARD, day=3, type="debit_card"),
                _method(REMOVED, day=4, type="upi", is_active=False),
            ],
        )


def _payment(payment: UUID, order: UUID, user: UUID | None, *, day: int, **values: Any) -> dict[str, Any]:
    return {
        "id": payment,
        "order_id": order,
        "user_id": user,
        "email": None,
        "amount": Decimal(20),
        "status": "succeeded",
        "payment_method": "credit_card",
        "captured_amount": Decimal(0),
        "failure_code": None,
        "gateway": "demo",
        "idempotency_key": str(payment),
        "created_at": START + timedelta(days=day),
        **values,
    }


def _refund(refund: UUID, *, day: int) -> dict[str, Any]:
    return {
        "id": refund,
        "payment_id": TEA,
        "order_id": TEA_ORDER,
        "amount": Decimal("2.50"),
        "reason": "Cold",
        "status": "completed",
        "idempotency_key": str(refund),
        "created_at": START + timedelta(days=day),
    }


def _transaction(number: str, kind: str, *, day: int, refund_id: UUID | None) -> dict[str, Any]:
    return {
        "transaction_number": number,
        "payment_id": TEA,
        "refund_id": refund_id,
        "type": kind,
        "amount": Decimal(20),
        "status": "succeeded",
        "gateway": "demo",
        "created_at": START + timedelta(days=day),
    }


def _method(method: UUID, *, day: int, **values: Any) -> dict[str, Any]:
    return {
        "id": method,
        "user_id": ADA,
        "provider": "demo",
        "external_id": "a secret of the provider",
        "card_brand": None,
        "card_last_four": None,
        "is_default": False,
        "is_active": True,
        "created_at": START + timedelta(days=day),
        **values,
    }
