"""What `gateway dev` says before it serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.seeds import DEMO_ADMIN, DEMO_CUSTOMER, DEMO_MANAGER, DEMO_PASSWORD
from gateway.ports import page_url

if TYPE_CHECKING:
    from collections.abc import Iterator


def about_own_databases(variables: tuple[str, ...], *, size: int) -> str:
    """What is done with databases that are not its own; `size` is that of the demo shop."""
    if size:
        return f"Adding the demo shop to the databases of {', '.join(variables)} as well, since --scale is given."
    return (
        f"The demo shop is not added, since {', '.join(variables)} name databases of your own. "
        "To add it, with its accounts and their published password: gateway dev --scale 1"
    )


def greeting(host: str, port: int, *, demo: bool) -> Iterator[str]:
    """Where it is found, as whom, and how it ends; line by line."""
    # With port 0 the system chooses one, which the server tells once it has it.
    yield f"GraphiQL: {page_url(host, port)}" if port else "GraphiQL: at the address that follows"
    if demo:
        yield f"Demo accounts: {DEMO_CUSTOMER}, {DEMO_MANAGER} and {DEMO_ADMIN}, with the password {DEMO_PASSWORD}"
        yield f"A token for other clients: gateway token {DEMO_CUSTOMER}"
    yield "Ctrl-C stops everything"
