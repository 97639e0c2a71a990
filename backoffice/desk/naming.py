"""What codes of entities, owners, places and assets stand for, where only the codes were kept."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

from django.db.models import CharField, F, Value
from django.utils.html import format_html
from django.utils.safestring import SafeString

from backoffice.templatetags import desk
from refdata.models import Asset, Entity, Party, Place
from refdata.selectors import reference_data

ENTITY, OWNER, PLACE, ASSET = "entity", "owner", "place", "asset"
_MODELS: Mapping[str, Any] = {ENTITY: Entity, OWNER: Party, PLACE: Place, ASSET: Asset}
_HELD = (OWNER, PLACE, ASSET)  # what a holding is named by


class Names(dict[tuple[str, str], SafeString]):
    """Names by (kind, code); what has none is called by its code."""

    def __missing__(self, key: tuple[str, str]) -> str:
        return key[1]


class _Row(NamedTuple):
    kind: str
    code: str
    name: str
    name_ru: str


def names_of(wanted: Iterable[tuple[str, str]]) -> Names:
    """The names of (kind, code), in the reader's language with the code behind each; one statement for all.

    Money, and what is not known, is called by its code.
    """
    codes: dict[str, set[str]] = {}
    for kind, code in wanted:
        if kind != ASSET or code not in reference_data().currencies:
            codes.setdefault(kind, set()).add(code)
    parts = [
        _MODELS[kind]._default_manager.filter(code__in=each).order_by().values_list(
            Value(kind, CharField()), F("code"), F("name"), F("name_ru")
        )
        for kind, each in codes.items()
    ]  # fmt: skip
    if not parts:
        return Names()
    found = map(_Row._make, parts[0].union(*parts[1:], all=True))
    return Names(
        {
            (row.kind, row.code): format_html(
                '<span title="{}">{}</span>', row.code, desk.name(row)
            )
            for row in found
        }
    )


def called(kind: str) -> Callable[[Any], Any]:
    """How a line of codes is called in its `names`, for a column."""
    return lambda row: row["names"][kind, row[kind]]


def holdings_in(facts: Mapping[str, Any]) -> Iterable[tuple[str, str]]:
    """The owners, places and assets that the facts of an explanation name."""
    for rows in facts.values():
        for row in rows if isinstance(rows, list) else ():
            if isinstance(row, Mapping):
                yield from ((kind, row[kind]) for kind in _HELD if kind in row)


def named(row: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """A holding as sentences name it: names where they are known, else the codes."""
    return {kind: names[kind, row[kind]] for kind in _HELD}
