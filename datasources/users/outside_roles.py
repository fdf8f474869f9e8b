"""Which roles an account has in a request with an outside issuer's token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

    from datasources.users.records import RoleName

# The only role of an account's own that a token of an outside issuer carries: whoever runs an issuer must not act as
# this shop's staff unless its setting says so.
_CARRIED: Final = "Customer"


def roles_by_issuer(own: Iterable[RoleName], issuer_roles: Iterable[RoleName]) -> tuple[RoleName, ...]:
    """The issuer's roles, and Customer, if it is among the account's own."""
    carried = tuple(role for role in own if role == _CARRIED)
    return (*carried, *(role for role in issuer_roles if role not in carried))
