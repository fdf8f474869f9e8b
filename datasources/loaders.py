"""One request's loaders, one attribute per service."""

from __future__ import annotations

from typing import TYPE_CHECKING

from datasources.carts.loaders import CartLoaders
from datasources.core.once import once
from datasources.inventory.loaders import InventoryLoaders
from datasources.notifications.loaders import NotificationLoaders
from datasources.orders.loaders import OrderLoaders
from datasources.payments.loaders import PaymentLoaders
from datasources.products.conversions import product_fields, review_fields
from datasources.products.loaders import ProductLoaders
from datasources.products.reviews.loaders import ReviewLoaders
from datasources.users.loaders import UserLoaders

if TYPE_CHECKING:
    from collections.abc import Mapping

    from datasources.core.connections import Connections


class Loaders:
    """The loaders of one request. Each is made when it is first used and forgets everything with the request."""

    def __init__(self, connections: Connections) -> None:
        """Load from these databases."""
        self._connections = connections
        self.reads: Mapping[str, frozenset[str]] | None = None
        """What of each GraphQL type will be read, for those who save work by knowing; None where it is not known."""

    def reads_of(self, type_name: str) -> frozenset[str] | None:
        """Which attributes of a type's records will be read; None where that is not known, and all may be."""
        return None if self.reads is None else self.reads.get(type_name, frozenset())

    def forget(self) -> None:
        """Let go of everything at the end of the request. Services and their loaders know each other, and such a circle
        would keep all that was loaded until the garbage collector comes by.
        """
        made = vars(self)
        for name in _SERVICES & made.keys():
            vars(made[name]).clear()
        made.clear()

    def renew(self) -> None:
        """Forget what was loaded before a change, so that what is read after it is what it has become."""
        connections, reads = self._connections, self.reads
        self.forget()
        self._connections, self.reads = connections, reads

    @once
    def orders(self) -> OrderLoaders:
        """Questions to the order service."""
        return OrderLoaders(self._connections.orders, self.reads_of)

    @once
    def carts(self) -> CartLoaders:
        """Questions to the cart service."""
        return CartLoaders(self._connections.carts, self._connections.cart_copies)

    @once
    def notifications(self) -> NotificationLoaders:
        """Questions to the notification service."""
        return NotificationLoaders(self._connections.notifications)

    @once
    def users(self) -> UserLoaders:
        """Questions to the user service."""
        return UserLoaders(self._connections.users)

    @once
    def payments(self) -> PaymentLoaders:
        """Questions to the payment service."""
        return PaymentLoaders(self._connections.payments, self.reads_of)

    @once
    def products(self) -> ProductLoaders:
        """Questions to the product service."""
        return ProductLoaders(
            self._connections.products,
            fields=product_fields(self.reads_of("Product")),
            reviews=review_fields(self.reads_of("Review")),
            facets=self.reads_of("ProductFacets"),
        )

    @once
    def reviews(self) -> ReviewLoaders:
        """Questions to the product service about the votes for reviews."""
        return ReviewLoaders(self._connections.products)

    @once
    def inventory(self) -> InventoryLoaders:
        """Questions to the inventory service."""
        return InventoryLoaders(self._connections.inventory)


_SERVICES = frozenset(name for name, attribute in vars(Loaders).items() if isinstance(attribute, once))
