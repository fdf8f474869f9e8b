"""No field gives out a hash or a secret; tokens come from the mutations that made them alone, for who asked."""

from __future__ import annotations

import re

from graphql import GraphQLInterfaceType, GraphQLObjectType

from gateway.schema import build_schema, core_schema
from resolvers.carts.mutations.lines import AddToCartPayload
from resolvers.checkout.outcomes import OrderPlaced, PaymentActionRequired
from resolvers.users.mutations.sessions import RefreshSessionPayload, SignInPayload

SECRET = re.compile(r"token|hash|secret|password|salt|credential", re.IGNORECASE)

# The answers to whoever has just shown a password or a refresh token, begun a cart, or placed an order
# out of one; and words that are no secrets.
GIVEN_OUT = {
    f"{payload}.{field}"
    for payload in (SignInPayload.__name__, RefreshSessionPayload.__name__)
    for field in ("accessToken", "accessTokenExpiresAt", "refreshToken")
} | {
    f"{AddToCartPayload.__name__}.cartToken",
    f"{OrderPlaced.__name__}.orderToken",
    f"{PaymentActionRequired.__name__}.orderToken",
}
# A payment's client secret is made for the payer's own browser, which finishes that one payment with it; it is shown to
# nobody else, and charges nothing by itself.
FOR_THE_PAYER = {"PaymentNextAction.clientSecret"}
ABOUT_PASSWORDS = {"Mutation.requestPasswordReset", "Mutation.resetPassword", "Mutation.changePassword"}


def test_no_field_is_named_like_a_secret() -> None:
    found = {
        f"{type_.name}.{name}"
        for type_ in core_schema(build_schema()).type_map.values()
        if isinstance(type_, GraphQLObjectType | GraphQLInterfaceType) and not type_.name.startswith("__")
        for name in type_.fields
        if SECRET.search(name)
    }
    assert found == GIVEN_OUT | FOR_THE_PAYER | ABOUT_PASSWORDS
