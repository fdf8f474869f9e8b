"""Every table, column and index that the five database designs ask of PostgreSQL is there, or listed as replaced.

Names are those of the first design (000) wherever it has one; see docs/data-model.md for what was renamed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    import asyncpg

COLUMNS = {
    "users": {
        # 000, without the inline tokens; tier, customer_status and version of 001.
        "users": "id email username password_hash first_name last_name phone_number date_of_birth email_verified"
        " is_active is_locked failed_login_attempts lockout_end last_login_at created_at updated_at deleted_at"
        " customer_status tier version",
        "roles": "id name description created_at",
        "user_roles": "user_id role_id assigned_at assigned_by",
        # 000; label of 001; recipient's name and phone of 002.
        "addresses": "id user_id address_type street_address apartment city state_province postal_code country"
        " is_default created_at updated_at label recipient_name phone_number",
        "user_sessions": "id user_id refresh_token_hash device_info ip_address user_agent is_active expires_at"
        " created_at last_accessed_at",
        "verification_tokens": "id user_id token_hash created_at expires_at",
        "password_reset_tokens": "id user_id token_hash expires_at is_used created_at",
        "customer_preferences": "id user_id email_notifications sms_notifications push_notifications"
        " marketing_emails preferred_language preferred_currency theme_preference created_at updated_at",
        "customer_loyalty": "id user_id points_balance lifetime_points tier_points last_activity_at created_at"
        " updated_at",
        "customer_loyalty_ledger": "id user_id points balance_after reason idempotency_key created_at",
        "audit_logs": "id user_id action entity_type entity_id old_values new_values ip_address user_agent"
        " timestamp",
    },
    "inventory": {
        "warehouses": "id code name address is_active priority",
        # 001; allow_backorder of 002.
        "inventory_items": "id product_variant_id sku quantity_available quantity_reserved quantity_committed"
        " low_stock_threshold reorder_point reorder_quantity last_restocked_at created_at updated_at version"
        " product_id allow_backorder",
        # 004's stock, with 001's words.
        "inventory_stock": "inventory_item_id warehouse_id quantity_available quantity_reserved"
        " quantity_committed updated_at",
        # 001; previous_stock, new_stock and notes of 000's inventory_logs.
        "inventory_transactions": "id inventory_item_id transaction_type quantity_change reference_id"
        " reference_type reason created_by created_at warehouse_id previous_stock new_stock notes",
        "stock_adjustments": "id adjustment_number reason notes status created_by approved_by created_at"
        " approved_at",
        "stock_adjustment_items": "id adjustment_id inventory_item_id current_quantity adjusted_quantity"
        " quantity_difference",
        "inventory_reservations": "id inventory_item_id order_id quantity_reserved expires_at status created_at"
        " updated_at",
        "low_stock_alerts": "id inventory_item_id alert_type current_quantity threshold_quantity is_acknowledged"
        " acknowledged_by acknowledged_at created_at",
    },
    "carts": {
        "shopping_carts": "id user_id session_id created_at updated_at expires_at coupon_codes",
        "cart_items": "id cart_id product_variant_id product_id sku quantity unit_price added_at updated_at",
        "abandoned_carts": "id user_id email cart_data abandoned_at recovery_email_sent recovery_email_sent_at",
    },
    "orders": {
        # 000; email, currency, source and version of 001; shipped_at, delivered_at and the reason of 002.
        "orders": "id order_number user_id status subtotal discount tax shipping_cost total coupon_code"
        " coupon_discount shipping_address billing_address shipping_method tracking_number carrier"
        " estimated_delivery_date actual_delivery_date payment_method payment_status payment_id customer_notes"
        " admin_notes created_at updated_at cancelled_at completed_at email currency source version shipped_at"
        " delivered_at cancellation_reason",
        # 000; the variant of 001.
        "order_items": "id order_id product_id sku product_name product_image price quantity subtotal discount"
        " total attributes created_at product_variant_id variant_name",
        "order_status_history": "id order_id old_status new_status notes changed_by changed_at",
        "shipping_info": "id order_id carrier tracking_number shipping_method shipped_at estimated_delivery"
        " actual_delivery tracking_url tracking_updates created_at updated_at",
        "coupons": "id code description discount_type discount_value min_order_amount max_discount_amount"
        " usage_limit usage_count per_user_limit is_active valid_from valid_until created_at updated_at",
        "coupon_redemptions": "id coupon_id order_id user_id email amount created_at",
        "order_discounts": "id order_id discount_type discount_code discount_name discount_amount created_at",
        "order_processing_sagas": "id order_id current_step saga_data status created_at updated_at",
    },
    "payments": {
        "payment_method_types": "id name code is_active display_order created_at",
        # 000; provider, external_id and display_name of 001; the provider's customer of 002.
        "payment_methods": "id user_id type card_token card_last_four card_brand card_exp_month card_exp_year"
        " cardholder_name paypal_email paypal_account_id bank_name account_number_last_four is_default"
        " is_verified is_active created_at updated_at provider external_id display_name provider_customer_id",
        # 000; authorisation, capture, fee, failure and version of 001; refunded_at of 002.
        "payments": "id order_id user_id amount currency status payment_method gateway gateway_transaction_id"
        " gateway_response payment_method_id card_last_four card_brand ip_address user_agent metadata"
        " created_at updated_at paid_at failed_at provider_fee authorized_amount authorized_at"
        " authorization_expires_at captured_amount captured_at failure_reason failure_code version refunded_at",
        "refunds": "id payment_id order_id amount reason status gateway_refund_id gateway_response requested_by"
        " approved_by notes created_at processed_at completed_at",
        # 000; transaction_number and currency of 002.
        "transactions": "id payment_id type amount status gateway gateway_transaction_id request_data"
        " response_data error_message created_at transaction_number currency",
        "payment_events": "id payment_id event_type event_data created_at",
        "payment_webhooks": "id provider event_type external_id payload processed processed_at created_at",
    },
}
DOMAIN_EVENTS = "id aggregate_id aggregate_type event_type event_data version occurred_at processed"

# The indexes that 000 names, and those of 001 for the databases that 000 lacks.
INDEXES = {
    "users": "idx_users_email idx_users_username idx_users_created_at idx_user_roles_role_id"
    " idx_addresses_user_id idx_addresses_is_default idx_user_sessions_user_id idx_user_sessions_refresh_token"
    " idx_user_sessions_expires_at idx_audit_logs_user_id idx_audit_logs_action idx_audit_logs_timestamp"
    " idx_audit_logs_entity",
    "inventory": "idx_inventory_variant idx_inventory_sku idx_inventory_low_stock idx_transactions_item"
    " idx_transactions_type idx_reservations_order idx_reservations_status idx_reservations_expires",
    "carts": "idx_cart_items_cart idx_cart_items_variant",
    "orders": "idx_orders_user_id idx_orders_order_number idx_orders_status idx_orders_created_at"
    " idx_orders_payment_status idx_order_items_order_id idx_order_items_product_id idx_order_items_sku"
    " idx_order_status_history_order_id idx_order_status_history_changed_at idx_shipping_info_order_id"
    " idx_shipping_info_tracking_number idx_coupons_code idx_coupons_is_active idx_coupons_valid_dates"
    " idx_order_items_variant",
    "payments": "idx_payments_order_id idx_payments_user_id idx_payments_status"
    " idx_payments_gateway_transaction_id idx_payments_created_at idx_payment_methods_user_id"
    " idx_payment_methods_is_default idx_refunds_payment_id idx_refunds_order_id idx_refunds_status"
    " idx_refunds_created_at idx_transactions_payment_id idx_transactions_type idx_transactions_status"
    " idx_transactions_created_at idx_webhooks_processed",
}

# What the designs declare unique; an account's e-mail address and user name are in test_rules.py.
UNIQUE = {
    "users": (
        "roles(name)",
        "user_sessions(refresh_token_hash)",
        "verification_tokens(token_hash)",
        "password_reset_tokens(token_hash)",
        "customer_preferences(user_id)",
        "customer_loyalty(user_id)",
    ),
    "inventory": ("inventory_items(product_variant_id)", "stock_adjustments(adjustment_number)"),
    "carts": ("shopping_carts(user_id)", "cart_items(cart_id, product_variant_id)"),
    "orders": ("orders(order_number)", "shipping_info(order_id)", "coupons(code)"),
    "payments": (
        "payment_method_types(name)",
        "payment_method_types(code)",
        "transactions(transaction_number)",
    ),
}

# The named checks of 000. Its two checks of payment methods are foreign keys to payment_method_types.
CHECKS = {
    "users": "email_format role_name_check address_type_check",
    "inventory": "",
    "carts": "",
    "orders": "order_status_check payment_status_check discount_type_check",
    "payments": "payment_status_check refund_status_check",
}


@pytest.mark.parametrize(
    ("service", "table", "columns"),
    [
        (service, table, columns.split())
        for service, tables in COLUMNS.items()
        for table, columns in (tables | {"domain_events": DOMAIN_EVENTS}).items()
    ],
)
async def test_tables_have_the_columns_of_the_designs(
    service: str, table: str, columns: list[str], connection: asyncpg.Connection
) -> None:
    rows = await connection.fetch(
        "SELECT column_name FROM information_schema.columns WHERE table_schema = 'public' AND table_name = $1",
        table,
    )
    assert set(columns) <= {row["column_name"] for row in rows}


@pytest.mark.parametrize("service", INDEXES)
async def test_indexes_have_the_names_of_the_designs(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT indexname FROM pg_indexes WHERE schemaname = 'public'")
    assert set(INDEXES[service].split()) <= {row["indexname"] for row in rows}


@pytest.mark.parametrize("service", UNIQUE)
async def test_what_the_designs_call_unique_is(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch(
        """
        SELECT indrelid::regclass::text || '(' || string_agg(attname, ', ' ORDER BY place) || ')' AS unique
        FROM pg_index, unnest(indkey::int2[]) WITH ORDINALITY AS keys (attnum, place)
        JOIN pg_attribute USING (attnum)
        WHERE attrelid = indrelid AND indisunique AND indpred IS NULL GROUP BY indexrelid, indrelid
        """
    )
    assert set(UNIQUE[service]) <= {row["unique"] for row in rows}


@pytest.mark.parametrize("service", CHECKS)
async def test_checks_have_the_names_of_the_designs(service: str, connection: asyncpg.Connection) -> None:
    rows = await connection.fetch("SELECT conname FROM pg_constraint WHERE contype = 'c'")
    assert set(CHECKS[service].split()) <= {row["conname"] for row in rows}
