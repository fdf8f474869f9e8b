"""Finds the user service's nodes by their key, for whoever may see them."""

from datasources.users import records
from resolvers.context import Info
from resolvers.relay import NodeFinder, uuid_from
from resolvers.users.visibility import may_see_user


async def find_user(info: Info, key: str) -> records.User | None:
    """The user, if it is the viewer or the viewer is staff who may read users.

    Raises:
        InvalidId: the key is none of a user.
    """
    user = await info.context.loaders.users.by_id.load(uuid_from(key, "User"))
    return user if user is not None and may_see_user(info, user) else None


async def find_address(info: Info, key: str) -> records.Address | None:
    """The address, if its user is the viewer's to see.

    Raises:
        InvalidId: the key is none of an address.
    """
    loaders = info.context.loaders.users
    address = await loaders.address_by_id.load(uuid_from(key, "Address"))
    if address is None:
        return None
    user = await loaders.by_id.load(address.user_id)
    return address if user is not None and may_see_user(info, user) else None


NODES: dict[str, NodeFinder] = {
    "User": find_user,
    "Address": find_address,
}
