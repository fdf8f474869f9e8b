"""Signing in, refreshing and ending sessions."""

from datetime import datetime
from typing import Annotated, TypeVar
from uuid import UUID

import strawberry

from datasources.users import records
from datasources.users.attempts import Attempts
from datasources.users.commands import sessions, sign_ins
from datasources.users.errors import RefreshReused, SessionEnded
from datasources.workflows.cart_changes import merge_after_sign_in
from resolvers.carts.owners import presented_token
from resolvers.context import Info
from resolvers.entries import MOST_OF_DEVICE, Entries
from resolvers.mutations import Acting, InvalidInputError, acting, entity, mutation, user_errors
from resolvers.permissions import Permission
from resolvers.relay import global_id, uuid_of
from resolvers.scalars import EmailAddress
from resolvers.users.problems import (
    AccountDeactivatedError,
    AccountLockedError,
    InvalidCredentialsError,
    NoSession,
    NoSessionError,
    RefreshReusedError,
    SessionEndedError,
    SessionNotFoundError,
    TooManyAttemptsError,
)
from resolvers.users.sessions import Session
from resolvers.users.types import User

S = TypeVar("S", bound="Signed")


@strawberry.type
class Signed:
    """What signing in and refreshing have in common."""

    user: records.Account | None = entity(User, "The user who is signed in.")
    session: records.Session | None = entity(Session, "The session.")
    access_token: str | None = entity(
        str, "Send it with each request as `Authorization: Bearer <token>`. Null in cookie mode."
    )
    access_token_expires_at: datetime | None = entity(
        datetime, "When the access token expires; refresh the session before."
    )
    refresh_token: str | None = entity(
        str,
        "What the next access token is fetched with. It is good for one use, and shown only here. Null "
        "in cookie mode.",
    )


@strawberry.input(description="Who signs in, and on which device.")
class SignInInput:
    email: EmailAddress = strawberry.field(description="The account's e-mail address; case is ignored.")
    password: str = strawberry.field(description="The account's password.")
    device: str | None = strawberry.field(
        default=None, description="A name for the device, to recognise the session by, such as Clara's phone."
    )
    cart_token: str | None = strawberry.field(
        default=None,
        description="The secret of the guest's cart that is to become part of the account's; left out, the one in the "
        "request's X-Cart-Token header counts. Should the carts be out of reach, the guest's stays as it is, and "
        "`mergeCart` merges it later.",
    )


SignInError = Annotated[
    InvalidInputError
    | InvalidCredentialsError
    | TooManyAttemptsError
    | AccountLockedError
    | AccountDeactivatedError,
    strawberry.union("SignInError", description="Why `signIn` did nothing."),
]


@strawberry.type(description="What `signIn` answers.")
class SignInPayload(Signed):
    user_errors: list[SignInError] = user_errors()


@strawberry.input(description="A session to go on with.")
class RefreshSessionInput:
    refresh_token: str | None = strawberry.field(
        default=None,
        description="The refresh token that the session's last answer gave; leave it out in cookie mode.",
    )


RefreshSessionError = Annotated[
    SessionEndedError | RefreshReusedError,
    strawberry.union("RefreshSessionError", description="Why `refreshSession` gave no new tokens."),
]


@strawberry.type(description="What `refreshSession` answers.")
class RefreshSessionPayload(Signed):
    user_errors: list[RefreshSessionError] = user_errors()


SignOutError = Annotated[
    NoSessionError | SessionNotFoundError,
    strawberry.union("SignOutError", description="Why `signOut` did nothing."),
]


@strawberry.type(description="What `signOut` answers.")
class SignOutPayload:
    ended_session_id: strawberry.ID | None = entity(strawberry.ID, "The id of the session that has ended.")
    user_errors: list[SignOutError] = user_errors()


@strawberry.input(description="Which sessions end.")
class SignOutEverywhereInput:
    keep_current: bool = strawberry.field(
        default=False, description="Whether the session of this request goes on."
    )


SignOutEverywhereError = Annotated[
    NoSessionError,
    strawberry.union("SignOutEverywhereError", description="Why `signOutEverywhere` did nothing."),
]


@strawberry.type(description="What `signOutEverywhere` answers.")
class SignOutEverywherePayload:
    ended_sessions: int | None = entity(int, "How many sessions have ended.")
    user_errors: list[SignOutEverywhereError] = user_errors()


@strawberry.input(description="A session to be ended.")
class RevokeSessionInput:
    session_id: strawberry.ID = strawberry.field(description="The session's global id.")


RevokeSessionError = Annotated[
    SessionNotFoundError,
    strawberry.union("RevokeSessionError", description="Why `revokeSession` did nothing."),
]


@strawberry.type(description="What `revokeSession` answers.")
class RevokeSessionPayload:
    ended_session_id: strawberry.ID | None = entity(strawberry.ID, "The id of the session that has ended.")
    user_errors: list[RevokeSessionError] = user_errors()


@strawberry.type
class SessionMutations:
    @mutation(
        requires=Permission.PUBLIC,
        description="Sign in with e-mail address and password. An address without an account gets the same "
        "answer in the same time as a wrong password. With the header `X-Session-Mode: cookie` the "
        "tokens are set as cookies instead.",
    )
    async def sign_in(self, info: Info, input: SignInInput) -> SignInPayload:
        entries = Entries()
        device = entries.optional(input.device, "device", most=MOST_OF_DEVICE)
        entries.check()
        by = acting(info, device=device)
        signed_in = await sign_ins.sign_in(
            info.context.connections.users,
            email=input.email,
            password=input.password,
            passwords=info.context.credentials.passwords,
            attempts=Attempts(info.context.connections.attempts),
            **by,
        )
        await merge_after_sign_in(
            info.context.connections,
            token=presented_token(info, input.cart_token),
            user_id=signed_in.account.id,
            now=by["now"],
        )
        return _hand_out(info, signed_in, by, SignInPayload)

    @mutation(
        requires=Permission.PUBLIC,
        at={SessionEndedError: "refreshToken", RefreshReusedError: "refreshToken"},
        description="Go on with a session: the refresh token is exchanged for a new one and an access token. A "
        "token that was exchanged before ends the session, so make one exchange at a time.",
    )
    async def refresh_session(self, info: Info, input: RefreshSessionInput) -> RefreshSessionPayload:
        presented = info.context.credentials.presented(input.refresh_token)
        if presented is None:
            raise SessionEnded
        by = acting(info)
        try:
            refreshed = await sessions.rotate_session(
                info.context.connections.users, refresh_token=presented, **by
            )
        except (SessionEnded, RefreshReused):
            if input.refresh_token is None:
                info.context.credentials.withdraw()  # the cookie's session is over, and no script can remove it
            raise
        return _hand_out(info, refreshed, by, RefreshSessionPayload)

    @mutation(
        requires=Permission.AUTHENTICATED,
        description="End the session of this request. Its access token stops counting at once.",
    )
    async def sign_out(self, info: Info) -> SignOutPayload:
        return SignOutPayload(ended_session_id=await _end(info, _current(info)))

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={NoSessionError: "keepCurrent"},
        description="End your sessions on all devices, or on all others.",
    )
    async def sign_out_everywhere(
        self, info: Info, input: SignOutEverywhereInput
    ) -> SignOutEverywherePayload:
        ended = await sessions.revoke_sessions(
            info.context.connections.users,
            user_id=info.context.viewer.account_id,
            except_session_id=_current(info) if input.keep_current else None,
            **acting(info),
        )
        if not input.keep_current:
            info.context.credentials.withdraw()
        return SignOutEverywherePayload(ended_sessions=ended)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={SessionNotFoundError: "sessionId"},
        description="End one of your sessions, such as that of a device that was lost.",
    )
    async def revoke_session(self, info: Info, input: RevokeSessionInput) -> RevokeSessionPayload:
        return RevokeSessionPayload(ended_session_id=await _end(info, uuid_of(input.session_id, "Session")))


def _hand_out(info: Info, signed_in: records.SignedIn, by: Acting, payload: type[S]) -> S:
    """The payload of a session that begins or goes on, with its tokens where the client wants them."""
    issued = info.context.credentials.issue(
        user_id=signed_in.account.id,
        roles=signed_in.account.roles,
        session_id=signed_in.session.id,
        refresh_token=signed_in.refresh_token,
        refresh_expires_at=signed_in.session.expires_at,
        now=by["now"],
    )
    return payload(
        user=signed_in.account,
        session=signed_in.session,
        access_token=issued.access_token,
        access_token_expires_at=issued.access_token_expires_at,
        refresh_token=issued.refresh_token,
    )


def _current(info: Info) -> UUID:
    """The session of the request's access token.

    Raises:
        NoSession: the token was made without one.
    """
    session_id = info.context.client.session_id
    if session_id is None:
        raise NoSession
    return session_id


async def _end(info: Info, session_id: UUID) -> strawberry.ID:
    """End one of the viewer's sessions; the client of the current one forgets its cookies."""
    await sessions.revoke_session(
        info.context.connections.users,
        user_id=info.context.viewer.account_id,
        session_id=session_id,
        **acting(info),
    )
    if session_id == info.context.client.session_id:
        info.context.credentials.withdraw()
    return strawberry.ID(global_id("Session", session_id))
