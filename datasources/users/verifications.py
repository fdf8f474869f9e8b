"""Tokens that prove something when they come back from a mailbox: how they are issued, found, used and voided."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import delete, insert, update

from datasources.core.tokens import hash_of
from datasources.users.attempts import network_of
from datasources.users.errors import InvalidToken
from datasources.users.records import Message, MessageKind
from datasources.users.tables import password_reset_tokens, verification_tokens

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.users.attempts import Attempts
    from datasources.users.origins import Origin

VERIFICATION_LIFETIME: Final = timedelta(hours=24)
RESET_LIFETIME: Final = timedelta(hours=1)

# What messages are asked for by. Each has turns of its own, so that none uses up another's.
Asking = Literal["register", "resend", "reset", "change_email"]

# How many messages of a kind one may have sent to an address, whether or not it has an account.
MOST_MESSAGES: Final = 5
# How many of a kind one client may have sent. Many people share an office's address.
MOST_OF_CLIENT: Final = 20
MESSAGES_PER: Final = timedelta(hours=1)

# Every kind of message whose link opens something.
LINKS: Final[tuple[MessageKind, ...]] = ("verify_email", "change_email", "password_reset")

# How many passwords may be tried with one token; who needs more resets the password.
MOST_TRIES: Final = 10


async def take_message_turn(attempts: Attempts, kind: Asking, email: str, *, now: datetime) -> None:
    """Take a turn to have a message of a kind sent to this address, so that nobody's mailbox is filled from here.

    Raises:
        TooManyAttempts: as many as may were sent.
        ServiceUnavailable: Redis is down.
    """
    await attempts.take_turn(f"message:{kind}:{email}", most=MOST_MESSAGES, per=MESSAGES_PER, now=now)


async def take_client_turn(attempts: Attempts, kind: Asking, origin: Origin, *, now: datetime) -> None:
    """Take a turn to have messages of a kind sent from this client's network, to whatever addresses.

    Raises:
        TooManyAttempts: as many as may were sent.
        ServiceUnavailable: Redis is down.
    """
    network = network_of(origin.ip_address)
    if network is not None:
        await attempts.take_turn(f"{kind}:{network}", most=MOST_OF_CLIENT, per=MESSAGES_PER, now=now)


async def take_try(attempts: Attempts, token: str, *, now: datetime) -> None:
    """Take a turn to try a password with an issued token.

    Raises:
        TooManyAttempts: as many as may were tried.
        ServiceUnavailable: Redis is down.
    """
    await attempts.take_turn(f"verify:{hash_of(token)}", most=MOST_TRIES, per=VERIFICATION_LIFETIME, now=now)


async def issue_verification(
    transaction: AsyncConnection,
    user_id: UUID,
    email: str,
    *,
    purpose: Literal["verify_email", "change_email"] = "verify_email",
    name: str | None,
    now: datetime,
    new_token: Callable[[], str],
) -> Message:
    """Issue the one valid token to prove the account's address, or a new one; give the message that takes it there."""
    await void_verifications(transaction, user_id, purpose)
    token, expires_at = new_token(), now + VERIFICATION_LIFETIME
    await transaction.execute(
        insert(verification_tokens).values(
            user_id=user_id,
            purpose=purpose,
            token_hash=hash_of(token),
            new_email=email if purpose == "change_email" else None,
            expires_at=expires_at,
            created_at=now,
        )
    )
    return Message(kind=purpose, user_id=user_id, email=email, name=name, token=token, expires_at=expires_at)


async def void_verifications(transaction: AsyncConnection, user_id: UUID, *purposes: str) -> None:
    """Make the user's unused tokens for these purposes worthless."""
    await transaction.execute(
        delete(verification_tokens).where(
            verification_tokens.c.user_id == user_id,
            verification_tokens.c.purpose.in_(purposes),
            verification_tokens.c.used_at.is_(None),
        )
    )


async def void_resets(transaction: AsyncConnection, user_id: UUID) -> None:
    """Make the user's unused tokens to reset the password worthless."""
    await transaction.execute(
        delete(password_reset_tokens).where(
            password_reset_tokens.c.user_id == user_id, ~password_reset_tokens.c.is_used
        )
    )


async def use_verification(transaction: AsyncConnection, token: str, *, now: datetime) -> str | None:
    """Use a token, once; give the new address that it proves, None where it proves the account's own.

    Raises:
        InvalidToken: it is used or expired.
    """
    used = await transaction.execute(
        update(verification_tokens)
        .where(
            verification_tokens.c.token_hash == hash_of(token),
            verification_tokens.c.used_at.is_(None),
            verification_tokens.c.expires_at > now,
        )
        .values(used_at=now)
        .returning(verification_tokens.c.new_email)
    )
    row = used.one_or_none()
    if row is None:
        raise InvalidToken
    new_email: str | None = row.new_email
    return new_email


async def use_reset(transaction: AsyncConnection, token: str, *, now: datetime) -> None:
    """Use a token, once.

    Raises:
        InvalidToken: it is used or expired.
    """
    used = await transaction.execute(
        update(password_reset_tokens)
        .where(
            password_reset_tokens.c.token_hash == hash_of(token),
            ~password_reset_tokens.c.is_used,
            password_reset_tokens.c.expires_at > now,
        )
        .values(is_used=True, used_at=now)
    )
    if not used.rowcount:
        raise InvalidToken
