"""The audit log in the schema: who did what to whom, from where, and what it changed."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any

import strawberry

from datasources.core.paging import window
from datasources.users import queries, records
from resolvers.context import Info
from resolvers.declarations import DECLARATION, Computed
from resolvers.inputs import DateTimeRange
from resolvers.permissions import Permission
from resolvers.problems import BadInput
from resolvers.relations import After, Before, First, Last, one
from resolvers.relay import Connection, Listing, global_id, id_field, split_global_id, uuid_of
from resolvers.requirements import restricted_field
from resolvers.users.types import User
from resolvers.users.visibility import may_see_user

MOST_ACTIONS = 50

# The types of the schema by the log's words for them.
ENTITIES = {"user": "User", "address": "Address", "session": "Session"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangedValue:
    """What an AuditChange is read from."""

    name: str
    old: str | None
    new: str | None


@strawberry.type(description="A value before and after what an entry of the audit log tells.")
class AuditChange:
    name: str = strawberry.field(description="The value's name.")
    old: str | None = strawberry.field(
        description="What it was: text as it is, anything else as JSON; null if it was not there."
    )
    new: str | None = strawberry.field(
        description="What it became: text as it is, anything else as JSON; null if it is no longer there."
    )


def _entity_id(root: Any) -> Any:
    """The global id of what was changed, where the schema has such a type; else the log's own key."""
    if root.entity_id is None or root.entity_type not in ENTITIES:
        return root.entity_id
    return global_id(ENTITIES[root.entity_type], root.entity_id)


def _changes(root: Any) -> Any:
    return list(changed_values(root.old_values or {}, root.new_values or {}))


@strawberry.type(description="A line of the audit log. It never holds a password or a token.")
class AuditEntry:
    id: strawberry.ID = id_field("AuditEntry")
    action: str = strawberry.field(description="What was done, such as role_assigned.")
    entity_type: str | None = strawberry.field(description="To what kind of thing, such as user.")
    entity_id: strawberry.ID | None = strawberry.field(
        resolver=_entity_id,
        description="To which thing: its global id.",
        metadata={DECLARATION: Computed(value=_entity_id)},
    )
    changes: list[AuditChange] = strawberry.field(
        resolver=_changes,
        description="The values that it changed, by name.",
        metadata={DECLARATION: Computed(value=_changes)},
    )
    ip_address: str | None = strawberry.field(description="The network address that it came from.")
    user_agent: str | None = strawberry.field(description="What the client called itself.")
    at: datetime = strawberry.field(description="When.")
    actor: User | None = one(
        lambda loaders: loaders.users.by_id,
        "actor_id",
        description="Who did it; null for guests, for the system, and for users who are gone.",
        visible=may_see_user,
    )


@strawberry.input(description="Conditions on entries of the audit log. Every condition must be met.")
class AuditEntryWhere:
    actor_id: strawberry.ID | None = strawberry.field(
        default=None, description="Done by the user with this global id."
    )
    action_in: list[str] | None = strawberry.field(
        default=None, description=f"What was done is one of these; at most {MOST_ACTIONS}."
    )
    entity_id: strawberry.ID | None = strawberry.field(
        default=None, description="Done to the user, address or session with this global id."
    )
    at: DateTimeRange | None = strawberry.field(default=None, description="Done within this range of time.")


@strawberry.type
class AuditQueries:
    @restricted_field(
        Permission.READ_AUDIT_LOG,
        graphql_type=Connection[AuditEntry],
        description="The audit log, the newest first: every change by staff, and everything that matters for "
        "the security of an account.",
    )
    async def audit_log(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            AuditEntryWhere | None,
            strawberry.argument(description="Only entries that meet every condition."),
        ] = None,
    ) -> Listing[records.AuditEntry]:
        database, wanted = info.context.connections.users, audit_filter(where)
        page = await queries.page_of_audit(
            database, wanted=wanted, window=window(first=first, after=after, last=last, before=before)
        )
        return Listing(page_info=page, count=lambda: queries.count_audit(database, wanted=wanted))


def audit_filter(where: AuditEntryWhere | None) -> records.AuditFilter:
    """The datasource's filter that an input stands for.

    Raises:
        BadInput: there are too many actions, or the log has no entries about such a thing.
        InvalidId: an id is none that the schema gave out.
    """
    if where is None:
        return records.AuditFilter()
    if where.action_in is not None and len(where.action_in) > MOST_ACTIONS:
        message = f"Give at most {MOST_ACTIONS} actions, not {len(where.action_in)}."
        raise BadInput(message, field="where.actionIn")
    entity_type, entity_key = (None, None) if where.entity_id is None else _entity_of(where.entity_id)
    return records.AuditFilter(
        actor_id=None if where.actor_id is None else uuid_of(where.actor_id, "User"),
        actions=None if where.action_in is None else tuple(sorted(set(where.action_in))),
        entity_type=entity_type,
        entity_id=entity_key,
        at_from=where.at.from_ if where.at else None,
        at_before=where.at.before if where.at else None,
    )


def changed_values(old: dict[str, Any], new: dict[str, Any]) -> Iterator[ChangedValue]:
    """The values of either side, by name, in the order in which they were written down."""
    for name in {**old, **new}:
        yield ChangedValue(name=name, old=_in_words(old.get(name)), new=_in_words(new.get(name)))


def _in_words(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _entity_of(given: str) -> tuple[str, str]:
    type_name, key = split_global_id(given)
    for word, name in ENTITIES.items():
        if name == type_name:
            return word, key
    message = f"The audit log tells of {', '.join(ENTITIES)}, not of {type_name}."
    raise BadInput(message, field="where.entityId")
