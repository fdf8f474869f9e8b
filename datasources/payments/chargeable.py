"""What the checkout charges: a saved method with its token. Never shown to anybody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.postgresql import UUID

from datasources.core.databases import compile_statement
from datasources.core.records import from_rows, row_record
from datasources.payments.tables import payment_methods

if TYPE_CHECKING:
    import uuid

    from datasources.core.databases import Database
    from datasources.payments.records import MethodKind


@row_record
class ChargeableMethod:
    """A saved method as a payment is begun with it: `provider` is the payment's gateway."""

    id: uuid.UUID
    kind: MethodKind
    provider: str
    token: str
    customer_reference: str | None
    card_brand: str | None
    card_last_four: str | None


async def method_for_charge(
    database: Database, *, user_id: uuid.UUID, method_id: uuid.UUID | None
) -> ChargeableMethod | None:
    """The user's method with this id, or the default one where no id is given; None if the user has none such.

    Raises:
        ServiceUnavailable: the payment database is down.
    """
    if method_id is None:
        rows = await database.fetch(_DEFAULT, of_user=user_id)
    else:
        rows = await database.fetch(_CHOSEN, of_user=user_id, of_method=method_id)
    return from_rows(ChargeableMethod, rows)[0] if rows else None


_TOKEN: Final = func.coalesce(payment_methods.c.card_token, payment_methods.c.external_id)

_OF_USER: Final = select(
    payment_methods.c.id,
    payment_methods.c.type.label("kind"),
    payment_methods.c.provider,
    _TOKEN.label("token"),
    payment_methods.c.provider_customer_id.label("customer_reference"),
    payment_methods.c.card_brand,
    payment_methods.c.card_last_four,
).where(
    payment_methods.c.user_id == bindparam("of_user", type_=UUID),
    payment_methods.c.is_active,
    _TOKEN.is_not(None),
)

_DEFAULT: Final = compile_statement(_OF_USER.where(payment_methods.c.is_default))
_CHOSEN: Final = compile_statement(_OF_USER.where(payment_methods.c.id == bindparam("of_method", type_=UUID)))
