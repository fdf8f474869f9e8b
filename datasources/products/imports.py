"""Writes products by the hundred, each created or updated by its SKU, so that a repetition changes nothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

from pymongo.errors import OperationFailure

from datasources.core.document_transactions import in_transaction
from datasources.products.catalogue_errors import (
    InvalidValues,
    Problem,
    SkuTaken,
    SlugTaken,
    UnknownBrand,
    UnknownCategory,
)
from datasources.products.commands.holding import changes_between, taken_named
from datasources.products.commands.journal import PRODUCT, event_of
from datasources.products.commands.products import longer_slug
from datasources.products.documents import BRANDS, CATEGORIES, DOMAIN_EVENTS, PRODUCTS
from datasources.products.drafts import (
    SINGLE_VARIANT_FIELDS,
    changed_document,
    new_document,
    with_single_variant,
)
from datasources.products.product_readings import PRODUCT as PRODUCT_READERS
from datasources.products.readings import Problems, optional, read_fields, slug_of, text
from datasources.products.vocabulary import remember_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from datetime import datetime
    from uuid import UUID

    from datasources.core.document_transactions import DocumentTransaction
    from datasources.core.documents import Document, DocumentDatabase
    from datasources.core.errors import DatasourceError

Outcome = Literal["created", "updated", "unchanged"]

# What a line may hold: a product's values, with its category and brand by their slugs.
_LINE: Final = {
    **{name: read for name, read in PRODUCT_READERS.items() if name not in {"category_id", "brand_id"}},
    "category": text(500),
    "brand": optional(text(500)),
}
_REQUIRED: Final = frozenset({"sku"})
_REQUIRED_OF_NEW: Final = ("name", "category")

_VALIDATION_FAILED: Final = 121

# Whatever stands in the way of one line, and of no other.
_LINE_ERRORS = (InvalidValues, SkuTaken, SlugTaken, UnknownBrand, UnknownCategory)


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportLine:
    """A product as a line tells it: the values that have been read, and where the line stands."""

    number: int
    values: Mapping[str, Any]

    @property
    def sku(self) -> str:
        """The product's SKU."""
        return str(self.values["sku"])

    @property
    def skus(self) -> frozenset[str]:
        """Every SKU on the line."""
        return frozenset([self.sku, *(variant["sku"] for variant in self.values.get("variants", ()))])


@dataclass(frozen=True, slots=True, kw_only=True)
class LineResult:
    """What became of a line: an outcome, or the reason why it was left out."""

    number: int
    outcome: Outcome | None = None
    error: DatasourceError | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Surroundings:
    """What the lines of a batch meet in the catalogue."""

    products: Mapping[str, Document]
    """The products by the SKUs on the lines, their own and their variants'."""
    categories: Mapping[str, Document]
    brands: Mapping[str, Document]
    slugs: dict[str, str]
    """Which product's SKU has a slug already; lines add theirs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    line: ImportLine
    before: Document | None
    after: Document


def read_line(number: int, given: Any) -> ImportLine:
    """The line with its values checked.

    Raises:
        InvalidValues: some of them cannot be taken.
    """
    problems = Problems()
    values = read_fields(problems, given, _LINE, required=_REQUIRED)
    problems.check()
    return ImportLine(number=number, values=values)


def batches(lines: Iterable[ImportLine], most: int) -> Iterator[list[ImportLine]]:
    """The lines in their order by at most so many; none of a batch shares a SKU with another one of it."""
    batch: list[ImportLine] = []
    seen: set[str] = set()
    for line in lines:
        if batch and (len(batch) >= most or not seen.isdisjoint(line.skus)):
            yield batch
            batch, seen = [], set()
        batch.append(line)
        seen |= line.skus
    if batch:
        yield batch


async def import_batch(
    database: DocumentDatabase, lines: Sequence[ImportLine], *, actor_id: UUID | None, now: datetime
) -> list[LineResult]:
    """Create or update the products of these lines in one transaction, less the lines that cannot be taken.

    The lines share no SKU. Where the transaction is refused as a whole, halves of it are tried, down to the line at
    fault.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    try:
        return await _import_at_once(database, lines, actor_id=actor_id, now=now)
    except (SkuTaken, SlugTaken) as error:
        if len(lines) == 1:
            return [LineResult(number=lines[0].number, error=error)]
    except OperationFailure as error:
        if not _is_refused_by_validator(error):
            raise
        if len(lines) == 1:
            problem = Problem(at="line", code="INVALID", message="The product database does not take this.")
            return [LineResult(number=lines[0].number, error=InvalidValues([problem]))]
    middle = len(lines) // 2
    return [
        *await import_batch(database, lines[:middle], actor_id=actor_id, now=now),
        *await import_batch(database, lines[middle:], actor_id=actor_id, now=now),
    ]


def _is_refused_by_validator(error: OperationFailure) -> bool:
    # The error for a bulk of writes has a code of its own, and theirs within.
    written = (error.details or {}).get("writeErrors") or [{"code": error.code}]
    return bool(written[0].get("code") == _VALIDATION_FAILED)


async def _import_at_once(
    database: DocumentDatabase, lines: Sequence[ImportLine], *, actor_id: UUID | None, now: datetime
) -> list[LineResult]:
    # Words too many do no harm, and those of a product that is the same as before are there already.
    drafts = await _drafts_for_words(database, lines, now=now)
    if drafts:
        await remember_words(database, drafts)

    async def write(transaction: DocumentTransaction) -> list[LineResult]:
        planned, results = _plan(lines, await _look_around(transaction, lines), now=now)
        await _write(transaction, planned, actor_id=actor_id, now=now)
        return [*results, *(LineResult(number=it.line.number, outcome=_outcome(it)) for it in planned)]

    with taken_named():
        results = await in_transaction(database, write)
    return sorted(results, key=lambda result: result.number)


async def _drafts_for_words(
    database: DocumentDatabase, lines: Sequence[ImportLine], *, now: datetime
) -> list[Document]:
    """What would be written, as seen from outside of the transaction."""
    planned, _ = _plan(lines, await _look_around(database, lines), now=now)
    return [it.after for it in planned if _outcome(it) != "unchanged"]


async def _look_around(
    source: DocumentTransaction | DocumentDatabase, lines: Sequence[ImportLine]
) -> _Surroundings:
    skus = sorted({sku for line in lines for sku in line.skus})
    where = {"$or": [{"sku": {"$in": skus}}, {"variants.sku": {"$in": skus}}]}
    found: list[Document] = await source.find(PRODUCTS, where)
    categories = sorted({line.values["category"] for line in lines if "category" in line.values})
    brands = sorted({line.values["brand"] for line in lines if line.values.get("brand")})
    slugs = sorted({slug for line in lines for slug in _slugs_of(line)})
    taken = await source.find(PRODUCTS, {"slug": {"$in": slugs}}, fields=("slug", "sku")) if slugs else []
    by_sku: dict[str, Document] = {
        variant["sku"]: document for document in found for variant in document["variants"]
    }
    by_sku.update({document["sku"]: document for document in found})
    return _Surroundings(
        products=by_sku,
        categories=await _by_slug(source, CATEGORIES, categories),
        brands=await _by_slug(source, BRANDS, brands),
        slugs={document["slug"]: document["sku"] for document in taken},
    )


async def _by_slug(
    source: DocumentTransaction | DocumentDatabase, collection: str, slugs: Sequence[str]
) -> dict[str, Document]:
    if not slugs:
        return {}
    found: list[Document] = await source.find(collection, {"slug": {"$in": slugs}}, fields=("slug", "path"))
    return {document["slug"]: document for document in found}


def _plan(
    lines: Sequence[ImportLine], around: _Surroundings, *, now: datetime
) -> tuple[list[_Planned], list[LineResult]]:
    """What each line makes of its product, and the lines that are left out."""
    planned: list[_Planned] = []
    left_out: list[LineResult] = []
    for line in lines:
        try:
            planned.append(_planned(line, around, now=now))
        except _LINE_ERRORS as error:
            left_out.append(LineResult(number=line.number, error=error))
    return planned, left_out


def _planned(line: ImportLine, around: _Surroundings, *, now: datetime) -> _Planned:
    before = around.products.get(line.sku)
    if before is not None and (before["sku"] != line.sku or before.get("deleted_at") is not None):
        raise SkuTaken(line.sku)
    for sku in line.skus:
        other = around.products.get(sku)
        if other is not None and (before is None or other["_id"] != before["_id"]):
            raise SkuTaken(sku)
    values = _complete(line, before)
    document = new_document(values, now=now) if before is None else changed_document(before, values, now=now)
    after = {
        **document,
        **_place(values, around),
        **_state(values, document, now=now),
        # Last, as it takes the slug from the lines that follow: those of a line that is left out stay free.
        "slug": _slug(line, values, before, around),
    }
    return _Planned(line=line, before=before, after=after)


def _complete(line: ImportLine, before: Document | None) -> dict[str, Any]:
    """The values of a line with its variants, where it gives a price alone."""
    problems = Problems()
    values = dict(line.values)
    if before is None:
        for name in _REQUIRED_OF_NEW:
            if name not in values:
                problems.add(name, "REQUIRED", "A new product needs this.")
        values = with_single_variant(values, problems)
    elif any(name in values for name in SINGLE_VARIANT_FIELDS) and "variants" not in values:
        if len(before["variants"]) == 1:
            single: dict[str, Any] = {name: values[name] for name in SINGLE_VARIANT_FIELDS if name in values}
            values["variants"] = ({"sku": before["variants"][0]["sku"], **single},)
        else:
            problems.add("price", "INVALID", "The product has several variants: give `variants` instead.")
    problems.check()
    return values


def _place(values: Mapping[str, Any], around: _Surroundings) -> Document:
    place: dict[str, Any] = {}
    if "category" in values:
        category = around.categories.get(values["category"])
        if category is None:
            raise UnknownCategory(values["category"])
        place["category_id"] = category["_id"]
        place["category_path"] = [*category["path"], category["_id"]]
    if "brand" in values:
        brand = around.brands.get(values["brand"]) if values["brand"] else None
        if brand is None and values["brand"]:
            raise UnknownBrand(values["brand"])
        place["brand_id"] = brand["_id"] if brand is not None else None
    return place


def _slug(line: ImportLine, values: Mapping[str, Any], before: Document | None, around: _Surroundings) -> str:
    """The slug of a line, which is the product's own from here on; a product that has one keeps it unless told."""
    given = values.get("slug")
    if given is None and before is not None:
        return str(before["slug"])
    wished = (given,) if given is not None else _slugs_of(line)
    for slug in wished:
        if around.slugs.setdefault(slug, line.sku) == line.sku:
            return str(slug)
    raise SlugTaken(wished[-1])


def _slugs_of(line: ImportLine) -> tuple[str, ...]:
    given, name = line.values.get("slug"), line.values.get("name", "")
    return (given,) if given else (slug_of(name), longer_slug(name, line.sku))


def _state(values: Mapping[str, Any], document: Document, *, now: datetime) -> Document:
    """When shoppers see it: an active product from its time on, or from now on; any other status hides it."""
    if "status" not in values and "published_at" not in values:
        return {}
    if document["status"] != "active":
        if values.get("published_at") is not None:
            message = "Only a product with the status active is published."
            raise InvalidValues([Problem(at="published_at", code="INVALID", message=message)])
        return {"is_published": False, "published_at": None}
    since = values.get("published_at") or document.get("published_at") or now
    return {"is_published": True, "published_at": since}


def _outcome(planned: _Planned) -> Outcome:
    if planned.before is None:
        return "created"
    return "updated" if changes_between(planned.before, planned.after) else "unchanged"


async def _write(
    transaction: DocumentTransaction, planned: Sequence[_Planned], *, actor_id: UUID | None, now: datetime
) -> None:
    changed = [it for it in planned if _outcome(it) != "unchanged"]
    await _hold_places(transaction, changed)
    await transaction.insert(PRODUCTS, *(it.after for it in changed if it.before is None))
    events: list[Document] = []
    for it in changed:
        version = 1
        if it.before is not None:
            version = it.before["version"] + 1
            changes = changes_between(it.before, it.after)
            await transaction.update(
                PRODUCTS,
                {"_id": it.before["_id"]},
                {"$set": {**changes, "updated_at": now, "version": version}},
                fields=("_id",),
            )
        events.append(
            event_of(
                "ProductCreated" if it.before is None else "ProductUpdated",
                of=PRODUCT,
                key=str(it.after["_id"]),
                version=version,
                actor_id=actor_id,
                now=now,
                imported=True,
            )
        )
    await transaction.insert(DOMAIN_EVENTS, *events)


async def _hold_places(transaction: DocumentTransaction, changed: Sequence[_Planned]) -> None:
    """Categories and brands that products are put into can neither go nor move meanwhile."""
    for collection, field in ((CATEGORIES, "category_id"), (BRANDS, "brand_id")):
        keys = {
            it.after[field]
            for it in changed
            if it.after.get(field) is not None
            and (it.before is None or it.before.get(field) != it.after[field])
        }
        if keys:
            await transaction.update_all(
                collection, {"_id": {"$in": sorted(keys)}}, {"$inc": {"placements": 1}}
            )
