"""Lists of sanctions as those who keep them publish them: United Nations, OFAC, European Union.

UN: `CONSOLIDATED_LIST` with INDIVIDUAL and ENTITY. OFAC: `sdnList` (sdn.xml), which counts its own records.
EU: `export` (version 1.1) and the same as CSV, a row for each name, birth date and identifier. OFAC and EU
publish more than one file may have here: bring them zipped.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import date
from pathlib import Path
from xml.etree.ElementTree import Element

from refdata.loading.importing import Loaded, day_in
from refdata.loading.reading import Unreadable, content_of, read_csv, read_xml, text_of
from refdata.loading.sanctions import LONGEST, Entry, File, load_file
from refdata.models import SanctionsVersion

UN, OFAC, EU = "UN", "OFAC-SDN", "EU"
ROOTS = ("CONSOLIDATED_LIST", "sdnList", "export")
EU_COLUMNS = ("fileGenerationDate", "Entity_LogicalId", "Entity_SubjectType", "NameAlias_WholeName")
SDN_COLUMNS = 12  # of sdn.csv, which has no header, no aliases and no date
MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
SDN_KINDS = {"Individual": "PERSON", "Entity": "ENTITY", "Vessel": "VESSEL", "Aircraft": "ENTITY"}
EU_KINDS = {"person": "PERSON", "p": "PERSON", "enterprise": "ENTITY", "e": "ENTITY"}
SDN_SCHEMES = {"SWIFT/BIC": "BIC", "ISIN": "ISIN", "Legal Entity Number": "LEI"}
EU_SCHEMES = {"swiftbic": "BIC", "fiscalcode": "INN"}


def is_eu_csv(header: Sequence[str]) -> bool:
    return set(EU_COLUMNS) <= set(",".join(header).split(";"))


def is_sdn_csv(first: Sequence[str]) -> bool:
    """Whether a line is of sdn.csv, which names nobody's aliases and does not say of which day it is."""
    kinds = {"-0-", "individual", "vessel", "aircraft"}
    return len(first) == SDN_COLUMNS and first[0].isdigit() and first[2] in kinds


def load_published(path: Path) -> Loaded:
    """Load a list by what it begins with. Raises Unreadable, also where most of it is missing."""
    start = content_of(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<"):
        if is_sdn_csv(next(read_csv(path), [])):
            why = "sdn.csv has no aliases and no date: load sdn.xml, which has both"
            raise Unreadable(why, "list-incomplete")
        return load_file(_whole(read_eu_csv(path)))
    root = read_xml(path)
    reader = {"CONSOLIDATED_LIST": _un, "sdnList": _ofac, "export": _eu}[root.tag]
    return load_file(_whole(reader(root)))


def read_eu_csv(path: Path) -> File:
    """Raises Unreadable."""
    rows = csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter=";")
    entries: dict[str, Entry] = {}
    dated = set()
    for number, row in enumerate(rows, 2):
        told = {name: _plain(value) for name, value in row.items() if isinstance(value, str)}
        key = told.get("Entity_LogicalId", "")
        dated.add(told.get("fileGenerationDate", ""))
        entry = entries.setdefault(key, Entry(number, key, "", []))
        kind = told.get("Entity_SubjectType", "").lower()
        entry.kind = entry.kind or EU_KINDS.get(kind, kind.upper())
        _named(entry, [told.get("NameAlias_WholeName", "")])
        entry.birth_date = entry.birth_date or _eu_day(told)
        entry.country = entry.country or _country(told.get("Citizenship_CountryIso2Code", ""))
        entry.reason = entry.reason or _reason(told.get("Entity_Remark", ""))
        code, value = (told.get(f"Identification_{name}", "") for name in ("TypeCode", "Number"))
        _identified(entry, EU_SCHEMES.get(code, ""), value)
    if len(dated) != 1:
        raise Unreadable("a file holds one list of one date", "list-unclear")
    return File(EU, _day(dated.pop(), "%d/%m/%Y"), "", list(entries.values()))


def _eu_day(told: dict[str, str]) -> str:
    given = told.get("BirthDate_BirthDate", "")
    return given[:10] or told.get("BirthDate_Year", "")


def _un(root: Element) -> File:
    entries = []
    for number, each in enumerate([*root.iter("INDIVIDUAL"), *root.iter("ENTITY")], 1):
        person = each.tag == "INDIVIDUAL"
        parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
        name = " ".join(filter(None, (_text(each, part) for part in parts)))
        alias = "INDIVIDUAL_ALIAS" if person else "ENTITY_ALIAS"
        born = each.find("INDIVIDUAL_DATE_OF_BIRTH")
        entry = Entry(
            number, _text(each, "DATAID"), "PERSON" if person else "ENTITY", [],
            birth_date="" if born is None else (_text(born, "DATE")[:10] or _text(born, "YEAR")),
            reason=_reason(" ".join((_text(each, "REFERENCE_NUMBER"), _text(each, "COMMENTS1")))),
        )  # fmt: skip
        other = (_text(found, "ALIAS_NAME") for found in each.iter(alias))
        _named(entry, [name, _text(each, "NAME_ORIGINAL_SCRIPT"), *other])
        entries.append(entry)
    return File(UN, _day(root.get("dateGenerated", "")[:10], "%Y-%m-%d"), "", entries)


def _ofac(root: Element) -> File:
    """The file says how many records it has: one that was cut short is not loaded."""
    entries = []
    for number, each in enumerate(root.iter("sdnEntry"), 1):
        kind = _text(each, "sdnType")
        entry = Entry(
            number, _text(each, "uid"), SDN_KINDS.get(kind, kind.upper()), [],
            birth_date=_born(_text(each, "dateOfBirthList/dateOfBirthItem/dateOfBirth")),
            reason=_reason(
                " ".join(_plain(p.text) for p in each.iter("program")) + " " + _text(each, "remarks")
            ),
        )  # fmt: skip
        _named(entry, [_sdn_name(each), *(_sdn_name(aka) for aka in each.iter("aka"))])
        for told in each.iter("id"):
            scheme = SDN_SCHEMES.get(_text(told, "idType"), "")
            if _text(told, "idType") == "Tax ID No." and _text(told, "idCountry") == "Russia":
                scheme = "INN"
            _identified(entry, scheme, _text(told, "idNumber"))
        entries.append(entry)
    about = root.find("publshInformation")  # as it is spelled there
    count = "" if about is None else _text(about, "Record_Count")
    if about is None or count != str(len(entries)):
        raise Unreadable(
            f"it says {count or 'no'} records and has {len(entries)}", "list-cut-short"
        )
    return File(OFAC, _day(_text(about, "Publish_Date"), "%m/%d/%Y"), "", entries)


def _sdn_name(element: Element) -> str:
    return " ".join(filter(None, (_text(element, "firstName"), _text(element, "lastName"))))


def _eu(root: Element) -> File:
    entries = []
    for number, each in enumerate(root.iter("sanctionEntity"), 1):
        subject = each.find("subjectType")
        kind = "" if subject is None else subject.get("code", "").lower()
        born, citizen = each.find("birthdate"), each.find("citizenship")
        entry = Entry(
            number, each.get("logicalId", ""), EU_KINDS.get(kind, kind.upper()), [],
            country="" if citizen is None else _country(citizen.get("countryIso2Code", "")),
            birth_date="" if born is None else (born.get("birthdate", "")[:10] or born.get("year", "")),
            reason=_reason(f"{each.get('euReferenceNumber', '')} {_text(each, 'remark')}"),
        )  # fmt: skip
        _named(entry, [_eu_name(alias) for alias in each.iter("nameAlias")])
        for told in each.iter("identification"):
            scheme = EU_SCHEMES.get(told.get("identificationTypeCode", ""), "")
            _identified(entry, scheme, _plain(told.get("number", "")))
        entries.append(entry)
    return File(EU, _day(root.get("generationDate", "")[:10], "%Y-%m-%d"), "", entries)


def _eu_name(alias: Element) -> str:
    whole = _plain(alias.get("wholeName", ""))
    parts = (alias.get(name, "") for name in ("firstName", "middleName", "lastName"))
    return whole or _plain(" ".join(parts))


def _whole(file: File) -> File:
    """Whoever is not in a list any more is not looked for: one that lost half of itself is another file."""
    rows = SanctionsVersion.objects.filter(list_code=file.list_code).order_by("-number")
    before = rows.values_list("entries", flat=True).first() or 0
    if not file.entries or len(file.entries) * 2 < before:
        raise Unreadable(
            f"it has {len(file.entries)} entries, the version in use {before}: is it the whole list?",
            "list-shrunk",
        )
    return file


def _named(entry: Entry, names: Iterable[str]) -> None:
    """Each spelling once, the main one first; empty ones stand for nothing."""
    entry.names += [name for name in dict.fromkeys(names) if name and name not in entry.names]


def _identified(entry: Entry, scheme: str, value: str) -> None:
    if scheme and value and len(value) <= 40 and [scheme, value] not in entry.identifiers:
        entry.identifiers.append([scheme, value])


def _text(element: Element, path: str) -> str:
    return _plain(element.findtext(path))


def _plain(text: str | None) -> str:
    """On one line, without what cannot be printed."""
    return " ".join("".join(c if c.isprintable() else " " for c in text or "").split())


def _reason(text: str) -> str:
    return _plain(text)[:LONGEST]


def _country(code: str) -> str:
    return code.upper() if re.fullmatch("[A-Za-z]{2}", code) else ""


def _born(text: str) -> str:
    """A date of birth as ISO writes it; of one that is not certain the year."""
    day = re.fullmatch(r"(\d{2}) (\w{3}) (\d{4})", text)
    if day and day[2] in MONTHS:
        return f"{day[3]}-{MONTHS.index(day[2]) + 1:02d}-{day[1]}"
    year = re.search(r"\b(1[89]|20)\d{2}\b", text)
    return year[0] if year else ""


def _day(text: str, layout: str) -> date:
    try:
        return day_in(text, layout)
    except ValueError as error:
        raise Unreadable(f"the date of the list: {error}", "list-unclear") from None
