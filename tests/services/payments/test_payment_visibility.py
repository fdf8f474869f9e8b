"""Who is given which payment, refund and saved method: their owner, or staff."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from datasources.core.calls import record_calls
from resolvers.permissions import Permission, PermissionDenied, Role
from resolvers.relay import InvalidId, global_id
from tests.services.payments.purchases import (
    ADA,
    FIRST_REFUND,
    GRACE,
    LAMP,
    NOBODY,
    OF_GUEST,
    OLD_CARD,
    REMOVED,
    TEA,
)

if TYPE_CHECKING:
    from uuid import UUID

    from tests.services.asking import Asker

NODE = "query ($id: ID!) { node(id: $id) { id } }"
PAYMENT = "query ($id: ID!) { payment(id: $id) { id } node(id: $id) { id } }"
EVERYTHING = """
query ($id: ID!) { payment(id: $id) {
  id status method cardBrand cardLastFour failureCode failureReason createdAt updatedAt authorizedAt
  authorizationExpiresAt paidAt failedAt cancelledAt amount { amount currencyCode }
  authorizedAmount { amount } capturedAmount { amount } refundedAmount { amount }
  transactions { number type status amount { amount currencyCode } createdAt }
  refunds { id status reason amount { amount } createdAt completedAt payment { id } }
} }
"""
METHOD = """
query ($id: ID!) { node(id: $id) { ... on PaymentMethod {
  kind displayName cardBrand cardLastFour cardExpMonth cardExpYear bankName accountLastFour isDefault
  isVerified createdAt
} } }
"""


@pytest.mark.parametrize(
    ("viewer", "role", "wanted", "found"),
    [
        (ADA, Role.CUSTOMER, TEA, True),
        (GRACE, Role.CUSTOMER, TEA, False),
        (GRACE, Role.MANAGER, TEA, True),
        (None, Role.GUEST, TEA, False),
        (None, Role.GUEST, OF_GUEST, False),
        (ADA, Role.CUSTOMER, OF_GUEST, False),
        (GRACE, Role.MANAGER, OF_GUEST, True),
        (GRACE, Role.MANAGER, NOBODY, False),
    ],
)
async def test_a_payment_is_found_by_whoever_may(
    asker: Asker, viewer: UUID | None, role: Role, wanted: UUID, found: bool
) -> None:
    answer = await asker.ask(PAYMENT, as_=viewer, role=role, id=global_id("Payment", wanted))
    assert answer.errors == []
    assert (answer.data["payment"] is not None, answer.data["node"] is not None) == (found, found)


@pytest.mark.parametrize(
    ("viewer", "role", "type_name", "key", "found"),
    [
        (ADA, Role.CUSTOMER, "Refund", FIRST_REFUND, True),
        (GRACE, Role.CUSTOMER, "Refund", FIRST_REFUND, False),
        (GRACE, Role.MANAGER, "Refund", FIRST_REFUND, True),
        (GRACE, Role.MANAGER, "Refund", NOBODY, False),
        (ADA, Role.CUSTOMER, "PaymentMethod", OLD_CARD, True),
        (GRACE, Role.CUSTOMER, "PaymentMethod", OLD_CARD, False),
        (GRACE, Role.MANAGER, "PaymentMethod", OLD_CARD, True),
        (ADA, Role.CUSTOMER, "PaymentMethod", REMOVED, False),
        (GRACE, Role.MANAGER, "PaymentMethod", NOBODY, False),
    ],
)
async def test_refunds_and_methods_are_found_by_whoever_may(
    asker: Asker, viewer: UUID, role: Role, type_name: str, key: UUID, found: bool
) -> None:
    wanted = global_id(type_name, key)
    answer = await asker.ask(NODE, as_=viewer, role=role, id=wanted)
    assert answer.errors == []
    assert answer.data == {"node": {"id": wanted} if found else None}


@pytest.mark.parametrize("type_name", ["Payment", "Refund", "PaymentMethod"])
async def test_a_malformed_id_is_an_error(asker: Asker, type_name: str) -> None:
    answer = await asker.ask(NODE, as_=ADA, id=global_id(type_name, "x"))
    assert [type(error) for error in answer.errors] == [InvalidId]


async def test_a_payment_tells_all_but_the_providers_secrets(asker: Asker) -> None:
    with record_calls() as log:
        answer = await asker.ask(EVERYTHING, as_=ADA, id=global_id("Payment", TEA))
    assert answer.errors == []
    payment = answer.data["payment"]
    assert (payment["status"], payment["method"]) == ("PARTIALLY_REFUNDED", "CREDIT_CARD")
    assert payment["amount"] == {"amount": "20.00", "currencyCode": "USD"}
    assert payment["capturedAmount"] == {"amount": "20.00"}
    assert [entry["type"] for entry in payment["transactions"]] == ["CHARGE", "REFUND"]
    assert [refund["payment"]["id"] for refund in payment["refunds"]] == [payment["id"]] * 2
    assert log.by_service() == {"payments": 3}  # the payment, its journal, its refunds


async def test_a_saved_method_is_shown_masked(asker: Asker) -> None:
    answer = await asker.ask(METHOD, as_=ADA, id=global_id("PaymentMethod", OLD_CARD))
    assert answer.errors == []
    assert answer.data["node"]["displayName"] == "Visa **** 4242"
    assert answer.data["node"]["kind"] == "CREDIT_CARD"


async def test_only_staff_list_payments(asker: Asker) -> None:
    answer = await asker.ask("{ payments { nodes { id } } }", as_=ADA)
    [error] = answer.errors
    assert isinstance(error, PermissionDenied)
    assert error.permission is Permission.READ_PAYMENTS


async def test_staff_narrow_the_list(asker: Asker) -> None:
    query = """{ payments(first: 1, where: {
        statusIn: [SUCCEEDED], methodIn: [PAYPAL, UPI], amount: {from: "50", to: "100"},
        createdAt: {from: "2026-01-01T00:00:00Z", before: "2026-02-01T00:00:00Z"}
    }) { totalCount nodes { id } pageInfo { hasNextPage } } }"""
    answer = await asker.ask(query, as_=GRACE, role=Role.MANAGER)
    assert answer.errors == []
    assert answer.data["payments"] == {
        "totalCount": 1,
        "nodes": [{"id": global_id("Payment", LAMP)}],
        "pageInfo": {"hasNextPage": False},
    }
