"""Lists of sanctions as those who keep them publish them: United Nations, OFAC, EU, Rosfinmonitoring.

UN: `CONSOLIDATED_LIST` with INDIVIDUAL and ENTITY. OFAC: `sdnList` (sdn.xml), which counts its own records,
and sdn.csv with its companions (`ofac_csv`). Rosfinmonitoring: three lists (`rosfinmonitoring`).
EU: `export` (version 1.1) and the same as CSV, a row for each name, birth date and identifier. OFAC and EU
publish more than one file may have here: bring them zipped.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path
from xml.etree.ElementTree import Element

from refdata.loading import ofac_csv, rosfinmonitoring
from refdata.loading.importing import Loaded
from refdata.loading.listed import (
    born_on,
    country_of,
    day_of,
    identified,
    named,
    plain,
    reason_of,
    text_in,
    whole,
)
from refdata.loading.reading import Unreadable, content_of, read_csv, read_xml, text_of
from refdata.loading.sanctions import Entry, File, load_file

UN, OFAC, EU = "UN", ofac_csv.SDN, "EU"
ROOTS = ("CONSOLIDATED_LIST", "sdnList", "export", *rosfinmonitoring.ROOTS)
EU_COLUMNS = ("fileGenerationDate", "Entity_LogicalId", "Entity_SubjectType", "NameAlias_WholeName")
SDN_KINDS = {"Individual": "PERSON", "Entity": "ENTITY", "Vessel": "VESSEL", "Aircraft": "ENTITY"}
EU_KINDS = {"person": "PERSON", "p": "PERSON", "enterprise": "ENTITY", "e": "ENTITY"}
SDN_SCHEMES = {"SWIFT/BIC": "BIC", "ISIN": "ISIN", "Legal Entity Number": "LEI"}
EU_SCHEMES = {"swiftbic": "BIC", "fiscalcode": "INN"}


def is_eu_csv(header: Sequence[str]) -> bool:
    return set(EU_COLUMNS) <= set(",".join(header).split(";"))


def load_published(path: Path) -> Loaded:
    """Load a list by what it begins with. Raises Unreadable, also where most of it is missing."""
    return load_file(whole(_read(path)))


def _read(path: Path) -> File:
    if ofac_csv.in_archive(path):
        return ofac_csv.read(path)
    start = content_of(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start.startswith(b"<"):
        if ofac_csv.is_main(next(read_csv(path), [])):
            return ofac_csv.read(path)
        return read_eu_csv(path)
    root = read_xml(path)
    if rosfinmonitoring.is_list(root):
        return rosfinmonitoring.read(root)
    return {"CONSOLIDATED_LIST": _un, "sdnList": _ofac, "export": _eu}[root.tag](root)


def read_eu_csv(path: Path) -> File:
    """Raises Unreadable."""
    rows = csv.DictReader(io.StringIO(text_of(path), newline=""), delimiter=";")
    entries: dict[str, Entry] = {}
    dated = set()
    for number, row in enumerate(rows, 2):
        told = {name: plain(value) for name, value in row.items() if isinstance(value, str)}
        key = told.get("Entity_LogicalId", "")
        dated.add(told.get("fileGenerationDate", ""))
        entry = entries.setdefault(key, Entry(number, key, "", []))
        kind = told.get("Entity_SubjectType", "").lower()
        entry.kind = entry.kind or EU_KINDS.get(kind, kind.upper())
        named(entry, [told.get("NameAlias_WholeName", "")])
        entry.birth_date = entry.birth_date or _eu_day(told)
        entry.country = entry.country or country_of(told.get("Citizenship_CountryIso2Code", ""))
        entry.reason = entry.reason or reason_of(told.get("Entity_Remark", ""))
        code, value = (told.get(f"Identification_{name}", "") for name in ("TypeCode", "Number"))
        identified(entry, EU_SCHEMES.get(code, ""), value)
    if len(dated) != 1:
        raise Unreadable("a file holds one list of one date", "list-unclear")
    return File(EU, day_of(dated.pop(), "%d/%m/%Y"), "", list(entries.values()))


def _eu_day(told: dict[str, str]) -> str:
    given = told.get("BirthDate_BirthDate", "")
    return given[:10] or told.get("BirthDate_Year", "")


def _un(root: Element) -> File:
    entries = []
    for number, each in enumerate([*root.iter("INDIVIDUAL"), *root.iter("ENTITY")], 1):
        person = each.tag == "INDIVIDUAL"
        parts = ("FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME")
        name = " ".join(filter(None, (text_in(each, part) for part in parts)))
        alias = "INDIVIDUAL_ALIAS" if person else "ENTITY_ALIAS"
        born = each.find("INDIVIDUAL_DATE_OF_BIRTH")
        entry = Entry(
            number, text_in(each, "DATAID"), "PERSON" if person else "ENTITY", [],
            birth_date="" if born is None else (text_in(born, "DATE")[:10] or text_in(born, "YEAR")),
            reason=reason_of(" ".join((text_in(each, "REFERENCE_NUMBER"), text_in(each, "COMMENTS1")))),
        )  # fmt: skip
        other = (text_in(found, "ALIAS_NAME") for found in each.iter(alias))
        named(entry, [name, text_in(each, "NAME_ORIGINAL_SCRIPT"), *other])
        entries.append(entry)
    return File(UN, day_of(root.get("dateGenerated", "")[:10], "%Y-%m-%d"), "", entries)


def _ofac(root: Element) -> File:
    """The file says how many records it has: one that was cut short is not loaded."""
    entries = []
    for number, each in enumerate(root.iter("sdnEntry"), 1):
        kind = text_in(each, "sdnType")
        entry = Entry(
            number, text_in(each, "uid"), SDN_KINDS.get(kind, kind.upper()), [],
            birth_date=born_on(text_in(each, "dateOfBirthList/dateOfBirthItem/dateOfBirth")),
            reason=reason_of(
                " ".join(plain(p.text) for p in each.iter("program")) + " " + text_in(each, "remarks")
            ),
        )  # fmt: skip
        named(entry, [_sdn_name(each), *(_sdn_name(aka) for aka in each.iter("aka"))])
        for told in each.iter("id"):
            scheme = SDN_SCHEMES.get(text_in(told, "idType"), "")
            if text_in(told, "idType") == "Tax ID No." and text_in(told, "idCountry") == "Russia":
                scheme = "INN"
            identified(entry, scheme, text_in(told, "idNumber"))
        entries.append(entry)
    about = root.find("publshInformation")  # as it is spelled there
    count = "" if about is None else text_in(about, "Record_Count")
    if about is None or count != str(len(entries)):
        raise Unreadable(
            f"it says {count or 'no'} records and has {len(entries)}", "list-cut-short"
        )
    return File(OFAC, day_of(text_in(about, "Publish_Date"), "%m/%d/%Y"), "", entries)


def _sdn_name(element: Element) -> str:
    return " ".join(filter(None, (text_in(element, "firstName"), text_in(element, "lastName"))))


def _eu(root: Element) -> File:
    entries = []
    for number, each in enumerate(root.iter("sanctionEntity"), 1):
        subject = each.find("subjectType")
        kind = "" if subject is None else subject.get("code", "").lower()
        born, citizen = each.find("birthdate"), each.find("citizenship")
        entry = Entry(
            number, each.get("logicalId", ""), EU_KINDS.get(kind, kind.upper()), [],
            country="" if citizen is None else country_of(citizen.get("countryIso2Code", "")),
            birth_date="" if born is None else (born.get("birthdate", "")[:10] or born.get("year", "")),
            reason=reason_of(f"{each.get('euReferenceNumber', '')} {text_in(each, 'remark')}"),
        )  # fmt: skip
        named(entry, [_eu_name(alias) for alias in each.iter("nameAlias")])
        for told in each.iter("identification"):
            scheme = EU_SCHEMES.get(told.get("identificationTypeCode", ""), "")
            identified(entry, scheme, plain(told.get("number", "")))
        entries.append(entry)
    return File(EU, day_of(root.get("generationDate", "")[:10], "%Y-%m-%d"), "", entries)


def _eu_name(alias: Element) -> str:
    whole = plain(alias.get("wholeName", ""))
    parts = (alias.get(name, "") for name in ("firstName", "middleName", "lastName"))
    return whole or plain(" ".join(parts))
