"""Tells what is wrong with a database's URL as its driver would read it, without connecting.

A URL may hold a password, and drivers repeat parts of it in their errors, so no complaint repeats anything but the
name of an option.
"""

from __future__ import annotations

import re
from ssl import TLSVersion
from urllib.parse import parse_qs, urlsplit

from pymongo.errors import PyMongoError
from pymongo.uri_parser import parse_uri, parse_userinfo, split_hosts, split_options
from redis.asyncio import ConnectionPool
from redis.exceptions import RedisError

_LAST_PORT = 65_535
_HOST = re.compile(r"(?:\[[^\[\]]+\]|[^:\[\]]+)?(?::(?P<port>\d+))?")
_SSL_MODES = ("disable", "allow", "prefer", "require", "verify-ca", "verify-full")

# The options whose values asyncpg knows; it leaves every other to the server.
_POSTGRES_OPTIONS: dict[str, tuple[str, ...]] = {
    "sslmode": _SSL_MODES,
    "sslnegotiation": ("postgres", "direct"),
    "target_session_attrs": ("any", "primary", "standby", "read-write", "read-only", "prefer-standby"),
    **dict.fromkeys(
        ("ssl_min_protocol_version", "ssl_max_protocol_version"),
        tuple(name.replace("_", ".") for name in TLSVersion.__members__ if name.startswith("TLS")),
    ),
}

_UNESCAPED = "has a user name or password in it with characters that must be percent-encoded"
_BAD_HOST = "has a host or port in it that makes no sense"


def postgres_problem(url: str) -> str | None:
    """What asyncpg would refuse, as the end of a sentence that begins with the variable's name."""
    try:
        parts = urlsplit(url)
        options = parse_qs(parts.query, keep_blank_values=True, strict_parsing=bool(parts.query))
    except ValueError:
        return "is not a URL"
    if parts.netloc.count("@") > 1:
        return _UNESCAPED
    hosts = parts.netloc.rpartition("@")[2]
    if hosts and not all(_is_host(host) for host in hosts.split(",")):
        return _BAD_HOST
    for port in options.get("port", [""])[-1].split(","):
        if port and not _is_port(port):
            return _BAD_HOST
    for name, allowed in _POSTGRES_OPTIONS.items():
        if name in options and options[name][-1] not in allowed:
            return f"has an unknown {name} in it: use one of {', '.join(allowed)}"
    return None


def mongo_problem(url: str) -> str | None:
    """What pymongo would refuse or ignore, as the end of a sentence that begins with the variable's name."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return "is not a URL"
    user, _, hosts = parts.netloc.rpartition("@")
    try:
        if user:
            parse_userinfo(user)
    except (PyMongoError, ValueError):
        return _UNESCAPED
    try:
        split_hosts(hosts)
    except (PyMongoError, ValueError):
        return _BAD_HOST
    for option in re.split("[&;]", parts.query) if parts.query else ():
        try:
            split_options(option, validate=True, warn=False)
        except (PyMongoError, ValueError):
            # After an unescaped password, what stands here is not an option at all.
            name = option.partition("=")[0]
            named = f" ({name})" if name.isalpha() and "@" not in parts.path + parts.query else ""
            return f"has an option in it that is unknown or has a wrong value{named}"
    try:
        if parts.scheme == "mongodb":  # to read the other scheme, the driver asks the domain name system
            parse_uri(url, validate=True, warn=False)
        elif parts.query:
            split_options(parts.query, validate=True, warn=False)
    except (PyMongoError, ValueError):
        return "has parts that MongoDB's driver does not accept together"
    return None


def redis_problem(url: str) -> str | None:
    """What redis-py would refuse or ignore, as the end of a sentence that begins with the variable's name."""
    try:
        parts = urlsplit(url)
        _ = parts.port
    except ValueError:
        return _BAD_HOST
    if parts.scheme != "unix" and re.fullmatch(r"/?\d*", parts.path) is None:
        return "should end with the number of a database, such as /0"
    try:
        ConnectionPool.from_url(url).make_connection()  # type: ignore[no-untyped-call]  # redis-py leaves it untyped
    except (RedisError, OSError, TypeError, ValueError):
        return "has an option in it that is unknown or has a wrong value"
    return None


def _is_host(text: str) -> bool:
    match = _HOST.fullmatch(text)
    return bool(text) and match is not None and (match["port"] is None or _is_port(match["port"]))


def _is_port(text: str) -> bool:
    return text.isascii() and text.isdecimal() and int(text) <= _LAST_PORT
