"""The methods that users save: tokens of their providers, checked there first. One of a user's is the default."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, or_, select, update

from datasources.payments.errors import PaymentMethodRefused, TooManyPaymentMethods, UnknownPaymentMethod
from datasources.payments.providers.protocol import ProviderRefused, ProviderUnavailable, UnknownProvider
from datasources.payments.records import PaymentMethod
from datasources.payments.statements import METHOD_COLUMNS
from datasources.payments.tables import domain_events, payment_methods

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from sqlalchemy.ext.asyncio import AsyncConnection

    from datasources.core.databases import Database
    from datasources.payments.providers.protocol import ProviderMethod
    from datasources.payments.providers.registry import Providers
    from datasources.payments.records import MethodKind

logger = logging.getLogger("datasources.payments.methods")

METHOD: Final = "PaymentMethod"
MOST_METHODS: Final = 20

_CARDS: Final = frozenset({"credit_card", "debit_card", "wallet"})
_OWN: Final = payment_methods.c


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMethod:
    """A method to be saved: the provider's token for it, what kind its owner says it is, and what to call it."""

    token: str
    kind: MethodKind
    label: str | None
    make_default: bool


async def save_method(
    database: Database, providers: Providers, *, user_id: UUID, method: NewMethod, now: datetime
) -> PaymentMethod:
    """Check a token with the provider of new payments, and save what it stands for as the provider says.

    A token that the user has saved before is the same method. The first method of a user is the default.

    Raises:
        PaymentsNotConfigured: there is no provider.
        PaymentMethodRefused: the provider does not know the token, or does not take it.
        TooManyPaymentMethods: the user has saved as many as one may.
        ProviderUnavailable: the provider does not answer; ask again.
        InvalidText: a text holds a character that cannot be stored.
        ServiceUnavailable: the payment database is down.
    """
    provider = providers.default
    async with database.transaction() as transaction:
        await _require_room(transaction, user_id, provider.name, method.token)
        customer = await _customer(transaction, user_id, provider.name)
    try:
        kept = await provider.save_method(
            token=method.token, kind=method.kind, user_id=user_id, customer_reference=customer
        )
    except ProviderRefused as error:
        raise PaymentMethodRefused(error.code, error.reason) from error
    async with database.transaction() as transaction:
        await _hold(transaction, user_id)
        saved = await _find_by_token(transaction, user_id, provider.name, kept.token)
        if saved is None:
            await _require_room(transaction, user_id, provider.name, kept.token)
            saved = await _add(transaction, user_id, provider.name, kept, method.label, now=now)
        if method.make_default or not await _has_default(transaction, user_id):
            saved = await _make_default(transaction, saved, now=now)
        return saved


async def remove_method(
    database: Database, providers: Providers, *, user_id: UUID, method_id: UUID, now: datetime
) -> PaymentMethod:
    """Remove a method, and give it as it was; the newest other is the default after a default one.

    Payments made with it still refer to it. The provider is asked to forget it, but its removal does not wait for that.

    Raises:
        UnknownPaymentMethod: the user has no such method.
        ServiceUnavailable: the payment database is down.
    """
    async with database.transaction() as transaction:
        await _hold(transaction, user_id)
        method = await _find(transaction, user_id, method_id)
        removed = await transaction.execute(
            update(payment_methods)
            .where(_OWN.id == method_id)
            .values(is_active=False, is_default=False, version=_OWN.version + 1, updated_at=now)
            .returning(_OWN.version, _OWN.provider, _OWN.card_token, _OWN.external_id)
        )
        row = removed.one()
        await _tell(transaction, "PaymentMethodRemoved", method, row.version, now=now)
        if method.is_default:
            await _promote_newest(transaction, user_id, now=now)
    await _forget(providers, row.provider, row.card_token or row.external_id)
    return method


async def set_default_method(
    database: Database, *, user_id: UUID, method_id: UUID, now: datetime
) -> PaymentMethod:
    """Make a method the one that is used unless the user chooses another.

    Raises:
        UnknownPaymentMethod: the user has no such method.
        ServiceUnavailable: the payment database is down.
    """
    async with database.transaction() as transaction:
        await _hold(transaction, user_id)
        return await _make_default(transaction, await _find(transaction, user_id, method_id), now=now)


async def _hold(transaction: AsyncConnection, user_id: UUID) -> None:
    """Wait for whoever else changes this user's methods: the user's row, to be locked, is in another database."""
    await transaction.execute(
        select(func.pg_advisory_xact_lock(func.hashtextextended(f"methods:{user_id}", 0)))
    )


async def _find(transaction: AsyncConnection, user_id: UUID, method_id: UUID) -> PaymentMethod:
    found = await transaction.execute(
        select(*METHOD_COLUMNS).where(_OWN.id == method_id, _OWN.user_id == user_id, _OWN.is_active)
    )
    row = found.mappings().one_or_none()
    if row is None:
        raise UnknownPaymentMethod(method_id)
    return PaymentMethod(**row)


async def _find_by_token(
    transaction: AsyncConnection, user_id: UUID, provider: str, token: str
) -> PaymentMethod | None:
    found = await transaction.execute(
        select(*METHOD_COLUMNS).where(
            _OWN.user_id == user_id,
            _OWN.is_active,
            _OWN.provider == provider,
            or_(_OWN.card_token == token, _OWN.external_id == token),
        )
    )
    row = found.mappings().first()
    return None if row is None else PaymentMethod(**row)


async def _require_room(transaction: AsyncConnection, user_id: UUID, provider: str, token: str) -> None:
    """Check that there is room for one more, unless the user has this one already."""
    saved = await transaction.scalar(
        select(func.count()).select_from(payment_methods).where(_OWN.user_id == user_id, _OWN.is_active)
    )
    if (saved or 0) >= MOST_METHODS and not await _find_by_token(transaction, user_id, provider, token):
        raise TooManyPaymentMethods(MOST_METHODS)


async def _customer(transaction: AsyncConnection, user_id: UUID, provider: str) -> str | None:
    """The provider's id of the user, if it has one: from any method that was ever saved there."""
    found: str | None = await transaction.scalar(
        select(_OWN.provider_customer_id)
        .where(_OWN.user_id == user_id, _OWN.provider == provider, _OWN.provider_customer_id.is_not(None))
        .order_by(_OWN.created_at.desc(), _OWN.id)
        .limit(1)
    )
    return found


async def _has_default(transaction: AsyncConnection, user_id: UUID) -> bool:
    found = await transaction.scalar(select(_OWN.id).where(_OWN.user_id == user_id, _OWN.is_default))
    return found is not None


async def _add(
    transaction: AsyncConnection,
    user_id: UUID,
    provider: str,
    kept: ProviderMethod,
    label: str | None,
    *,
    now: datetime,
) -> PaymentMethod:
    token = "card_token" if kept.kind in _CARDS else "external_id"
    values: dict[str, Any] = {
        "user_id": user_id,
        "type": kept.kind,
        "provider": provider,
        "provider_customer_id": kept.customer_reference,
        "display_name": label,
        "card_brand": kept.card_brand,
        "card_last_four": kept.card_last_four,
        "card_exp_month": kept.card_exp_month,
        "card_exp_year": kept.card_exp_year,
        "paypal_email": kept.paypal_email,
        "bank_name": kept.bank_name,
        "account_number_last_four": kept.account_last_four,
        "is_verified": True,
        "created_at": now,
        "updated_at": now,
        token: kept.token,
    }
    added = await transaction.execute(insert(payment_methods).values(**values).returning(*METHOD_COLUMNS))
    saved = PaymentMethod(**added.mappings().one())
    await _tell(transaction, "PaymentMethodSaved", saved, 1, now=now)
    return saved


async def _make_default(
    transaction: AsyncConnection, method: PaymentMethod, *, now: datetime
) -> PaymentMethod:
    if method.is_default:
        return method
    await transaction.execute(
        update(payment_methods)
        .where(_OWN.user_id == method.user_id, _OWN.is_default)
        .values(is_default=False, version=_OWN.version + 1, updated_at=now)
    )
    changed = await transaction.execute(
        update(payment_methods)
        .where(_OWN.id == method.id)
        .values(is_default=True, version=_OWN.version + 1, updated_at=now)
        .returning(*METHOD_COLUMNS, _OWN.version)
    )
    facts = dict(changed.mappings().one())
    version = facts.pop("version")
    chosen = PaymentMethod(**facts)
    await _tell(transaction, "DefaultPaymentMethodChosen", chosen, version, now=now)
    return chosen


async def _promote_newest(transaction: AsyncConnection, user_id: UUID, *, now: datetime) -> None:
    found = await transaction.execute(
        select(*METHOD_COLUMNS)
        .where(_OWN.user_id == user_id, _OWN.is_active)
        .order_by(_OWN.created_at.desc(), _OWN.id)
        .limit(1)
    )
    row = found.mappings().one_or_none()
    if row is not None:
        await _make_default(transaction, PaymentMethod(**row), now=now)


async def _forget(providers: Providers, provider: str, token: str | None) -> None:
    if token is None:
        return
    try:
        await providers.get(provider).forget_method(token=token)
    except (UnknownProvider, ProviderUnavailable, ProviderRefused) as error:
        # It is charged no more all the same: only what is saved here is.
        logger.warning("%s still keeps a method that was removed: %s", provider, error)


async def _tell(
    transaction: AsyncConnection, event: str, method: PaymentMethod, version: int, *, now: datetime
) -> None:
    await transaction.execute(
        insert(domain_events).values(
            aggregate_id=str(method.id),
            aggregate_type=METHOD,
            event_type=event,
            event_data={"method_id": str(method.id), "user_id": str(method.user_id), "kind": method.kind},
            version=version,
            occurred_at=now,
        )
    )
