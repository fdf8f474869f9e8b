"""What the user service gives out and takes: users, sessions, addresses, preferences, points, audit, messages.

No hash of a password or token is among it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Generic, Literal, TypeVar

from datasources.core.records import row_record

if TYPE_CHECKING:
    from datetime import date, datetime
    from uuid import UUID

RoleName = Literal["Admin", "Manager", "Customer", "Guest"]
Tier = Literal["regular", "premium", "vip"]
AddressType = Literal["shipping", "billing"]
Theme = Literal["light", "dark", "system"]
LoyaltyReason = Literal["earned", "redeemed", "reversed", "expired", "adjusted"]
MessageKind = Literal[
    "verify_email",
    "already_registered",
    "password_reset",
    "password_changed",
    "change_email",
    "email_changing",
    "email_changed",
    "account_deleted",
    "identity_linked",
]

T = TypeVar("T")


@row_record
class User:
    """A user whose account has not been deleted."""

    id: UUID
    email: str
    username: str | None
    first_name: str | None
    last_name: str | None
    phone_number: str | None
    date_of_birth: date | None
    email_verified: bool
    is_active: bool
    tier: Tier
    created_at: datetime
    updated_at: datetime
    last_login_at: datetime | None


@row_record
class Account(User):
    """A user with the roles that decide what the user may do."""

    roles: tuple[RoleName, ...]


@row_record
class Address:
    """An address that a user saved (000: addresses)."""

    id: UUID
    user_id: UUID
    type: AddressType
    label: str | None
    recipient_name: str | None
    phone: str | None
    street_address: str
    apartment: str | None
    city: str
    state_province: str | None
    postal_code: str
    country: str
    is_default: bool


@row_record
class CustomerPreferences:
    """What a user chose about messages and display (001: customer_preferences)."""

    user_id: UUID
    email_notifications: bool
    sms_notifications: bool
    push_notifications: bool
    marketing_emails: bool
    language: str
    currency: str
    theme: Theme
    updated_at: datetime


@row_record
class Loyalty:
    """A user's points; the tier that they lead to is the user's own (001: customer_loyalty)."""

    user_id: UUID
    points_balance: int
    lifetime_points: int
    tier_points: int
    last_activity_at: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UserFilter:
    """Which users a list holds; what is None does not matter.

    `search` is the beginning of an e-mail address, of a last name, or of a first name that the last name may follow.
    `emails` are in lower case.
    """

    search: str | None = None
    emails: tuple[str, ...] | None = None
    roles: tuple[str, ...] | None = None
    tiers: tuple[str, ...] | None = None
    is_active: bool | None = None
    created_from: datetime | None = None
    created_before: datetime | None = None


@row_record
class Lockout:
    """How passwords fail on an account, to sign in or to confirm a change, for staff (000).

    `is_locked` is what staff decided. `lockout_end` and `failed_login_attempts` are as the last wrong password left
    them for whoever gave it: others may have to wait longer, or not at all (`counters`). They go with time or the
    next sign-in.
    """

    user_id: UUID
    is_locked: bool
    failed_login_attempts: int
    lockout_end: datetime | None


@row_record
class Session:
    """A sign-in that is still good (000: user_sessions). Its tokens, and the family they descend from, stay inside."""

    id: UUID
    user_id: UUID
    device: str | None
    ip_address: str | None
    user_agent: str | None
    created_at: datetime
    last_accessed_at: datetime
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SessionCheck:
    """What decides at each request whether an access token of a session still counts, and for what.

    `is_live` is whether the session is neither revoked nor expired. The account may still be locked or inactive.
    """

    session_id: UUID
    is_live: bool
    is_locked: bool
    password_changed_at: datetime | None
    account: Account

    @property
    def admits(self) -> bool:
        """Whether the session's user may act."""
        return self.is_live and self.account.is_active and not self.is_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityCheck:
    """The account behind an outside issuer's user.

    Its roles are those that the issuer's newest token gave, of `roles_issued_at`, and Customer, if the account has it:
    what else is among the account's own counts with the gateway's own tokens alone.
    """

    issuer: str
    subject: str
    issuer_roles: tuple[RoleName, ...]
    roles_issued_at: datetime
    is_locked: bool
    account: Account

    @property
    def admits(self) -> bool:
        """Whether the user may act."""
        return self.account.is_active and not self.is_locked


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """A session that has just begun or been refreshed. `refresh_token` is known to nobody else and shown only now."""

    session: Session
    account: Account
    refresh_token: str = field(repr=False)


@row_record
class LoyaltyEntry:
    """Points that came or, below zero, went (001: customer_loyalty, which had no ledger)."""

    id: UUID
    user_id: UUID
    points: int
    balance_after: int
    reason: LoyaltyReason
    reference_type: str | None
    reference_id: str | None
    notes: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsMoved:
    """A user's points after a change, and the ledger's entry of it."""

    loyalty: Loyalty
    entry: LoyaltyEntry


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerFilter:
    """Which entries of a ledger a list holds; what is None does not matter."""

    reasons: tuple[str, ...] | None = None


@row_record
class AuditEntry:
    """One line of the audit log (000: audit_logs). It never holds a secret.

    `actor_id` is who did it: None for guests, the system, and users who are gone. `entity_id` is whom or what it was
    done to.
    """

    id: int
    actor_id: UUID | None
    action: str
    entity_type: str | None
    entity_id: str | None
    old_values: dict[str, Any] | None
    new_values: dict[str, Any] | None
    ip_address: str | None
    user_agent: str | None
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class AuditFilter:
    """Which lines of the audit log a list holds; what is None does not matter."""

    actor_id: UUID | None = None
    actions: tuple[str, ...] | None = None
    entity_type: str | None = None
    entity_id: str | None = None
    at_from: datetime | None = None
    at_before: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """Something to tell a user by e-mail. `token`, where there is one, opens the link in it until `expires_at`."""

    kind: MessageKind
    user_id: UUID | None
    email: str
    name: str | None
    token: str | None = field(default=None, repr=False)
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class VoidLinks:
    """Links that open nothing any more, as they were used or made void: those to a user, of these kinds."""

    user_id: UUID
    kinds: tuple[MessageKind, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome(Generic[T]):
    """What a command did, and what has to be told to users about it (datasources.workflows.account_messages).

    `void` are links that have been sent before, and whose tokens nobody needs to keep.
    """

    value: T
    messages: tuple[Message, ...] = ()
    void: tuple[VoidLinks, ...] = ()
