"""Writes and changes orders in one statement each, guarded, with their history and their outbox rows.

A command that has to look at an order before it changes it holds it first (`holding`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import String, cast, exists, func, insert, literal, literal_column, select, true, update

from datasources.orders.records import Order
from datasources.orders.sagas import LeaseLost
from datasources.orders.statements import ORDER
from datasources.orders.tables import domain_events, order_numbers, order_status_history, orders

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import CTE, ColumnElement
    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.orders.sagas import Recording

_SHOWN: Final = tuple(column.key for column in ORDER)


async def write_order(
    transaction: AsyncConnection,
    values: Mapping[str, Any],
    *,
    event: str,
    data: Mapping[str, Any],
    recording: Recording,
    now: datetime,
) -> Order:
    """Write a new order under the next number, with the first row of its history, and record that in its saga.

    Raises:
        LeaseLost: somebody else works on the saga by now, and nothing was written.
    """
    numbered = select(order_numbers.next_value().label("number")).cte("numbered")
    digits = cast(numbered.c.number, String)
    number = literal(f"ORD-{now.year}-") + func.lpad(digits, func.greatest(6, func.length(digits)), "0")
    given = {**values, "created_at": now, "updated_at": now}
    recorded = recording.statement(now=now).cte("recorded")
    written = (
        insert(orders)
        .from_select(
            ["order_number", *given],
            select(number, *(literal(value, orders.c[name].type) for name, value in given.items())).where(
                exists(select(recorded.c.id))
            ),
        )
        .returning(*ORDER, literal(None, String).label("old_status"))
        .cte("written")
    )
    order = await _written_down(
        transaction, written, event=event, data=data, recording=recording, recorded=recorded, now=now
    )
    assert order is not None  # noqa: S101  # it was written, or the lease was lost
    return order


async def change_order(
    transaction: AsyncConnection,
    order_id: UUID,
    *conditions: ColumnElement[bool],
    values: Mapping[str, Any],
    event: str,
    data: Mapping[str, Any],
    notes: str | None = None,
    actor_id: UUID | None = None,
    recording: Recording | None = None,
    now: datetime,
) -> Order | None:
    """Change an order that meets every condition; None if it does not, and nothing is changed then.

    Where its status becomes another, its history gets a row. `data` is what the event says beside the status. With
    `recording` the step is recorded in its saga, whether or not there was anything to change.

    Raises:
        LeaseLost: somebody else works on the saga by now, and nothing was changed.
    """
    recorded = None if recording is None else recording.statement(now=now).cte("recorded")
    guards = conditions if recorded is None else (*conditions, exists(select(recorded.c.id)))
    changed = (
        update(orders)
        .where(orders.c.id == order_id, *guards)
        # Clocks of two processes differ, and history is sorted by time: no change is older than the one before it.
        .values(**values, version=orders.c.version + 1, updated_at=func.greatest(orders.c.updated_at, now))
        # PostgreSQL 18 gives the row as it was, too.
        .returning(*ORDER, literal_column("old.status", String).label("old_status"))
        .cte("written")
    )
    return await _written_down(
        transaction,
        changed,
        event=event,
        data=data,
        notes=notes,
        actor_id=actor_id,
        recording=recording,
        recorded=recorded,
        now=now,
    )


async def _written_down(
    transaction: AsyncConnection,
    written: CTE,
    *,
    event: str,
    data: Mapping[str, Any],
    notes: str | None = None,
    actor_id: UUID | None = None,
    recording: Recording | None,
    recorded: CTE | None,
    now: datetime,
) -> Order | None:
    history = order_status_history.c
    remembered = insert(order_status_history).from_select(
        ["order_id", "old_status", "new_status", "notes", "changed_by", "changed_at"],
        select(
            written.c.id,
            written.c.old_status,
            written.c.status,
            literal(notes, history.notes.type),
            literal(actor_id, history.changed_by.type),
            written.c.updated_at,
        ).where(written.c.old_status.is_distinct_from(written.c.status)),
    )
    facts = {"actor_id": None if actor_id is None else str(actor_id), **data}
    told = insert(domain_events).from_select(
        ["aggregate_id", "aggregate_type", "event_type", "event_data", "version", "occurred_at"],
        select(
            cast(written.c.id, String),
            literal("Order"),
            literal(event),
            literal(facts, domain_events.c.event_data.type).op("||")(
                func.jsonb_build_object(*[part for name, value in _facts(written) for part in (name, value)])
            ),
            written.c.version,
            literal(now, domain_events.c.occurred_at.type),
        ),
    )
    shown = [written.c[name] for name in _SHOWN]
    answer = select(*shown)
    if recorded is not None:  # then it answers, too, where there was nothing to change
        answer = answer.select_from(recorded.outerjoin(written, true()))
    found = await transaction.execute(answer.add_cte(remembered.cte("remembered"), told.cte("told")))
    row = found.mappings().one_or_none()
    if row is None and recording is not None:
        raise LeaseLost(recording.recorded(now=now).id)
    return None if row is None or row["id"] is None else Order(**row)


def _facts(written: CTE) -> list[tuple[str, ColumnElement[Any]]]:
    """What every event of an order says.

    Who is to hear of it is found by the order's id: an event outlives an account, so no address is in it.
    """
    return [
        ("order_id", written.c.id),
        ("order_number", written.c.number),
        ("user_id", written.c.user_id),
        ("status", written.c.status),
        ("payment_status", written.c.payment_status),
        ("total", cast(written.c.total, String)),
        ("currency", written.c.currency),
    ]
