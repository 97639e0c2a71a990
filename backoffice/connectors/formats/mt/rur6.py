"""Cyrillic in SWIFT's Latin letters by the table RUR6 of the Russian SWIFT users, there and back.

Russian text has capital letters only; what is Latin in a Russian text stands between apostrophes. Signs that set X does
not have are letters of the Russian part too, the apostrophe among them: it would end it.
"""

from __future__ import annotations

LETTERS = dict(zip(
    "АБВГДЕЁЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ№", "ABVGDEoJZIiKLMNOPRSTUFHCcQqxYXeuan", strict=True
))  # fmt: skip
SIGNS = {**dict.fromkeys('"«»“”„', "m"), **dict.fromkeys("'’‘", "j"), "%": "p"}
CYRILLIC = {latin: letter for letter, latin in LETTERS.items()} | {"m": '"', "j": "'", "p": "%"}
QUOTE = "'"


def has_cyrillic(text: str) -> bool:
    return any(character in LETTERS for character in text.upper())


def in_latin(text: str) -> str:
    """A text with Cyrillic in it as SWIFT carries it. A text without any is left as it is."""
    if not has_cyrillic(text):
        return text
    made: list[str] = []
    quoted = False
    for character in text:
        letter = LETTERS.get(character.upper()) or SIGNS.get(character)
        wanted = letter is None if letter or character.isalpha() else quoted
        if wanted is not quoted:
            made.append(QUOTE)
            quoted = wanted
        made.append(letter or character)
    return "".join(made) + (QUOTE if quoted else "")


def in_cyrillic(text: str) -> str:
    """A text that is known to be RUR6 as it was meant. Nothing in a message says that it is."""
    made: list[str] = []
    quoted = False
    for character in text:
        if character == QUOTE:
            quoted = not quoted
            continue
        made.append(character if quoted else CYRILLIC.get(character, character))
    return "".join(made)
