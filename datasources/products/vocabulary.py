"""The words that the catalogue uses, by which a mistyped search is put right.

A word is added when a product with it is written and stays when the last such product goes. Words of drafts are among
them: who shows a search that was put right makes sure that it finds something (`search.find_products`).
"""

from __future__ import annotations

import asyncio
import re
from typing import TYPE_CHECKING, Any, Final

from pymongo import UpdateOne
from pymongo.errors import BulkWriteError

from datasources.products.documents import PRODUCTS, SEARCH_WORDS
from datasources.products.search_words import (
    SEARCHED_FIELDS,
    SearchedWord,
    beginning_with,
    parse_search,
    search_fields,
    words_of,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from datasources.core.documents import Document, DocumentDatabase

# A shorter word has too many neighbours to guess among; a longer one may have two letters wrong.
_SHORTEST: Final = 4
_TWO_WRONG_FROM: Final = 8

# How many words that share most with a mistyped one are looked at more closely.
_MOST_CANDIDATES: Final = 60

_CHUNK: Final = 500
_DUPLICATE_KEY: Final = 11000


async def correct_search(database: DocumentDatabase, text: str) -> str:
    """The search with every word that the catalogue does not use replaced by the most similar one that it does.

    Phrases, excluded words and short ones stay. A search without such words comes back as it is, after one call; it
    takes two if there are any.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    asked = [word for word in parse_search(text).words if len(word.text) >= _SHORTEST]
    if not asked:
        return text
    known = await _known(database, asked)
    strange = [word for word in asked if not _is_known(word, known)]
    if not strange:
        return text
    candidates = await database.aggregate(SEARCH_WORDS, _similar([word.text for word in strange]))
    words = [candidate["_id"] for candidate in candidates]
    for word in strange:
        better = _closest(word.text, words)
        if better is not None:
            text = _replaced(text, word.text, better)
    return text


async def remember_words(database: DocumentDatabase, products: Iterable[Mapping[str, Any]]) -> None:
    """Add the words of products, of which each has its `search` fields.

    Do this before the products are written, outside of their transaction: a word too many does no harm.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    words = {term for product in products for term in product["search"]["terms"] if not term.isdigit()}
    changes = [
        UpdateOne({"_id": word}, {"$setOnInsert": {"grams": sorted(_grams(word))}}, upsert=True)
        for word in sorted(words)
    ]
    for start in range(0, len(changes), _CHUNK):
        try:
            with database.unavailable_when_unreachable():
                await database.database[SEARCH_WORDS].bulk_write(
                    changes[start : start + _CHUNK], ordered=False
                )
        except BulkWriteError as error:
            # Somebody else added the same word in between.
            if any(one["code"] != _DUPLICATE_KEY for one in error.details["writeErrors"]):
                raise


async def complete_search_fields(database: DocumentDatabase) -> int:
    """Give `search` fields to the products that have none, such as those of an older release; tell how many.

    Raises:
        ServiceUnavailable: the product database is down.
    """
    completed = 0
    while True:
        found = await _without_search_fields(database)
        products = [{**product, **search_fields(product)} for product in found]
        if not products:
            return completed
        await remember_words(database, products)
        # Only where it is still missing: a command that changed the product in between has written it.
        changes = [
            UpdateOne({"_id": product["_id"], "search.terms": None}, {"$set": {"search": product["search"]}})
            for product in products
        ]
        with database.unavailable_when_unreachable():
            # Whatever else is wrong with a product of an older release is not for this to find out.
            await database.database[PRODUCTS].bulk_write(
                changes, ordered=False, bypass_document_validation=True
            )
        completed += len(products)
        await asyncio.sleep(0)


async def _without_search_fields(database: DocumentDatabase) -> list[Document]:
    return await database.find(PRODUCTS, {"search.terms": None}, fields=SEARCHED_FIELDS, limit=_CHUNK)


async def _known(database: DocumentDatabase, asked: Sequence[SearchedWord]) -> set[str]:
    """The words of the catalogue that are one of these, and one for each that is the beginning of some."""
    forms = [form for word in asked for form in word.forms]
    pipeline: list[Document] = [{"$match": {"_id": {"$in": forms}}}, {"$project": {"_id": 1}}]
    pipeline += [
        {"$unionWith": {"coll": SEARCH_WORDS, "pipeline": _beginning_with(word.text)}}
        for word in asked
        if word.begins
    ]
    return {found["_id"] for found in await database.aggregate(SEARCH_WORDS, pipeline)}


def _beginning_with(beginning: str) -> list[Document]:
    begins = {"$match": {"_id": beginning_with(beginning)}}
    return [begins, {"$limit": 1}, {"$project": {"_id": 1}}]


def _is_known(word: SearchedWord, known: set[str]) -> bool:
    if not known.isdisjoint(word.forms):
        return True
    return word.begins and any(found.startswith(word.text) for found in known)


def _similar(words: Sequence[str]) -> list[Document]:
    """Those words of the catalogue that share most trigrams with these."""
    grams = sorted({gram for word in words for gram in _grams(word)})
    shared = {"$size": {"$setIntersection": ["$grams", grams]}}
    return [
        {"$match": {"grams": {"$in": grams}}},
        {"$project": {"shared": shared}},
        {"$sort": {"shared": -1, "_id": 1}},
        {"$limit": _MOST_CANDIDATES * len(words)},
    ]


def _grams(word: str) -> set[str]:
    """Its trigrams, with its end marked and its beginning marked twice: beginnings are seldom mistyped."""
    marked = f"__{word}_"
    return {marked[place : place + 3] for place in range(len(marked) - 2)}


def _closest(word: str, candidates: Iterable[str]) -> str | None:
    most = 2 if len(word) >= _TWO_WRONG_FROM else 1
    near = [(distance(word, candidate, most), candidate) for candidate in candidates]
    return min(((wrong, candidate) for wrong, candidate in near if wrong <= most), default=(0, None))[1]


def _replaced(text: str, word: str, better: str) -> str:
    """The search with one of its words replaced, wherever it stands; the marks around it stay."""

    def replace(found: re.Match[str]) -> str:
        return better if [*words_of(found[0])] == [word] else found[0]

    return re.sub(r"[^\W_][\w'\u2019]*", replace, text)


def distance(one: str, other: str, most: int) -> int:
    """How many letters are wrong, missing, too many, or swapped with their neighbour; `most` + 1 for any more.

    The optimal string alignment distance.
    """
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    row = list(range(len(other) + 1))
    for place, letter in enumerate(one, 1):
        before, above, row = row, before, [place]
        for column, wanted in enumerate(other, 1):
            least = min(before[column] + 1, row[-1] + 1, before[column - 1] + (letter != wanted))
            swapped = place > 1 and column > 1 and letter == other[column - 2] and one[place - 2] == wanted
            row.append(min(least, above[column - 2] + 1) if swapped else least)
        if min(row) > most:
            return most + 1
    return min(row[-1], most + 1)
