"""The words that products are found by: those of a product, as its document keeps them, and those of a search.

Every command that writes a product's sku, name, description, tags or variants writes `search_fields` of it as well.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from bson.regex import Regex

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from datasources.core.documents import Document

# What a product keeps of its words, and how many words of a search count: the rest adds nothing but work.
MOST_TERMS: Final = 400
MOST_LETTERS: Final = 40
MOST_SEARCHED: Final = 12

# Fields of a product that its words come from.
SEARCHED_FIELDS: Final = ("sku", "name", "short_description", "description", "tags", "variants.sku")

# What a word weighs in a name and among tags (the weights of the text index), against 1 anywhere else; and the part
# that its beginning alone is worth.
NAME_WEIGHT: Final = 10
TAG_WEIGHT: Final = 5
OF_A_BEGINNING: Final = 0.6

_WORD: Final = re.compile(r"[^\W_]+")
_APOSTROPHES: Final = re.compile("['\u2019]")
# What may stand behind a letter that is folded away.
_MARKS: Final = "[\\p{Mn}'\u2019]*"
_PHRASE: Final = re.compile(r'(-?)"([^"]*)"')
_EXCLUDED: Final = re.compile(r"(?<!\S)-(?=[^\W_])(\S+)")

# Words that say nothing of a product; they are neither kept nor asked for.
_STOP_WORDS: Final = frozenset(
    (
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "has",
        "in",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "our",
        "that",
        "the",
        "this",
        "to",
        "was",
        "with",
    )
)

_SHORTEST_PLURAL: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchedWord:
    """A word that a product must have, in one of its forms; or, as one types it, a word that begins with it."""

    text: str
    begins: bool

    @property
    def forms(self) -> tuple[str, ...]:
        """The word as it was typed, and its stem."""
        return tuple(dict.fromkeys((self.text, stem(self.text))))


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchWords:
    """What a search asks for: all of the words, all of the phrases, none of what is excluded."""

    words: tuple[SearchedWord, ...]
    phrases: tuple[tuple[str, ...], ...] = ()
    excluded: tuple[str, ...] = ()


def search_fields(product: Mapping[str, Any]) -> Document:
    """What a product's document has under `search`, made of its SEARCHED_FIELDS.

    `name` and `tags` hold the words that weigh more, `terms` all of them.
    """
    skus = (product["sku"], *(variant["sku"] for variant in product.get("variants") or ()))
    name = _terms((product["name"], *skus))
    tags = _terms(product.get("tags") or ())
    told = _terms((product.get("short_description") or "", product.get("description") or ""))
    everything = dict.fromkeys((*name, *tags, *told))
    return {"search": {"name": name, "tags": tags, "terms": list(everything)[:MOST_TERMS]}}


@lru_cache(maxsize=1024)
def parse_search(text: str) -> SearchWords:
    """What a shopper means: words, "phrases" in quotation marks, -words that must not be there.

    The last of the words that stand by themselves may be the beginning of one, whatever follows it.
    """
    phrases = [(sign, tuple(words_of(phrase))) for sign, phrase in _PHRASE.findall(text)]
    rest = _PHRASE.sub(" ", text)
    excluded = [word for given in _EXCLUDED.findall(rest) for word in words_of(given)]
    plain = [*words_of(_EXCLUDED.sub(" ", rest))]
    wanted = [word for word in plain if word not in _STOP_WORDS] or plain[-1:]
    last = wanted[-1] if wanted else None
    wanted += [word for sign, phrase in phrases if not sign for word in phrase if word not in _STOP_WORDS]
    kept = list(dict.fromkeys(wanted))[:MOST_SEARCHED]
    return SearchWords(
        words=tuple(SearchedWord(text=word, begins=word == last) for word in kept),
        phrases=tuple(phrase for sign, phrase in phrases if not sign and len(phrase) > 1)[:MOST_SEARCHED],
        excluded=tuple(
            dict.fromkeys((*excluded, *(word for sign, phrase in phrases if sign for word in phrase))),
        )[:MOST_SEARCHED],
    )


def words_of(text: str) -> Iterator[str]:
    """The words of a text in its order: in lower case, without accents and apostrophes."""
    folded = unicodedata.normalize("NFKD", _APOSTROPHES.sub("", text).casefold())
    plain = "".join(letter for letter in folded if not unicodedata.combining(letter))
    return (word[:MOST_LETTERS] for word in _WORD.findall(plain))


def stem(word: str) -> str:
    """An English word's singular, or what is alike for both: headphones and headphone, batteries and battery."""
    if len(word) < _SHORTEST_PLURAL or not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y" if len(word) > _SHORTEST_PLURAL else word[:-1]
    return word[:-2] if word.endswith(("sses", "ches", "shes", "xes", "zes")) else word[:-1]


def beginning_with(text: str) -> Regex[str]:
    """What matches a term that begins with a folded word, as an index can be asked for it.

    Not a compiled pattern: its flags, of which a text's are never empty, would have the server look at every key.
    """
    return Regex(f"^{re.escape(text)}")


def as_written(word: str) -> str:
    r"""A pattern of a folded word as texts have it: with accents or without, and with apostrophes in it.

    Ignore case with it, and put `(*UCP)` before the whole pattern: without, `\W` and `\b` take é for no letter.
    """
    # What is folded apart belongs together again: 한 is one letter to whoever writes it.
    letters = (_letter(letter) for letter in unicodedata.normalize("NFC", word))
    double = f"{_letter('s')}{_MARKS}{_letter('s')}"
    return _MARKS.join(letters).replace(double, f"(?:{double}|ß)") + r"\p{Mn}*"


def search_conditions(text: str) -> Document:
    """The condition on a product that a search stands for; a search without words finds nothing."""
    asked = parse_search(text)
    conditions: list[Document] = [{"search.terms": {"$in": _alternatives(word)}} for word in asked.words]
    conditions += [_has_phrase(phrase) for phrase in asked.phrases]
    if not conditions:
        return {"_id": {"$in": []}}
    if asked.excluded:
        forms = {form for word in asked.excluded for form in (word, stem(word))}
        conditions.append({"search.terms": {"$nin": sorted(forms)}})
    return {"$and": conditions}


def search_score(text: str) -> Document:
    """The expression of how well a product answers a search that it meets: a sum over the words.

    It depends on the product and the search alone, so that a list by relevance stays in order while others change.
    """
    return {"$sum": [_weight(word) for word in parse_search(text).words] or [0.0]}


def _terms(texts: Iterable[str]) -> list[str]:
    words = [word for text in texts for word in words_of(text) if word not in _STOP_WORDS]
    return list(dict.fromkeys(form for word in words for form in (word, stem(word))))[:MOST_TERMS]


def _alternatives(word: SearchedWord) -> list[Any]:
    return [*word.forms, *([beginning_with(word.text)] if word.begins else [])]


def _has_phrase(phrase: tuple[str, ...]) -> Document:
    words = r"[\W_]+".join(map(as_written, phrase))
    together = {"$regex": rf"(*UCP)\b{words}\b", "$options": "i"}
    return {"$or": [{field: together} for field in ("name", "tags", "short_description", "description")]}


def _letter(letter: str) -> str:
    accented = _accented().get(letter)
    return re.escape(letter) if accented is None else f"[{letter}{accented}]"


@lru_cache(maxsize=1)
def _accented() -> dict[str, str]:
    """The small letters with accents that are folded to a letter, such as àáâ to a."""
    found: dict[str, str] = {}
    for letter in map(chr, range(0xC0, 0x10000)):
        composed = unicodedata.decomposition(letter)
        if composed and not composed.startswith("<") and letter == letter.lower():
            plain = "".join(words_of(letter))
            if len(plain) == 1 and plain != letter:
                found[plain] = found.get(plain, "") + letter
    return found


def _weight(word: SearchedWord) -> Document:
    named = _weight_in("$search.name", NAME_WEIGHT, word)
    tagged = _weight_in("$search.tags", TAG_WEIGHT, word)
    return {"$add": [named, tagged, _weight_in("$search.terms", 1, word)]}


def _weight_in(terms: str, weight: float, word: SearchedWord) -> Document:
    begins = {"$anyElementTrue": [{"$map": {"input": terms, "in": _begins_with(word.text)}}]}
    otherwise = {"$cond": [begins, weight * OF_A_BEGINNING, 0.0]} if word.begins else 0.0
    whole = {"$gt": [{"$size": {"$setIntersection": [terms, list(word.forms)]}}, 0]}
    return {"$cond": [whole, float(weight), otherwise]}


def _begins_with(beginning: str) -> Document:
    return {"$eq": [{"$indexOfBytes": ["$$this", {"$literal": beginning}]}, 0]}
