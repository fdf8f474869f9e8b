"""The parts of a product: pictures, qualities, technical facts, and what its page tells search engines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from datasources.core.records import row_record

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from uuid import UUID


@row_record
class Attribute:
    """A quality of a product or a variant, such as its colour."""

    name: str
    value: str


@row_record
class Option:
    """What a customer chooses between, such as sizes."""

    name: str
    values: tuple[str, ...]


@row_record
class Image:
    """A picture of a product; its id is None where it was not asked for."""

    id: UUID | None
    url: str
    alt_text: str | None
    is_primary: bool


@row_record
class Dimensions:
    """How large a product is, each side in `unit`."""

    length: float | None
    width: float | None
    height: float | None
    unit: str | None


@row_record
class Specifications:
    """Technical facts in the maker's words."""

    brand: str | None
    model: str | None
    weight: str | None
    dimensions: Dimensions | None
    warranty: str | None


@row_record
class Seo:
    """What a page tells search engines."""

    title: str | None
    description: str | None
    keywords: tuple[str, ...]


NO_REVIEWS = (0, 0, 0, 0, 0)


@row_record
class StarCount:
    """How many approved reviews give so many stars."""

    stars: int
    count: int


@row_record
class Rating:
    """What approved reviews say: `stored_average` is 0 to 5, and 0 where `count` is.

    `distribution` is None where an earlier release counted the reviews and nobody has since.
    """

    stored_average: float
    count: int
    distribution: tuple[StarCount, ...] | None = None

    @property
    def average(self) -> float | None:
        """The average; None until somebody has reviewed."""
        return self.stored_average if self.count else None


def rating_of(found: Mapping[str, Any]) -> Rating:
    """The record of an embedded `rating` document."""
    counts = found.get("distribution") or (None if found["count"] else NO_REVIEWS)
    return Rating(
        stored_average=float(found["average"]),
        count=found["count"],
        distribution=None
        if counts is None
        else tuple(StarCount(stars=stars, count=count) for stars, count in enumerate(counts, start=1)),
    )


def seo_of(found: Mapping[str, Any]) -> Seo:
    """The record of an embedded `seo` document."""
    return Seo(
        title=found.get("meta_title"),
        description=found.get("meta_description"),
        keywords=tuple(found.get("meta_keywords", ())),
    )


def image_of(image: Mapping[str, Any]) -> Image:
    """The record of a picture in a product's `images`."""
    return Image(image.get("id"), image["url"], image.get("alt_text"), image["is_primary"])  # type: ignore[call-arg]  # by name it costs half as much again


def attributes_of(attributes: Sequence[Mapping[str, str]]) -> tuple[Attribute, ...]:
    """The records of an `attributes` array."""
    return tuple(Attribute(name=attribute["name"], value=attribute["value"]) for attribute in attributes)


def specifications_of(found: Mapping[str, Any]) -> Specifications:
    """The record of an embedded `specifications` document."""
    sides = found.get("dimensions")
    return Specifications(
        brand=found.get("brand"),
        model=found.get("model"),
        weight=found.get("weight"),
        dimensions=_dimensions(sides) if sides else None,
        warranty=found.get("warranty"),
    )


def _dimensions(sides: Mapping[str, Any]) -> Dimensions:
    length, width, height = (sides.get(side) for side in ("length", "width", "height"))
    return Dimensions(
        length=None if length is None else float(length),
        width=None if width is None else float(width),
        height=None if height is None else float(height),
        unit=sides.get("unit"),
    )
