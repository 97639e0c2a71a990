"""Names as they are compared: without case, marks, script and order. Pure.

Russian names come in several Latin spellings (Юрий, Yury, Iurii): both sides are written in one Latin
spelling in which these are the same. It is for comparing only, and is never shown as a name.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable

_LETTERS = str.maketrans(
    {
        "а": "a", "б": "b", "в": "v", "г": "g", "ґ": "g", "д": "d", "е": "e", "є": "e", "ж": "zh",
        "з": "z", "и": "i", "і": "i", "к": "k", "л": "l", "м": "m", "н": "n", "о": "o", "п": "p",
        "р": "r", "с": "s", "т": "t", "у": "u", "ф": "f", "х": "h", "ц": "ts", "ч": "ch", "ш": "sh",
        "щ": "sh", "ъ": "", "ы": "i", "ь": "", "э": "e", "ю": "iu", "я": "ia", "ј": "i", "љ": "l",
        "њ": "n", "ђ": "d", "ћ": "ch", "џ": "dzh", "ł": "l", "ø": "o", "đ": "d", "ð": "d", "þ": "t",
        "æ": "e", "œ": "e", "ı": "i",
    }
)  # fmt: skip
# Latin spellings of one sound, one after the other; `c` becomes `k` unless it is part of `ch`.
_SPELLINGS = (
    (re.compile("shch|sch"), "sh"), (re.compile("tch"), "ch"), (re.compile("kh"), "h"),
    (re.compile("x"), "ks"), (re.compile("tz|cz"), "ts"), (re.compile("c(?!h)"), "k"),
    (re.compile("ph"), "f"), (re.compile("w"), "v"), (re.compile("q"), "k"), (re.compile("ye"), "e"),
    (re.compile("[yj]"), "i"), (re.compile(r"(.)\1+"), r"\1"),
)  # fmt: skip
_ABBREVIATION = re.compile(r"\b(?:\w\.){2,}\w?\b|\b(?:\w\.){2,}")
_APOSTROPHES = re.compile("['’ʼ`´]")
_WORD = re.compile(r"[^\W_]+")


def words_of(name: str) -> tuple[str, ...]:
    """The words of a name in the one spelling, in the order in which they stand."""
    text = unicodedata.normalize("NFKD", name.casefold())
    text = "".join(each for each in text if not unicodedata.combining(each))
    text = _APOSTROPHES.sub("", text.translate(_LETTERS))
    text = _ABBREVIATION.sub(lambda found: found.group().replace(".", "") + " ", text)
    return tuple(_spelt(word) for word in _WORD.findall(text))


def _spelt(word: str) -> str:
    if word.isdigit():
        return word
    for pattern, instead in _SPELLINGS:
        word = pattern.sub(instead, word)
    return word


def without_forms(words: tuple[str, ...], forms: Iterable[tuple[str, ...]]) -> tuple[str, ...]:
    """The words without legal forms, longest forms first; a name that is nothing else stays."""
    left = list(words)
    for form in forms:
        if form[0] not in left:
            continue
        size, start = len(form), 0
        while start + size <= len(left):
            if tuple(left[start : start + size]) == form:
                del left[start : start + size]
            else:
                start += 1
    return tuple(left) or words


def forms_of(written: Iterable[str]) -> tuple[tuple[str, ...], ...]:
    """Legal forms as they are looked for: `Общество с ограниченной ответственностью` is four words."""
    found = {words_of(form) for form in written} - {()}
    return tuple(sorted(found, key=lambda words: (-len(words), words)))
