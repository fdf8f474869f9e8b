"""How much a cart, a wishlist and a copy may hold, and for how long."""

from __future__ import annotations

from datetime import timedelta
from typing import Final

MOST_LINES: Final = 100
MOST_OF_ONE: Final = 100
MOST_COUPONS: Final = 3
MOST_WISHED: Final = 500

# As CartDb and OrderDb have it.
MOST_OF_CODE: Final = 50

# How long the durable copy of a customer's cart is kept after its last change.
COPY_LIFETIME: Final = timedelta(days=90)
