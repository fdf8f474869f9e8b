"""What any mutation may tell of a product that is not there."""

import strawberry

from datasources.products import catalogue_errors
from resolvers.mutations import UserError


@strawberry.type(description="There is no product with this id, or none that you may see.")
class ProductNotFoundError(UserError):
    raised_as = catalogue_errors.UnknownProduct
