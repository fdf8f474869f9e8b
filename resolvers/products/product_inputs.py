"""What products and variants are made of in inputs. Attributes are named as the documents' fields are."""

from decimal import Decimal

import strawberry

from resolvers.scalars import CurrencyCode

EXPECTED_VERSION = "The version that you have read. If it has changed since, nothing is done."
OPTIONAL_VERSION = f"{EXPECTED_VERSION} Leave it out to do it in any case."
OF_ONLY_VARIANT = "for a product without options; leave it out if you list variants."


@strawberry.input(description="A property of a product or a variant.")
class AttributeInput:
    name: str = strawberry.field(description="The attribute's name, such as Color.")
    value: str = strawberry.field(description="The attribute's value, such as Black.")


@strawberry.input(description="An option that customers choose, for the order in which it is shown.")
class ProductOptionInput:
    name: str = strawberry.field(description="The option's name, such as Size.")
    values: list[str] = strawberry.field(description="Its values in display order.")


@strawberry.input(description="An image of a product.")
class ProductImageInput:
    url: str = strawberry.field(description="The URL of the image.")
    alt_text: str | None = strawberry.field(
        default=strawberry.UNSET, description="A description of it for those who cannot see it."
    )


@strawberry.input(description="The metadata of a page for search engines.")
class SeoInput:
    meta_title: str | None = strawberry.field(
        name="title", default=strawberry.UNSET, description="The title of the page."
    )
    meta_description: str | None = strawberry.field(
        name="description", default=strawberry.UNSET, description="The description shown under the title."
    )
    meta_keywords: list[str] = strawberry.field(
        name="keywords", default_factory=list, description="The keywords of the page."
    )


@strawberry.input(description="The size of a product.")
class DimensionsInput:
    length: float | None = strawberry.field(default=strawberry.UNSET, description="The length.")
    width: float | None = strawberry.field(default=strawberry.UNSET, description="The width.")
    height: float | None = strawberry.field(default=strawberry.UNSET, description="The height.")
    unit: str = strawberry.field(description="The unit of all three, such as cm.")


@strawberry.input(description="Technical data, as stated by the manufacturer.")
class SpecificationsInput:
    brand: str | None = strawberry.field(default=strawberry.UNSET, description="The manufacturer.")
    model: str | None = strawberry.field(
        default=strawberry.UNSET, description="The manufacturer's model name or number."
    )
    weight: str | None = strawberry.field(
        default=strawberry.UNSET, description="The weight with its unit, such as 254 g."
    )
    dimensions: DimensionsInput | None = strawberry.field(default=strawberry.UNSET, description="The size.")
    warranty: str | None = strawberry.field(
        default=strawberry.UNSET, description="The length of the warranty, such as 2 years."
    )


@strawberry.input(description="What a variant may have beside its SKU and its price.")
class VariantValues:
    name: str | None = strawberry.field(
        default=strawberry.UNSET, description="What distinguishes it from the other variants, such as Black."
    )
    compare_at_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="The price before the reduction, above its price."
    )
    cost_price: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="What it costs the shop; shoppers never see it."
    )
    weight: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="Its weight in kilograms."
    )
    barcode: str | None = strawberry.field(
        default=strawberry.UNSET, description="Its barcode, such as an EAN."
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="Its value for each option. All variants of a product have the same options.",
    )
    image_urls: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="The URLs of those of the product's images that show it."
    )
    is_default: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it is the variant to preselect."
    )
    is_active: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether it is sold, provided that its product is."
    )


@strawberry.input(description="A variant to be sold.")
class NewVariantInput(VariantValues):
    sku: str = strawberry.field(description="Its SKU, unique in the shop.")
    price: Decimal = strawberry.field(description="Its price in the product's currency.")


@strawberry.input(description="What a product may have.")
class ProductValues:
    description: str | None = strawberry.field(default=strawberry.UNSET, description="A description.")
    short_description: str | None = strawberry.field(
        default=strawberry.UNSET, description="A description in one sentence, for lists."
    )
    long_description: str | None = strawberry.field(
        default=strawberry.UNSET, description="A detailed description, for its own page."
    )
    currency: CurrencyCode | None = strawberry.field(
        default=strawberry.UNSET, description="The currency of all its prices; USD for a new one unless told."
    )
    discount_percentage: Decimal | None = strawberry.field(
        default=strawberry.UNSET, description="How much the price is reduced, in percent."
    )
    brand_id: strawberry.ID | None = strawberry.field(
        default=strawberry.UNSET, description="The global id of its brand."
    )
    is_featured: bool | None = strawberry.field(
        default=strawberry.UNSET, description="Whether the shop features it."
    )
    low_stock_threshold: int | None = strawberry.field(
        default=strawberry.UNSET, description="From how few on its stock is low."
    )
    tags: list[str] | None = strawberry.field(
        default=strawberry.UNSET, description="Its tags, by which it can be found."
    )
    images: list[ProductImageInput] | None = strawberry.field(
        default=strawberry.UNSET, description="Its images in display order; the first is the main one."
    )
    attributes: list[AttributeInput] | None = strawberry.field(
        default=strawberry.UNSET, description="The attributes that all its variants share."
    )
    options: list[ProductOptionInput] | None = strawberry.field(
        default=strawberry.UNSET,
        description="The order in which options and their values are shown. Which there are, the variants say.",
    )
    specifications: SpecificationsInput | None = strawberry.field(
        default=strawberry.UNSET, description="Technical data."
    )
    seo: SeoInput | None = strawberry.field(
        default=strawberry.UNSET, description="The metadata of its page for search engines."
    )
