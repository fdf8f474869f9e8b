"""Pays back orders in whole or in part, at once or once somebody has approved it, and takes goods back to stock."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final
from uuid import UUID, uuid4

from datasources.core.errors import IdempotencyConflict
from datasources.core.json_values import as_json, digest_of
from datasources.core.money import Money
from datasources.inventory.changes import Units
from datasources.inventory.commands.returns import return_to_stock
from datasources.inventory.errors import NothingReserved, TooManyReturned
from datasources.orders.commands.refunds import (
    AMOUNT,
    Claim,
    ClaimedLine,
    claim_refund,
    drop_claim,
    settle_refund,
)
from datasources.orders.refund_errors import RefundExceedsOrder
from datasources.orders.sagas import NewSaga, find_saga, key_of
from datasources.payments.commands.refund_executions import execute_refund
from datasources.payments.commands.refunds import NewRefund, request_refund
from datasources.payments.errors import PaymentNotRefundable, RefundTooLarge, UnknownPayment
from datasources.payments.records import RefundLine
from datasources.payments.refunding import find_held_refund
from datasources.workflows.given_up_payments import missing_provider
from datasources.workflows.sagas import (
    FAILURE,
    PROCESSING_PAUSE,
    PROVIDER,
    Done,
    Failed,
    Plan,
    Recorded,
    Step,
    Waiting,
    finish_if_possible,
    new_owner,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.orders.commands.refunds import Wish
    from datasources.orders.sagas import Saga
    from datasources.workflows.sagas import Means, Result, Run

# A return that waits for staff is looked at this often even if nobody wakes it: whoever decides just while somebody
# else looks wakes nobody.
APPROVAL_PAUSE: Final = timedelta(minutes=10)
APPROVAL: Final = "approval"

_NOT_REFUNDABLE: Final = "not_refundable"

# As the columns of InventoryDb have it; the refund keeps all that was said.
_MOST_OF_REASON: Final = 200

logger = logging.getLogger("datasources.refunds")


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundRequest:
    """What somebody wants paid back, and why. `restock` says that the goods are sold again, sent or not.

    With `approved_by` it is paid back at once; without, when staff approve it. `key` is unique to the order.
    """

    order_id: UUID
    wish: Wish
    reason: str | None
    restock: bool
    requested_by: UUID | None
    approved_by: UUID | None
    key: str

    @property
    def digest(self) -> str:
        """What tells this from another wish under the same key."""
        return digest_of(
            {"order": self.order_id, "wish": self.wish, "reason": self.reason, "restock": self.restock}
        )


async def refund_order(means: Means, request: RefundRequest) -> Saga:
    """Pay back what is wished for, or ask for leave to; the same key with the same wish answers the same.

    The answered saga is finished unless it waits for staff, or something that has to be asked is down. Its data names
    the refund (`refund_id`).

    Raises:
        UnknownOrder, OrderNotRefundable, ReturnWindowClosed, UnknownOrderItem, TooManyRefunded, RefundExceedsOrder: as
            `claim_refund`; RefundExceedsOrder, too, where the money is on its way back already.
        UnknownProvider: it was paid by a provider that is not set up here.
        IdempotencyConflict: the key was used for another wish.
        ServiceUnavailable: the order database is down.
    """
    orders, key = means.connections.orders, key_of(f"refund:{request.order_id}", request.key)
    refund_id = uuid4()
    missing = None if request.approved_by is None else await missing_provider(means, request.order_id)

    async def before_commit() -> None:
        if missing is not None:  # or else it would wait for ever to be paid back
            raise missing
        await means.watch("refund: claim_refund: effect")

    begun = await claim_refund(
        orders,
        saga=NewSaga(
            id=uuid4(),
            order_id=request.order_id,
            type="refund",
            key=key,
            input_hash=request.digest,
            step=REFUND.steps[0].name,
            data={},
        ),
        wish=request.wish,
        owner=new_owner(),
        plan=lambda claim: _plan(request, refund_id, claim),
        before_commit=before_commit,
        now=means.clock(),
    )
    if begun is None:
        saga = await find_saga(orders, key)
        assert saga is not None  # noqa: S101  # its key was taken, and sagas are never deleted
        if saga.input_hash != request.digest:
            raise IdempotencyConflict(request.key)
    else:
        saga = await finish_if_possible(begun, REFUND, means)
    failure = saga.data.get(FAILURE, {})
    if failure.get("kind") == _NOT_REFUNDABLE:
        raise RefundExceedsOrder(
            Money(amount=Decimal(failure.get("refundable", "0.00")), currency_code=saga.data["currency"])
        )
    return saga


async def request_payment_back(run: Run) -> Result:
    """Ask the payment service for the refund."""
    data = run.saga.data
    try:
        await request_refund(
            run.connections.payments,
            refund=NewRefund(
                id=UUID(data["refund_id"]),
                payment_id=UUID(data["payment_id"]),
                order_id=run.saga.order_id,
                amount=Money(amount=Decimal(data[AMOUNT]), currency_code=data["currency"]),
                reason=data["reason"],
                lines=tuple(
                    RefundLine(
                        order_item_id=line.item_id,
                        quantity=line.quantity,
                        amount=line.amount,
                        restock=str(line.item_id) in data["restock"],
                    )
                    for line in claimed_lines(data)
                ),
                requested_by=_id(data["requested_by"]),
                approved_by=_id(data["approved_by"]),
                status="pending" if data["approved_by"] is None else "approved",
                notes=None,
                idempotency_key=f"{run.saga.id}:refund",
                request_hash=run.saga.input_hash,
            ),
            now=run.now,
        )
    except RefundTooLarge as error:
        return Failed(failure={"kind": _NOT_REFUNDABLE, "refundable": str(error.refundable.amount)})
    except (PaymentNotRefundable, UnknownPayment):  # an imported order may name a payment that was not
        return Failed(failure={"kind": _NOT_REFUNDABLE, "refundable": "0.00"})
    return Done()


async def drop_request(run: Run) -> Recorded:
    """Let go of what was claimed in the order."""
    saga = await drop_claim(
        run.connections.orders, lines=claimed_lines(run.saga.data), recording=run, now=run.now
    )
    return Recorded(saga=saga)


async def await_approval(run: Run) -> Result:
    """Wait until staff have decided."""
    refund = await find_held_refund(run.connections.payments, UUID(run.saga.data["refund_id"]))
    if refund.status == "pending":
        return Waiting(until=run.now + APPROVAL_PAUSE, waits_for=APPROVAL)
    if refund.status in {"rejected", "cancelled"}:
        return Failed(failure={"kind": "rejected"})
    # Whoever approves it may decide otherwise than whoever asked about what is sold again.
    return Done(data={"restock": [str(line.order_item_id) for line in refund.lines if line.restock]})


async def pay_back(run: Run) -> Result:
    """Have the money sent back."""
    refund = await execute_refund(
        run.connections.payments,
        run.means.providers,
        refund_id=UUID(run.saga.data["refund_id"]),
        now=run.now,
    )
    if refund.status == "completed":
        return Done()
    if refund.status == "failed":
        return Failed(failure={"kind": "refused", "reason": refund.failure_reason})
    return Waiting(until=run.now + PROCESSING_PAUSE, waits_for=PROVIDER)


async def restock(run: Run) -> Result:
    """Have the goods sold again: what was sent comes back, and what was not is not sent any more."""
    lines = [line for line in claimed_lines(run.saga.data) if str(line.item_id) in run.saga.data["restock"]]
    reason: str | None = run.saga.data["reason"]
    if not lines:
        return Done(data={"restocked": False})
    try:
        await return_to_stock(
            run.connections.inventory,
            order_id=run.saga.order_id,
            units=[Units(variant_id=line.variant_id, quantity=line.quantity) for line in lines],
            reason=None if reason is None else reason[:_MOST_OF_REASON],
            idempotency_key=f"{run.saga.id}:restock",
            now=run.now,
        )
    except (NothingReserved, TooManyReturned) as error:
        logger.warning("Nothing of order %s was taken back to stock: %s", run.saga.order_id, error)
        return Done(data={"restocked": False})
    return Done(data={"restocked": True})


async def settle(run: Run) -> Result:
    """Write down in the order what was paid back and what came back."""
    data = run.saga.data
    back = data["restock"] if data["restocked"] else []
    came_back = {line.item_id: line.quantity for line in claimed_lines(data) if str(line.item_id) in back}
    _, saga = await settle_refund(
        run.connections.orders,
        saga=run.saga,
        amount=Decimal(data[AMOUNT]),
        returned=came_back,
        recording=run,
        now=run.now,
    )
    return Recorded(saga=saga)


REFUND: Final = Plan(
    steps=(
        Step(name="request_refund", run=request_payment_back, undo=drop_request),
        Step(name="await_approval", run=await_approval),
        Step(name="pay_back", run=pay_back),
        Step(name="restock", run=restock),
        Step(name="settle_refund", run=settle),
    )
)


def claimed_lines(data: Mapping[str, Any]) -> list[ClaimedLine]:
    """The lines that a refund's saga claims."""
    return [
        ClaimedLine(
            item_id=UUID(line["item_id"]),
            variant_id=UUID(line["variant_id"]),
            quantity=line["quantity"],
            amount=Decimal(line["amount"]),
        )
        for line in data["lines"]
    ]


def _plan(request: RefundRequest, refund_id: UUID, claim: Claim) -> dict[str, Any]:
    planned: dict[str, Any] = as_json(
        {
            "refund_id": refund_id,
            "payment_id": claim.payment_id,
            AMOUNT: claim.amount,
            "currency": claim.currency,
            "lines": claim.lines,
            "reason": request.reason,
            "restock": [line.item_id for line in claim.lines] if request.restock else [],
            "requested_by": request.requested_by,
            "approved_by": request.approved_by,
        }
    )
    return planned


def _id(saved: str | None) -> UUID | None:
    return None if saved is None else UUID(saved)
