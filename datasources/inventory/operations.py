"""Does what is asked for under an idempotency key once: the same again gets the first answer, other things an error."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.errors import IdempotencyConflict
from datasources.core.json_values import as_json
from datasources.inventory.tables import inventory_operations

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sqlalchemy.ext.asyncio import AsyncConnection


async def earlier_answer(
    transaction: AsyncConnection, key: str, operation: str, request: Mapping[str, Any], *, now: datetime
) -> Any:
    """What was answered to this key before, as JSON; None the first time, and the key is then taken.

    This comes first in a transaction: whoever sends the same key at the same time waits here for its end. The key is
    free again if the transaction is rolled back. `request` is everything that decides on the outcome.

    Raises:
        IdempotencyConflict: the key was used for something else.
    """
    wanted = as_json(dict(request))
    taken = await transaction.execute(
        insert_unless_there(inventory_operations)
        .values(idempotency_key=key, operation=operation, request=wanted, created_at=now)
        .on_conflict_do_nothing()
    )
    if taken.rowcount:
        return None
    found = await transaction.execute(
        select(
            inventory_operations.c.operation, inventory_operations.c.request, inventory_operations.c.answer
        ).where(inventory_operations.c.idempotency_key == key)
    )
    earlier = found.one()
    if (earlier.operation, earlier.request) != (operation, wanted):
        raise IdempotencyConflict(key)
    return earlier.answer


async def keep_answer(transaction: AsyncConnection, key: str, answer: object) -> None:
    """Keep what is answered, for whoever sends the key again."""
    await transaction.execute(
        update(inventory_operations)
        .where(inventory_operations.c.idempotency_key == key)
        .values(answer=as_json(answer))
    )
