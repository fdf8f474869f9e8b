"""Saved payment methods: tokens of the provider, never the numbers that they stand for."""

from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import strawberry

from datasources.payments import records
from datasources.payments.commands import methods
from datasources.payments.commands.methods import MOST_METHODS, NewMethod
from resolvers.context import Info
from resolvers.entries import Entries
from resolvers.inputs import value_of
from resolvers.mutations import InvalidInputError, entity, mutation, user_errors
from resolvers.payments.problems import (
    PaymentMethodNotFoundError,
    PaymentMethodRefusedError,
    PaymentProviderUnavailableError,
    PaymentsNotConfiguredError,
    TooManyPaymentMethodsError,
)
from resolvers.payments.types import PaymentMethod, PaymentMethodKind
from resolvers.permissions import Permission
from resolvers.relations import one
from resolvers.relay import global_id, uuid_of
from resolvers.users.types import User

# As the columns of PaymentDb have them.
MOST_OF_TOKEN = 255
MOST_OF_DISPLAY_NAME = 100


@strawberry.type
class MethodOwner:
    """What every payload about a method has: its user, so that a client sees what became of the others."""

    user: User | None = one(
        lambda loaders: loaders.users.by_id, "user_id", description="The user whose payment method it is."
    )
    user_id: strawberry.Private[UUID | None] = None


@strawberry.input(description="A payment method to be saved.")
class SavePaymentMethodInput:
    token: str = strawberry.field(
        description="The payment provider's token for the card or account, from its own client library. Numbers of "
        "cards never come here."
    )
    kind: PaymentMethodKind = strawberry.field(description="The kind of payment method.")
    display_name: str | None = strawberry.field(
        default=None, description="Your name for it, such as Company card."
    )
    make_default: bool = strawberry.field(
        default=False, description="Whether it becomes the default. The first one always does."
    )


SavePaymentMethodError = Annotated[
    InvalidInputError
    | PaymentMethodRefusedError
    | TooManyPaymentMethodsError
    | PaymentProviderUnavailableError
    | PaymentsNotConfiguredError,
    strawberry.union("SavePaymentMethodError", description="Why `savePaymentMethod` did nothing."),
]


@strawberry.type(description="What `savePaymentMethod` answers.")
class SavePaymentMethodPayload(MethodOwner):
    payment_method: records.PaymentMethod | None = entity(
        PaymentMethod, "The payment method as it was saved, with what the provider says of it."
    )
    user_errors: list[SavePaymentMethodError] = user_errors()


@strawberry.input(description="A payment method to be removed.")
class RemovePaymentMethodInput:
    payment_method_id: strawberry.ID = strawberry.field(description="The payment method's global id.")


RemovePaymentMethodError = Annotated[
    PaymentMethodNotFoundError,
    strawberry.union("RemovePaymentMethodError", description="Why `removePaymentMethod` did nothing."),
]


@strawberry.type(description="What `removePaymentMethod` answers.")
class RemovePaymentMethodPayload(MethodOwner):
    removed_payment_method_id: strawberry.ID | None = entity(
        strawberry.ID, "The id that the payment method had."
    )
    user_errors: list[RemovePaymentMethodError] = user_errors()


@strawberry.input(description="A payment method to become the default one.")
class SetDefaultPaymentMethodInput:
    payment_method_id: strawberry.ID = strawberry.field(description="The payment method's global id.")


SetDefaultPaymentMethodError = Annotated[
    PaymentMethodNotFoundError,
    strawberry.union(
        "SetDefaultPaymentMethodError", description="Why `setDefaultPaymentMethod` did nothing."
    ),
]


@strawberry.type(description="What `setDefaultPaymentMethod` answers.")
class SetDefaultPaymentMethodPayload(MethodOwner):
    payment_method: records.PaymentMethod | None = entity(
        PaymentMethod, "The payment method, now the default one."
    )
    user_errors: list[SetDefaultPaymentMethodError] = user_errors()


@strawberry.type
class PaymentMethodMutations:
    @mutation(
        requires=Permission.AUTHENTICATED,
        at={PaymentMethodRefusedError: "token"},
        description="Save a payment method that the provider knows by this token. What is shown of it is what the"
        f" provider says. The same token is saved once; one may save {MOST_METHODS}.",
    )
    async def save_payment_method(
        self, info: Info, input: SavePaymentMethodInput
    ) -> SavePaymentMethodPayload:
        method = await methods.save_method(
            info.context.connections.payments,
            info.context.providers,
            user_id=info.context.viewer.account_id,
            method=_new_method(input),
            now=datetime.now(UTC),
        )
        return SavePaymentMethodPayload(payment_method=method, user_id=method.user_id)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={PaymentMethodNotFoundError: "paymentMethodId"},
        description="Remove a saved payment method. After the default one the newest other is the default.",
    )
    async def remove_payment_method(
        self, info: Info, input: RemovePaymentMethodInput
    ) -> RemovePaymentMethodPayload:
        method = await methods.remove_method(
            info.context.connections.payments,
            info.context.providers,
            user_id=info.context.viewer.account_id,
            method_id=uuid_of(input.payment_method_id, "PaymentMethod"),
            now=datetime.now(UTC),
        )
        removed = strawberry.ID(global_id("PaymentMethod", method.id))
        return RemovePaymentMethodPayload(removed_payment_method_id=removed, user_id=method.user_id)

    @mutation(
        requires=Permission.AUTHENTICATED,
        at={PaymentMethodNotFoundError: "paymentMethodId"},
        description="Make a saved payment method the default one.",
    )
    async def set_default_payment_method(
        self, info: Info, input: SetDefaultPaymentMethodInput
    ) -> SetDefaultPaymentMethodPayload:
        method = await methods.set_default_method(
            info.context.connections.payments,
            user_id=info.context.viewer.account_id,
            method_id=uuid_of(input.payment_method_id, "PaymentMethod"),
            now=datetime.now(UTC),
        )
        return SetDefaultPaymentMethodPayload(payment_method=method, user_id=method.user_id)


def _new_method(input: SavePaymentMethodInput) -> NewMethod:
    entries = Entries()
    token = entries.text(input.token, "token", most=MOST_OF_TOKEN)
    label = entries.optional(input.display_name, "displayName", most=MOST_OF_DISPLAY_NAME)
    entries.check()
    return NewMethod(
        token=token,
        kind=value_of(input.kind),  # type: ignore[arg-type]  # the enum has just the databases' words
        label=label,
        make_default=input.make_default,
    )
