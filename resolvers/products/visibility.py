"""What of the catalogue a viewer may see."""

from typing import Protocol

from resolvers.context import Info
from resolvers.permissions import Permission


class Shown(Protocol):
    """A product, a variant, a category or a brand, which shoppers may see or not."""

    @property
    def is_visible(self) -> bool:
        """Whether shoppers may see it."""
        ...


def may_see(info: Info, shown: Shown) -> bool:
    """Whether everybody may see it, or the viewer is staff who may see what is not published."""
    return shown.is_visible or info.context.viewer.may(Permission.READ_UNPUBLISHED_PRODUCTS)
