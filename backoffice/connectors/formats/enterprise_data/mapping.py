"""Where values stand in a version of EnterpriseData: data, in `data/*.json`, that a firm can correct without a program.

A template is a list of [element, value] in the order of the format. A value is

* `=text`: this text; `name`: an attribute, as text; `name#codes`: by a table of codes;
* `name@part`: another template over an attribute (`.` is the thing itself), left out where there is none;
* `name*part`: the element once for each of several;
* a list: elements inside this one.

An entry [null, `part`] stands for the entries of a part. A version may be `based_on` another: its own parts, codes and
objects take the place of those.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from backoffice.connectors.formats.enterprise_data.model import Kind

DATA = Path(__file__).parent / "data"
VALUE = re.compile(r"(?P<name>[a-z_]+|\.)(?:(?P<how>[#@*])(?P<what>[a-z_]+))?\Z")
Template = list[list[Any]]


@dataclass(frozen=True, slots=True)
class Value:
    """What stands in an element: an attribute, and how it is said."""

    name: str
    how: str = ""
    what: str = ""


@dataclass(frozen=True, slots=True)
class Version:
    """One version: what its catalogs and documents are called, and where their values stand."""

    version: str
    namespace: str
    source: str
    parts: Mapping[str, Template]
    codes: Mapping[str, Mapping[str, str]]
    catalogs: Mapping[str, tuple[str, Template]]
    objects: Mapping[Kind, tuple[str, Template]]

    def entries(self, template: Template) -> Iterator[tuple[str, Any]]:
        """Its elements in their order, those of parts among them."""
        for name, value in template:
            if name is None:
                yield from self.entries(self.parts[value])
            else:
                yield name, value


def value_of(said: str) -> Value:
    match = VALUE.match(said)
    if match is None:
        raise ValueError(f"{said!r} is no value of a template")
    return Value(match["name"], match["how"] or "", match["what"] or "")


@cache
def versions() -> Mapping[str, Version]:
    """All of them, by their number. Raises ValueError for one that says what no writer does."""
    told = {path.stem: json.loads(path.read_text(encoding="utf-8")) for path in DATA.glob("*.json")}
    return {number: version_in(number, told) for number in sorted(told)}


def version_in(number: str, told: Mapping[str, Any]) -> Version:
    own = told[number]
    before = told[own["based_on"]] if "based_on" in own else {}
    merged = {
        each: {**before.get(each, {}), **own.get(each, {})}
        for each in ("parts", "codes", "catalogs", "objects")
    }
    found = Version(
        version=number, namespace=own["namespace"], source=own["source"], parts=merged["parts"],
        codes=merged["codes"], catalogs={key: (each[0], each[1]) for key, each in merged["catalogs"].items()},
        objects={Kind(key): (each[0], each[1]) for key, each in merged["objects"].items()},
    )  # fmt: skip
    for template in (
        *found.parts.values(),
        *(each for _name, each in (*found.catalogs.values(), *found.objects.values())),
    ):
        _check(found, template)
    if set(found.objects) != set(Kind):
        raise ValueError(f"EnterpriseData {number}: not every kind of document has its object")
    return found


def _check(version: Version, template: Template) -> None:
    for _name, value in version.entries(template):
        if isinstance(value, list):
            _check(version, value)
        elif not value.startswith("="):
            said = value_of(value)
            tables: Mapping[str, Any] = version.codes if said.how == "#" else version.parts
            if said.how and said.what not in tables:
                raise ValueError(f"EnterpriseData {version.version}: {value!r} names nothing")
