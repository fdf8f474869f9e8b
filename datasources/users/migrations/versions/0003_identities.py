"""Users of outside issuers, accounts without a password, one session to a family, the audit log in pages, and ledgers
that forget the notes of who is gone.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0003_identities"
down_revision = "0002_events"

# No argon2 hash: an account keeps no password that anybody could have.
NO_PASSWORD = "!"  # noqa: S105

LEDGER = "customer_loyalty_ledger"


def upgrade() -> None:
    """Create the table and the index, and allow accounts without a password."""
    op.alter_column("users", "password_hash", existing_type=sa.String(500), nullable=True)
    op.drop_index("idx_user_sessions_family_id", "user_sessions")
    op.create_index("idx_user_sessions_family_id", "user_sessions", ["family_id"], unique=True)
    op.create_index("idx_audit_logs_newest", "audit_logs", [sa.text("timestamp DESC"), sa.text("id DESC")])
    op.create_table(
        "user_identities",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("issuer", sa.String(255), nullable=False),
        sa.Column("subject", sa.String(255), nullable=False),
        sa.Column("user_id", sa.Uuid(), nullable=False),
        sa.Column("email", sa.String(255)),
        sa.Column("roles", postgresql.ARRAY(sa.String(50)), server_default=sa.text("'{}'"), nullable=False),
        sa.Column("roles_issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "last_seen_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.ForeignKeyConstraint(
            ["user_id"], ["users.id"], name="fk_user_identities_user_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_user_identities"),
    )
    op.create_index(
        "uq_user_identities_issuer_subject", "user_identities", ["issuer", "subject"], unique=True
    )
    op.create_index("idx_user_identities_user_id", "user_identities", ["user_id"])
    op.create_table(
        "departed_identities",
        sa.Column("identity_hash", sa.String(64), nullable=False),
        sa.Column("departed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("identity_hash", name="pk_departed_identities"),
    )

    _let_notes_be_blanked()


def downgrade() -> None:
    """Drop them; accounts without a password get one that nobody has."""
    op.execute(f"DROP TRIGGER {LEDGER}_blanks_notes_only ON {LEDGER}")
    op.execute(f"DROP TRIGGER {LEDGER}_append_only ON {LEDGER}")
    _refuse("append_only", "UPDATE OR DELETE")
    op.drop_table("departed_identities")
    op.drop_table("user_identities")
    op.drop_index("idx_audit_logs_newest", "audit_logs")
    op.drop_index("idx_user_sessions_family_id", "user_sessions")
    op.create_index("idx_user_sessions_family_id", "user_sessions", ["family_id"])
    users = sa.table("users", sa.column("password_hash"))
    op.execute(sa.update(users).where(users.c.password_hash.is_(None)).values(password_hash=NO_PASSWORD))
    op.alter_column("users", "password_hash", existing_type=sa.String(500), nullable=False)


def _let_notes_be_blanked() -> None:
    """What staff wrote beside points is about the person, and goes with them; the points stay as they were."""
    op.execute(f"DROP TRIGGER {LEDGER}_append_only ON {LEDGER}")
    _refuse("append_only", "DELETE")
    others = "to_jsonb(NEW) - 'notes' <> to_jsonb(OLD) - 'notes'"
    _refuse("blanks_notes_only", "UPDATE", when=f"WHEN (NEW.notes IS NOT NULL OR {others})")


def _refuse(name: str, change: str, *, when: str = "") -> None:
    op.execute(
        f"CREATE TRIGGER {LEDGER}_{name} BEFORE {change} ON {LEDGER} FOR EACH ROW {when} "
        "EXECUTE FUNCTION refuse_change()"
    )
