"""Who may do what: roles map to named permissions in one table."""

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable
    from uuid import UUID


class Role(StrEnum):
    """The roles of the platform (seed 000: roles)."""

    ADMIN = "Admin"
    MANAGER = "Manager"
    CUSTOMER = "Customer"
    GUEST = "Guest"


class Permission(StrEnum):
    """What staff may do beyond a customer's own world; the values are what a refusal names."""

    READ_USERS = "users:read"
    READ_ORDERS = "orders:read"
    READ_PAYMENTS = "payments:read"
    READ_CARTS = "carts:read"
    READ_NOTIFICATIONS = "notifications:read"
    READ_UNPUBLISHED_PRODUCTS = "products:read_unpublished"
    READ_UNMODERATED_REVIEWS = "reviews:read_unmoderated"


PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission),
    Role.MANAGER: frozenset(Permission),
    Role.CUSTOMER: frozenset(),
    Role.GUEST: frozenset(),
}


class PermissionDenied(Exception):
    """The viewer lacks a permission, which the message and `permission` name."""

    def __init__(self, permission: Permission) -> None:
        """Name the missing permission."""
        super().__init__(f"You need the permission {permission.value} for this.")
        self.permission = permission


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking: a user with the permissions of their roles, or a guest."""

    user_id: "UUID | None"
    roles: frozenset[Role]
    permissions: frozenset[Permission]

    def may(self, permission: Permission) -> bool:
        """Whether the viewer has the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse who lacks the permission.

        Raises:
            PermissionDenied: naming it.
        """
        if permission not in self.permissions:
            raise PermissionDenied(permission)

    def sees(self, owner: "UUID | None", permission: Permission) -> bool:
        """Whether something that `owner` owns is the viewer's own, or the viewer's to see as staff."""
        return (owner is not None and owner == self.user_id) or permission in self.permissions


def viewer(user_id: "UUID | None", roles: "Iterable[Role]") -> Viewer:
    """The viewer with these roles' permissions."""
    held = frozenset(roles)
    granted = frozenset().union(*(PERMISSIONS[role] for role in held))
    return Viewer(user_id=user_id, roles=held, permissions=granted)


GUEST = viewer(None, [Role.GUEST])
