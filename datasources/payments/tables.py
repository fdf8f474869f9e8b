"""The tables of PaymentDb: methods, payments, their journal and events, refunds and webhooks.

What the sandbox keeps is in providers/sandbox_tables.py: it plays somebody else's database.
"""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Identity,
    Index,
    Integer,
    MetaData,
    Sequence,
    String,
    Table,
    Text,
    Uuid,
    text,
)
from sqlalchemy.dialects.postgresql import INET, JSONB

from datasources.core.columns import (
    NAMING_CONVENTION,
    amount,
    count,
    currency,
    currency_format,
    flag,
    identifier,
    moment,
    newest_first,
    not_negative,
    now,
    one_of,
    reference,
    version,
)
from datasources.core.outbox import consumed_events_table, domain_events_table

metadata = MetaData(naming_convention=NAMING_CONVENTION)

# Numbers of transactions that people read, for 002's transaction_number.
transaction_numbers = Sequence("transaction_numbers", start=1000, metadata=metadata)

# The ways to pay that the shop offers (002's payment_methods). Other tables refer to the code, so 000's checks
# payment_method_check and payment_method_type_check are foreign keys here, and a new way to pay is a new row.
payment_method_types = Table(
    "payment_method_types",
    metadata,
    Column("id", Integer, primary_key=True),
    Column("code", String(50), nullable=False, unique=True),
    Column("name", String(50), nullable=False, unique=True),
    flag("is_active", default=True),
    count("display_order"),
    now("created_at"),
)

# What a customer saved. Tokens here are the provider's and are sent back to it, so they cannot be hashes;
# numbers of cards or accounts never come here.
payment_methods = Table(
    "payment_methods",
    metadata,
    identifier(),
    Column("user_id", Uuid, nullable=False),
    Column("type", String(50), ForeignKey("payment_method_types.code", ondelete="RESTRICT"), nullable=False),
    Column("provider", String(50), nullable=False),
    # The provider's ids of the customer (002) and of the method when it is not a card (001).
    Column("provider_customer_id", String(255)),
    Column("external_id", String(255)),
    # What to show: "**** 4242", "name@bank" (001).
    Column("display_name", String(100)),
    Column("card_token", String(500)),
    Column("card_last_four", String(4)),
    Column("card_brand", String(50)),
    Column("card_exp_month", Integer),
    Column("card_exp_year", Integer),
    Column("cardholder_name", String(255)),
    Column("paypal_email", String(255)),
    Column("paypal_account_id", String(255)),
    Column("bank_name", String(255)),
    Column("account_number_last_four", String(4)),
    flag("is_default", default=False),
    flag("is_verified", default=False),
    # False once removed: payments made with it still refer to it.
    flag("is_active", default=True),
    version(),
    now("created_at"),
    now("updated_at"),
    CheckConstraint("card_exp_month BETWEEN 1 AND 12", name="card_exp_month_check"),
    CheckConstraint("card_exp_year BETWEEN 2000 AND 2100", name="card_exp_year_check"),
    CheckConstraint("NOT is_default OR is_active", name="default_is_active"),
    Index("idx_payment_methods_user_id", "user_id"),
    Index("idx_payment_methods_type", "type"),
    # 000 indexes is_default alone, which finds nothing faster; under its name, one default per user.
    Index("idx_payment_methods_is_default", "user_id", unique=True, postgresql_where=text("is_default")),
)

# 000's words for a state win: 001's `captured` is `succeeded`. 001's payment_type is missing: a refund is a
# row of refunds, never of payments.
payments = Table(
    "payments",
    metadata,
    identifier(),
    Column("order_id", Uuid, nullable=False),
    # Null for a guest, who has an e-mail address instead.
    Column("user_id", Uuid),
    Column("email", String(255)),
    amount("amount"),
    currency(),
    Column("status", String(50), nullable=False, server_default="pending"),
    Column(
        "payment_method",
        String(50),
        ForeignKey("payment_method_types.code", ondelete="RESTRICT"),
        nullable=False,
    ),
    Column("gateway", String(50), nullable=False),
    Column("gateway_transaction_id", String(255)),
    Column("gateway_response", JSONB),
    # What the customer must do while the status is requires_action, as the client needs it.
    Column("next_action", JSONB),
    reference("payment_method_id", "payment_methods.id", on_delete="SET NULL", nullable=True),
    # What the provider charges, and its id of the customer who saved it: whoever finishes what another process began
    # asks for the authorisation again with them.
    Column("method_token", String(500)),
    Column("customer_reference", String(255)),
    Column("card_last_four", String(4)),
    Column("card_brand", String(50)),
    amount("authorized_amount", default=0),
    moment("authorized_at"),
    moment("authorization_expires_at"),
    amount("captured_amount", default=0),
    moment("captured_at"),
    # What has been paid back so far, and when last.
    amount("refunded_amount", default=0),
    moment("refunded_at"),
    # What the provider kept; unknown until it says.
    amount("provider_fee", nullable=True),
    Column("failure_code", String(50)),
    Column("failure_reason", Text),
    Column("ip_address", INET),
    Column("user_agent", Text),
    Column("metadata", JSONB),
    # One charge per key, here and at the provider; the hash tells a retry from another request.
    Column("idempotency_key", String(255), nullable=False, unique=True),
    Column("request_hash", String(128)),
    version(),
    now("created_at"),
    now("updated_at"),
    # When the provider was last asked how the payment stands, or it changed: the next to be looked after is the oldest.
    now("checked_at"),
    moment("paid_at"),
    moment("failed_at"),
    moment("cancelled_at"),
    one_of(
        "status",
        "pending",
        "processing",
        "requires_action",
        "authorized",
        "succeeded",
        "failed",
        "cancelled",
        "refunded",
        "partially_refunded",
        name="payment_status_check",
    ),
    CheckConstraint("user_id IS NOT NULL OR email IS NOT NULL", name="user_or_email"),
    CheckConstraint("amount > 0", name="amount_positive"),
    CheckConstraint("authorized_amount <= amount", name="authorized_within_amount"),
    CheckConstraint("captured_amount <= amount", name="captured_within_amount"),
    CheckConstraint("refunded_amount <= captured_amount", name="refunded_within_captured"),
    *not_negative("authorized_amount", "captured_amount", "refunded_amount", "provider_fee"),
    currency_format(),
    Index("idx_payments_order_id", "order_id"),
    Index("idx_payments_user_id", "user_id"),
    Index("idx_payments_status", "status"),
    # A gateway's transaction is recorded once.
    Index(
        "idx_payments_gateway_transaction_id",
        "gateway_transaction_id",
        "gateway",
        unique=True,
        postgresql_where=text("gateway_transaction_id IS NOT NULL"),
    ),
    Index("idx_payments_created_at", text("created_at DESC")),
    newest_first("idx_payments_newest"),
    newest_first("idx_payments_user_id_newest", "user_id"),
    newest_first("idx_payments_status_newest", "status"),
    Index("idx_payments_payment_method", "payment_method"),
    Index(
        "idx_payments_payment_method_id",
        "payment_method_id",
        postgresql_where=text("payment_method_id IS NOT NULL"),
    ),
    # Authorisations that lapse unless captured.
    Index(
        "idx_payments_authorization_expires_at",
        "authorization_expires_at",
        postgresql_where=text("status = 'authorized'"),
    ),
    # Payments that are not settled.
    Index(
        "idx_payments_unsettled",
        "checked_at",
        postgresql_where=text("status IN ('pending', 'processing', 'requires_action')"),
    ),
)

# Deleting a payment is refused while it has refunds, transactions or events (000 would cascade or forget):
# what happened to money stays on record.
refunds = Table(
    "refunds",
    metadata,
    identifier(),
    reference("payment_id", "payments.id"),
    Column("order_id", Uuid, nullable=False),
    amount("amount"),
    currency(),
    Column("reason", String(255)),
    Column("status", String(50), nullable=False, server_default="pending"),
    # A list of {order_item_id, quantity, amount, restock}; empty when the sum is not for single lines.
    Column("lines", JSONB, nullable=False, server_default=text("'[]'::jsonb")),
    # 001's external_refund_id.
    Column("gateway_refund_id", String(255)),
    Column("gateway_response", JSONB),
    Column("failure_code", String(50)),
    Column("failure_reason", Text),
    Column("requested_by", Uuid),
    Column("approved_by", Uuid),
    moment("approved_at"),
    Column("rejected_by", Uuid),
    moment("rejected_at"),
    Column("rejection_reason", String(255)),
    Column("notes", Text),
    Column("idempotency_key", String(255), nullable=False, unique=True),
    Column("request_hash", String(128)),
    version(),
    now("created_at"),
    now("updated_at"),
    moment("processed_at"),
    moment("completed_at"),
    # 000's, with the two outcomes of approval.
    one_of(
        "status",
        "pending",
        "approved",
        "rejected",
        "processing",
        "completed",
        "failed",
        "cancelled",
        name="refund_status_check",
    ),
    CheckConstraint("amount > 0", name="amount_positive"),
    currency_format(),
    Index("idx_refunds_payment_id", "payment_id"),
    Index("idx_refunds_order_id", "order_id"),
    Index("idx_refunds_status", "status"),
    Index("idx_refunds_created_at", text("created_at DESC")),
    newest_first("idx_refunds_newest"),
    newest_first("idx_refunds_status_newest", "status"),
    # Refunds that a provider has been asked for and has not settled.
    Index("idx_refunds_processing", "updated_at", postgresql_where=text("status = 'processing'")),
    # A gateway's refund is recorded once.
    Index(
        "idx_refunds_gateway_refund_id",
        "payment_id",
        "gateway_refund_id",
        unique=True,
        postgresql_where=text("gateway_refund_id IS NOT NULL"),
    ),
)

# Append-only: a trigger refuses UPDATE and DELETE. One row per answer of a gateway, good or bad.
transactions = Table(
    "transactions",
    metadata,
    Column("id", BigInteger, primary_key=True),
    Column("transaction_number", String(50), nullable=False, unique=True),
    reference("payment_id", "payments.id", nullable=True),
    # The refund that a transaction of type `refund` carried out.
    reference("refund_id", "refunds.id", nullable=True),
    Column("type", String(50), nullable=False),
    amount("amount"),
    currency(),
    Column("status", String(50), nullable=False),
    Column("gateway", String(50), nullable=False),
    Column("gateway_transaction_id", String(255)),
    Column("request_data", JSONB),
    Column("response_data", JSONB),
    Column("error_code", String(50)),
    Column("error_message", Text),
    # The key sent to the gateway with the call.
    Column("idempotency_key", String(255), unique=True),
    now("created_at"),
    one_of("type", "charge", "refund", "authorization", "capture", "void", name="transaction_type_check"),
    one_of(
        "status", "pending", "processing", "succeeded", "failed", "cancelled", name="transaction_status_check"
    ),
    *not_negative("amount"),
    currency_format(),
    Index("idx_transactions_payment_id", "payment_id"),
    Index("idx_transactions_refund_id", "refund_id", postgresql_where=text("refund_id IS NOT NULL")),
    Index("idx_transactions_type", "type"),
    Index("idx_transactions_status", "status"),
    Index("idx_transactions_created_at", text("created_at DESC")),
    newest_first("idx_transactions_newest"),
)

# Append-only: a trigger refuses UPDATE and DELETE. What became of a payment, in the order of `sequence`.
payment_events = Table(
    "payment_events",
    metadata,
    identifier(),
    Column("sequence", BigInteger, Identity(always=True), nullable=False),
    reference("payment_id", "payments.id"),
    Column("event_type", String(30), nullable=False),
    Column("event_data", JSONB, nullable=False),
    now("created_at"),
    one_of(
        "event_type",
        "created",
        "processing",
        "requires_action",
        "authorized",
        "authorization_expired",
        "captured",
        "failed",
        "cancelled",
        "refund_requested",
        "refunded",
        "refund_failed",
        "refund_approved",
        "refund_rejected",
        "refund_processing",
        name="payment_event_type_check",
    ),
    Index("idx_payment_events_payment_id", "payment_id", "sequence"),
)

payment_webhooks = Table(
    "payment_webhooks",
    metadata,
    identifier(),
    Column("provider", String(50), nullable=False),
    Column("event_type", String(100), nullable=False),
    # The provider's id of the event; a delivery without one cannot be told from its repetition.
    Column("external_id", String(255), nullable=False),
    Column("payload", JSONB, nullable=False),
    # What the event is about: the provider's id of the payment, and ours where the provider carries it.
    Column("reference", String(255)),
    Column("payment_id", Uuid),
    Column("signature_valid", Boolean, nullable=False),
    flag("processed", default=False),
    moment("processed_at"),
    count("attempts"),
    # Null once nobody tries any more: it is settled, or was given up with its error.
    moment("next_attempt_at"),
    Column("error", Text),
    now("created_at"),
    *not_negative("attempts"),
    # An event is settled once. Forged deliveries do not count, or one could keep the real one out.
    Index(
        "idx_webhooks_external_id",
        "provider",
        "external_id",
        unique=True,
        postgresql_where=text("signature_valid"),
    ),
    Index("idx_webhooks_processed", "processed", "created_at"),
    Index("idx_webhooks_due", "next_attempt_at", postgresql_where=text("NOT processed")),
)

domain_events = domain_events_table(metadata)
consumed_events = consumed_events_table(metadata)
