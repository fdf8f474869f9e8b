"""Runs commands as a test's users, each with an address, a client and a password of their own."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address
from typing import TYPE_CHECKING, Any
from uuid import UUID, uuid4

from sqlalchemy import insert, select

from datasources.users.commands.email_addresses import verify_email
from datasources.users.commands.registrations import register
from datasources.users.commands.roles import assign_role
from datasources.users.commands.sessions import rotate_session
from datasources.users.commands.sign_ins import sign_in
from datasources.users.origins import Origin
from datasources.users.tables import audit_logs, domain_events

if TYPE_CHECKING:
    from datasources.core.databases import Database
    from datasources.users.attempts import Attempts
    from datasources.users.passwords import Passwords
    from datasources.users.records import Message, Outcome, RoleName, SignedIn, User

NOW = datetime(2026, 6, 1, 12, tzinfo=UTC)

PASSWORD = "correct horse battery staple"
OTHER_PASSWORD = "wrong donkey charger paperclip"


def new_email() -> str:
    """An address that nobody else has."""
    return f"u{uuid4().hex}@example.com"


def new_client() -> Origin:
    """A client that nobody else is."""
    return Origin(ip_address=str(IPv4Address("10.0.0.0") + uuid4().int % 2**24))


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Somebody with an account."""

    id: UUID
    email: str
    origin: Origin


@dataclass(frozen=True, slots=True, kw_only=True)
class Acting:
    """The databases to run commands in, and the most usual commands."""

    database: Database
    attempts: Attempts
    passwords: Passwords

    @property
    def confirming(self) -> dict[str, Any]:
        """What commands that ask for a password need."""
        return {"passwords": self.passwords, "attempts": self.attempts}

    async def register(self, email: str, *, password: str = PASSWORD, now: datetime = NOW) -> Message:
        """Open an account; give the message that its address gets."""
        outcome = await register(
            self.database,
            email=email,
            password=password,
            first_name="Ada",
            last_name="Lovelace",
            origin=new_client(),
            now=now,
            **self.confirming,
        )
        (message,) = outcome.messages
        return message

    async def person(self, *roles: RoleName) -> Person:
        """Somebody with a proved address, and these roles beside Customer."""
        email = new_email()
        message = await self.register(email)
        person = (await self.verify(message.token)).value
        for role in roles:
            await assign_role(self.database, user_id=person.id, role=role, origin=Origin(), now=NOW)
        client = new_client()
        return Person(
            id=person.id, email=email, origin=Origin(actor_id=person.id, ip_address=client.ip_address)
        )

    async def verify(
        self, token: str | None, password: str = PASSWORD, *, now: datetime = NOW
    ) -> Outcome[User]:
        """Use the token of a message, with a password."""
        assert token is not None
        return await verify_email(
            self.database, token=token, password=password, origin=new_client(), now=now, **self.confirming
        )

    async def sign_in(
        self,
        email: str,
        password: str = PASSWORD,
        *,
        origin: Origin | None = None,
        now: datetime = NOW,
    ) -> SignedIn:
        """Sign in."""
        return await sign_in(
            self.database,
            email=email,
            password=password,
            origin=origin or new_client(),
            now=now,
            **self.confirming,
        )

    async def refresh(self, refresh_token: str, *, now: datetime = NOW) -> SignedIn:
        """Exchange a refresh token."""
        return await rotate_session(self.database, refresh_token=refresh_token, origin=new_client(), now=now)

    async def audit(self, person: UUID) -> list[Any]:
        """The log's lines about somebody, the oldest first."""
        async with self.database.transaction() as transaction:
            found = await transaction.execute(
                select(audit_logs).where(audit_logs.c.entity_id == str(person)).order_by(audit_logs.c.id)
            )
            return list(found)

    async def events(self, person: UUID) -> list[Any]:
        """The outbox's events about somebody, the oldest first."""
        async with self.database.transaction() as transaction:
            found = await transaction.execute(
                select(domain_events)
                .where(domain_events.c.aggregate_id == str(person))
                .order_by(domain_events.c.sequence)
            )
            return list(found)

    async def insert(self, table: Any, **values: Any) -> None:
        """Write a row that no command makes."""
        async with self.database.transaction() as transaction:
            await transaction.execute(insert(table).values(**values))

    async def row(self, table: Any, person: UUID) -> Any:
        """A table's row of somebody."""
        key = table.c.user_id if "user_id" in table.c else table.c.id
        async with self.database.transaction() as transaction:
            return (await transaction.execute(select(table).where(key == person))).one_or_none()
