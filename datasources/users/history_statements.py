"""The lists of what happened to accounts: the audit log and the loyalty ledgers."""

from __future__ import annotations

from operator import attrgetter

from sqlalchemy import DateTime, String, Uuid, any_, bindparam, func
from sqlalchemy.dialects.postgresql import ARRAY

from datasources.core.listings import RowList
from datasources.core.paging import Order as ListOrder
from datasources.core.paging import SortKey, parse_time, parse_uuid
from datasources.users.records import AuditEntry, LoyaltyEntry
from datasources.users.tables import audit_logs, customer_loyalty_ledger

_LARGEST_ID = 2**63 - 1


def _parse_number(value: object) -> int:
    """A cursor's number, of a size that the column has."""
    if not isinstance(value, int) or isinstance(value, bool) or not 0 <= value <= _LARGEST_ID:
        raise TypeError
    return value


LEDGER_COLUMNS = (
    customer_loyalty_ledger.c.id,
    customer_loyalty_ledger.c.user_id,
    customer_loyalty_ledger.c.points,
    customer_loyalty_ledger.c.balance_after,
    customer_loyalty_ledger.c.reason,
    customer_loyalty_ledger.c.reference_type,
    customer_loyalty_ledger.c.reference_id,
    customer_loyalty_ledger.c.notes,
    customer_loyalty_ledger.c.created_at,
)

LEDGER_NEWEST = ListOrder(
    name="ledger_newest",
    keys=(
        SortKey(column="created_at", parse=parse_time, value=attrgetter("created_at")),
        SortKey(column="id", parse=parse_uuid, value=attrgetter("id")),
    ),
    descending=True,
)

LEDGER = RowList(
    record=LoyaltyEntry,
    table=customer_loyalty_ledger,
    columns=LEDGER_COLUMNS,
    conditions={
        "reasons": customer_loyalty_ledger.c.reason == any_(bindparam("reasons", type_=ARRAY(String))),
    },
)

AUDIT_NEWEST = ListOrder(
    name="audit_newest",
    keys=(
        SortKey(column="timestamp", parse=parse_time, value=attrgetter("at")),
        SortKey(column="id", parse=_parse_number, value=attrgetter("id")),
    ),
    descending=True,
)

AUDIT = RowList(
    record=AuditEntry,
    table=audit_logs,
    columns=(
        audit_logs.c.id,
        audit_logs.c.user_id.label("actor_id"),
        audit_logs.c.action,
        audit_logs.c.entity_type,
        audit_logs.c.entity_id,
        audit_logs.c.old_values,
        audit_logs.c.new_values,
        func.host(audit_logs.c.ip_address).label("ip_address"),
        audit_logs.c.user_agent,
        audit_logs.c.timestamp.label("at"),
    ),
    conditions={
        "actor_id": audit_logs.c.user_id == bindparam("actor_id", type_=Uuid),
        "actions": audit_logs.c.action == any_(bindparam("actions", type_=ARRAY(String))),
        "entity_type": audit_logs.c.entity_type == bindparam("entity_type", type_=String),
        "entity_id": audit_logs.c.entity_id == bindparam("entity_id", type_=String),
        "at_from": audit_logs.c.timestamp >= bindparam("at_from", type_=DateTime(timezone=True)),
        "at_before": audit_logs.c.timestamp < bindparam("at_before", type_=DateTime(timezone=True)),
    },
)
