"""The schemas of ISO 20022 that documents are held against. They are no part of this repository."""

from __future__ import annotations

from functools import cache

import pytest
from lxml import etree

from tests.conftest import SHARED

FOLDER = SHARED / "data" / "schemas" / "iso20022"
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@cache
def schema(name: str) -> etree.XMLSchema:
    path = FOLDER / f"{name}.xsd"
    if not path.exists():
        pytest.skip(f"the schema of {name} is not there: {path}")
    return etree.XMLSchema(etree.parse(path))


def against_schemas(raw: bytes) -> list[str]:
    """The names of header and documents in a file, each held against its schema."""
    names = []
    for each in etree.fromstring(raw).iter("{*}AppHdr", "{*}Document"):
        name = (etree.QName(each).namespace or "").removeprefix(NAMESPACE)
        alone = etree.fromstring(etree.tostring(each))
        schema(name).assertValid(alone)
        names.append(name)
    return names
