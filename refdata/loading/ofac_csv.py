"""OFAC's lists as comma-separated files: sdn.csv, and beside it in one archive what belongs to it.

OFAC's data specification: no header, `-0-` for nothing, a number that links the files.
sdn.csv ent_num, SDN_Name, SDN_Type, Program, Title, Call_Sign, Vess_type, Tonnage, GRT, Vess_flag,
Vess_owner, Remarks; alt.csv ent_num, alt_num, alt_type, alt_name, alt_remarks; add.csv has six columns
(addresses, which nothing here is compared with); sdn_comments.csv goes on, after 1,000 characters and
wherever that is, with remarks that were too long. cons_prim.csv with its companions is the list of those
who are not SDNs, in the same layout.

Which file is which its columns say, and which list it is the name of the main one. None says of which day
it is: its stamp in the archive does. A list without its other names is not loaded (decision 0159).
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path

from refdata.loading.listed import born_on, identified, named, plain, reason_of
from refdata.loading.reading import Member, Unreadable, members_of
from refdata.loading.sanctions import Entry, File

SDN, CONSOLIDATED = "OFAC-SDN", "OFAC-CONS"
CODES = {"sdn": SDN, "cons": CONSOLIDATED}  # by how the name of the main file begins
MAIN, OTHER_NAMES, ADDRESSES, COMMENTS = 12, 5, 6, 2  # columns
NOTHING = "-0-"
KINDS = {"": "ENTITY", "individual": "PERSON", "vessel": "VESSEL", "aircraft": "ENTITY"}
_END = "\x1a"  # ends the files as they are published
_IDENTIFIERS = (
    ("BIC", re.compile(r"SWIFT/BIC ([A-Z0-9]{8,11})")),
    ("ISIN", re.compile(r"ISIN ([A-Z0-9]{12})")),
    ("LEI", re.compile(r"Legal Entity Number ([A-Z0-9]{20})")),
    ("INN", re.compile(r"Tax ID No\. (\d{10}|\d{12}) \(Russia\)")),
)
_WEAK = re.compile(r"a\.k\.a\. '(.+)'")  # other names that stand among the remarks
_STAMP_OF_NONE = date(1980, 1, 1)
_TOGETHER = "bring sdn.csv and alt.csv in one archive, or sdn.xml"


def is_main(first: Sequence[str]) -> bool:
    """Whether a line is one of sdn.csv."""
    return len(first) == MAIN and first[0].strip().isdigit() and _told(first[2]) in KINDS


def in_archive(path: Path) -> bool:
    """Whether an archive of several files holds a list of OFAC."""
    return any(is_main(next(_lines(each), [])) for each in members_of(path, ".csv"))


def read(path: Path) -> File:
    """The list in an archive with its companions. Raises Unreadable, also for a file by itself."""
    members = members_of(path, ".csv")
    if not members:
        raise Unreadable(f"sdn.csv by itself has no other names: {_TOGETHER}", "list-incomplete")
    by_width: dict[int, list[Member]] = {}
    for each in members:
        by_width.setdefault(len(next(_lines(each), [])), []).append(each)
    mains = [each for each in by_width.pop(MAIN, []) if is_main(next(_lines(each), []))]
    strange = [each.name for width, some in by_width.items() for each in some
               if width not in (OTHER_NAMES, ADDRESSES, COMMENTS)]  # fmt: skip
    if len(mains) != 1 or strange or any(len(some) > 1 for some in by_width.values()):
        raise Unreadable(
            "an archive holds one list of OFAC as CSV and what belongs to it: sdn.csv, alt.csv,"
            f" add.csv, sdn_comments.csv; here are {', '.join(each.name for each in members)}",
            "list-unclear",
        )
    (main,) = mains
    if OTHER_NAMES not in by_width:
        raise Unreadable(f"alt.csv is not in the archive: {_TOGETHER}", "list-incomplete")
    if main.day <= _STAMP_OF_NONE:
        raise Unreadable("the archive does not say of which day its files are", "list-unclear")
    entries = _entries(main, by_width.get(COMMENTS, []))
    for others in by_width[OTHER_NAMES]:
        for _number, key, row in _rows(others, OTHER_NAMES):
            entry = _of(entries, key, others)
            named(entry, [_name(row[3], entry.kind)])
    return File(_code_of(main), main.day, "", list(entries.values()))


def _code_of(main: Member) -> str:
    for start, code in CODES.items():
        if main.name.lower().startswith(start):
            return code
    raise Unreadable(
        f"{main.name} does not say whether it is sdn.csv or cons_prim.csv", "list-unclear"
    )


def _entries(main: Member, companions: Sequence[Member]) -> dict[str, Entry]:
    entries: dict[str, Entry] = {}
    remarks: dict[str, str] = {}
    for number, key, row in _rows(main, MAIN):
        entries[key], remarks[key] = _entry(number, key, row), _uncut(row[11])
    for comments in companions:
        for _number, key, row in _rows(comments, COMMENTS):
            _of(entries, key, comments)
            remarks[key] += _uncut(row[1])
    for key, entry in entries.items():
        _remarked(entry, plain(remarks[key]))
    return entries


def _lines(member: Member) -> Iterator[list[str]]:
    try:
        text = member.content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = member.content.decode("cp1252", errors="replace")
    try:
        yield from csv.reader(io.StringIO(text.rstrip(f"{_END} \r\n"), newline=""), strict=True)
    except csv.Error as error:
        raise Unreadable(f"{member.name} is not readable CSV: {error}") from None


def _rows(member: Member, columns: int) -> Iterator[tuple[int, str, list[str]]]:
    """Raises Unreadable for a row that is not whole: the file may have been cut there."""
    for number, row in enumerate(_lines(member), 1):
        if len(row) != columns or not row[0].strip().isdigit():
            raise Unreadable(
                f"row {number} of {member.name} has {len(row)} columns instead of {columns}, or no number",
                "list-cut-short",
            )
        yield number, row[0].strip(), row


def _of(entries: dict[str, Entry], key: str, member: Member) -> Entry:
    if key not in entries:
        raise Unreadable(
            f"{member.name} is about {key}, who is not in the list: are the files of one day?",
            "list-unclear",
        )
    return entries[key]


def _told(cell: str) -> str:
    return plain(_uncut(cell))


def _uncut(cell: str) -> str:
    """With the space at its ends: what goes on in another file may have been cut there."""
    return "" if cell.strip() == NOTHING else cell


def _entry(number: int, key: str, row: Sequence[str]) -> Entry:
    kind = KINDS.get(_told(row[2]), _told(row[2]).upper())
    entry = Entry(number, key, kind, [], reason=_told(row[3]))
    named(entry, [_name(row[1], kind)])
    return entry


def _name(cell: str, kind: str) -> str:
    """Of a person the family name stands first, before a comma."""
    last, comma, first = _told(cell).partition(", ")
    return f"{first} {last}" if comma and kind == "PERSON" else _told(cell)


def _remarked(entry: Entry, remarks: str) -> None:
    """Birth, identifiers and further names out of the remarks, which are kept as the reason."""
    for remark in remarks.rstrip(".").split("; "):
        if remark.startswith("DOB ") and not entry.birth_date:
            entry.birth_date = born_on(remark.removeprefix("DOB "))
        for scheme, pattern in _IDENTIFIERS:
            if told := pattern.match(remark):
                identified(entry, scheme, told[1])
        if told := _WEAK.match(remark):
            named(entry, [told[1]])
    entry.reason = reason_of(f"{entry.reason} {remarks}")
