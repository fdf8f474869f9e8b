"""The tables of UserDb: accounts, roles, addresses, sessions, identities, tokens, preferences, loyalty and audit."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import ARRAY, INET, JSONB

from datasources.core.columns import (
    NAMING_CONVENTION,
    count,
    currency_format,
    flag,
    identifier,
    moment,
    newest_first,
    not_negative,
    now,
    one_of,
    reference,
    token_hash,
    version,
)
from datasources.core.outbox import consumed_events_table, domain_events_table

metadata = MetaData(naming_convention=NAMING_CONVENTION)

# 000's inline token columns are not here: verification_tokens (003) and password_reset_tokens (002) replace
# them, so that a token is a row with its own life, kept as a hash. 003's is_admin is a role, its is_verified
# is email_verified; 004's address_id is addresses.is_default.
users = Table(
    "users",
    metadata,
    identifier(),
    Column("email", String(255), nullable=False),
    Column("username", String(100)),
    # Null for those who sign in at an outside issuer only, and for who is gone.
    Column("password_hash", String(500)),
    Column("first_name", String(100)),
    Column("last_name", String(100)),
    # Not unique, unlike 002: the number is unverified, and a unique one could be taken by a stranger first.
    Column("phone_number", String(20)),
    Column("date_of_birth", Date),
    flag("email_verified", default=False),
    flag("is_active", default=True),
    flag("is_locked", default=False),
    count("failed_login_attempts"),
    moment("lockout_end"),
    moment("last_login_at"),
    # Access tokens issued before this moment are void.
    moment("password_changed_at"),
    Column("customer_status", String(20), nullable=False, server_default="active"),
    Column("tier", String(20), nullable=False, server_default="regular"),
    version(),
    now("created_at"),
    now("updated_at"),
    moment("deleted_at"),
    CheckConstraint(r"email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\.[A-Za-z]{2,}$'", name="email_format"),
    one_of("customer_status", "active", "inactive", "suspended", name="customer_status_check"),
    one_of("tier", "regular", "premium", "vip", name="tier_check"),
    *not_negative("failed_login_attempts"),
    # 000's UNIQUE, but without regard to case, and among live accounts: a deleted one frees its names.
    Index("uq_users_email", text("lower(email)"), unique=True, postgresql_where=text("deleted_at IS NULL")),
    Index(
        "uq_users_username", text("lower(username)"), unique=True, postgresql_where=text("deleted_at IS NULL")
    ),
    Index("idx_users_email", "email", postgresql_where=text("deleted_at IS NULL")),
    Index("idx_users_username", "username", postgresql_where=text("deleted_at IS NULL")),
    Index("idx_users_phone_number", "phone_number", postgresql_where=text("phone_number IS NOT NULL")),
    Index("idx_users_customer_status", "customer_status"),
    Index("idx_users_created_at", "created_at"),
    newest_first("idx_users_newest"),
)

roles = Table(
    "roles",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("name", String(50), nullable=False, unique=True),
    Column("description", String(255)),
    now("created_at"),
    one_of("name", "Admin", "Manager", "Customer", "Guest", name="role_name_check"),
)

# 000's idx_user_roles_user_id is missing because the primary key leads with user_id.
user_roles = Table(
    "user_roles",
    metadata,
    reference("user_id", "users.id", on_delete="CASCADE", primary_key=True),
    Column("role_id", Integer, ForeignKey("roles.id", ondelete="CASCADE"), primary_key=True),
    now("assigned_at"),
    reference("assigned_by", "users.id", on_delete="SET NULL", nullable=True),
    Index("idx_user_roles_role_id", "role_id"),
    Index("idx_user_roles_assigned_by", "assigned_by", postgresql_where=text("assigned_by IS NOT NULL")),
)

addresses = Table(
    "addresses",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    Column("address_type", String(20), nullable=False, server_default="shipping"),
    # What the customer calls it: home, work (001).
    Column("label", String(50)),
    # Who receives, and the number the carrier calls (002's full_name and phone_number).
    Column("recipient_name", String(200)),
    Column("phone_number", String(20)),
    Column("street_address", String(255), nullable=False),
    Column("apartment", String(50)),
    Column("city", String(100), nullable=False),
    Column("state_province", String(100)),
    # Empty for countries that have no postal codes.
    Column("postal_code", String(20), nullable=False),
    # ISO 3166-1 alpha-2, where 000 has a free name: tax and shipping are decided by it.
    Column("country", String(2), nullable=False),
    flag("is_default", default=False),
    now("created_at"),
    now("updated_at"),
    one_of("address_type", "shipping", "billing", name="address_type_check"),
    CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_format"),
    Index("idx_addresses_user_id", "user_id"),
    # 000 indexes is_default alone, which finds nothing faster; under its name, one default per user and type.
    Index(
        "idx_addresses_is_default",
        "user_id",
        "address_type",
        unique=True,
        postgresql_where=text("is_default"),
    ),
)

user_sessions = Table(
    "user_sessions",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    # All tokens descended from one sign-in, each of which names it. A replayed one revokes the family.
    Column("family_id", Uuid, nullable=False, server_default=text("gen_random_uuid()")),
    # 000's refresh_token, hashed.
    token_hash("refresh_token_hash"),
    # The token that the current one replaced, for whoever looks into a replay. Any older token shows itself by the
    # family that stands in it (tokens.py).
    token_hash("previous_token_hash", nullable=True),
    moment("rotated_at"),
    Column("device_info", JSONB),
    Column("ip_address", INET),
    Column("user_agent", Text),
    flag("is_active", default=True),
    moment("revoked_at"),
    Column("revoked_reason", String(100)),
    moment("expires_at", nullable=False),
    now("created_at"),
    now("last_accessed_at"),
    CheckConstraint("NOT (is_active AND revoked_at IS NOT NULL)", name="revoked_is_not_active"),
    # 000's UNIQUE constraint and its index of the same column in one, under the index's name.
    Index("idx_user_sessions_refresh_token", "refresh_token_hash", unique=True),
    Index(
        "idx_user_sessions_previous_token",
        "previous_token_hash",
        postgresql_where=text("previous_token_hash IS NOT NULL"),
    ),
    Index("idx_user_sessions_user_id", "user_id"),
    Index("idx_user_sessions_family_id", "family_id", unique=True),
    Index("idx_user_sessions_expires_at", "expires_at"),
)

# Who a user is at an outside issuer (001's Keycloak): issuer and subject together, as OpenID Connect Core 1.0, section
# 5.7 has it, never the e-mail address, which changes hands.
user_identities = Table(
    "user_identities",
    metadata,
    identifier(),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    reference("user_id", "users.id", on_delete="CASCADE"),
    # As the issuer last gave it.
    Column("email", String(255)),
    # What the issuer last gave and its setting maps to: these count with that issuer's tokens alone.
    Column("roles", ARRAY(String(50)), nullable=False, server_default=text("'{}'")),
    # When the token was issued that said so: an older one, which may name roles that were taken back, changes nothing.
    moment("roles_issued_at", nullable=False),
    now("created_at"),
    now("last_seen_at"),
    Index("uq_user_identities_issuer_subject", "issuer", "subject", unique=True),
    Index("idx_user_identities_user_id", "user_id"),
)

# Whose account was deleted, as a hash of issuer and subject: a token from before then opens no new one.
departed_identities = Table(
    "departed_identities",
    metadata,
    Column("identity_hash", String(64), primary_key=True),
    moment("departed_at", nullable=False),
)

verification_tokens = Table(
    "verification_tokens",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    Column("purpose", String(20), nullable=False, server_default="verify_email"),
    token_hash("token_hash"),
    # The address that a change_email token proves; it becomes users.email when the token is used.
    Column("new_email", String(255)),
    moment("expires_at", nullable=False),
    moment("used_at"),
    now("created_at"),
    one_of("purpose", "verify_email", "change_email", name="verification_purpose_check"),
    CheckConstraint("(purpose = 'change_email') = (new_email IS NOT NULL)", name="new_email_when_changing"),
    Index("idx_verification_tokens_token_hash", "token_hash", unique=True),
    Index("idx_verification_tokens_user_id", "user_id"),
    Index("idx_verification_tokens_expires_at", "expires_at"),
)

password_reset_tokens = Table(
    "password_reset_tokens",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    token_hash("token_hash"),
    moment("expires_at", nullable=False),
    flag("is_used", default=False),
    moment("used_at"),
    # Who asked, for the notice sent to the account's owner.
    Column("ip_address", INET),
    now("created_at"),
    CheckConstraint("used_at IS NULL OR is_used", name="used_at_when_used"),
    Index("idx_password_reset_tokens_token_hash", "token_hash", unique=True),
    Index("idx_password_reset_tokens_user_id", "user_id"),
    Index("idx_password_reset_tokens_expires_at", "expires_at"),
)

customer_preferences = Table(
    "customer_preferences",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    flag("email_notifications", default=True),
    flag("sms_notifications", default=False),
    flag("push_notifications", default=True),
    flag("marketing_emails", default=True),
    Column("preferred_language", String(10), nullable=False, server_default="en-US"),
    Column("preferred_currency", String(3), nullable=False, server_default="USD"),
    Column("theme_preference", String(20), nullable=False, server_default="light"),
    now("created_at"),
    now("updated_at"),
    currency_format("preferred_currency"),
    one_of("theme_preference", "light", "dark", "system", name="theme_preference_check"),
    Index("idx_customer_preferences_user_id", "user_id", unique=True),
)

# The sums of customer_loyalty_ledger, kept in the same transaction as its rows.
customer_loyalty = Table(
    "customer_loyalty",
    metadata,
    identifier(),
    reference("user_id", "users.id", on_delete="CASCADE"),
    count("points_balance"),
    count("lifetime_points"),
    # Points that count towards the next tier; a year's end may clear them without touching the balance.
    count("tier_points"),
    moment("last_activity_at"),
    now("created_at"),
    now("updated_at"),
    *not_negative("points_balance", "lifetime_points", "tier_points"),
    Index("idx_customer_loyalty_user_id", "user_id", unique=True),
)

# Append-only: triggers refuse DELETE, and UPDATE but for notes that become null. Each row says why the points moved,
# and once only.
customer_loyalty_ledger = Table(
    "customer_loyalty_ledger",
    metadata,
    identifier(),
    reference("user_id", "users.id"),
    Column("points", Integer, nullable=False),
    Column("balance_after", Integer, nullable=False),
    Column("reason", String(20), nullable=False),
    # What the points are for: ("order", its id), ("review", its id).
    Column("reference_type", String(50)),
    Column("reference_id", String(100)),
    Column("notes", Text),
    Column("idempotency_key", String(255), nullable=False, unique=True),
    # The member of staff who adjusted; null for the system.
    Column("created_by", Uuid),
    now("created_at"),
    CheckConstraint("points <> 0", name="points_not_zero"),
    one_of("reason", "earned", "redeemed", "reversed", "expired", "adjusted", name="loyalty_reason_check"),
    *not_negative("balance_after"),
    newest_first("idx_customer_loyalty_ledger_user_id", "user_id"),
    Index("idx_customer_loyalty_ledger_reference", "reference_type", "reference_id"),
)

# Not append-only by trigger: removing a person's data must be able to blank old_values and new_values.
audit_logs = Table(
    "audit_logs",
    metadata,
    Column("id", BigInteger, primary_key=True),
    reference("user_id", "users.id", on_delete="SET NULL", nullable=True),
    Column("action", String(100), nullable=False),
    Column("entity_type", String(100)),
    Column("entity_id", String(255)),
    Column("old_values", JSONB),
    Column("new_values", JSONB),
    Column("ip_address", INET),
    Column("user_agent", Text),
    now("timestamp"),
    Index("idx_audit_logs_user_id", "user_id"),
    Index("idx_audit_logs_action", "action"),
    Index("idx_audit_logs_timestamp", "timestamp"),
    # A keyset page of the whole log.
    Index("idx_audit_logs_newest", text("timestamp DESC"), text("id DESC")),
    Index("idx_audit_logs_entity", "entity_type", "entity_id"),
)

domain_events = domain_events_table(metadata)
consumed_events = consumed_events_table(metadata)
