"""What JSON has for records: for columns that keep them, and for telling one request from another."""

from __future__ import annotations

from hashlib import sha256
from typing import Any

import orjson


def as_json(value: object) -> Any:
    """Records, amounts, ids and times as what JSON has for them; amounts and ids as texts."""
    # asyncpg makes UUIDs of a class of its own, which orjson does not know.
    return orjson.loads(orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS))


def digest_of(value: object) -> str:
    """The same text for everything that is the same in JSON, whatever the order of its names; in hexadecimal."""
    return sha256(orjson.dumps(as_json(value), option=orjson.OPT_SORT_KEYS)).hexdigest()
