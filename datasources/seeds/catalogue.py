"""The demo shop's shelves: categories, brands and attributes for filters, the same at every scale."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from datasources.seeds.determinism import object_id_for
from datasources.seeds.people import SHOP_AGE
from datasources.seeds.vocabulary.goods import BRANDS, DEPARTMENTS, KINDS, Department, Kind

if TYPE_CHECKING:
    from datetime import datetime

    from bson import ObjectId

    from datasources.core.documents import Document

_YES_OR_NO: Final = {"Yes", "No"}


def root_id(department: Department) -> ObjectId:
    """The category of a department."""
    return object_id_for("category", department.slug)


def leaf_id(kind: Kind) -> ObjectId:
    """The category of a kind of goods."""
    return object_id_for("category", kind.slug)


def brand_id(name: str) -> ObjectId:
    """The brand of this name."""
    return object_id_for("brand", name)


def make_categories(now: datetime) -> list[Document]:
    """Six roots with three children each, parents first."""
    roots = [
        _category(
            root_id(department), department.name, department.slug, department.description, place, now, ()
        )
        for place, department in enumerate(DEPARTMENTS)
    ]
    leaves = [
        _category(
            leaf_id(kind),
            kind.name,
            kind.slug,
            f"Made for {kind.purpose}.",
            place,
            now,
            (root_id(department),),
        )
        for department in DEPARTMENTS
        for place, kind in enumerate(department.kinds)
    ]
    return roots + leaves


def make_brands(now: datetime) -> list[Document]:
    """All brands."""
    return [
        {
            "_id": brand_id(name),
            "name": name,
            "slug": slug_of(name),
            "description": description,
            "logo_url": f"https://images.example.com/brands/{slug_of(name)}.png",
            "website_url": f"https://{slug_of(name)}.example.com",
            "is_active": True,
            "seo": {"meta_title": name, "meta_description": description, "meta_keywords": [name.lower()]},
            "version": 1,
            "created_at": now - SHOP_AGE,
            "updated_at": now - SHOP_AGE,
        }
        for name, description in BRANDS.items()
    ]


def make_attributes(now: datetime) -> list[Document]:
    """One filter for each name that options and attributes of products use, with every value that occurs."""
    values: dict[str, dict[str, None]] = {}
    for _, kind in KINDS:
        for name, words in (*kind.options, *kind.attributes):
            values.setdefault(name, {}).update(dict.fromkeys(words))
    return [
        {
            "_id": object_id_for("attribute", name),
            "name": name,
            "display_name": name,
            "attribute_type": "boolean" if set(words) == _YES_OR_NO else "select",
            "is_filterable": True,
            "is_searchable": name in {"Color", "Material"},
            "display_order": place,
            "values": [
                {"value": word, "display_value": word, "display_order": order}
                for order, word in enumerate(words)
            ],
            "created_at": now - SHOP_AGE,
            "updated_at": now - SHOP_AGE,
        }
        for place, (name, words) in enumerate(values.items())
    ]


def slug_of(name: str) -> str:
    """A name as it stands in an address."""
    kept = "".join(letter if letter.isalnum() else "-" for letter in name.lower())
    return "-".join(filter(None, kept.split("-")))


def _category(
    category_id: ObjectId,
    name: str,
    slug: str,
    description: str,
    place: int,
    now: datetime,
    path: tuple[ObjectId, ...],
) -> Document:
    made = now - SHOP_AGE - timedelta(days=1)
    return {
        "_id": category_id,
        "name": name,
        "slug": slug,
        "description": description,
        "parent_id": path[-1] if path else None,
        "level": len(path),
        "path": list(path),
        "image": f"https://images.example.com/categories/{slug}.jpg",
        "icon": f"https://images.example.com/icons/{slug}.svg",
        "order": place,
        "is_active": True,
        "seo": {"meta_title": name, "meta_description": description, "meta_keywords": [name.lower()]},
        "version": 1,
        "created_at": made,
        "updated_at": made,
    }
