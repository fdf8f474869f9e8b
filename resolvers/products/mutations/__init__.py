"""Every mutation by which staff keep the catalogue."""

import strawberry

from resolvers.products.mutations.attributes import AttributeMutations
from resolvers.products.mutations.brands import BrandMutations
from resolvers.products.mutations.categories import CategoryMutations
from resolvers.products.mutations.products import ProductWritingMutations
from resolvers.products.mutations.variants import VariantMutations


@strawberry.type
class CatalogueMutations(
    ProductWritingMutations, VariantMutations, CategoryMutations, BrandMutations, AttributeMutations
):
    pass
