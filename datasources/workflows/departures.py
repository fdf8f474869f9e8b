"""Forgets, in all services, what is not needed of a user who has deleted their account."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from datasources.carts.commands.departures import forget_customer
from datasources.core.errors import DatasourceError
from datasources.payments.commands.methods import remove_method
from datasources.payments.loaders import PaymentLoaders
from datasources.workflows.account_messages import forget_messages

if TYPE_CHECKING:
    from datetime import datetime
    from uuid import UUID

    from datasources.core.connections import Connections
    from datasources.payments.providers.registry import Providers

logger = logging.getLogger("datasources.departures")


async def forget_departed(
    connections: Connections, providers: Providers, user_id: UUID, *, now: datetime
) -> None:
    """Remove messages, the cart, the wishlist, what was viewed, and saved ways to pay.

    The account is gone whether or not this works: what cannot be removed now is logged. Orders and payments are kept,
    since the shop must account for them.
    """
    await forget_messages(connections.notifications, user_id)
    try:
        await forget_customer(connections.carts, connections.cart_copies, user_id=user_id)
    except DatasourceError as error:
        logger.warning("Could not remove the cart of the deleted user %s: %s", user_id, error)
    try:
        for method in await PaymentLoaders(connections.payments).methods_by_user.load(user_id):
            await remove_method(
                connections.payments, providers, user_id=user_id, method_id=method.id, now=now
            )
    except DatasourceError as error:
        logger.warning("Could not remove the payment methods of the deleted user %s: %s", user_id, error)
