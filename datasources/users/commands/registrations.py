"""Opening an account."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, select
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.tokens import make_token
from datasources.users.accounts import change_account, hold_account, hold_account_of
from datasources.users.emails import normalise_email
from datasources.users.journal import tell, write_audit
from datasources.users.records import Message, Outcome
from datasources.users.tables import roles, user_roles, users
from datasources.users.verifications import issue_verification, take_client_turn, take_message_turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempts
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords


async def register(
    database: Database,
    *,
    email: str,
    password: str,
    first_name: str | None,
    last_name: str | None,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> Outcome[None]:
    """Open an account, which may sign in once its address is proved; never tell whether there was one already.

    The owner of an address that has an account gets a notice instead. An account whose address was never proved belongs
    to nobody yet: who registers it anew replaces its password and names. Whoever's password it is, the message's link
    proves the address with that password alone (`verify_email`), so that nobody can wait with one of their own on it
    until the address's owner clicks.

    Raises:
        InvalidEmail: the address is none.
        WeakPassword: the password is too easy to guess.
        TooManyAttempts: too many accounts were opened from the client, or too many messages sent to the address.
        ServiceUnavailable: the user database or Redis is down, or too many passwords wait to be hashed.
    """
    address = normalise_email(email)
    passwords.check_strength(password, own=(address, first_name, last_name))
    await take_client_turn(attempts, "register", origin, now=now)
    await take_message_turn(attempts, "register", address, now=now)
    values = {
        "password_hash": await passwords.hash(password),
        "first_name": first_name,
        "last_name": last_name,
        "password_changed_at": now,
    }
    async with database.transaction() as transaction:
        account, opened = await _open_or_hold(transaction, address, now=now, **values)
        if account.email_verified:
            return await _note_repetition(transaction, account, origin=origin, now=now)
        if not opened:
            version = await change_account(transaction, account, now=now, **values)
            await write_audit(transaction, "registered_again", origin=origin, now=now, entity_id=account.id)
        else:
            version = account.version
            new = {"email": address, "first_name": first_name, "last_name": last_name}
            await write_audit(
                transaction, "registered", origin=origin, now=now, entity_id=account.id, new=new
            )
        await tell(transaction, "UserRegistered", user_id=account.id, version=version, now=now)
        message = await issue_verification(
            transaction, account.id, address, name=first_name, now=now, new_token=new_token
        )
        return Outcome(value=None, messages=(message,))


async def open_account(
    transaction: AsyncConnection, email: str, *, now: datetime, **values: object
) -> UUID | None:
    """Add a customer's account with this address and these columns; None where a live account has the address."""
    opened = await transaction.execute(
        insert_unless_there(users)
        .values(email=email, created_at=now, updated_at=now, **values)
        .on_conflict_do_nothing()
        .returning(users.c.id)
    )
    user_id: UUID | None = opened.scalar_one_or_none()
    if user_id is not None:
        customer = select(roles.c.id).where(roles.c.name == "Customer").scalar_subquery()
        await transaction.execute(
            insert(user_roles).values(user_id=user_id, role_id=customer, assigned_at=now)
        )
    return user_id


async def _open_or_hold(
    transaction: AsyncConnection, email: str, *, now: datetime, **values: object
) -> tuple[HeldAccount, bool]:
    """The new account with this address, or the one that has it; held, and whether it is new."""
    while True:
        user_id = await open_account(transaction, email, now=now, **values)
        if user_id is not None:
            return await hold_account(transaction, user_id), True
        account = await hold_account_of(transaction, email)
        if account is not None:
            return account, False
        # Deleted between the two statements: the address is free again.


async def _note_repetition(
    transaction: AsyncConnection, account: HeldAccount, *, origin: Origin, now: datetime
) -> Outcome[None]:
    await write_audit(transaction, "registration_repeated", origin=origin, now=now, entity_id=account.id)
    message = Message(
        kind="already_registered", user_id=account.id, email=account.email, name=account.first_name
    )
    return Outcome(value=None, messages=(message,))
