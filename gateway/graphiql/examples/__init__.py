"""The operations that GraphiQL opens with, one tab each, kept as files that any GraphQL tool can read."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDER = Path(__file__).parent


class Viewer(Enum):
    """As whom an example runs, which decides the token in its headers."""

    GUEST = "guest"
    CUSTOMER = "customer"
    STAFF = "staff"


# The tabs from left to right. The first is open when the page is seen for the first time.
TABS = (
    ("wide", Viewer.CUSTOMER),
    ("search", Viewer.GUEST),
    ("product_page", Viewer.GUEST),
    ("categories", Viewer.GUEST),
    ("cart", Viewer.GUEST),
    ("prepare_checkout", Viewer.CUSTOMER),
    ("complete_checkout", Viewer.CUSTOMER),
    ("staff_orders", Viewer.STAFF),
    ("ship_order", Viewer.STAFF),
    ("register", Viewer.GUEST),
    ("verify_email", Viewer.GUEST),
    ("sign_in", Viewer.GUEST),
    ("reset_password", Viewer.GUEST),
    ("my_account", Viewer.CUSTOMER),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphiQLExample:
    """An operation with its variables. `name` is the operation's own name, which GraphiQL writes on its tab."""

    name: str
    query: str
    variables: Mapping[str, Any] | None
    viewer: Viewer


def load_examples() -> tuple[GraphiQLExample, ...]:
    """Read the examples in the order of their tabs."""
    return tuple(_load(stem, viewer) for stem, viewer in TABS)


def _load(stem: str, viewer: Viewer) -> GraphiQLExample:
    query = (FOLDER / f"{stem}.graphql").read_text(encoding="utf-8")
    variables = FOLDER / f"{stem}.json"
    return GraphiQLExample(
        name=_operation_name(query),
        query=query,
        variables=json.loads(variables.read_text(encoding="utf-8")) if variables.exists() else None,
        viewer=viewer,
    )


def _operation_name(query: str) -> str:
    found = re.search(r"^(?:query|mutation|subscription)\s+(\w+)", query, re.MULTILINE)
    if found is None:
        raise ValueError(f"an example operation needs a name: {query[:60]!r}")
    return found[1]
