"""The questions that fields ask of the payment service, each answered for a whole wave at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.batching import BatchLoader, many_by_key, one_by_key
from datasources.core.listings import counts_by_user, pages_by_user
from datasources.core.narrowing import everything
from datasources.core.once import once
from datasources.core.records import from_rows
from datasources.payments import statements
from datasources.payments.records import (
    NextAction,
    Payment,
    PaymentFilter,
    PaymentMethod,
    Refund,
    Transaction,
)

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID

    from datasources.core.databases import Database
    from datasources.core.narrowing import Reads
    from datasources.core.paging import Page, Slice

    PaymentsOfUser = Slice[UUID, PaymentFilter]


class PaymentLoaders:
    """One request's loaders of the payment service."""

    def __init__(self, database: Database, reads: Reads = everything) -> None:
        """Load from the payment database what will be read of payments and refunds."""
        self._database = database
        self._reads = reads

    @once
    def by_id(self) -> BatchLoader[UUID, Payment | None]:
        """The payment with this id."""
        return BatchLoader(self._find_by_id, missing=None)

    @once
    def by_order(self) -> BatchLoader[UUID, tuple[Payment, ...]]:
        """An order's payments, oldest first."""
        return BatchLoader(self._find_by_order, missing=())

    @once
    def by_user(self) -> BatchLoader[PaymentsOfUser, Page[Payment]]:
        """A window of a user's payments, newest first."""
        return BatchLoader(self._find_by_user, missing=statements.NEWEST.empty_page())

    @once
    def count_by_user(self) -> BatchLoader[tuple[UUID, PaymentFilter], int]:
        """How many payments a user has that pass the filter."""
        return BatchLoader(self._count_by_user, missing=0)

    @once
    def next_action_by_payment(self) -> BatchLoader[UUID, NextAction | None]:
        """What the customer must do before this payment goes on, if so."""
        return BatchLoader(self._find_next_actions, missing=None)

    @once
    def refund_by_id(self) -> BatchLoader[UUID, Refund | None]:
        """The refund with this id."""
        return BatchLoader(self._find_refund_by_id, missing=None)

    @once
    def refunds_by_payment(self) -> BatchLoader[UUID, tuple[Refund, ...]]:
        """A payment's refunds, oldest first."""
        return BatchLoader(self._find_refunds, missing=())

    @once
    def transactions_by_payment(self) -> BatchLoader[UUID, tuple[Transaction, ...]]:
        """A payment's journal, oldest first."""
        return BatchLoader(self._find_transactions, missing=())

    @once
    def method_by_id(self) -> BatchLoader[UUID, PaymentMethod | None]:
        """The saved method with this id, also after it was removed."""
        return BatchLoader(self._find_method_by_id, missing=None)

    @once
    def methods_by_user(self) -> BatchLoader[UUID, tuple[PaymentMethod, ...]]:
        """A user's saved methods without the removed ones: the default first, then the newest."""
        return BatchLoader(self._find_methods, missing=())

    async def _find_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, Payment]:
        rows = await self._database.fetch(statements.by_id(self._reads("Payment")), keys=ids)
        return one_by_key(from_rows(Payment, rows), lambda payment: payment.id)

    async def _find_by_order(self, orders: Sequence[UUID]) -> Mapping[UUID, tuple[Payment, ...]]:
        rows = await self._database.fetch(statements.by_order(self._reads("Payment")), keys=orders)
        return many_by_key(from_rows(Payment, rows), lambda payment: payment.order_id)

    async def _find_by_user(self, slices: Sequence[PaymentsOfUser]) -> Mapping[PaymentsOfUser, Page[Payment]]:
        listed = statements.listed(self._reads("Payment"))
        return await pages_by_user(self._database, listed, statements.NEWEST, slices)

    async def _count_by_user(
        self, keys: Sequence[tuple[UUID, PaymentFilter]]
    ) -> Mapping[tuple[UUID, PaymentFilter], int]:
        return await counts_by_user(self._database, statements.LISTED, keys)

    async def _find_next_actions(self, ids: Sequence[UUID]) -> Mapping[UUID, NextAction]:
        rows = await self._database.fetch(statements.NEXT_ACTION_BY_PAYMENT, keys=ids)
        actions = [_next_action(payment_id, user_id, action) for payment_id, user_id, action in rows]
        return one_by_key(actions, lambda action: action.payment_id)

    async def _find_refund_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, Refund]:
        rows = await self._database.fetch(statements.refund_by_id(self._reads("Refund")), keys=ids)
        return one_by_key(from_rows(Refund, rows), lambda refund: refund.id)

    async def _find_refunds(self, payments: Sequence[UUID]) -> Mapping[UUID, tuple[Refund, ...]]:
        rows = await self._database.fetch(statements.refunds_by_payment(self._reads("Refund")), keys=payments)
        return many_by_key(from_rows(Refund, rows), lambda refund: refund.payment_id)

    async def _find_transactions(self, payments: Sequence[UUID]) -> Mapping[UUID, tuple[Transaction, ...]]:
        rows = await self._database.fetch(statements.TRANSACTIONS_BY_PAYMENT, keys=payments)
        return many_by_key(from_rows(Transaction, rows), lambda transaction: transaction.payment_id)

    async def _find_method_by_id(self, ids: Sequence[UUID]) -> Mapping[UUID, PaymentMethod]:
        rows = await self._database.fetch(statements.METHOD_BY_ID, keys=ids)
        return one_by_key(from_rows(PaymentMethod, rows), lambda method: method.id)

    async def _find_methods(self, users: Sequence[UUID]) -> Mapping[UUID, tuple[PaymentMethod, ...]]:
        rows = await self._database.fetch(statements.METHODS_BY_USER, keys=users)
        return many_by_key(from_rows(PaymentMethod, rows), lambda method: method.user_id)


def _next_action(payment_id: UUID, user_id: UUID | None, action: Mapping[str, Any]) -> NextAction:
    return NextAction(
        payment_id=payment_id,
        user_id=user_id,
        type=action["type"],
        url=action.get("url"),
        client_secret=action.get("client_secret"),
    )
