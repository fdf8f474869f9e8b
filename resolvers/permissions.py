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
    """What a viewer may do; the values are what a refusal names, and what the schema shows of a field.

    Everybody holds PUBLIC. Whoever is signed in holds AUTHENTICATED, whatever their roles: it opens their own world and
    nothing of anybody else's. The others are for staff.
    """

    PUBLIC = "public"
    AUTHENTICATED = "authenticated"
    READ_USERS = "users:read"
    LOCK_USERS = "users:lock"
    DEACTIVATE_USERS = "users:deactivate"
    MANAGE_STAFF = "staff:manage"
    ASSIGN_ROLES = "roles:assign"
    ADJUST_LOYALTY = "loyalty:adjust"
    READ_SESSIONS = "sessions:read"
    READ_AUDIT_LOG = "audit:read"
    READ_ORDERS = "orders:read"
    WRITE_ORDERS = "orders:write"
    REFUND_ORDERS = "orders:refund"
    READ_COUPONS = "coupons:read"
    WRITE_COUPONS = "coupons:write"
    READ_PAYMENTS = "payments:read"
    READ_CARTS = "carts:read"
    READ_NOTIFICATIONS = "notifications:read"
    READ_UNPUBLISHED_PRODUCTS = "products:read_unpublished"
    WRITE_PRODUCTS = "products:write"
    WRITE_CATEGORIES = "categories:write"
    WRITE_BRANDS = "brands:write"
    WRITE_ATTRIBUTES = "attributes:write"
    READ_UNMODERATED_REVIEWS = "reviews:read_unmoderated"
    READ_INVENTORY = "inventory:read"
    WRITE_INVENTORY = "inventory:write"
    APPROVE_INVENTORY = "inventory:approve"
    MODERATE_REVIEWS = "reviews:moderate"


# What being somebody grants, beside any role.
GRANTED_TO_ALL = frozenset({Permission.PUBLIC})
GRANTED_TO_ACCOUNTS = frozenset({Permission.AUTHENTICATED})

# What only administrators do: it decides who is staff, or shows who did what and from where.
ADMINISTRATION = frozenset(
    {
        Permission.DEACTIVATE_USERS,
        Permission.MANAGE_STAFF,
        Permission.ASSIGN_ROLES,
        Permission.READ_SESSIONS,
        Permission.READ_AUDIT_LOG,
    }
)

PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.ADMIN: frozenset(Permission) - GRANTED_TO_ACCOUNTS,
    Role.MANAGER: frozenset(Permission) - GRANTED_TO_ACCOUNTS - ADMINISTRATION,
    Role.CUSTOMER: frozenset(),
    Role.GUEST: frozenset(),
}


class PermissionDenied(Exception):
    """The viewer lacks a permission, which the message and `permission` name."""

    def __init__(self, permission: Permission, message: str | None = None) -> None:
        """Name the missing permission."""
        super().__init__(message or f"You need the permission {permission.value} for this.")
        self.permission = permission


class SignInRequired(PermissionDenied):
    """Nobody is signed in, or the account is gone, where an account's own world is asked for."""

    def __init__(self) -> None:
        """Name the permission that signing in gives."""
        super().__init__(
            Permission.AUTHENTICATED,
            f"Sign in first: this needs the permission {Permission.AUTHENTICATED.value}.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Viewer:
    """Who is asking: a user with the permissions of their roles, or a guest."""

    user_id: "UUID | None"
    roles: frozenset[Role]
    permissions: frozenset[Permission]

    @property
    def account_id(self) -> "UUID":
        """Whose account the viewer acts with.

        Raises:
            SignInRequired: nobody's.
        """
        if self.user_id is None:
            raise SignInRequired
        return self.user_id

    def may(self, permission: Permission) -> bool:
        """Whether the viewer has the permission."""
        return permission in self.permissions

    def require(self, permission: Permission) -> None:
        """Refuse who lacks the permission.

        Raises:
            PermissionDenied: naming it.
            SignInRequired: it is what everybody has who is signed in.
        """
        if permission in self.permissions:
            return
        raise SignInRequired if permission is Permission.AUTHENTICATED else PermissionDenied(permission)

    def sees(self, owner: "UUID | None", permission: Permission) -> bool:
        """Whether something that `owner` owns is the viewer's own, or the viewer's to see as staff."""
        return (owner is not None and owner == self.user_id) or permission in self.permissions


def viewer(user_id: "UUID | None", roles: "Iterable[Role]") -> Viewer:
    """The viewer with these roles' permissions."""
    held = frozenset(roles)
    granted = GRANTED_TO_ALL if user_id is None else GRANTED_TO_ALL | GRANTED_TO_ACCOUNTS
    return Viewer(
        user_id=user_id, roles=held, permissions=granted.union(*(PERMISSIONS[role] for role in held))
    )


GUEST = viewer(None, [Role.GUEST])
