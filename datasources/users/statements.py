"""The user service's reads as SQL, each compiled once. Deleted accounts are in none of them."""

from __future__ import annotations

from operator import attrgetter

from sqlalchemy import Boolean, DateTime, String, any_, bindparam, exists, func, literal_column, or_, select
from sqlalchemy.dialects.postgresql import ARRAY, UUID

from datasources.core.databases import compile_statement
from datasources.core.listings import RowList
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_text, parse_time, parse_uuid
from datasources.users.records import User
from datasources.users.tables import (
    addresses,
    customer_loyalty,
    customer_preferences,
    roles,
    user_roles,
    users,
)

_KEYS = bindparam("keys", type_=ARRAY(UUID))

LIVE = users.c.deleted_at.is_(None)
_lower_email = func.lower(users.c.email)
_full_name = func.concat_ws(literal_column("' '"), users.c.first_name, users.c.last_name)

USER_COLUMNS = (
    users.c.id,
    users.c.email,
    users.c.username,
    users.c.first_name,
    users.c.last_name,
    users.c.phone_number,
    users.c.date_of_birth,
    users.c.email_verified,
    users.c.is_active,
    users.c.tier,
    users.c.created_at,
    users.c.updated_at,
    users.c.last_login_at,
)

ADDRESS_COLUMNS = (
    addresses.c.id,
    addresses.c.user_id,
    addresses.c.address_type.label("type"),
    addresses.c.label,
    addresses.c.recipient_name,
    addresses.c.phone_number.label("phone"),
    addresses.c.street_address,
    addresses.c.apartment,
    addresses.c.city,
    addresses.c.state_province,
    addresses.c.postal_code,
    addresses.c.country,
    addresses.c.is_default,
)

PREFERENCES_COLUMNS = (
    customer_preferences.c.user_id,
    customer_preferences.c.email_notifications,
    customer_preferences.c.sms_notifications,
    customer_preferences.c.push_notifications,
    customer_preferences.c.marketing_emails,
    customer_preferences.c.preferred_language.label("language"),
    customer_preferences.c.preferred_currency.label("currency"),
    customer_preferences.c.theme_preference.label("theme"),
    customer_preferences.c.updated_at,
)

LOYALTY_COLUMNS = (
    customer_loyalty.c.user_id,
    customer_loyalty.c.points_balance,
    customer_loyalty.c.lifetime_points,
    customer_loyalty.c.tier_points,
    customer_loyalty.c.last_activity_at,
)

# Correlated with users; the most powerful first.
ROLE_NAMES = func.array(
    select(roles.c.name)
    .join(user_roles, user_roles.c.role_id == roles.c.id)
    .where(user_roles.c.user_id == users.c.id)
    .order_by(roles.c.id)
    .scalar_subquery()
).label("roles")

BY_ID = compile_statement(select(*USER_COLUMNS).where(users.c.id == any_(_KEYS), LIVE))

ACCOUNT_BY_EMAIL = compile_statement(
    select(*USER_COLUMNS, ROLE_NAMES).where(
        _lower_email == func.lower(bindparam("email", type_=String)), LIVE
    )
)

ROLES_BY_USER = compile_statement(
    select(user_roles.c.user_id, roles.c.name)
    .join(roles, roles.c.id == user_roles.c.role_id)
    .join(users, users.c.id == user_roles.c.user_id)
    .where(user_roles.c.user_id == any_(_KEYS), LIVE)
    .order_by(user_roles.c.user_id, roles.c.id)
)

ADDRESS_BY_ID = compile_statement(
    select(*ADDRESS_COLUMNS)
    .join(users, users.c.id == addresses.c.user_id)
    .where(addresses.c.id == any_(_KEYS), LIVE)
)

ADDRESSES_BY_USER = compile_statement(
    select(*ADDRESS_COLUMNS)
    .join(users, users.c.id == addresses.c.user_id)
    .where(addresses.c.user_id == any_(_KEYS), LIVE)
    .order_by(addresses.c.user_id, addresses.c.is_default.desc(), addresses.c.created_at, addresses.c.id)
)

PREFERENCES_BY_USER = compile_statement(
    select(*PREFERENCES_COLUMNS)
    .join(users, users.c.id == customer_preferences.c.user_id)
    .where(customer_preferences.c.user_id == any_(_KEYS), LIVE)
)

LOYALTY_BY_USER = compile_statement(
    select(*LOYALTY_COLUMNS)
    .join(users, users.c.id == customer_loyalty.c.user_id)
    .where(customer_loyalty.c.user_id == any_(_KEYS), LIVE)
)

_CREATED = SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at"))
# As the unique index has it. Addresses are ASCII (000: email_format), where both sides lower alike.
_LOWER_EMAIL = SortKey(column="lower_email", parse=parse_text, value=lambda user: user.email.lower())
_ID = SortKey(column="id", parse=parse_uuid, value=attrgetter("id"))

NEWEST = ListOrder(name="newest", keys=(_CREATED, _ID), descending=True)
OLDEST = ListOrder(name="oldest", keys=(_CREATED, _ID), descending=False)
EMAIL_ASC = ListOrder(name="email_asc", keys=(_LOWER_EMAIL, _ID), descending=False)
EMAIL_DESC = ListOrder(name="email_desc", keys=(_LOWER_EMAIL, _ID), descending=True)
ORDERS = {order.name: order for order in (NEWEST, OLDEST, EMAIL_ASC, EMAIL_DESC)}

_SEARCH = func.lower(bindparam("search", type_=String))

LISTED = RowList(
    record=User,
    table=users,
    columns=USER_COLUMNS,
    conditions={
        # starts_with, since LIKE would take the percent signs and underscores that people type for wildcards.
        "search": or_(
            func.starts_with(_lower_email, _SEARCH),
            func.starts_with(func.lower(_full_name), _SEARCH),
            func.starts_with(func.lower(users.c.last_name), _SEARCH),
        ),
        "emails": _lower_email == any_(bindparam("emails", type_=ARRAY(String))),
        "roles": exists()
        .where(user_roles.c.user_id == users.c.id, roles.c.id == user_roles.c.role_id)
        .where(roles.c.name == any_(bindparam("roles", type_=ARRAY(String)))),
        "tiers": users.c.tier == any_(bindparam("tiers", type_=ARRAY(String))),
        "is_active": users.c.is_active == bindparam("is_active", type_=Boolean),
        "created_from": users.c.created_at >= bindparam("created_from", type_=DateTime(timezone=True)),
        "created_before": users.c.created_at < bindparam("created_before", type_=DateTime(timezone=True)),
    },
    always=(LIVE,),
    sorted_by={"lower_email": _lower_email},
)
