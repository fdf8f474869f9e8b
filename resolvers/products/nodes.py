"""The catalogue's objects by their global id."""

from datasources.products import records
from resolvers.context import Info
from resolvers.products.visibility import may_see
from resolvers.relay import NodeFinder, uuid_from


async def find_product(info: Info, key: str) -> records.Product | None:
    """The product, if the viewer may see it."""
    product = await info.context.loaders.products.by_id.load(key)
    return product if product is not None and may_see(info, product) else None


async def find_variant(info: Info, key: str) -> records.ProductVariant | None:
    """The variant, if the viewer may see it."""
    variants = info.context.loaders.products.variant_by_id
    variant = await variants.load(uuid_from(key, "ProductVariant"))
    return variant if variant is not None and may_see(info, variant) else None


async def find_category(info: Info, key: str) -> records.Category | None:
    """The category, if the viewer may see it."""
    category = await info.context.loaders.products.category_by_id.load(key)
    return category if category is not None and may_see(info, category) else None


async def find_brand(info: Info, key: str) -> records.Brand | None:
    """The brand, if the viewer may see it."""
    brand = await info.context.loaders.products.brand_by_id.load(key)
    return brand if brand is not None and may_see(info, brand) else None


NODES: dict[str, NodeFinder] = {
    "Product": find_product,
    "ProductVariant": find_variant,
    "Category": find_category,
    "Brand": find_brand,
}
