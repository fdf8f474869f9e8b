"""Who asks for a change, and from where: for sessions, the audit log and the counters of attempts."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a command comes from.

    `actor_id` is the signed-in user who asks, None for a guest and for the system. `ip_address` is the client's, as the
    outermost trusted proxy saw it; a text that is no address is kept nowhere. `device` is the client's own name for the
    device, such as "Clara's phone".
    """

    actor_id: UUID | None = None
    ip_address: str | None = None
    user_agent: str | None = None
    device: str | None = None


SYSTEM = Origin()


def parse_address(text: str | None) -> IPv4Address | IPv6Address | None:
    """A client's address as PostgreSQL's inet takes it; None for a socket's path and for what a proxy made up.

    Without the zone of an IPv6 address, which names an interface of this machine, and IPv4 as itself where IPv6 carries
    it.
    """
    if text is None:
        return None
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
