"""The terms of a deal as they stand, and as an amendment would have them. Whatever its product."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import msgspec

from backoffice.kernel.errors import Conflict, FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.schema import terms_of
from deals.selectors import posted_terms
from deals.terms import Terms

# What only we note about a deal: nobody agreed on it, nothing is due by it.
DETAILS = frozenset({"uti", "trader", "agreement", "origin", "execution"})
DATE = "settlement.date"
TEXTS = DETAILS | {"external_ref", "account", "client", "book", "counterparty", "instrument"}
FIXED = ("external_ref", "product", "stage", "clearing")  # what makes it this deal


class NothingChanged(Invalid):
    code = "nothing-changed"
    title = gettext_noop("The amendment changes nothing")
    detail = gettext_noop("Every member is as it stands already.")
    hint = gettext_noop("Send the members that are different, or the whole deal anew.")


class MemberStays(Invalid):
    code = "amends-fixed-member"
    title = gettext_noop("An amendment cannot change that")
    detail = gettext_noop("%(members)s stay as they were captured.")
    hint = gettext_noop("Cancel the deal and capture another.")


class OtherBooks(Conflict):
    code = "other-entity"
    title = gettext_noop("The book is another entity's")
    detail = gettext_noop("A deal stays with the legal entity that made it.")
    hint = gettext_noop("Cancel the deal, and capture it for the other entity.")


@dataclass(frozen=True, slots=True)
class Amendment:
    """What was asked for, read: the terms as they would stand, and what of them is different."""

    terms: Terms
    before: Mapping[str, Any]
    after: Mapping[str, Any]

    @property
    def economic(self) -> bool:
        """Whether anything changes that was agreed on, or that something is due by."""
        return not self.before.keys() | self.after.keys() <= DETAILS


def amendment_of(row: Any, document: Mapping[str, Any]) -> Amendment:
    """Read an amendment of a deal: the whole deal anew, or a JSON merge patch (RFC 7396) of it.

    A document that names `external_ref` is the whole deal. Raises WrongShape, NothingChanged,
    MemberStays.
    """
    now = posted_terms(row)
    whole = "external_ref" in document
    wanted = dict(document) if whole else merged(now, document)
    if whole:
        wanted = {"stage": now["stage"]} | wanted  # says nothing: stays as it is
    terms = terms_of(wanted)
    before, after = _compared(terms_of(now)), _compared(terms)
    after.setdefault(DATE, before[DATE])  # by the market's cycle: known when it is resolved
    changed = [name for name in (before | after) if before.get(name) != after.get(name)]
    fixed = sorted(set(changed) & set(FIXED))
    if fixed:
        raise MemberStays(
            [
                FieldProblem(f"/{name}", MemberStays.code, MemberStays.title, MemberStays.hint)
                for name in fixed
            ],
            members=", ".join(fixed),
        )
    if not changed:
        raise NothingChanged()
    return Amendment(
        terms,
        {name: before[name] for name in changed if name in before},
        {name: after[name] for name in changed if name in after},
    )


def merged(target: Mapping[str, Any], patch: Mapping[str, Any]) -> dict[str, Any]:
    """A JSON merge patch applied: null takes a member away, an object is merged, the rest replaces."""
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            inner = result.get(name)
            result[name] = merged(inner if isinstance(inner, Mapping) else {}, value)
        else:
            result[name] = value
    return result


def _compared(terms: Terms) -> dict[str, Any]:
    """The members by what they mean: 1000 and 1000.00 are the same, and so is one moment in two zones.

    What is not said is left out; how it settles stands member by member.
    """
    document = msgspec.to_builtins(terms)
    for name, value in document.pop("settlement", {}).items():
        document[f"settlement.{name}"] = value
    return {
        name: value if name in TEXTS else _meaning(name, value)
        for name, value in document.items()
        if value not in (None, [])
    }


def _meaning(name: str, value: Any) -> Any:
    if isinstance(value, dict):
        return {inner: _meaning(inner, v) for inner, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_meaning(name, each) for each in value]
    if not isinstance(value, str):
        return value
    if name.endswith("_at"):
        try:
            return datetime.fromisoformat(value).astimezone(UTC).isoformat()
        except ValueError:
            return value
    head, dot, tail = value.removeprefix("-").partition(".")
    if dot and head.isdigit() and tail.isdigit():
        return value.rstrip("0").rstrip(".")
    return value
