"""How the columns of a file become the members of deals: a mapping, and a row read by it. Pure.

A mapping is data: which column says what a row is, which columns give which member, what stands for
what, how numbers and dates are written. It guesses nothing: what it does not say is missing.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Annotated, Any, Literal

import msgspec

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.importing.members import (
    FORWARD,
    FX,
    LEFT_OUT,
    REASONS,
    SPOT,
    members,
    members_of,
    required_of,
)
from deals.importing.reading import LOOKED_AT, letter_of
from deals.importing.values import (
    FORMATS,
    WrongCell,
    time_in,
    zone_in,
)
from deals.products import PRODUCTS

Name = Annotated[str, msgspec.Meta(min_length=1, max_length=200)]
Short = Annotated[str, msgspec.Meta(max_length=200)]


class WrongMapping(Invalid):
    code = "wrong-mapping"
    title = gettext_noop("The mapping of the columns does not hold together")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend what is named in errors.")


class Rows(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """Which columns say what a row is, and what each word there means: a product or a reason."""

    columns: list[Name] = []
    values: dict[str, Short] = {}
    otherwise: Short = ""


class MemberMap(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """One member: from the first column that says something, else `default`.

    `values` translates words; `reads` says what else is done: `magnitude` drops the sign, `sign` makes a
    side of it, `quote` takes the second currency of a pair, `pair` writes a pair with a stroke,
    `percent` divides by a hundred. `only` names the products whose rows it is for; without them it is for
    all that have the member.
    """

    member: Name
    columns: list[Name] = []
    default: Short = ""
    values: dict[str, Short] = {}
    reads: Literal["", "magnitude", "percent", "sign", "quote", "pair"] = ""
    only: list[Name] = []


class Reference(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """The external reference: a prefix, and the columns that make a row this deal.

    Without columns the whole row does, with how many like it stood above it: the same export twice, or
    one that overlaps it, adds nothing, and two equal fills of one day are two deals.
    """

    prefix: Annotated[str, msgspec.Meta(max_length=20, pattern=r"^[A-Za-z0-9._/-]*$")] = ""
    columns: list[Name] = []


class MappingTerms(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A mapping as it is proposed, stored and shown."""

    rows: Rows
    members: list[MemberMap]
    reference: Reference = msgspec.field(default_factory=Reference)
    stage: Literal["proposed", "executed"] = "executed"
    decimal: Literal[".", ","] = "."
    dates: list[Name] = msgspec.field(default_factory=lambda: ["YYYY-MM-DD"])
    zone: Name = "UTC"
    time: Short = "12:00"
    blanks: list[Short] = []


def names_of(header: Sequence[str]) -> list[str]:
    """The names of the columns: one that is blank has its letter, one that stands twice its number."""
    found: list[str] = []
    for index, cell in enumerate(header):
        name = " ".join(cell.split()) or f"({letter_of(index)})"
        times = sum(each == name or each.startswith(f"{name} #") for each in found)
        found.append(f"{name} #{times + 1}" if times else name)
    return found


def signature_of(header: Sequence[str]) -> str:
    """What a file is remembered by: the names of its columns in their order, whatever their case."""
    names = "\n".join(name.casefold() for name in names_of(header))
    return hashlib.sha256(names.encode()).hexdigest()


def header_in(rows: Sequence[Sequence[str]], known: Mapping[str, Any]) -> tuple[int, str]:
    """The index of the header and its signature: one that is known, else the first of the widest rows."""
    first = [(index, row) for index, row in enumerate(rows[:LOOKED_AT]) if row]
    for index, row in first:
        signature = signature_of(row)
        if signature in known:
            return index, signature
    plain = [(index, row) for index, row in first if not row[0].startswith("#")] or first
    widest = max((sum(map(bool, row)) for _, row in plain), default=0)
    for index, row in plain:
        if sum(map(bool, row)) == widest:
            return index, signature_of(row)
    return 0, ""


def folded(text: str) -> str:
    """Words compared without their case and spaces: `Fx Swap` is `FXSWAP`."""
    return "".join(text.casefold().split())


def mapping_of(document: Any) -> MappingTerms:
    """A stored or posted mapping. Raises WrongMapping, with everything that is wrong with it."""
    try:
        terms = msgspec.convert(document, MappingTerms)
    except msgspec.ValidationError as error:
        text = str(error)
        raise WrongMapping(
            [FieldProblem("", "invalid", "%(why)s", "", {"why": text})], count=1
        ) from None
    problems = list(_contradictions(terms))
    if problems:
        raise WrongMapping(problems, count=len(problems))
    return terms


def _contradictions(terms: MappingTerms) -> Iterator[FieldProblem]:
    targets = {*PRODUCTS, FX, *REASONS, LEFT_OUT}
    for word in {*terms.rows.values.values(), terms.rows.otherwise} - targets - {""}:
        yield _wrong("/rows", gettext_noop("%(value)s is neither a product nor a reason."), word)
    known = members()
    for index, each in enumerate(terms.members):
        if each.member not in known:
            where = f"/members/{index}/member"
            yield _wrong(where, gettext_noop("%(value)s is no member of a deal."), each.member)
            continue
        for product in each.only:
            where = f"/members/{index}/only"
            if product not in {*PRODUCTS, FX}:
                yield _wrong(where, gettext_noop("%(value)s is no product."), product)
            elif each.member not in members_of(product):
                text = gettext_noop("%(value)s is no member of that product.")
                yield _wrong(where, text, f"{product}: {each.member}")
    for form in set(terms.dates) - set(FORMATS):
        yield _wrong("/dates", gettext_noop("%(value)s is not how dates can be written."), form)
    for pointer, text, read in (("/zone", terms.zone, zone_in), ("/time", terms.time, time_in)):
        try:
            read(text)
        except WrongCell as wrong:
            yield FieldProblem(pointer, wrong.code, wrong.detail, wrong.hint, wrong.facts)


def _wrong(pointer: str, detail: str, value: str) -> FieldProblem:
    return FieldProblem(
        pointer, "wrong-mapping", detail, gettext_noop("See the documentation of mappings."),
        {"value": value},
    )  # fmt: skip


def lacking(terms: MappingTerms) -> dict[str, list[str]]:
    """What rows of each product need and no column or constant gives: such rows are refused or wait."""
    meant = {*terms.rows.values.values(), terms.rows.otherwise} & {*PRODUCTS, FX}
    given = {
        what: {
            each.member
            for each in terms.members
            if not each.only or {what, *((SPOT, FORWARD) if what == FX else ())} & {*each.only}
        }
        for what in meant
    }
    lacks = {what: [n for n in required_of(what) if n not in given[what]] for what in sorted(meant)}
    return {what: names for what, names in lacks.items() if names}


def columns_of(terms: MappingTerms) -> set[str]:
    """The names of all columns that a mapping reads."""
    found = {*terms.rows.columns, *terms.reference.columns}
    return found.union(*(each.columns for each in terms.members))
