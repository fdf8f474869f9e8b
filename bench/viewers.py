"""Who is asking, for the contenders in Python beside the gateway: its own access tokens, without sessions."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from gateway.auth.keys import derive_keys
from gateway.auth.tokens import AccessTokens
from resolvers.permissions import GUEST

if TYPE_CHECKING:
    from collections.abc import Callable

    from resolvers.permissions import Viewer


def authenticator(secret: str) -> Callable[[str | None], Viewer]:
    """A function from an Authorization header to the viewer. It keeps what it has verified, as the gateway does.

    It raises Unauthenticated where the token proves nothing.
    """
    tokens = AccessTokens(derive_keys(secret))

    def authenticate(authorization: str | None) -> Viewer:
        if authorization is None:
            return GUEST
        return tokens.read(authorization.removeprefix("Bearer "), now=time.time()).viewer

    return authenticate
