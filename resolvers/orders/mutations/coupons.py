"""Coupons, given out, changed and withdrawn by staff."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from decimal import Decimal
from typing import Annotated, Any, Final

import strawberry

from datasources.orders import records
from datasources.orders.changes import CouponChanges, NewCoupon
from datasources.orders.commands import coupons
from datasources.orders.errors import InvalidCoupon
from resolvers.conflicts import VersionConflictError
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.inventory.entries import acting_staff
from resolvers.mutations import InvalidInput, InvalidInputError, entity, mutation, user_errors
from resolvers.orders.coupons import Coupon
from resolvers.orders.problems import CouponCodeTakenError, CouponNotFoundError
from resolvers.permissions import Permission
from resolvers.relay import uuid_of
from resolvers.scalars import CurrencyCode

COUPON_ID = "The coupon's global id."
CODE = (
    "What customers type: at most 50 letters from A to Z, digits, hyphens and underscores; kept in capitals."
)
DESCRIPTION = "What orders call its discount."
PERCENT = "How much per cent it takes off: more than 0 and at most 100. Give this or `amount`."
AMOUNT = "How much it takes off, the same for every order. Give this or `percent`."
MINIMUM_ORDER = "It counts for goods worth at least this; null for any."
MAXIMUM_DISCOUNT = "It never takes off more than this; null for any amount."
USAGE_LIMIT = "How many orders may use it; null for any number."
PER_USER_LIMIT = "How many orders of one customer may use it; null for any number."
IS_ACTIVE = "Whether it is given out."
VALID_FROM = "It counts from this time on"
VALID_UNTIL = "It does not count any more at this time."

# What the inputs call the values of a coupon; its `value` is `percent` or `amount`.
_NAMES: Final = {
    "minimum_order": "min_order_amount",
    "maximum_discount": "max_discount_amount",
}
_FIELDS: Final = {
    "min_order_amount": "minimumOrder",
    "max_discount_amount": "maximumDiscount",
    "usage_limit": "usageLimit",
    "per_user_limit": "perUserLimit",
    "valid_from": "validFrom",
    "valid_until": "validUntil",
}
# Values of a coupon that are always there: null changes nothing about them.
_LASTING: Final = ("is_active", "valid_from", "valid_until")


@strawberry.input(description="A coupon to be given out.")
class CreateCouponInput:
    code: str = strawberry.field(description=CODE)
    description: str | None = strawberry.field(default=None, description=DESCRIPTION)
    percent: Decimal | None = strawberry.field(default=None, description=PERCENT)
    amount: Decimal | None = strawberry.field(default=None, description=AMOUNT)
    currency: CurrencyCode = strawberry.field(
        default=CurrencyCode("USD"),
        description="The currency of its amounts, and of the orders that it counts for.",
    )
    minimum_order: Decimal | None = strawberry.field(default=None, description=MINIMUM_ORDER)
    maximum_discount: Decimal | None = strawberry.field(default=None, description=MAXIMUM_DISCOUNT)
    usage_limit: int | None = strawberry.field(default=None, description=USAGE_LIMIT)
    per_user_limit: int | None = strawberry.field(default=1, description=PER_USER_LIMIT)
    is_active: bool = strawberry.field(default=True, description=IS_ACTIVE)
    valid_from: datetime | None = strawberry.field(
        default=None, description=f"{VALID_FROM}; from now on unless given."
    )
    valid_until: datetime = strawberry.field(description=VALID_UNTIL)


CreateCouponError = Annotated[
    InvalidInputError | CouponCodeTakenError,
    strawberry.union("CreateCouponError", description="Why `createCoupon` did nothing."),
]


@strawberry.type(description="What `createCoupon` answers.")
class CreateCouponPayload:
    coupon: records.Coupon | None = entity(Coupon, "The new coupon.")
    user_errors: list[CreateCouponError] = user_errors()


@strawberry.input(
    description="What of a coupon is to change. What is left out stays; its code and currency stay for good."
)
class UpdateCouponInput:
    coupon_id: strawberry.ID = strawberry.field(description=COUPON_ID)
    version: int = strawberry.field(description="The version that you have read.")
    description: str | None = strawberry.field(default=strawberry.UNSET, description=DESCRIPTION)
    percent: Decimal | None = strawberry.field(default=strawberry.UNSET, description=PERCENT)
    amount: Decimal | None = strawberry.field(default=strawberry.UNSET, description=AMOUNT)
    minimum_order: Decimal | None = strawberry.field(default=strawberry.UNSET, description=MINIMUM_ORDER)
    maximum_discount: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description=MAXIMUM_DISCOUNT
    )
    usage_limit: int | None = strawberry.field(default=strawberry.UNSET, description=USAGE_LIMIT)
    per_user_limit: int | None = strawberry.field(default=strawberry.UNSET, description=PER_USER_LIMIT)
    is_active: bool | None = strawberry.field(default=strawberry.UNSET, description=IS_ACTIVE)
    valid_from: datetime | None = strawberry.field(default=strawberry.UNSET, description=f"{VALID_FROM}.")
    valid_until: datetime | None = strawberry.field(default=strawberry.UNSET, description=VALID_UNTIL)


UpdateCouponError = Annotated[
    InvalidInputError | CouponNotFoundError | VersionConflictError,
    strawberry.union("UpdateCouponError", description="Why `updateCoupon` did nothing."),
]


@strawberry.type(description="What `updateCoupon` answers.")
class UpdateCouponPayload:
    coupon: records.Coupon | None = entity(Coupon, "The coupon as it is now.")
    user_errors: list[UpdateCouponError] = user_errors()


@strawberry.input(description="A coupon that nobody is to use any more.")
class DeactivateCouponInput:
    coupon_id: strawberry.ID = strawberry.field(description=COUPON_ID)


DeactivateCouponError = Annotated[
    CouponNotFoundError,
    strawberry.union("DeactivateCouponError", description="Why `deactivateCoupon` did nothing."),
]


@strawberry.type(description="What `deactivateCoupon` answers.")
class DeactivateCouponPayload:
    coupon: records.Coupon | None = entity(Coupon, "The coupon as it is now.")
    user_errors: list[DeactivateCouponError] = user_errors()


@strawberry.type
class CouponMutations:
    @mutation(
        requires=Permission.WRITE_COUPONS,
        at={CouponCodeTakenError: "code"},
        description="Give out a coupon.",
    )
    async def create_coupon(self, info: Info, input: CreateCouponInput) -> CreateCouponPayload:
        staff = acting_staff(info)
        coupon = _new_coupon(input, staff["now"])
        with _told_as_input(coupon.kind):
            created = await coupons.create_coupon(info.context.connections.orders, coupon=coupon, **staff)
        return CreateCouponPayload(coupon=created)

    @mutation(
        requires=Permission.WRITE_COUPONS,
        at={CouponNotFoundError: "couponId", VersionConflictError: "version"},
        description="Change a coupon. Orders keep what it took off them; carts get what it takes off now.",
    )
    async def update_coupon(self, info: Info, input: UpdateCouponInput) -> UpdateCouponPayload:
        changes = _coupon_changes(input)
        with _told_as_input(changes.get("kind")):
            updated = await coupons.update_coupon(
                info.context.connections.orders,
                coupon_id=uuid_of(input.coupon_id, "Coupon"),
                version=input.version,
                changes=changes,
                **acting_staff(info),
            )
        return UpdateCouponPayload(coupon=updated)

    @mutation(
        requires=Permission.WRITE_COUPONS,
        at={CouponNotFoundError: "couponId"},
        description="Let nobody use a coupon any more. Orders keep what it took off them.",
    )
    async def deactivate_coupon(self, info: Info, input: DeactivateCouponInput) -> DeactivateCouponPayload:
        deactivated = await coupons.deactivate_coupon(
            info.context.connections.orders,
            coupon_id=uuid_of(input.coupon_id, "Coupon"),
            **acting_staff(info),
        )
        return DeactivateCouponPayload(coupon=deactivated)


def _new_coupon(input: CreateCouponInput, now: datetime) -> NewCoupon:
    entries = Entries()
    value = _value(entries, input)
    if not value:
        entries.refuse("percent", "REQUIRED", "Say how much it takes off: `percent` or `amount`.")
    code = entries.text(input.code, "code", most=coupons.MOST_OF_CODE)
    description = entries.optional(input.description, "description", most=coupons.MOST_OF_DESCRIPTION)
    entries.check()
    return NewCoupon(
        code=code,
        description=description,
        currency=input.currency,
        min_order_amount=input.minimum_order,
        max_discount_amount=input.maximum_discount,
        usage_limit=input.usage_limit,
        per_user_limit=input.per_user_limit,
        is_active=input.is_active,
        valid_from=input.valid_from or now,
        valid_until=input.valid_until,
        **value,
    )


def _coupon_changes(input: UpdateCouponInput) -> CouponChanges:
    entries = Entries()
    given = {
        _NAMES.get(name, name): value
        for name, value in vars(input).items()
        if value is not strawberry.UNSET and name not in {"coupon_id", "version", "percent", "amount"}
    }
    for name in _LASTING:
        if name in given and given[name] is None:
            entries.refuse(_FIELDS.get(name, "isActive"), "REQUIRED", "This may not be null.")
    if "description" in given:
        most = coupons.MOST_OF_DESCRIPTION
        given["description"] = entries.optional(given["description"], "description", most=most)
    changes: Any = {**given, **_value(entries, input)}
    entries.check()
    return changes  # type: ignore[no-any-return]  # named as the changes are


def _value(entries: Entries, input: CreateCouponInput | UpdateCouponInput) -> dict[str, Any]:
    """The kind and value that are given, if any are."""
    given = [
        {"kind": kind, "value": value}
        for kind, value in (("percentage", input.percent), ("fixed", input.amount))
        if value is not strawberry.UNSET and value is not None
    ]
    if len(given) > 1:
        entries.refuse("amount", "INVALID", "Give `percent` or `amount`, not both.")
    return given[0] if given else {}


@contextmanager
def _told_as_input(kind: str | None) -> Iterator[None]:
    """Raise InvalidInput for what would be wrong with a coupon of this kind."""
    try:
        yield
    except InvalidCoupon as error:
        fields = {**_FIELDS, "value": "percent" if kind == "percentage" else "amount"}
        raise InvalidInput(
            [
                InvalidInputError(
                    code="INVALID", message=problem.message, field=[fields.get(problem.at, problem.at)]
                )
                for problem in error.problems
            ]
        ) from error
