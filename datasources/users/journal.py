"""Writes down what a command changed, within its transaction: a line of the audit log and an event to be told."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import insert

from datasources.users.origins import parse_address
from datasources.users.tables import audit_logs, domain_events

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.users.origins import Origin

USER: Final = "user"
ADDRESS: Final = "address"
SESSION: Final = "session"

# What a browser sends is shorter; whatever else a client sends must not fill the log.
MOST_AGENT: Final = 500
MOST_DEVICE: Final = 100


async def write_audit(
    transaction: AsyncConnection,
    action: str,
    *,
    origin: Origin,
    now: datetime,
    entity_type: str | None = USER,
    entity_id: UUID | str | None = None,
    old: Mapping[str, Any] | None = None,
    new: Mapping[str, Any] | None = None,
) -> None:
    """Add a line to the audit log. `old` and `new` hold what JSON can; neither may ever hold a secret."""
    await transaction.execute(
        insert(audit_logs).values(
            user_id=origin.actor_id,
            action=action,
            entity_type=entity_type,
            entity_id=None if entity_id is None else str(entity_id),
            old_values=None if old is None else dict(old),
            new_values=None if new is None else dict(new),
            ip_address=address_of(origin),
            user_agent=agent_of(origin),
            timestamp=now,
        )
    )


async def tell(
    transaction: AsyncConnection,
    event: str,
    *,
    user_id: UUID,
    version: int,
    now: datetime,
    **data: Any,
) -> None:
    """Add an event about a user to the outbox; `version` is the account's after the change.

    Events go to other services: they hold ids and facts, and of a person no more than the listener needs.
    """
    await transaction.execute(
        insert(domain_events).values(
            aggregate_id=str(user_id),
            aggregate_type="User",
            event_type=event,
            event_data={"user_id": str(user_id), **data},
            version=version,
            occurred_at=now,
        )
    )


def address_of(origin: Origin) -> str | None:
    """The client's address, where it is one."""
    address = parse_address(origin.ip_address)
    return None if address is None else str(address)


def agent_of(origin: Origin) -> str | None:
    """The client's program as it calls itself, shortened, without what PostgreSQL cannot keep."""
    return _kept(origin.user_agent, MOST_AGENT)


def device_of(origin: Origin) -> str | None:
    """The device as its user calls it, shortened, without what PostgreSQL cannot keep."""
    return _kept(origin.device, MOST_DEVICE)


def _kept(text: str | None, most: int) -> str | None:
    if text is None:
        return None
    kept = text[:most].replace("\0", "").encode("utf-8", "ignore").decode().strip()
    return kept or None
