"""Legal entities: answers of the global LEI register (JSON:API), one record or a page of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any, NamedTuple

from refdata.loading.importing import (
    Loaded,
    Problem,
    add_or_change,
    identifier,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_json


class EntityLine(NamedTuple):
    lei: str
    name: str
    country: str
    category: str
    status: str
    registration: str
    renewal_date: date | None


def parse_entities(path: Path) -> Iterator[EntityLine | Problem]:
    document = read_json(path)
    data = document.get("data") if isinstance(document, dict) else None
    records = data if isinstance(data, list) else [data]
    for row, record in enumerate(records, start=1):
        if not isinstance(record, dict) or record.get("type") != "lei-records":
            raise Unreadable("a record of the LEI register is expected")
        try:
            yield _entity(row, record["attributes"])
        except (KeyError, TypeError, AttributeError) as error:
            yield Problem(row, "attributes", f"the record lacks {error}", code="missing-value")


def _entity(row: int, told: dict[str, Any]) -> EntityLine | Problem:
    entity, registration = told["entity"], told["registration"]
    code = str(told["lei"])
    if problem := identifier("LEI", code, row, "lei"):
        return problem
    renewal = str(registration.get("nextRenewalDate") or "")[:10]
    try:
        renewal_date = date.fromisoformat(renewal) if renewal else None
    except ValueError:
        return Problem(row, "nextRenewalDate", f"{renewal!r} is not a date")
    return EntityLine(
        code, str(entity["legalName"]["name"])[:250],
        str((entity.get("legalAddress") or {}).get("country") or "")[:2],
        str(entity.get("category") or "")[:40], str(entity["status"])[:10],
        str(registration["status"])[:30], renewal_date,
    )  # fmt: skip


def load_entities(path: Path) -> Loaded:
    """Add the entities that are new, and change those whose record has changed."""
    rows, problems = sorted_out(parse_entities(path))
    found = add_or_change("refdata_legalentity", ("lei",), EntityLine._fields, rows)
    return found.and_also(Loaded(problems=problems))
