"""The demo shop: the same customers, goods and orders every time, in databases that have been migrated."""

from datasources.seeds.people import DEMO_ADMIN, DEMO_CUSTOMER, DEMO_MANAGER, DEMO_PASSWORD
from datasources.seeds.shop import (
    DEFAULT_NOW,
    MOST_SCALE,
    SECTIONS,
    BadScale,
    Progress,
    SeedConflict,
    SeedResult,
    seed_shop,
)

__all__ = [
    "DEFAULT_NOW",
    "DEMO_ADMIN",
    "DEMO_CUSTOMER",
    "DEMO_MANAGER",
    "DEMO_PASSWORD",
    "MOST_SCALE",
    "SECTIONS",
    "BadScale",
    "Progress",
    "SeedConflict",
    "SeedResult",
    "seed_shop",
]
