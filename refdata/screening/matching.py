"""How alike two names are, and which listed names a name is like. Pure; the figures are a dated rule's.

Words are paired by likeness, one letter of difference allowed in middling words and two in long ones. A
pair weighs as its words are long. What is paired, as a share of either name, makes the score; the
shorter name counts more, so that a patronymic that one side leaves out does not hide the person.
All figures are thousandths.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import numpy
from msgspec import Struct

from backoffice.kernel.decimals import plain
from refdata.dated_rules.kinds import Number
from refdata.screening.names import forms_of, without_forms, words_of

ALL = 1000


class NameRule(Struct, frozen=True, forbid_unknown_fields=True):
    """`threshold` and `shorter_share` are shares of one; `legal_forms` do not count as words."""

    threshold: Number
    shorter_share: Number
    one_letter_from: int
    two_letters_from: int
    legal_forms: list[str]


class TwoNames(Struct, frozen=True, forbid_unknown_fields=True):
    ours: str
    listed: str


class Likeness(Struct, frozen=True, forbid_unknown_fields=True):
    score: Number
    hit: bool


class Pair(NamedTuple):
    """Two words that were taken for the same, and how alike they are."""

    ours: str
    listed: str
    likeness: int


@dataclass(frozen=True, slots=True)
class Figures:
    """A rule as it computes: thousandths and words."""

    threshold: int
    shorter: int
    one_from: int
    two_from: int
    forms: tuple[tuple[str, ...], ...]

    def words(self, name: str) -> tuple[str, ...]:
        return without_forms(words_of(name), self.forms)

    def letters(self, one: str, other: str) -> int:
        """How many letters two words may differ by."""
        short = min(len(one), len(other))
        return 2 if short >= self.two_from else 1 if short >= self.one_from else 0


def figures_of(rule: NameRule) -> Figures:
    def share(text: str) -> int:
        return int(Decimal(text) * ALL)

    return Figures(
        share(rule.threshold), share(rule.shorter_share), rule.one_letter_from,
        rule.two_letters_from, forms_of(rule.legal_forms),
    )  # fmt: skip


def distance(one: str, other: str, most: int) -> int:
    """Letters to add, drop or change from one word to the other; `most` + 1 for anything more."""
    return next((k for k in range(most + 1) if _within(one, other, k)), most + 1)


def _within(one: str, other: str, most: int) -> bool:
    """Whether so many letters make one word the other; meant for a handful of them."""
    if abs(len(one) - len(other)) > most:
        return False
    start, end = 0, min(len(one), len(other))
    while start < end and one[start] == other[start]:
        start += 1
    one, other = one[start:], other[start:]
    if not one or not other:
        return True  # by the check of their lengths
    return most > 0 and (
        _within(one[1:], other[1:], most - 1)
        or _within(one[1:], other, most - 1)
        or _within(one, other[1:], most - 1)
    )


def word_likeness(one: str, other: str, figures: Figures) -> int:
    """Thousandths of the longer word that are the same; zero where they differ by too much."""
    if one == other:
        return ALL
    most = figures.letters(one, other)
    apart = distance(one, other, most)
    size = max(len(one), len(other))
    return 0 if apart > most else ALL * (size - apart) // size


def paired(ours: Sequence[str], listed: Sequence[str], figures: Figures) -> list[Pair]:
    """Each word with at most one of the other side, the most alike and longest first."""
    alike = [
        (likeness, len(a), i, j)
        for i, a in enumerate(ours)
        for j, b in enumerate(listed)
        if (likeness := word_likeness(a, b, figures))
    ]
    taken_ours: set[int] = set()
    taken_listed: set[int] = set()
    found = []
    for likeness, _, i, j in sorted(alike, key=lambda each: (-each[0], -each[1], each[2], each[3])):
        if i not in taken_ours and j not in taken_listed:
            taken_ours.add(i)
            taken_listed.add(j)
            found.append(Pair(ours[i], listed[j], likeness))
    return found


def score_of(ours: Sequence[str], listed: Sequence[str], figures: Figures) -> int:
    """How alike two names of these words are, in thousandths."""
    pairs = paired(ours, listed, figures)
    shares = []
    for words, side in ((ours, "ours"), (listed, "listed")):
        whole = sum(map(len, words))
        same = sum(pair.likeness * len(getattr(pair, side)) for pair in pairs)
        shares.append((whole, same // whole if whole else 0))
    (_, short), (_, long) = sorted(shares)
    return (figures.shorter * short + (ALL - figures.shorter) * long) // ALL


def likeness(rule: NameRule, given: TwoNames) -> Likeness:
    """What a vector expects: the score, and whether it is a hit."""
    figures = figures_of(rule)
    score = score_of(figures.words(given.ours), figures.words(given.listed), figures)
    return Likeness(plain(Decimal(score) / ALL), score >= figures.threshold)


class Found(NamedTuple):
    """A listed name that is like one of ours; `name` counts the names of the index."""

    name: int
    score: int


@dataclass(slots=True)
class NameIndex:
    """Listed names, so that the few that may be like a name are found without looking at all.

    Two words that differ by up to two letters have one of three pieces in common, each where it
    stands or a letter or two beside it: words are looked up by their pieces. What a listed name can
    come to at best is then known for all of them at once, and the few that can be hits are scored.
    """

    figures: Figures
    names: list[tuple[str, ...]] = field(default_factory=list)
    _of_word: dict[str, Any] = field(default_factory=lambda: defaultdict(list))
    _letters: dict[str, int] = field(default_factory=dict)
    _pieces: dict[tuple[int, int, str], list[str]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _known: dict[str, list[tuple[str, int]]] = field(default_factory=dict)
    _sizes: Any = None

    def add(self, words: Sequence[str]) -> None:
        """One more name, in the spelling of `words_of`; its number is that of its place."""
        kept = without_forms(tuple(words), self.figures.forms)
        number = len(self.names)
        self.names.append(kept)
        for word in set(kept):
            if word not in self._of_word:
                self._letters[word] = letters_in(word)
                for piece, _, text in _pieces(word, self.figures):
                    self._pieces[len(word), piece, text].append(word)
            self._of_word[word].append(number)

    def like(self, name: str) -> list[Found]:
        """The listed names that are hits for a name, the most alike first; nothing is added any more."""
        if self._sizes is None:
            self._sizes = numpy.array([sum(map(len, words)) for words in self.names], numpy.int64)
            self._of_word = {
                word: numpy.array(numbers, numpy.int32) for word, numbers in self._of_word.items()
            }
        ours = self.figures.words(name)
        found = []
        for number in self._candidates(ours):
            score = score_of(ours, self.names[number], self.figures)
            if score >= self.figures.threshold:
                found.append(Found(number, score))
        return sorted(found, key=lambda each: (-each.score, each.name))

    def _candidates(self, ours: Sequence[str]) -> list[int]:
        """Names that could be hits if every word that is like one of ours were paired with it."""
        same_ours = numpy.zeros(len(self.names), numpy.int64)
        same_listed = numpy.zeros(len(self.names), numpy.int64)
        for word in ours:
            for other, alike in self._alike(word):
                numbers = self._of_word[other]
                same_ours[numbers] += alike * len(word)
                same_listed[numbers] += alike * len(other)
        met = numpy.nonzero(same_ours)[0]
        one = numpy.minimum(same_ours[met] // max(sum(map(len, ours)), 1), ALL)
        other_one = numpy.minimum(same_listed[met] // numpy.maximum(self._sizes[met], 1), ALL)
        shorter = self.figures.shorter
        best, least = numpy.maximum(one, other_one), numpy.minimum(one, other_one)
        heavy = max(shorter, ALL - shorter)  # whichever of the two is the shorter
        most = (heavy * best + (ALL - heavy) * least) // ALL
        numbers = met[most >= self.figures.threshold]
        return [int(number) for number in numbers]

    def _alike(self, word: str) -> list[tuple[str, int]]:
        if word not in self._known:
            letters, most = letters_in(word), 2 * self.figures.letters(word, word)
            others = {
                other
                for other in self._near(word)
                if (letters ^ self._letters[other]).bit_count() <= most
            }
            if word in self._of_word:
                others.add(word)
            alike = ((other, word_likeness(word, other, self.figures)) for other in others)
            self._known[word] = [pair for pair in alike if pair[1]]
        return self._known[word]

    def _near(self, word: str) -> Iterator[str]:
        """Words that share a piece with this one, and may be like it.

        A piece stands as far from where it stood as letters were added or dropped before it, and after
        it no more than the others can be: that is where it is looked for.
        """
        most = self.figures.letters(word, word)
        for size in range(len(word) - most, len(word) + most + 1) if most else ():
            pieces, longer = _cut(size, self.figures), len(word) - size
            for piece, start, length in pieces:
                after = len(pieces) - 1 - piece
                first = max(0, start - piece, start + longer - after)
                last = min(len(word) - length, start + piece, start + longer + after)
                for at in range(first, last + 1):
                    yield from self._pieces.get((size, piece, word[at : at + length]), ())


def letters_in(word: str) -> int:
    """The letters of a word as bits of a number: one letter of difference moves two of them at most."""
    found = 0
    for letter in word:
        found |= 1 << (ord(letter) & 63)
    return found


def _cut(size: int, figures: Figures) -> list[tuple[int, int, int]]:
    """How words of a size are cut into pieces: number, start and length of each."""
    count = 3 if size >= figures.two_from else 2 if size >= figures.one_from else 0
    ends = [size * number // count for number in range(count + 1)] if count else []
    return [(n, ends[n], ends[n + 1] - ends[n]) for n in range(count)]


def _pieces(word: str, figures: Figures) -> Iterator[tuple[int, int, str]]:
    for number, start, length in _cut(len(word), figures):
        yield number, start, word[start : start + length]


IDENTIFIER_LETTERS = 40


def identifier_keys(identifiers: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """Identifiers as they are compared. A listed BIC of eight letters means all branches of the bank."""
    found = []
    for scheme, value in identifiers:
        key = "".join(value.upper().split())[:IDENTIFIER_LETTERS]
        if not key:
            continue
        found.append((scheme.upper(), key.removesuffix("XXX") if len(key) == 11 else key))
        if scheme.upper() == "BIC" and len(key) == 11:
            found.append(("BIC", key[:8]))
    return list(dict.fromkeys(found))


def listed_keys(identifiers: Iterable[Sequence[str]]) -> Mapping[tuple[str, str], None]:
    """The same for what is listed: a branch is listed alone, a head office with all branches."""
    found: dict[tuple[str, str], None] = {}
    for scheme, value in identifiers:
        key = "".join(value.upper().split())[:IDENTIFIER_LETTERS]
        if key:
            is_head = scheme.upper() == "BIC" and len(key) == 11 and key.endswith("XXX")
            found[scheme.upper(), key[:8] if is_head else key] = None
    return found
