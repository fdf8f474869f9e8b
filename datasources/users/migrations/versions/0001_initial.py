"""Accounts, roles, addresses, sessions, tokens, preferences, loyalty and the audit log."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

revision = "0001_initial"
down_revision = None

# The end of every keyset index.
NEWEST = (sa.text("created_at DESC"), sa.text("id DESC"))

# Rows of these tables are facts: they are added, never changed or removed.
APPEND_ONLY = ("customer_loyalty_ledger",)
REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is append-only: % is refused', TG_TABLE_NAME, TG_OP USING ERRCODE = 'restrict_violation';
END
$$
"""

TABLES_LAST_FIRST = (
    "audit_logs",
    "customer_loyalty_ledger",
    "customer_loyalty",
    "customer_preferences",
    "password_reset_tokens",
    "verification_tokens",
    "user_sessions",
    "addresses",
    "user_roles",
    "roles",
    "users",
)


def upgrade() -> None:
    """Create every table, and what they start with."""
    _create_users()
    _index_users()
    _create_roles()
    _create_user_roles()
    _create_addresses()
    _create_user_sessions()
    _create_verification_tokens()
    _create_password_reset_tokens()
    _create_customer_preferences()
    _create_customer_loyalty()
    _create_customer_loyalty_ledger()
    _create_audit_logs()
    _refuse_changes()
    _insert_roles()


def downgrade() -> None:
    """Drop everything."""
    for table in TABLES_LAST_FIRST:
        op.drop_table(table)
    op.execute("DROP FUNCTION refuse_change()")


def _create_users() -> None:
    op.create_table(
        "users",
        _identifier(),
        sa.Column("email", sa.String(255), nullable=False),
        sa.Column("username", sa.String(100)),
        sa.Column("password_hash", sa.String(500), nullable=False),
        sa.Column("first_name", sa.String(100)),
        sa.Column("last_name", sa.String(100)),
        sa.Column("phone_number", sa.String(20)),
        sa.Column("date_of_birth", sa.Date()),
        sa.Column("email_verified", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("is_locked", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("failed_login_attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lockout_end", sa.DateTime(timezone=True)),
        sa.Column("last_login_at", sa.DateTime(timezone=True)),
        sa.Column("password_changed_at", sa.DateTime(timezone=True)),
        sa.Column("customer_status", sa.String(20), server_default="active", nullable=False),
        sa.Column("tier", sa.String(20), server_default="regular", nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.Column("deleted_at", sa.DateTime(timezone=True)),
        _one_of("customer_status", "active inactive suspended", name="customer_status_check"),
        sa.CheckConstraint(
            "email ~* '^[A-Za-z0-9._%+-]+@[A-Za-z0-9.-]+\\.[A-Za-z]{2,}$'", name="email_format"
        ),
        _one_of("tier", "regular premium vip", name="tier_check"),
        sa.PrimaryKeyConstraint("id", name="pk_users"),
        *_not_negative("failed_login_attempts"),
    )


def _index_users() -> None:
    op.create_index("idx_users_created_at", "users", ["created_at"])
    op.create_index("idx_users_customer_status", "users", ["customer_status"])
    _partial_index("idx_users_email", "users", ["email"], where="deleted_at IS NULL")
    op.create_index("idx_users_newest", "users", NEWEST)
    _partial_index("idx_users_phone_number", "users", ["phone_number"], where="phone_number IS NOT NULL")
    _partial_index("idx_users_username", "users", ["username"], where="deleted_at IS NULL")
    _partial_index(
        "uq_users_email", "users", [sa.text("lower(email)")], unique=True, where="deleted_at IS NULL"
    )
    _partial_index(
        "uq_users_username", "users", [sa.text("lower(username)")], unique=True, where="deleted_at IS NULL"
    )


def _create_roles() -> None:
    op.create_table(
        "roles",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(50), nullable=False),
        sa.Column("description", sa.String(255)),
        _now("created_at"),
        _one_of("name", "Admin Manager Customer Guest", name="role_name_check"),
        sa.PrimaryKeyConstraint("id", name="pk_roles"),
        sa.UniqueConstraint("name", name="uq_roles_name"),
    )


def _create_user_roles() -> None:
    op.create_table(
        "user_roles",
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("role_id", sa.Integer(), nullable=False),
        _now("assigned_at"),
        sa.Column("assigned_by", sa.Uuid()),
        _foreign_key("assigned_by", "users.id", "fk_user_roles_assigned_by", ondelete="SET NULL"),
        _foreign_key("role_id", "roles.id", "fk_user_roles_role_id", ondelete="CASCADE"),
        _foreign_key("user_id", "users.id", "fk_user_roles_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("user_id", "role_id", name="pk_user_roles"),
    )
    _partial_index(
        "idx_user_roles_assigned_by", "user_roles", ["assigned_by"], where="assigned_by IS NOT NULL"
    )
    op.create_index("idx_user_roles_role_id", "user_roles", ["role_id"])


def _create_addresses() -> None:
    op.create_table(
        "addresses",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("address_type", sa.String(20), server_default="shipping", nullable=False),
        sa.Column("label", sa.String(50)),
        sa.Column("recipient_name", sa.String(200)),
        sa.Column("phone_number", sa.String(20)),
        sa.Column("street_address", sa.String(255), nullable=False),
        sa.Column("apartment", sa.String(50)),
        sa.Column("city", sa.String(100), nullable=False),
        sa.Column("state_province", sa.String(100)),
        sa.Column("postal_code", sa.String(20), nullable=False),
        sa.Column("country", sa.String(2), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _now("created_at"),
        _now("updated_at"),
        _one_of("address_type", "shipping billing", name="address_type_check"),
        sa.CheckConstraint("country ~ '^[A-Z]{2}$'", name="country_format"),
        _foreign_key("user_id", "users.id", "fk_addresses_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_addresses"),
    )
    _partial_index(
        "idx_addresses_is_default", "addresses", ["user_id", "address_type"], unique=True, where="is_default"
    )
    op.create_index("idx_addresses_user_id", "addresses", ["user_id"])


def _create_user_sessions() -> None:
    op.create_table(
        "user_sessions",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("family_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("refresh_token_hash", sa.String(128), nullable=False),
        sa.Column("previous_token_hash", sa.String(128)),
        sa.Column("rotated_at", sa.DateTime(timezone=True)),
        sa.Column("device_info", postgresql.JSONB()),
        sa.Column("ip_address", postgresql.INET()),
        sa.Column("user_agent", sa.Text()),
        sa.Column("is_active", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True)),
        sa.Column("revoked_reason", sa.String(100)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        _now("created_at"),
        _now("last_accessed_at"),
        sa.CheckConstraint("NOT (is_active AND revoked_at IS NOT NULL)", name="revoked_is_not_active"),
        _foreign_key("user_id", "users.id", "fk_user_sessions_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_user_sessions"),
    )
    op.create_index("idx_user_sessions_expires_at", "user_sessions", ["expires_at"])
    op.create_index("idx_user_sessions_family_id", "user_sessions", ["family_id"])
    _partial_index(
        "idx_user_sessions_previous_token",
        "user_sessions",
        ["previous_token_hash"],
        where="previous_token_hash IS NOT NULL",
    )
    op.create_index("idx_user_sessions_refresh_token", "user_sessions", ["refresh_token_hash"], unique=True)
    op.create_index("idx_user_sessions_user_id", "user_sessions", ["user_id"])


def _create_verification_tokens() -> None:
    op.create_table(
        "verification_tokens",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("purpose", sa.String(20), server_default="verify_email", nullable=False),
        sa.Column("token_hash", sa.String(128), nullable=False),
        sa.Column("new_email", sa.String(255)),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        sa.CheckConstraint(
            "(purpose = 'change_email') = (new_email IS NOT NULL)", name="new_email_when_changing"
        ),
        _one_of("purpose", "verify_email change_email", name="verification_purpose_check"),
        _foreign_key("user_id", "users.id", "fk_verification_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_verification_tokens"),
    )
    op.create_index("idx_verification_tokens_expires_at", "verification_tokens", ["expires_at"])
    op.create_index("idx_verification_tokens_token_hash", "verification_tokens", ["token_hash"], unique=True)
    op.create_index("idx_verification_tokens_user_id", "verification_tokens", ["user_id"])


def _create_password_reset_tokens() -> None:
    op.create_table(
        "password_reset_tokens",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("token_hash", sa.String(128), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("is_used", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True)),
        sa.Column("ip_address", postgresql.INET()),
        _now("created_at"),
        sa.CheckConstraint("used_at IS NULL OR is_used", name="used_at_when_used"),
        _foreign_key("user_id", "users.id", "fk_password_reset_tokens_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_password_reset_tokens"),
    )
    op.create_index("idx_password_reset_tokens_expires_at", "password_reset_tokens", ["expires_at"])
    op.create_index(
        "idx_password_reset_tokens_token_hash", "password_reset_tokens", ["token_hash"], unique=True
    )
    op.create_index("idx_password_reset_tokens_user_id", "password_reset_tokens", ["user_id"])


def _create_customer_preferences() -> None:
    op.create_table(
        "customer_preferences",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("sms_notifications", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("push_notifications", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("marketing_emails", sa.Boolean(), server_default=sa.text("true"), nullable=False),
        sa.Column("preferred_language", sa.String(10), server_default="en-US", nullable=False),
        sa.Column("preferred_currency", sa.String(3), server_default="USD", nullable=False),
        sa.Column("theme_preference", sa.String(20), server_default="light", nullable=False),
        _now("created_at"),
        _now("updated_at"),
        sa.CheckConstraint("preferred_currency ~ '^[A-Z]{3}$'", name="preferred_currency_format"),
        _one_of("theme_preference", "light dark system", name="theme_preference_check"),
        _foreign_key("user_id", "users.id", "fk_customer_preferences_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_preferences"),
    )
    op.create_index("idx_customer_preferences_user_id", "customer_preferences", ["user_id"], unique=True)


def _create_customer_loyalty() -> None:
    op.create_table(
        "customer_loyalty",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("points_balance", sa.Integer(), server_default="0", nullable=False),
        sa.Column("lifetime_points", sa.Integer(), server_default="0", nullable=False),
        sa.Column("tier_points", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_activity_at", sa.DateTime(timezone=True)),
        _now("created_at"),
        _now("updated_at"),
        _foreign_key("user_id", "users.id", "fk_customer_loyalty_user_id", ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_loyalty"),
        *_not_negative("points_balance", "lifetime_points", "tier_points"),
    )
    op.create_index("idx_customer_loyalty_user_id", "customer_loyalty", ["user_id"], unique=True)


def _create_customer_loyalty_ledger() -> None:
    op.create_table(
        "customer_loyalty_ledger",
        _identifier(),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("balance_after", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(20), nullable=False),
        sa.Column("reference_type", sa.String(50)),
        sa.Column("reference_id", sa.String(100)),
        sa.Column("notes", sa.Text()),
        sa.Column("idempotency_key", sa.String(255), nullable=False),
        sa.Column("created_by", sa.Uuid()),
        _now("created_at"),
        _one_of("reason", "earned redeemed reversed expired adjusted", name="loyalty_reason_check"),
        sa.CheckConstraint("points <> 0", name="points_not_zero"),
        _foreign_key("user_id", "users.id", "fk_customer_loyalty_ledger_user_id", ondelete="RESTRICT"),
        sa.PrimaryKeyConstraint("id", name="pk_customer_loyalty_ledger"),
        sa.UniqueConstraint("idempotency_key", name="uq_customer_loyalty_ledger_idempotency_key"),
        *_not_negative("balance_after"),
    )
    op.create_index(
        "idx_customer_loyalty_ledger_reference", "customer_loyalty_ledger", ["reference_type", "reference_id"]
    )
    op.create_index("idx_customer_loyalty_ledger_user_id", "customer_loyalty_ledger", ["user_id", *NEWEST])


def _create_audit_logs() -> None:
    op.create_table(
        "audit_logs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("user_id", sa.Uuid()),
        sa.Column("action", sa.String(100), nullable=False),
        sa.Column("entity_type", sa.String(100)),
        sa.Column("entity_id", sa.String(255)),
        sa.Column("old_values", postgresql.JSONB()),
        sa.Column("new_values", postgresql.JSONB()),
        sa.Column("ip_address", postgresql.INET()),
        sa.Column("user_agent", sa.Text()),
        _now("timestamp"),
        _foreign_key("user_id", "users.id", "fk_audit_logs_user_id", ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id", name="pk_audit_logs"),
    )
    op.create_index("idx_audit_logs_action", "audit_logs", ["action"])
    op.create_index("idx_audit_logs_entity", "audit_logs", ["entity_type", "entity_id"])
    op.create_index("idx_audit_logs_timestamp", "audit_logs", ["timestamp"])
    op.create_index("idx_audit_logs_user_id", "audit_logs", ["user_id"])


def _refuse_changes() -> None:
    op.execute(REFUSE_CHANGE)
    for table in APPEND_ONLY:
        op.execute(
            f"CREATE TRIGGER {table}_append_only BEFORE UPDATE OR DELETE ON {table} "
            "FOR EACH ROW EXECUTE FUNCTION refuse_change()"
        )


def _insert_roles() -> None:
    op.bulk_insert(
        sa.table("roles", sa.column("name"), sa.column("description")),
        [
            {"name": "Admin", "description": "Full system access"},
            {"name": "Manager", "description": "Product and order management"},
            {"name": "Customer", "description": "Standard customer access"},
            {"name": "Guest", "description": "Limited browsing access"},
        ],
    )


def _identifier() -> sa.Column[UUID]:
    return sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False)


def _now(name: str) -> sa.Column[datetime]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _foreign_key(column: str, target: str, name: str, *, ondelete: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [target], name=name, ondelete=ondelete)


def _not_negative(*columns: str) -> tuple[sa.CheckConstraint, ...]:
    return tuple(sa.CheckConstraint(f"{column} >= 0", name=f"{column}_not_negative") for column in columns)


def _one_of(column: str, words: str, *, name: str) -> sa.CheckConstraint:
    listed = ", ".join(f"'{word}'" for word in words.split())
    return sa.CheckConstraint(f"{column} IN ({listed})", name=name)


def _partial_index(
    name: str, table: str, columns: list[str | sa.TextClause], *, where: str, unique: bool = False
) -> None:
    op.create_index(name, table, columns, unique=unique, postgresql_where=sa.text(where))
