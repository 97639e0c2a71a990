"""How countries write their IBANs, from the registry as JSON."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from refdata.loading.importing import Loaded, Problem, add_or_change, sorted_out
from refdata.loading.reading import Unreadable, read_json


class StructureLine(NamedTuple):
    country: str
    length: int
    structure: str
    is_sepa: bool


def parse_structures(path: Path) -> Iterator[StructureLine | Problem]:
    document = read_json(path)
    if not isinstance(document, dict) or not document:
        raise Unreadable("an object of countries is expected")
    for row, (country, told) in enumerate(document.items(), start=1):
        yield _structure(row, country, told if isinstance(told, dict) else {})


def _structure(row: int, country: str, told: dict[str, Any]) -> StructureLine | Problem:
    structure, length = str(told.get("iban_spec") or ""), told.get("iban_length")
    # Territories write the IBANs of the country they belong to: French Guiana's begin with FR.
    if not re.fullmatch(r"[A-Z]{2}", country) or not re.match(r"[A-Z]{2}\d", structure):
        return Problem(row, "iban_spec", f"{structure!r} is no structure of {country!r}")
    parts = sum(map(int, re.findall(r"\d+", structure[2:])))
    if length != 2 + parts:
        return Problem(row, "iban_length", f"{length!r} is not the length of {structure!r}")
    return StructureLine(country, length, structure[:60], bool(told.get("in_sepa_zone")))


def load_structures(path: Path) -> Loaded:
    rows, problems = sorted_out(parse_structures(path))
    found = add_or_change("refdata_ibanstructure", ("country",), StructureLine._fields, rows)
    return found.and_also(Loaded(problems=problems))
