"""Orders at the root of the schema: one by id or number for whoever may see it, all of them for staff."""

from typing import Annotated, Optional
from uuid import UUID

import strawberry

from datasources.core.paging import window
from datasources.core.tokens import hash_of
from datasources.orders import queries, records, statements
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.orders.inputs import OrderOrder, OrderWhere, order_filter
from resolvers.orders.types import Order
from resolvers.permissions import Permission
from resolvers.problems import BadInput, require_exactly_one
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, uuid_of
from resolvers.requirements import restricted_field


@strawberry.type
class OrderQueries:
    @strawberry.field(
        graphql_type=Optional[Order],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The order with this id or number; null if there is none, or none that you may see. A guest's "
        "order is opened by its number with its token.",
    )
    async def order(
        self,
        info: Info,
        id: Annotated[strawberry.ID | None, strawberry.argument(description="Its global id.")] = None,
        number: Annotated[str | None, strawberry.argument(description="Its order number.")] = None,
        token: Annotated[
            str | None,
            strawberry.argument(description="Beside `number`: the token that the guest got who placed it."),
        ] = None,
    ) -> records.Order | None:
        require_exactly_one(id=id, number=number)
        loaders = info.context.loaders.orders
        if id is not None:
            if token is not None:
                message = "A token opens an order by its number."
                raise BadInput(message, field="token")
            order = await loaders.by_id.load(uuid_of(id, "Order"))
        else:
            opened = await _opened(info, number or "", token)
            if opened is not None:
                return opened
            order = await loaders.by_number.load(number or "")
        return order if order is not None and is_own_order(info, order) else None

    @restricted_field(Permission.READ_ORDERS, graphql_type=Connection[Order], description="All orders.")
    async def orders(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            OrderWhere | None, strawberry.argument(description="Only orders that meet every condition.")
        ] = None,
        order_by: Annotated[
            OrderOrder | None,
            strawberry.argument(description="How to sort them; the newest first by default."),
        ] = None,
    ) -> Listing[records.Order]:
        database, wanted = info.context.connections.orders, order_filter(where)
        page = await queries.page_of_orders(
            database,
            wanted=wanted,
            order=statements.ORDERS[value_of(order_by)] if order_by else statements.NEWEST,
            window=window(first=first, after=after, last=last, before=before),
            read=info.context.loaders.reads_of("Order"),
        )
        return Listing(page_info=page, count=lambda: queries.count_orders(database, wanted=wanted))


def may_see_order(info: Info, order: records.Order) -> bool:
    """Whether an order is the viewer's own, or the viewer's to read as staff, or one that the request has opened.

    For relations that lead back to an order. Fields of the root go by `is_own_order`: which of them comes first, and
    whether that is the one with the token, is not for them to know.
    """
    return order.id in info.context.opened_orders or is_own_order(info, order)


def is_own_order(info: Info, order: records.Order) -> bool:
    """Whether an order is the viewer's own, or the viewer is staff who may read orders; tokens do not count."""
    return info.context.viewer.sees(order.user_id, Permission.READ_ORDERS)


def open_order(info: Info, order_id: UUID) -> None:
    """Let the rest of the request see this order, whoever the viewer is.

    For whoever has proved to hold its token, or has just placed it.
    """
    info.context.opened_orders.add(order_id)


async def _opened(info: Info, number: str, token: str | None) -> records.Order | None:
    """The order that the token opens. A wrong one costs the same whether or not there is an order with the number."""
    if token is None:
        return None
    order = await info.context.loaders.orders.by_guest_token.load((number, hash_of(token)))
    if order is not None:
        open_order(info, order.id)
    return order
