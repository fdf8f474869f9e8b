"""The words that products are found by, and what becomes of words that no product has."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from bson.objectid import ObjectId
from hypothesis import given
from hypothesis import strategies as st

from datasources.core.calls import record_calls
from datasources.core.paging import Window
from datasources.products import pipelines, search
from datasources.products.records import ProductFilter
from datasources.products.search_words import (
    MOST_SEARCHED,
    parse_search,
    search_conditions,
    search_fields,
    stem,
    words_of,
)
from datasources.products.vocabulary import complete_search_fields, distance, remember_words
from tests.collections import examples
from tests.services.walking import walk

if TYPE_CHECKING:
    from datasources.core.connections import Connections
    from datasources.core.paging import Page
    from datasources.products.records import Product


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Crème brûlée", ["creme", "brulee"]),
        ("Women\u2019s T-shirt, 2XL", ["womens", "t", "shirt", "2xl"]),
        ("STRASSE Straße", ["strasse", "strasse"]),
        ("noise_cancelling", ["noise", "cancelling"]),
        ("ヘッドホン", ["ヘットホン"]),  # without its accents as well
        ("$ - \0", []),
    ],
)
def test_words_are_folded(text: str, words: list[str]) -> None:
    assert [*words_of(text)] == words


@pytest.mark.parametrize(
    ("plural", "singular"),
    [
        ("headphones", "headphone"),
        ("batteries", "battery"),
        ("ties", "tie"),
        ("watches", "watch"),
        ("glasses", "glass"),
        ("shoes", "shoe"),
    ],
)
def test_plurals_have_the_stem_of_the_singular(plural: str, singular: str) -> None:
    assert stem(plural) == stem(singular) == singular


@pytest.mark.parametrize("word", ["dress", "bus", "gas", "tennis", "s", "lens"[:3]])
def test_what_is_no_plural_stays(word: str) -> None:
    assert stem(word) == word


def test_a_search_is_read() -> None:
    asked = parse_search('Red "noise cancelling" -wired head')
    assert [(word.text, word.begins) for word in asked.words] == [
        ("red", False),
        ("head", True),
        ("noise", False),
        ("cancelling", False),
    ]
    assert asked.phrases == (("noise", "cancelling"),)
    assert asked.excluded == ("wired",)


def test_stop_words_count_only_alone() -> None:
    assert [word.text for word in parse_search("made for").words] == ["made"]
    assert [word.text for word in parse_search("the").words] == ["the"]


@given(st.text(max_size=200))
def test_any_text_is_a_search(text: str) -> None:
    asked = parse_search(text)
    assert len(asked.words) <= MOST_SEARCHED
    assert sum(word.begins for word in asked.words) <= 1


@given(st.text(alphabet="abc", max_size=6), st.text(alphabet="abc", max_size=6))
def test_a_distance_is_symmetric_and_bounded(one: str, other: str) -> None:
    found = distance(one, other, 2)
    assert found == distance(other, one, 2)
    assert (found == 0) == (one == other)
    assert found <= 3


@pytest.mark.parametrize(
    ("one", "other", "wrong"),
    [
        ("radio", "raido", 1),
        ("radio", "radoi", 1),
        ("radio", "rado", 1),
        ("radio", "radios", 1),
        ("a", "abcd", 3),
    ],
)
def test_a_swap_is_one_mistake(one: str, other: str, wrong: int) -> None:
    assert distance(one, other, 2) == wrong


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("headhpones", "headphones"),
        ("hedaphone", "headphone"),
        ("quiet haedphones", "quiet headphones"),
        ("Quite headphnes -light", "quiet headphones -light"),
        ("radoi", "radio"),
    ],
)
async def test_a_mistyped_word_is_put_right(connections: Connections, typed: str, meant: str) -> None:
    with record_calls() as log:
        asked = await search.correct(connections.products, ProductFilter(search=typed))
    assert asked.search == meant
    assert log.by_service() == {"products": 2}


@pytest.mark.parametrize(
    "typed", ["headph", "light headphones", "xyzzyplugh", "rad", "-radoi", '"quite headphones"']
)
async def test_other_words_stay(connections: Connections, typed: str) -> None:
    asked = ProductFilter(search=typed)
    if typed == '"quite headphones"':
        # A phrase is meant as it stands, and yet its words have to be there.
        assert (await search.correct(connections.products, asked)).search == '"quiet headphones"'
    else:
        assert await search.correct(connections.products, asked) is asked


@pytest.mark.parametrize(
    ("typed", "slugs", "calls"),
    [
        ("headphones", {"on-ear", "over-ear"}, 1),
        ("haedphones", {"on-ear", "over-ear"}, 4),
        ("xyzzy", set(), 3),
    ],
)
async def test_only_a_search_that_finds_nothing_is_put_right(
    connections: Connections, typed: str, slugs: set[str], calls: int
) -> None:
    with record_calls() as log:
        page, asked = await search.find_products(
            connections.products,
            wanted=ProductFilter(search=typed),
            order=pipelines.RELEVANCE,
            window=Window(size=5),
        )
    assert {product.slug for product in page.items} == slugs
    assert (asked.search == typed) == (typed != "haedphones")
    assert log.by_service() == {"products": calls}


async def test_a_corrected_search_is_walked_like_any_other(connections: Connections) -> None:
    async def fetch(window: Window) -> Page[Product]:
        page, _ = await search.find_products(
            connections.products,
            wanted=ProductFilter(search="haedphones"),
            order=pipelines.RELEVANCE,
            window=window,
        )
        return page

    assert [product.slug for product in await walk(fetch, size=1)] == ["on-ear", "over-ear"]


async def test_a_correction_to_words_of_drafts_is_not_told(shop: Connections) -> None:
    draft = examples.product(name="Quuxophone", status="draft", is_published=False, published_at=None)
    await shop.products.database["products"].insert_one({**draft, **search_fields(draft)})
    await remember_words(shop.products, [search_fields(draft)])
    for window in (Window(size=5), Window(size=0)):
        for visible_only in (True, False):
            wanted = ProductFilter(search="quuxohpone", visible_only=visible_only)
            found, asked = await search.find_products(
                shop.products, wanted=wanted, order=pipelines.RELEVANCE, window=window
            )
            assert len(found.items) == (not visible_only and window.size > 0)
            assert asked.search == ("quuxohpone" if visible_only else "quuxophone")


@pytest.mark.parametrize(
    ("name", "phrase"),
    [
        ("A Crème Brûlée torch", "creme brulee"),
        ("A creme brulee torch", "crème brûlée"),
        ("CRE\u0301ME BRU\u0302LE\u0301E", "Crème brûlée"),
        ("Women\u2019s Shoes", "womens shoes"),
        ("Womens shoes", "women's shoes"),
        ("Boys' shoes", "boys shoes"),
        ("Große Straße", "grosse strasse"),
        ("ヘッドホン 大", "ヘッドホン 大"),
        ("한국 지도", "한국 지도"),
        ("Blue-green $9", "blue green"),
    ],
)
async def test_phrases_are_found_as_they_are_written(shop: Connections, name: str, phrase: str) -> None:
    document = {**examples.product(name=name), "_id": ObjectId()}
    await shop.products.database["products"].insert_one({**document, **search_fields(document)})
    where = {"_id": document["_id"], **search_conditions(f'"{phrase}"')}
    assert [found["_id"] for found in await shop.products.find("products", where)] == [document["_id"]]
    others = search_conditions(f'"{" ".join(reversed(phrase.split()))}"')
    assert await shop.products.find("products", {"_id": document["_id"], **others}) == []


async def test_the_longest_phrase_is_an_expression_that_the_server_takes(shop: Connections) -> None:
    text = '"' + " ".join(["e" * 39] * 5)[:198] + '"'
    assert await shop.products.find("products", search_conditions(text)) == []
    assert (await search.suggest(shop.products, "e" * 200, most=5)).brands == ()


async def test_names_with_accents_are_suggested(shop: Connections) -> None:
    brand = {**examples.brand(), "name": "L'Éclair Naïf"}
    await shop.products.database["brands"].insert_one(brand)
    for typed in ("eclair", "écl", "leclair naif", "l'éclair"):
        found = await search.suggest(shop.products, typed, most=5)
        assert "L'Éclair Naïf" in {it.name for it in found.brands}, typed
    assert (await search.suggest(shop.products, "clair", most=5)).brands == ()


async def test_suggestions_begin_with_what_was_typed(connections: Connections) -> None:
    found = await search.suggest(connections.products, "head", most=5)
    assert {product.slug for product in found.products} == {"over-ear", "on-ear"}
    assert [category.name for category in found.categories] == ["Headphones"]
    assert found.brands == ()
    brands = await search.suggest(connections.products, "ac", most=5)
    assert [brand.name for brand in brands.brands] == ["Acme"]
    nothing = await search.suggest(connections.products, "$", most=5)
    assert (nothing.products, nothing.brands, nothing.categories) == ((), (), ())


async def test_hidden_names_are_not_suggested(connections: Connections) -> None:
    for name in ("secret", "closed", "draft"):
        found = await search.suggest(connections.products, name, most=5)
        assert (found.products, found.brands, found.categories) == ((), (), ())


async def test_products_of_an_older_release_become_searchable(shop: Connections) -> None:
    products = shop.products.database["products"]
    document = examples.product(name="Zyxophone Élégant", tags=["xylotag"])
    del document["search"]
    await products.insert_one(document)
    wanted = ProductFilter(search="zyxoph elegant xylotag")
    assert await search.count_products(shop.products, wanted=ProductFilter(search="zyxophone")) == 0
    assert await complete_search_fields(shop.products) >= 1
    assert await complete_search_fields(shop.products) == 0
    assert await search.count_products(shop.products, wanted=ProductFilter(search="zyxophone")) == 1
    assert await search.count_products(shop.products, wanted=wanted) == 0
    corrected = await search.correct(shop.products, ProductFilter(search="zyxohpone"))
    assert corrected.search == "zyxophone"
    found = await products.find_one({"_id": document["_id"]})
    assert found is not None
    assert found["search"] == search_fields(found)["search"]
