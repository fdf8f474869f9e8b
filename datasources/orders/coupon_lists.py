"""How staff's list of coupons is read: what it is filtered by, and its order."""

from __future__ import annotations

from operator import attrgetter

from sqlalchemy import Boolean, DateTime, String, and_, any_, bindparam
from sqlalchemy.dialects.postgresql import ARRAY

from datasources.core.listings import RowList
from datasources.core.paging import Order, SortKey, parse_time, parse_uuid
from datasources.orders.records import Coupon
from datasources.orders.statements import COUPON
from datasources.orders.tables import coupons

NEWEST_COUPONS = Order(
    name="coupons_newest",
    keys=(
        SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at")),
        SortKey(column="id", parse=parse_uuid, value=attrgetter("id")),
    ),
    descending=True,
)

_VALID_AT = bindparam("valid_at", type_=DateTime(timezone=True))

COUPONS = RowList(
    record=Coupon,
    table=coupons,
    columns=COUPON,
    conditions={
        "is_active": coupons.c.is_active == bindparam("is_active", type_=Boolean),
        "kinds": coupons.c.discount_type == any_(bindparam("kinds", type_=ARRAY(String))),
        "valid_at": and_(coupons.c.valid_from <= _VALID_AT, coupons.c.valid_until > _VALID_AT),
        "code": coupons.c.code == bindparam("code", type_=String),
    },
)
