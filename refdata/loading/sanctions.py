"""Lists of sanctions in the general layout, as CSV or XML: read whole, or not at all.

A wrong row would be somebody who is not looked for, so nothing of a file with one is loaded.

CSV: `list,dated,id,kind,name,aliases,country,birth_date,identifiers,reason`; several aliases or
identifiers (`INN:7701234567`) stand apart by `|`. XML: `<sanctions list="" dated="" title="">` with
`<entry id="" kind="">` and in it `name`, `alias`, `country`, `birth_date`, `identifier scheme=""`, `reason`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element

import msgspec
from django.db import connection, transaction

from backoffice.events.copying import copy_rows
from backoffice.events.services import NewEvent, record_events
from backoffice.kernel.i18n import gettext_noop
from backoffice.kernel.rows import array
from refdata.loading.importing import Loaded, Problem, day_in
from refdata.loading.reading import Unreadable, content_of, read_csv, read_xml
from refdata.models import SanctionsVersion
from refdata.screening.names import words_of
from refdata.screening.state import EntryKind

HEADER = (
    "list", "dated", "id", "kind", "name", "aliases", "country", "birth_date", "identifiers", "reason",
)  # fmt: skip
ROOT = "sanctions"
MOST_NAMES, LONGEST = 200, 300
WHOLE = gettext_noop("Mend the row and load the file again: a list is loaded whole, or not at all.")


@dataclass(slots=True)
class Entry:
    """One entry as the file has it, with the row in which it stands."""

    row: int
    key: str
    kind: str
    names: list[str]
    country: str = ""
    birth_date: str = ""
    identifiers: list[list[str]] = field(default_factory=list)
    reason: str = ""

    @property
    def sha256(self) -> str:
        told = [self.kind, self.names, self.country, self.birth_date, self.identifiers, self.reason]
        return hashlib.sha256(msgspec.json.encode(told)).hexdigest()

    def problems(self) -> Iterator[Problem]:
        if not self.key or len(self.key) > 60:
            yield _wrong(self.row, "id", f"{self.key!r} is no key of an entry")
        if self.kind not in EntryKind.values:
            yield _wrong(
                self.row, "kind", f"{self.kind!r} is none of {', '.join(EntryKind.values)}"
            )
        if not any(words_of(name) for name in self.names[:1]) or len(self.names) > MOST_NAMES:
            yield _wrong(self.row, "name", "an entry has a name, and not hundreds of them")
        texts = (*self.names, self.reason, self.birth_date)
        if any(len(text) > LONGEST or not text.isprintable() for text in texts):
            yield _wrong(self.row, "name", f"a text is longer than {LONGEST}, or no text")
        if len(self.country) not in (0, 2) or len(self.birth_date) > 10:
            yield _wrong(self.row, "country", "a country has two letters, a date of birth ten")
        for scheme, value in self.identifiers:
            if not scheme or not value or len(scheme) > 12 or len(value) > 40:
                yield _wrong(self.row, "identifiers", f"{scheme}:{value} is no identifier")


@dataclass(slots=True)
class File:
    """A list as a file has it."""

    list_code: str
    source_date: date
    title: str
    entries: list[Entry]


def _wrong(row: int, name: str, detail: str) -> Problem:
    return Problem(row, name, detail, WHOLE)


def read_list_csv(path: Path) -> File:
    """Raises Unreadable."""
    lines = read_csv(path)
    header = next(lines, [])
    rows = [
        (number, dict(zip(header, cells, strict=False)))
        for number, cells in enumerate(lines, 2)
        if any(cells)
    ]
    about = {(row.get("list", ""), row.get("dated", "")) for _, row in rows}
    if len(about) != 1:
        raise Unreadable(
            "a file holds one list of one date, and at least one entry", "list-unclear"
        )
    ((code, dated),) = about
    entries = [
        Entry(
            number, row.get("id", ""), row.get("kind", "").upper(),
            [row.get("name", ""), *_parts(row.get("aliases", ""))], row.get("country", "").upper(),
            row.get("birth_date", ""),
            [_scheme(each) for each in _parts(row.get("identifiers", ""))], row.get("reason", ""),
        )
        for number, row in rows
    ]  # fmt: skip
    return _file(code, dated, "", entries)


def _parts(cell: str) -> list[str]:
    return [part.strip() for part in cell.split("|") if part.strip()]


def _scheme(text: str) -> list[str]:
    scheme, _, value = text.partition(":")
    return [scheme.strip().upper(), value.strip()]


def read_list_xml(path: Path) -> File:
    """Raises Unreadable."""
    root = read_xml(path)
    entries = [_entry(number, each) for number, each in enumerate(root.iter("entry"), 1)]
    return _file(root.get("list", ""), root.get("dated", ""), root.get("title", ""), entries)


def _entry(number: int, element: Element) -> Entry:
    def text(name: str) -> str:
        return (element.findtext(name) or "").strip()

    aliases = [(each.text or "").strip() for each in element.iter("alias")]
    identifiers = [
        [each.get("scheme", "").upper(), (each.text or "").strip()]
        for each in element.iter("identifier")
    ]
    return Entry(
        number, element.get("id", ""), element.get("kind", "").upper(),
        [text("name"), *filter(None, aliases)], text("country").upper(), text("birth_date"),
        identifiers, text("reason"),
    )  # fmt: skip


def _file(code: str, dated: str, title: str, entries: list[Entry]) -> File:
    try:
        day = day_in(dated, "%Y-%m-%d")
    except ValueError as error:
        raise Unreadable(f"the date of the list: {error}", "list-unclear") from None
    if not code or len(code) > 40 or not code.isprintable() or not entries:
        raise Unreadable("the file says no code of its list, or has no entry", "list-unclear")
    return File(code, day, title[:200], entries)


def load_list(path: Path) -> Loaded:
    """Load a file as the next version of its list. Raises Unreadable, also for an older one."""
    start = content_of(path).removeprefix(b"\xef\xbb\xbf").lstrip()
    return load_file(read_list_xml(path) if start.startswith(b"<") else read_list_csv(path))


def load_file(file: File) -> Loaded:
    """Keep a list that was read, where each of its entries is in order."""
    problems = [problem for entry in file.entries for problem in entry.problems()]
    known: dict[str, int] = {}
    for entry in file.entries:
        if known.setdefault(entry.key, entry.row) != entry.row:
            problems.append(
                _wrong(entry.row, "id", f"{entry.key} stands in row {known[entry.key]}")
            )
    return Loaded(problems=problems) if problems else keep_version(file)


_LAST = """
SELECT id, number, source_date, sha256, now() FROM (SELECT pg_advisory_xact_lock(7000011)) AS locked
  LEFT JOIN (SELECT * FROM refdata_sanctionsversion WHERE list_code = %s
              ORDER BY number DESC LIMIT 1) AS last ON true
"""
_COLUMNS = "list_code, key, kind, names, words, country, birth_date, identifiers, reason, sha256"
_STAGE = f"""
CREATE TEMP TABLE incoming ON COMMIT DROP AS SELECT {_COLUMNS} FROM refdata_sanctionsentry LIMIT 0
"""  # noqa: S608
_ADD = f"""
INSERT INTO refdata_sanctionsentry ({_COLUMNS}) SELECT {_COLUMNS} FROM incoming ON CONFLICT DO NOTHING
"""  # noqa: S608
_MEMBERS = """
INSERT INTO refdata_sanctionsmember (version_id, entry_id)
SELECT %s, e.id FROM incoming i JOIN refdata_sanctionsentry e USING (list_code, key, sha256)
"""
_COMPARED = """
SELECT count(*) FILTER (WHERE o.key IS NULL), count(*) FILTER (WHERE o.sha256 <> i.sha256),
       count(*) FILTER (WHERE o.sha256 = i.sha256), count(*) FILTER (WHERE i.key IS NULL)
  FROM incoming i FULL JOIN (
       SELECT e.key, e.sha256 FROM refdata_sanctionsmember m
         JOIN refdata_sanctionsentry e ON e.id = m.entry_id WHERE m.version_id = %s) o USING (key)
"""
# Whatever is screened is due again, locked in the order in which workers lock it.
_ALL_DUE = """
UPDATE refdata_screeningstanding s SET due = true
  FROM (SELECT id FROM refdata_screeningstanding WHERE NOT due ORDER BY id FOR UPDATE) AS locked
 WHERE s.id = locked.id
"""


@transaction.atomic
def keep_version(file: File) -> Loaded:
    """Store a list as its next version; everything is due to be screened again by that."""
    rows = [_row(file.list_code, entry) for entry in file.entries]
    digest = hashlib.sha256("\n".join(sorted(f"{r[1]} {r[-1]}" for r in rows)).encode()).hexdigest()
    with connection.cursor() as cursor:
        cursor.execute(_LAST, [file.list_code])
        last_id, number, dated, before, at = cursor.fetchone()
        if dated is not None and file.source_date < dated:
            raise Unreadable(f"the list of {dated:%Y-%m-%d} is loaded already", "list-older")
        if (dated, before) == (file.source_date, digest):
            return Loaded(unchanged=len(rows))
        cursor.execute(_STAGE)
        copy_rows("incoming", _COLUMNS, rows)
        cursor.execute(_ADD)
        version = SanctionsVersion.objects.create(
            list_code=file.list_code, number=(number or 0) + 1, title=file.title,
            source_date=file.source_date, sha256=digest, entries=len(rows),
            names=sum(len(entry.names) for entry in file.entries),
        )  # fmt: skip
        cursor.execute(_MEMBERS, [version.pk])
        cursor.execute(_COMPARED, [last_id])
        added, changed, unchanged, removed = cursor.fetchone()
        cursor.execute("DROP TABLE incoming")
        cursor.execute(_ALL_DUE)
    facts = {
        "list": str(version), "dated": file.source_date.isoformat(), "sha256": digest,
        "added": added, "changed": changed, "removed": removed,
    }  # fmt: skip
    event = NewEvent(
        kind="sanctions.load", subject_type="sanctionsversion", subject_id=version.pk, facts=facts
    )
    record_events([event], actor_id=None, at=at)
    return Loaded(added, unchanged, changed=changed, also={"removed": removed})


def _row(code: str, entry: Entry) -> tuple[Any, ...]:
    words = [" ".join(words_of(name)) for name in entry.names]
    return (
        code, entry.key, entry.kind, array(entry.names), array(words), entry.country,
        entry.birth_date,
        msgspec.json.encode(entry.identifiers).decode(), entry.reason[:500], entry.sha256,
    )  # fmt: skip
