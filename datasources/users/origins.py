"""Who asks for a change, and from where: for sessions and the audit log."""

from __future__ import annotations

from dataclasses import dataclass
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
