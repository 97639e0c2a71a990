"""What all lists of sanctions share: the texts of an entry as they are kept, and whether a list is whole."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from xml.etree.ElementTree import Element

from refdata.loading.importing import day_in
from refdata.loading.reading import Unreadable
from refdata.loading.sanctions import LONGEST, Entry, File
from refdata.models import SanctionsVersion

MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


def whole(file: File) -> File:
    """Whoever is not in a list any more is not looked for: one that lost half of itself is another file."""
    rows = SanctionsVersion.objects.filter(list_code=file.list_code).order_by("-number")
    entries, names = rows.values_list("entries", "names").first() or (0, 0)
    if not file.entries or len(file.entries) * 2 < entries:
        raise Unreadable(
            f"it has {len(file.entries)} entries, the version in use {entries}: is it the whole list?",
            "list-shrunk",
        )
    told = sum(len(each.names) for each in file.entries)
    if told * 2 < names:
        raise Unreadable(
            f"it has {told} names, the version in use {names}: bring the file of other names with it",
            "list-incomplete",
        )
    return file


def named(entry: Entry, names: Iterable[str]) -> None:
    """Each spelling once, the main one first; empty ones stand for nothing."""
    entry.names += [name for name in dict.fromkeys(names) if name and name not in entry.names]


def identified(entry: Entry, scheme: str, value: str) -> None:
    if scheme and value and len(value) <= 40 and [scheme, value] not in entry.identifiers:
        entry.identifiers.append([scheme, value])


def text_in(element: Element, path: str) -> str:
    return plain(element.findtext(path))


def plain(text: str | None) -> str:
    """On one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())


def reason_of(text: str) -> str:
    return plain(text)[:LONGEST]


def country_of(code: str) -> str:
    return code.upper() if re.fullmatch("[A-Za-z]{2}", code) else ""


def born_on(text: str) -> str:
    """A date of birth as ISO writes it; of one that is not certain the year."""
    day = re.fullmatch(r"(\d{2}) (\w{3}) (\d{4})", text)
    if day and day[2] in MONTHS:
        return f"{day[3]}-{MONTHS.index(day[2]) + 1:02d}-{day[1]}"
    year = re.search(r"\b(1[89]|20)\d{2}\b", text)
    return year[0] if year else ""


def day_of(text: str, layout: str) -> date:
    try:
        return day_in(text, layout)
    except ValueError as error:
        raise Unreadable(f"the date of the list: {error}", "list-unclear") from None
