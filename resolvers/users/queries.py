"""Users at the root of the schema: the viewer, one by id for whoever may see it, all of them for staff."""

from typing import Annotated, Optional

import strawberry

from datasources.core.paging import window
from datasources.users import queries, records, statements
from resolvers.context import Info
from resolvers.inputs import value_of
from resolvers.permissions import Permission
from resolvers.relations import After, Before, First, Last
from resolvers.relay import Connection, Listing, key_of
from resolvers.requirements import restricted_field
from resolvers.users.audit import AuditQueries
from resolvers.users.inputs import UserOrder, UserWhere, user_filter
from resolvers.users.nodes import find_user
from resolvers.users.types import User


@strawberry.type
class UserQueries(AuditQueries):
    @strawberry.field(
        graphql_type=Optional[User],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The signed-in user; null for a guest.",
    )
    async def me(self, info: Info) -> records.User | None:
        user_id = info.context.viewer.user_id
        user = None if user_id is None else await info.context.loaders.users.by_id.load(user_id)
        return user if user is not None and user.is_active else None

    @strawberry.field(
        graphql_type=Optional[User],  # noqa: UP045  # a GraphQL type, not an annotation
        description="The user with this id: yourself, or, with the permission users:read, anybody. Null "
        "if there is none, or none that you may see.",
    )
    async def user(
        self,
        info: Info,
        id: Annotated[strawberry.ID, strawberry.argument(description="The user's global id.")],
    ) -> records.User | None:
        return await find_user(info, key_of(id, "User"))

    @restricted_field(Permission.READ_USERS, graphql_type=Connection[User], description="All users.")
    async def users(
        self,
        info: Info,
        first: First = None,
        after: After = None,
        last: Last = None,
        before: Before = None,
        where: Annotated[
            UserWhere | None, strawberry.argument(description="Only users that meet every condition.")
        ] = None,
        order_by: Annotated[
            UserOrder | None,
            strawberry.argument(description="How to sort them; the newest first by default."),
        ] = None,
    ) -> Listing[records.User]:
        database, wanted = info.context.connections.users, user_filter(where)
        page = await queries.page_of_users(
            database,
            wanted=wanted,
            order=statements.ORDERS[value_of(order_by)] if order_by else statements.NEWEST,
            window=window(first=first, after=after, last=last, before=before),
        )
        return Listing(page_info=page, count=lambda: queries.count_users(database, wanted=wanted))
