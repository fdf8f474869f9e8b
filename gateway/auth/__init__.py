"""Who is asking: access tokens, the keys that sign them, cookies, and outside identity providers."""

from gateway.auth.errors import Refused, Unauthenticated
from gateway.auth.requests import Authenticator, Requester, open_authenticator
from gateway.auth.tokens import mint_token, utc_now

__all__ = [
    "Authenticator",
    "Refused",
    "Requester",
    "Unauthenticated",
    "mint_token",
    "open_authenticator",
    "utc_now",
]
