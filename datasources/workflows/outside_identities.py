"""Accounts for outside issuers' users, whose owners are told when somebody else's sign-in opens theirs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.users.commands.identities import provision_identity
from datasources.workflows.account_messages import queue_messages

if TYPE_CHECKING:
    from datetime import datetime

    from datasources.core.connections import Connections
    from datasources.users.origins import Origin
    from datasources.users.records import IdentityCheck, RoleName


async def admit_identity(
    connections: Connections,
    *,
    issuer: str,
    subject: str,
    email: str | None,
    email_verified: bool,
    first_name: str | None,
    last_name: str | None,
    roles: tuple[RoleName, ...],
    issued_at: datetime,
    origin: Origin,
    now: datetime,
) -> IdentityCheck:
    """The account of an issuer's user, see `provision_identity`. A notice that cannot be queued is logged.

    Raises:
        IdentityRefused, InvalidEmail, InvalidText: as `provision_identity`.
        ServiceUnavailable: the user database is down.
    """
    outcome = await provision_identity(
        connections.users,
        issuer=issuer,
        subject=subject,
        email=email,
        email_verified=email_verified,
        first_name=first_name,
        last_name=last_name,
        roles=roles,
        issued_at=issued_at,
        origin=origin,
        now=now,
    )
    await queue_messages(connections.notifications, outcome.messages, now=now)
    return outcome.value
