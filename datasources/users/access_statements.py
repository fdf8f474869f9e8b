"""The reads that decide who may come in, and that show it: sessions, outside identities, lockouts."""

from __future__ import annotations

from sqlalchemy import DateTime, String, Uuid, any_, bindparam, cast, func, literal_column, select
from sqlalchemy.dialects.postgresql import ARRAY, INET, UUID

from datasources.core.databases import compile_statement
from datasources.users.statements import LIVE, ROLE_NAMES, USER_COLUMNS
from datasources.users.tables import (
    password_reset_tokens,
    user_identities,
    user_sessions,
    users,
    verification_tokens,
)

_KEYS = bindparam("keys", type_=ARRAY(UUID))

SESSION_COLUMNS = (
    user_sessions.c.id,
    user_sessions.c.user_id,
    user_sessions.c.device_info.op("->>", return_type=String())(literal_column("'name'")).label("device"),
    func.host(user_sessions.c.ip_address).label("ip_address"),
    user_sessions.c.user_agent,
    user_sessions.c.created_at,
    user_sessions.c.last_accessed_at,
    user_sessions.c.expires_at,
)

# What a password is held against; for this service alone.
_CREDENTIALS = (
    users.c.id,
    users.c.email,
    users.c.username,
    users.c.first_name,
    users.c.last_name,
    users.c.email_verified.label("is_proved"),
    users.c.password_hash,
)

# Whether the account's owner was on the client's network before, as far as sessions tell.
_KNOWS_NETWORK = (
    select(user_sessions.c.id)
    .where(
        user_sessions.c.user_id == users.c.id,
        user_sessions.c.last_accessed_at > bindparam("since", type_=DateTime(timezone=True)),
        user_sessions.c.ip_address.op("<<=")(cast(bindparam("network", type_=String), INET)),
    )
    .exists()
)

CREDENTIALS_BY_EMAIL = compile_statement(
    select(*_CREDENTIALS, _KNOWS_NETWORK.label("knows_network")).where(
        func.lower(users.c.email) == bindparam("email", type_=String), LIVE
    )
)

CREDENTIALS_BY_ID = compile_statement(
    select(*_CREDENTIALS).where(users.c.id == bindparam("user_id", type_=Uuid), LIVE)
)

CREDENTIALS_BY_RESET = compile_statement(
    select(*_CREDENTIALS)
    .join(password_reset_tokens, password_reset_tokens.c.user_id == users.c.id)
    .where(
        password_reset_tokens.c.token_hash == bindparam("token_hash", type_=String),
        ~password_reset_tokens.c.is_used,
        password_reset_tokens.c.expires_at > bindparam("now", type_=DateTime(timezone=True)),
        LIVE,
    )
)

CREDENTIALS_BY_VERIFICATION = compile_statement(
    select(*_CREDENTIALS)
    .join(verification_tokens, verification_tokens.c.user_id == users.c.id)
    .where(
        verification_tokens.c.token_hash == bindparam("token_hash", type_=String),
        verification_tokens.c.used_at.is_(None),
        verification_tokens.c.expires_at > bindparam("now", type_=DateTime(timezone=True)),
        LIVE,
    )
)

SESSION_VIEWER = compile_statement(
    select(
        user_sessions.c.is_active.label("session_is_active"),
        user_sessions.c.expires_at,
        users.c.is_locked,
        users.c.password_changed_at,
        *USER_COLUMNS,
        ROLE_NAMES,
    )
    .join(users, users.c.id == user_sessions.c.user_id)
    .where(user_sessions.c.id == bindparam("session_id", type_=Uuid), LIVE)
)

IDENTITY_VIEWER = compile_statement(
    select(
        user_identities.c.roles.label("issuer_roles"),
        user_identities.c.roles_issued_at,
        users.c.is_locked,
        *USER_COLUMNS,
        ROLE_NAMES,
    )
    .join(users, users.c.id == user_identities.c.user_id)
    .where(
        user_identities.c.issuer == bindparam("issuer", type_=String),
        user_identities.c.subject == bindparam("subject", type_=String),
        LIVE,
    )
)

SESSIONS_BY_USER = compile_statement(
    select(*SESSION_COLUMNS)
    .join(users, users.c.id == user_sessions.c.user_id)
    .where(
        user_sessions.c.user_id == any_(_KEYS),
        user_sessions.c.is_active,
        user_sessions.c.expires_at > func.now(),
        LIVE,
    )
    .order_by(user_sessions.c.user_id, user_sessions.c.last_accessed_at.desc(), user_sessions.c.id)
)

LOCKOUTS_BY_USER = compile_statement(
    select(
        users.c.id.label("user_id"),
        users.c.is_locked,
        users.c.failed_login_attempts,
        users.c.lockout_end,
    ).where(users.c.id == any_(_KEYS), LIVE)
)
