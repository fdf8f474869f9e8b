"""What a shopper may mean who is still typing: products, brands and categories."""

from typing import Annotated

import strawberry

from datasources.products import search
from datasources.products.conversions import product_fields
from resolvers.context import Info
from resolvers.problems import BadInput
from resolvers.products.brands import Brand
from resolvers.products.categories import Category
from resolvers.products.inputs import searched
from resolvers.products.types import Product

MOST_SUGGESTIONS = 20
SUGGESTIONS = 5


@strawberry.type(description="What a shopper may mean who is still typing.")
class ProductSuggestions:
    products: list[Product] = strawberry.field(description="Products, the best matches first.")
    brands: list[Brand] = strawberry.field(description="Brands, by name.")
    categories: list[Category] = strawberry.field(description="Categories, by name.")


@strawberry.type
class SuggestionQueries:
    @strawberry.field(
        graphql_type=ProductSuggestions,
        description="What the shop has for what was typed so far, for a search box.",
    )
    async def product_suggestions(
        self,
        info: Info,
        prefix: Annotated[
            str,
            strawberry.argument(
                description="What was typed so far, at most 200 characters: words, of which the last may be "
                "unfinished. Mistyped words are put right."
            ),
        ],
        first: Annotated[
            int | None,
            strawberry.argument(
                description=f"How many of each kind: {SUGGESTIONS} by default, at most {MOST_SUGGESTIONS}."
            ),
        ] = None,
    ) -> search.Suggestions:
        most = SUGGESTIONS if first is None else first
        if not 0 <= most <= MOST_SUGGESTIONS:
            message = f"Ask for 0 to {MOST_SUGGESTIONS} suggestions of each kind, not {most}."
            raise BadInput(message, field="first")
        return await search.suggest(
            info.context.connections.products,
            searched(prefix, field="prefix") or "",
            most=most,
            fields=product_fields(info.context.loaders.reads_of("Product")),
        )
