"""The sandbox's books as SQL: each call is one statement, which does it under its key or finds what was answered.

Two calls under one key at the same moment are told apart by `attempts`: one that took its turn (`was_turn`) at an
attempt that is not the one to do it, or let it pass at the one that is, was overtaken, takes that back, and asks again.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import (
    DateTime,
    Integer,
    Numeric,
    String,
    Text,
    bindparam,
    case,
    cast,
    exists,
    func,
    insert,
    literal,
    select,
    update,
)
from sqlalchemy.dialects.postgresql import JSONB, UUID
from sqlalchemy.dialects.postgresql import insert as insert_or_count

from datasources.payments.providers.sandbox_tables import sandbox_calls, sandbox_payments, sandbox_refunds
from datasources.payments.providers.sandbox_tokens import TOKENS

if TYPE_CHECKING:
    from sqlalchemy import CTE, ColumnElement, Select

_KEY: Final = bindparam("the_key", type_=String)
_REQUEST: Final = bindparam("the_request", type_=JSONB)
_AT: Final = bindparam("at", type_=DateTime(timezone=True))
_REFERENCE: Final = bindparam("of_reference", type_=String)
_AMOUNT: Final = bindparam("the_amount", type_=Numeric(10, 2))
_CURRENCY: Final = bindparam("the_currency", type_=String)
_DONE_AT: Final = bindparam("done_at_attempt", type_=Integer)

_SAME: Final = sandbox_calls.c.request == _REQUEST
_EARLIER_ATTEMPTS: Final = func.coalesce(
    select(case((_SAME, sandbox_calls.c.attempts), else_=-1))
    .where(sandbox_calls.c.idempotency_key == _KEY)
    .scalar_subquery(),
    0,
)
_IS_TURN: Final = _EARLIER_ATTEMPTS == _DONE_AT - 1

_ROW: Final = sandbox_payments.c
_FAILED_CAPTURE: Final = [token for token, it in TOKENS.items() if it.refuses_capture]
_FAILED_REFUND: Final = [token for token, it in TOKENS.items() if it.refuses_refund]


def _authorize() -> Select[Any]:
    """Make a payment as its answer says, at the attempt that is to do so."""
    call = _call(bindparam("the_answer", type_=JSONB))
    told = call.c.answer
    values: dict[str, ColumnElement[Any]] = {
        "reference": told["reference"].astext,
        "payment_id": bindparam("the_payment", type_=UUID),
        "token": bindparam("the_token", type_=String),
        "amount": _AMOUNT,
        "currency": _CURRENCY,
        "status": told["status"].astext,
        "captured_amount": case((told["status"].astext == "captured", _AMOUNT), else_=0),
        "failure_code": told["failure_code"].astext,
        "failure_reason": told["failure_reason"].astext,
        "authorization_expires_at": cast(told["authorization_expires_at"].astext, DateTime(timezone=True)),
        "created_at": _AT,
        "updated_at": _AT,
    }
    is_turn = call.c.is_same & (call.c.attempts == _DONE_AT)
    made = insert(sandbox_payments).from_select(list(values), select(*values.values()).where(is_turn))
    return select(call, is_turn.label("was_turn")).add_cte(made.cte("made"))


def _capture() -> Select[Any]:
    taken = _changed(
        _ROW.status == "authorized",
        _ROW.authorization_expires_at > _AT,
        _ROW.amount == _AMOUNT,
        _ROW.currency == _CURRENCY,
        _ROW.token.not_in(_FAILED_CAPTURE),
        status="captured",
        captured_amount=_ROW.amount,
    )
    return _answered(taken)


def _void() -> Select[Any]:
    return _answered(_changed(_ROW.status.in_(["requires_action", "authorized"]), status="cancelled"))


def _refund() -> Select[Any]:
    paid_back = _changed(
        _ROW.status == "captured",
        _ROW.refunded_amount + _AMOUNT <= _ROW.captured_amount,
        _ROW.currency == _CURRENCY,
        _ROW.token.not_in(_FAILED_REFUND),
        refunded_amount=_ROW.refunded_amount + _AMOUNT,
    )
    values: dict[str, ColumnElement[Any]] = {
        "reference": bindparam("new_reference", type_=String),
        "payment_reference": paid_back.c.reference,
        "amount": _AMOUNT,
        "currency": paid_back.c.currency,
        "status": bindparam("new_status", type_=String),
        "idempotency_key": _KEY,
        "created_at": _AT,
    }
    # One that was overtaken finds the other's refund there, and takes back what it has done to the payment.
    made = insert_or_count(sandbox_refunds).from_select(list(values), select(*values.values()))
    return _answered(
        paid_back, refund=values["reference"], refund_status=bindparam("new_status", type_=String)
    ).add_cte(made.on_conflict_do_nothing(index_elements=["idempotency_key"]).cte("made"))


def _changed(*conditions: ColumnElement[bool], **values: Any) -> CTE:
    """The payment, changed if it meets the conditions and it is this call's turn to do so."""
    return (
        update(sandbox_payments)
        .where(_ROW.reference == _REFERENCE, _IS_TURN, *conditions)
        .values(updated_at=_AT, **values)
        .returning(*_ROW)
        .cte("changed")
    )


def _answered(changed: CTE, **more: ColumnElement[Any]) -> Select[Any]:
    """The answer to a call: what it has changed, or how what it has not changed stands."""
    done = select(_described(changed.c, is_done=True, **more)).scalar_subquery()
    stands = select(_described(_ROW, is_done=False)).where(_ROW.reference == _REFERENCE).scalar_subquery()
    nothing = func.jsonb_build_object("is_done", literal(False), type_=JSONB)
    call = _call(func.coalesce(done, stands, nothing))
    return select(call, _IS_TURN.label("was_turn"))


def _described(row: Any, *, is_done: bool, **more: ColumnElement[Any]) -> ColumnElement[Any]:
    facts: dict[str, Any] = {
        "is_done": literal(is_done),
        "reference": row.reference,
        "status": row.status,
        "token": row.token,
        "amount": cast(row.amount, Text),
        "currency": row.currency,
        "failure_code": row.failure_code,
        "failure_reason": row.failure_reason,
        "authorization_expires_at": row.authorization_expires_at,
        **more,
    }
    pairs = [part for name, value in facts.items() for part in (literal(name), value)]
    return func.jsonb_build_object(*pairs, type_=JSONB)


def _call(answer: ColumnElement[Any]) -> CTE:
    """This call, counted. Under a key that was used for something else nothing is counted, and nothing is done."""
    added = insert_or_count(sandbox_calls).from_select(
        ["idempotency_key", "request", "answer", "created_at"], select(_KEY, _REQUEST, answer, _AT)
    )
    is_turn = sandbox_calls.c.attempts + 1 == _DONE_AT
    return (
        added.on_conflict_do_update(
            index_elements=["idempotency_key"],
            set_={
                "attempts": sandbox_calls.c.attempts + case((_SAME, 1), else_=0),
                "answer": case((_SAME & is_turn, added.excluded.answer), else_=sandbox_calls.c.answer),
            },
        )
        .returning(sandbox_calls.c.answer, sandbox_calls.c.attempts, _SAME.label("is_same"))
        .cte("call")
    )


AUTHORIZE: Final = _authorize()
CAPTURE: Final = _capture()
VOID: Final = _void()
REFUND: Final = _refund()

# How things stand.
PAYMENT: Final = select(*_ROW).where(_ROW.reference == _REFERENCE)
MADE_UNDER_KEY: Final = select(*_ROW).where(
    exists().where(
        sandbox_calls.c.idempotency_key == _KEY,
        sandbox_calls.c.answer["reference"].astext == _ROW.reference,
    )
)
REFUND_MADE: Final = select(*sandbox_refunds.c).where(sandbox_refunds.c.reference == _REFERENCE)
REFUND_UNDER_KEY: Final = select(*sandbox_refunds.c).where(
    sandbox_refunds.c.idempotency_key == _KEY, sandbox_refunds.c.payment_reference == _REFERENCE
)

# What the customer, or the bank, decides upon.
COMPLETE: Final = (
    update(sandbox_payments)
    .where(_ROW.reference == _REFERENCE, _ROW.status == bindparam("waiting_status", type_=String))
    .values(
        status=bindparam("decided_status", type_=String),
        captured_amount=case((bindparam("decided_status", type_=String) == "captured", _ROW.amount), else_=0),
        authorization_expires_at=bindparam("the_expiry", type_=DateTime(timezone=True)),
        failure_code=bindparam("the_code", type_=String),
        failure_reason=bindparam("the_reason", type_=String),
        updated_at=_AT,
    )
    .returning(*_ROW)
)
COMPLETE_REFUND: Final = (
    update(sandbox_refunds)
    .where(sandbox_refunds.c.reference == _REFERENCE, sandbox_refunds.c.status == "processing")
    .values(
        status=bindparam("decided_status", type_=String),
        failure_code=bindparam("the_code", type_=String),
        failure_reason=bindparam("the_reason", type_=String),
    )
    .returning(sandbox_refunds.c.payment_reference, sandbox_refunds.c.amount)
)
# A refund that has failed leaves its sum with the merchant.
TAKE_BACK: Final = (
    update(sandbox_payments)
    .where(_ROW.reference == _REFERENCE)
    .values(refunded_amount=_ROW.refunded_amount - _AMOUNT, updated_at=_AT)
)
