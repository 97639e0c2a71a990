"""The lists of Rosfinmonitoring as XML, as its portal hands them to those who must freeze (law 115-FZ).

    Перечень         extremists and terrorists: ДатаПеречня, АктуальныйПеречень/Субъект
    СписокРешений    decisions of the commission on the financing of terrorism: ДатаСписка,
                     СписокАктуальныхРешений/Решение/СписокСубъектов/Субъект
    (any other root) proliferation of weapons of mass destruction: ДатаСписка, АктуальныйСписок/Субъект

A Субъект has an ИдСубъекта and is a ФЛ (ФИО, ФИОЛат, Фамилия, Имя, Отчество, ДатаРождения or ГодРождения,
ИНН) or a ЮЛ or Орг (Наименование, НаименованиеЛат, ИНН), with СписокДрНаименований of further names, each
ДрНаименование in such elements or as text. One name may hold others, in brackets, in quotes or after a
semicolon: each counts by itself besides the whole.
What was taken off a list since (ПоследниеИсключенные and the like) stands beside it and is not read.
The portal describes the layout to those who may log in only: it is as public programs read and write it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

from refdata.loading.listed import day_of, identified, named, plain, reason_of, text_in
from refdata.loading.reading import Unreadable
from refdata.loading.sanctions import Entry, File

TERRORISTS, DECISIONS, WEAPONS = "RFM-TERROR", "RFM-MVK", "RFM-WMD"
ROOTS = ("Перечень", "СписокРешений")
_LISTS = (
    (TERRORISTS, "ДатаПеречня", "АктуальныйПеречень"),
    (DECISIONS, "ДатаСписка", "СписокАктуальныхРешений"),
    (WEAPONS, "ДатаСписка", "АктуальныйСписок"),
)
_NAMES = ("ФИО", "ФИОЛат", "Наименование", "НаименованиеЛат")
_PARTS = ("Фамилия", "Имя", "Отчество")
_SHORTEST = 3  # letters of a name within a name
_BRACKETS = re.compile(
    r"\(([^()]*)(?:\)|$)"
)  # the innermost; one that is not closed goes to the end
_QUOTED = re.compile(r'«([^«»]+)(?:»|$)|["“”„]([^"“”„]+)(?:["“”„]|$)')
_INTRODUCED = re.compile(r"^[^:]*?(?::| [-–—] )")  # (прежнее название - …), (другие названия: …)


def is_list(root: Element) -> bool:
    return root.tag in ROOTS or root.find("АктуальныйСписок") is not None


def read(root: Element) -> File:
    """Raises Unreadable where there is no list in it, or it says no day."""
    for code, dated, current in _LISTS:
        inside = root.find(current)
        if inside is not None:
            day = day_of(text_in(root, dated)[:10], "%Y-%m-%d")
            return File(code, day, "", _entries(inside))
    raise Unreadable(f"{root.tag} holds none of its lists", "list-unclear")


def _entries(inside: Element) -> list[Entry]:
    """Each subject once: several decisions may be about one, and say different names of it."""
    found: dict[str, Entry] = {}
    for number, subject in enumerate(inside.iter("Субъект"), 1):
        key = text_in(subject, "ИдСубъекта") or text_in(subject, "УНС")
        entry = found.setdefault(key or f"row {number}", Entry(number, key, "", []))
        person = subject.find("ФЛ")
        about = person if person is not None else subject.find("ЮЛ")
        about = about if about is not None else subject.find("Орг")
        if about is None:
            continue  # without a kind it is a problem of its row
        entry.kind = "PERSON" if person is not None else "ENTITY"
        named(entry, _names(about))
        entry.birth_date = entry.birth_date or (
            text_in(about, "ДатаРождения")[:10] or text_in(about, "ГодРождения")
        )
        for inn in about.iter("ИНН"):
            identified(entry, "INN", plain(inn.text))
        told = (text_in(subject, "РешениеПоСубъекту"), text_in(subject, "Примечание"))
        entry.reason = reason_of(" ".join((entry.reason, *told)))
    return list(found.values())


def _names(about: Element) -> Iterator[str]:
    for element in (about, *about.iter("ДрНаименование")):
        for name in _NAMES:
            yield from names_in(text_in(element, name))
        yield from names_in(" ".join(filter(None, (text_in(element, part) for part in _PARTS))))
        yield from names_in(plain(element.text))


def names_in(told: str) -> Iterator[str]:
    """The whole, without the star that marks terrorists, and each name that stands within it.

    None is cut: one that is longer than an entry keeps is a problem of its row.
    """
    rest = told.replace("*", "").strip()
    yield rest
    within: list[str] = []
    while found := _BRACKETS.findall(rest):
        within += found
        rest = _BRACKETS.sub(" ", rest)
    for text in (rest, *within, *(_INTRODUCED.sub("", each) for each in within)):
        for each in (text, *text.split(";"), *map("".join, _QUOTED.findall(text))):
            name = " ".join(each.split()).strip(" ,;:-–—")
            if sum(letter.isalpha() for letter in name) >= _SHORTEST:
                yield name
