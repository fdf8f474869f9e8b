"""How far each work over several databases has come: recorded step by step, held by one worker at a time (001)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypedDict

from sqlalchemy import String, Uuid, bindparam, or_, select, update
from sqlalchemy.dialects.postgresql import insert as insert_unless_there

from datasources.core.databases import compile_statement
from datasources.core.errors import DatasourceError
from datasources.orders.tables import order_processing_sagas as sagas

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy import Select, Update
    from sqlalchemy.ext.asyncio import AsyncConnection
    from sqlalchemy.sql.dml import ReturningUpdate

    from datasources.core.databases import Database

SagaType = Literal["checkout", "cancellation", "refund"]
SagaStatus = Literal["started", "completed", "failed", "compensating", "compensated"]

# Whoever works on a saga has it for so long after each step that is recorded; no step may take longer.
LEASE: Final = timedelta(seconds=60)

# After a step that could not be done now it is tried again, later each time, up to this.
LONGEST_PAUSE: Final = timedelta(minutes=5)

UNFINISHED: Final = ("started", "compensating")

# As the columns have it, here and in `orders`.
_LONGEST_KEY: Final = 255

# What the last step left to be read by people; more of it helps nobody.
_MOST_OF_ERROR: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class NewSaga:
    """A work that begins; its `key` is unique, and `input_hash` tells a repetition from another wish under the key."""

    id: UUID
    order_id: UUID
    type: SagaType
    key: str
    input_hash: str
    step: str
    data: Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Saga:
    """A work as it was last recorded. `step` is what is to be done next, or, while compensating, undone next.

    `data` is what JSON can hold. `attempts` counts how often the step was tried in vain.
    """

    id: UUID
    order_id: UUID
    type: SagaType
    key: str
    input_hash: str
    step: str
    data: Mapping[str, Any]
    status: SagaStatus
    attempts: int
    lease_owner: str | None
    lease_expires_at: datetime | None
    next_attempt_at: datetime
    created_at: datetime
    updated_at: datetime

    @property
    def is_finished(self) -> bool:
        """Whether nobody has to do anything about it any more."""
        return self.status not in UNFINISHED


class Progress(TypedDict, total=False):
    """What of a saga is recorded anew. What is left out stays."""

    step: str
    status: SagaStatus
    data: Mapping[str, Any]


class Recording(Protocol):
    """How a command of the order service records its saga's step in its own transaction."""

    def statement(self, *, now: datetime) -> ReturningUpdate[tuple[UUID]]:
        """What records the step, as part of the statement that does it: nothing is done without it."""
        ...

    def recorded(self, *, now: datetime) -> Saga:
        """The saga once that has been run."""
        ...

    async def before_commit(self) -> None:
        """The command has done everything but commit."""
        ...


class LeaseLost(DatasourceError):
    """Somebody else works on the saga by now: the lease was over before the step was."""

    def __init__(self, saga_id: UUID) -> None:
        super().__init__("Somebody else works on this by now.")
        self.saga_id = saga_id


_SAGA = (
    sagas.c.id,
    sagas.c.order_id,
    sagas.c.saga_type.label("type"),
    sagas.c.idempotency_key.label("key"),
    sagas.c.input_hash,
    sagas.c.current_step.label("step"),
    sagas.c.saga_data.label("data"),
    sagas.c.status,
    sagas.c.attempts,
    sagas.c.lease_owner,
    sagas.c.lease_expires_at,
    sagas.c.next_attempt_at,
    sagas.c.created_at,
    sagas.c.updated_at,
)
_BY_ORDER = compile_statement(
    select(*_SAGA).where(sagas.c.order_id == bindparam("order_id", type_=Uuid)).order_by(sagas.c.created_at)
)
_BY_KEY = compile_statement(select(*_SAGA).where(sagas.c.idempotency_key == bindparam("key", type_=String)))


def key_of(owner: str, key: str) -> str:
    """A client's key, apart from all other owners'. One that would be too long with its owner counts by its hash."""
    owned = f"{owner}:{key}"
    return owned if len(owned) <= _LONGEST_KEY else f"{owner}:{sha256(key.encode()).hexdigest()}"


async def find_saga(database: Database, key: str) -> Saga | None:
    """The saga that began under this key.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    rows = await database.fetch(_BY_KEY, key=key)
    return Saga(**rows[0]) if rows else None


async def sagas_of_order(database: Database, order_id: UUID) -> Sequence[Saga]:
    """All works on an order, finished ones too.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    rows = await database.fetch(_BY_ORDER, order_id=order_id)
    return [Saga(**row) for row in rows]


async def begin_saga(transaction: AsyncConnection, new: NewSaga, *, owner: str, now: datetime) -> Saga | None:
    """Write down that a work begins, with its lease; None if its key is taken, perhaps by the same work."""
    begun = await transaction.execute(
        insert_unless_there(sagas)
        .values(
            id=new.id,
            order_id=new.order_id,
            saga_type=new.type,
            idempotency_key=new.key,
            input_hash=new.input_hash,
            current_step=new.step,
            saga_data=dict(new.data),
            lease_owner=owner,
            lease_expires_at=now + LEASE,
            next_attempt_at=now,
            created_at=now,
            updated_at=now,
        )
        .on_conflict_do_nothing(index_elements=[sagas.c.idempotency_key])
        .returning(*_SAGA)
    )
    row = begun.mappings().one_or_none()
    return None if row is None else Saga(**row)


async def record_progress(
    transaction: AsyncConnection, saga: Saga, progress: Progress, *, now: datetime
) -> Saga:
    """Record a step within the transaction that did it, or in one of its own, and renew the lease.

    Raises:
        LeaseLost: somebody else has recorded something meanwhile; whatever is in this transaction must not be kept.
    """
    changed = await transaction.execute(progress_statement(saga, progress, now=now))
    if changed.one_or_none() is None:
        raise LeaseLost(saga.id)
    return progressed(saga, progress, now=now)


def progress_statement(saga: Saga, progress: Progress, *, now: datetime) -> ReturningUpdate[tuple[UUID]]:
    """The statement that records a step; it gives the saga's id, or nothing where the lease was lost.

    It may become part of the statement that does the step.
    """
    after = progressed(saga, progress, now=now)
    return (
        _held(saga)
        .values(
            current_step=after.step,
            status=after.status,
            saga_data=dict(after.data),
            attempts=0,
            last_error=None,
            lease_owner=after.lease_owner,
            lease_expires_at=after.lease_expires_at,
            next_attempt_at=now,
            updated_at=now,
            completed_at=now if after.is_finished else None,
        )
        .returning(sagas.c.id)
    )


def progressed(saga: Saga, progress: Progress, *, now: datetime) -> Saga:
    """The saga as it is once this is recorded. One that is finished needs no lease any more."""
    after = replace(saga, **progress, attempts=0, next_attempt_at=now, updated_at=now)
    if after.is_finished:
        return replace(after, lease_owner=None, lease_expires_at=None)
    return replace(after, lease_expires_at=now + LEASE)


async def pause_saga(
    database: Database,
    saga: Saga,
    *,
    until: datetime,
    progress: Progress | None = None,
    error: str | None = None,
    now: datetime,
) -> Saga:
    """Let go of a saga until then, or until somebody wakes it; with `error`, because its step could not be done.

    Raises:
        LeaseLost: somebody else works on it by now.
        ServiceUnavailable: the order database is down.
    """
    async with database.transaction() as transaction:
        changed = await transaction.execute(
            _held(saga)
            .values(
                **_columns(progress or {}),
                attempts=sagas.c.attempts + (0 if error is None else 1),
                last_error=None if error is None else error[:_MOST_OF_ERROR],
                lease_owner=None,
                lease_expires_at=None,
                next_attempt_at=until,
                updated_at=now,
            )
            .returning(*_SAGA)
        )
        return _one(changed.mappings().one_or_none(), saga)


def next_attempt(saga: Saga, *, now: datetime) -> datetime:
    """When a step that could not be done is tried again: after one second, then two, four, up to LONGEST_PAUSE."""
    return now + min(timedelta(seconds=2 ** min(saga.attempts, 20)), LONGEST_PAUSE)


async def take_saga(database: Database, saga_id: UUID, *, owner: str, now: datetime) -> Saga | None:
    """Take the lease of an unfinished saga that nobody works on, due or not; None if there is nothing to take.

    `owner` is a name that is never used again: what tells this lease from any other.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    taken = await _take(database, select(sagas.c.id).where(sagas.c.id == saga_id), owner=owner, now=now)
    return taken[0] if taken else None


async def take_due_sagas(database: Database, *, owner: str, now: datetime, most: int) -> Sequence[Saga]:
    """Take the leases of unfinished sagas that are due and that nobody works on, those that wait longest first.

    Workers never wait for each other: what one is just taking the others pass over.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    due = (
        select(sagas.c.id).where(sagas.c.next_attempt_at <= now).order_by(sagas.c.next_attempt_at).limit(most)
    )
    return await _take(database, due, owner=owner, now=now)


async def take_sagas_of_order(
    database: Database, order_id: UUID, *, owner: str, now: datetime
) -> Sequence[Saga]:
    """Take the leases of an order's unfinished sagas that nobody works on, due or not: what they wait for has come.

    Raises:
        ServiceUnavailable: the order database is down.
    """
    return await _take(database, select(sagas.c.id).where(sagas.c.order_id == order_id), owner=owner, now=now)


async def _take(
    database: Database, wanted: Select[tuple[UUID]], *, owner: str, now: datetime
) -> Sequence[Saga]:
    free = wanted.where(
        sagas.c.status.in_(UNFINISHED),
        or_(sagas.c.lease_expires_at.is_(None), sagas.c.lease_expires_at <= now),
    )
    # A common table expression is run once; a subselect with a limit might be run again, and take more.
    chosen = free.with_for_update(skip_locked=True).cte("chosen")
    async with database.transaction() as transaction:
        taken = await transaction.execute(
            update(sagas)
            .where(sagas.c.id == chosen.c.id)
            .values(lease_owner=owner, lease_expires_at=now + LEASE, updated_at=now)
            .returning(*_SAGA)
        )
        return [Saga(**row) for row in taken.mappings()]


def _held(saga: Saga) -> Update:
    """Changes a saga as long as it is as it was read, under the same lease."""
    return update(sagas).where(
        sagas.c.id == saga.id,
        sagas.c.lease_owner == saga.lease_owner,
        sagas.c.current_step == saga.step,
        sagas.c.status == saga.status,
    )


def _columns(progress: Progress) -> dict[str, Any]:
    columns: dict[str, Any] = {}
    if "step" in progress:
        columns["current_step"] = progress["step"]
    if "status" in progress:
        columns["status"] = progress["status"]
    if "data" in progress:
        columns["saga_data"] = dict(progress["data"])
    return columns


def _one(row: Any, saga: Saga) -> Saga:
    if row is None:
        raise LeaseLost(saga.id)
    return Saga(**row)
