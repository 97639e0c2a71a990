"""Codes of a folder and the keys that an installation has for them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from backoffice.going_live.folder import Problems
from backoffice.kernel.i18n import gettext_noop
from refdata.models import Asset, Book, Entity, Party, Place


@dataclass(frozen=True, slots=True)
class Names:
    """Keys by code, of everything that a folder names."""

    entities: Mapping[str, int]
    parties: Mapping[str, int]
    places: Mapping[str, int]
    assets: Mapping[str, int]
    books: Mapping[str, int]

    @classmethod
    def read(cls, entities: Collection[str] | None = None) -> Names:
        """Of all entities, or of some: the others are not known to what is read."""
        names = cls(*(
            dict(model.objects.values_list("code", "pk"))
            for model in (Entity, Party, Place, Asset, Book)
        ))  # fmt: skip
        if entities is None:
            return names
        return replace(
            names, entities={c: names.entities[c] for c in entities if c in names.entities}
        )

    def find(
        self, table: Mapping[str, int], code: str | None, where: tuple[str, int], problems: Problems
    ) -> int | None:
        """The key of a code; a problem where it is not known. None for no code."""
        if code is None:
            return None
        found = table.get(code)
        if found is None:
            unknown(problems, where, code)
        return found


def unknown(problems: Problems, where: tuple[str, int], value: Any) -> None:
    problems.add(
        *where, "unknown", gettext_noop("%(value)s is not known."),
        gettext_noop("Load the reference data first, or check the spelling."), value=value,
    )  # fmt: skip


def told_twice(
    problems: Problems, where: tuple[str, int], keys: Iterable[Any], known: set[Any]
) -> bool:
    """Whether one of the keys stood there before, which is a problem; all of them are known from here on."""
    keys = set(keys)
    twice = bool(keys & known)
    known |= keys
    if twice:
        problems.add(
            *where,
            "twice",
            gettext_noop("It is told twice."),
            gettext_noop("Each stands there once."),
        )
    return twice
