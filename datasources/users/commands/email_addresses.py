"""Proving the address that an account signs in with, and changing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import delete, func, update
from sqlalchemy.exc import IntegrityError

from datasources.core.databases import violated_constraint
from datasources.core.tokens import make_token
from datasources.users.accounts import change_account, hold_account_of, read_user, removed_values
from datasources.users.confirmations import (
    confirm_password,
    find_credentials,
    find_credentials_of_verification,
    hold_confirmed,
)
from datasources.users.emails import normalise_email
from datasources.users.errors import EmailTaken, InvalidToken, UnknownUser, WrongPassword
from datasources.users.journal import tell, write_audit
from datasources.users.records import Message, Outcome, User, VoidLinks
from datasources.users.tables import password_reset_tokens, user_roles, users, verification_tokens
from datasources.users.verifications import (
    LINKS,
    issue_verification,
    take_client_turn,
    take_message_turn,
    take_try,
    use_verification,
    void_resets,
    void_verifications,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.users.accounts import HeldAccount
    from datasources.users.attempts import Attempts
    from datasources.users.confirmations import Credentials
    from datasources.users.origins import Origin
    from datasources.users.passwords import Passwords


async def verify_email(
    database: Database,
    *,
    token: str,
    password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
) -> Outcome[User]:
    """Use the token of a message: it proves the account's address, or makes the new one that it proves the account's.

    The token proves who reads the mailbox, and the password who opened the account: whoever opens one with somebody
    else's address, and waits for them to click, gets nothing. A wrong password leaves the token as it was. Who does not
    know the password asks for a reset, which proves the address by itself.

    Raises:
        InvalidToken: the token is unknown, used or expired.
        WrongPassword: the password is not the account's.
        TooManyAttempts: too many passwords were tried with the token.
        EmailTaken: the new address became another account's since.
        ServiceUnavailable: the user database or Redis is down, or too many passwords wait to be verified.
    """
    credentials = await find_credentials_of_verification(database, token, now=now)
    await take_try(attempts, token, now=now)
    if not await passwords.verify(password, credentials.password_hash):
        await _note_wrong_password(database, credentials.id, origin=origin, now=now)
        raise WrongPassword
    try:
        async with database.transaction() as transaction:
            account = await _hold_owner(transaction, credentials)
            new_email = await use_verification(transaction, token, now=now)
            if new_email is None:
                return await _prove(transaction, account, origin=origin, now=now)
            return await _replace(transaction, account, new_email, origin=origin, now=now)
    except IntegrityError as error:
        if violated_constraint(error) == "uq_users_email":
            raise EmailTaken from error
        raise


async def resend_verification(
    database: Database,
    *,
    email: str,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> Outcome[None]:
    """Send a new token to an address that waits to be proved, and void earlier ones; of others tell nothing.

    Raises:
        InvalidEmail: the address is none.
        TooManyAttempts: too many messages were sent to the address, or asked for from this client.
        ServiceUnavailable: the user database or Redis is down.
    """
    address = normalise_email(email)
    await take_client_turn(attempts, "resend", origin, now=now)
    await take_message_turn(attempts, "resend", address, now=now)
    async with database.transaction() as transaction:
        account = await hold_account_of(transaction, address)
        if account is None or account.email_verified or not account.is_active:
            return Outcome(value=None)
        message = await issue_verification(
            transaction, account.id, address, name=account.first_name, now=now, new_token=new_token
        )
        await write_audit(transaction, "verification_resent", origin=origin, now=now, entity_id=account.id)
        return Outcome(value=None, messages=(message,))


async def change_email(
    database: Database,
    *,
    user_id: UUID,
    new_email: str,
    password: str,
    passwords: Passwords,
    attempts: Attempts,
    origin: Origin,
    now: datetime,
    new_token: Callable[[], str] = make_token,
) -> Outcome[User]:
    """Ask for another address, which becomes the account's when the token sent to it is used; warn the present one.

    Of an address that has an account nothing is told, but to its owner.

    Raises:
        InvalidEmail: the address is none.
        UnknownUser, NoPassword, WrongPassword: the account is gone or the password does not confirm the change.
        TooManyAttempts: too many attempts have failed, or too many messages were sent to the address.
        ServiceUnavailable: the user database or Redis is down, or too many passwords wait to be verified.
    """
    address = normalise_email(new_email)
    credentials = await confirm_password(
        database,
        user_id=user_id,
        password=password,
        passwords=passwords,
        attempts=attempts,
        origin=origin,
        now=now,
    )
    await take_message_turn(attempts, "change_email", address, now=now)
    taken = await find_credentials(database, address, origin=origin, now=now)
    async with database.transaction() as transaction:
        account = await hold_confirmed(transaction, credentials)
        user = await read_user(transaction, user_id)
        if account.email == address:
            return Outcome(value=user)
        proof = await issue_verification(
            transaction,
            user_id,
            address,
            purpose="change_email",
            name=account.first_name,
            now=now,
            new_token=new_token,
        )
        await write_audit(
            transaction,
            "email_change_requested",
            origin=origin,
            now=now,
            entity_id=user_id,
            new={"email": address},
        )
    warning = Message(kind="email_changing", user_id=user_id, email=account.email, name=account.first_name)
    if taken is not None and taken.is_proved:
        proof = Message(kind="already_registered", user_id=taken.id, email=address, name=None)
    return Outcome(value=user, messages=(proof, warning))


async def discard_unproved(
    transaction: AsyncConnection, email: str, *, now: datetime
) -> tuple[VoidLinks, ...]:
    """Remove an account with this address that nobody ever proved, for who has proved it now; give its links.

    Nothing is lost: nobody can have signed in to it. It is no administrator's either (`require_another_admin`).
    """
    discarded = await transaction.execute(
        update(users)
        .where(
            func.lower(users.c.email) == email,
            ~users.c.email_verified,
            users.c.last_login_at.is_(None),
            users.c.deleted_at.is_(None),
        )
        .values(version=users.c.version + 1, updated_at=now, **removed_values(now))
        .returning(users.c.id)
    )
    user_id: UUID | None = discarded.scalar_one_or_none()
    if user_id is None:
        return ()
    for table in (user_roles, verification_tokens, password_reset_tokens):
        await transaction.execute(delete(table).where(table.c.user_id == user_id))
    return (VoidLinks(user_id=user_id, kinds=LINKS),)


async def _note_wrong_password(database: Database, user_id: UUID, *, origin: Origin, now: datetime) -> None:
    async with database.transaction() as transaction:
        await write_audit(transaction, "verification_failed", origin=origin, now=now, entity_id=user_id)


async def _hold_owner(transaction: AsyncConnection, credentials: Credentials) -> HeldAccount:
    try:
        return await hold_confirmed(transaction, credentials)
    except UnknownUser as error:
        raise InvalidToken from error


async def _prove(
    transaction: AsyncConnection, account: HeldAccount, *, origin: Origin, now: datetime
) -> Outcome[User]:
    version = await change_account(transaction, account, now=now, email_verified=True)
    await write_audit(transaction, "email_verified", origin=origin, now=now, entity_id=account.id)
    await tell(transaction, "UserEmailVerified", user_id=account.id, version=version, now=now)
    return Outcome(
        value=await read_user(transaction, account.id),
        void=(VoidLinks(user_id=account.id, kinds=("verify_email",)),),
    )


async def _replace(
    transaction: AsyncConnection, account: HeldAccount, new_email: str, *, origin: Origin, now: datetime
) -> Outcome[User]:
    """Give an account its proved new address. What was sent to the old one no longer opens anything."""
    discarded = await discard_unproved(transaction, new_email, now=now)
    await void_resets(transaction, account.id)
    await void_verifications(transaction, account.id, "verify_email", "change_email")
    version = await change_account(transaction, account, now=now, email=new_email, email_verified=True)
    await write_audit(
        transaction,
        "email_changed",
        origin=origin,
        now=now,
        entity_id=account.id,
        old={"email": account.email},
        new={"email": new_email},
    )
    await tell(transaction, "UserEmailChanged", user_id=account.id, version=version, now=now)
    notice = Message(kind="email_changed", user_id=account.id, email=account.email, name=account.first_name)
    return Outcome(
        value=await read_user(transaction, account.id),
        messages=(notice,),
        void=(VoidLinks(user_id=account.id, kinds=LINKS), *discarded),
    )
