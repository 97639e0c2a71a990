"""From bytes to terms: the fast path decodes, and when it refuses, every problem is explained.

msgspec alone takes `NaN`, `Infinity`, `1e400`, underscores and Arabic digits as numbers, so numbers
are strings with a pattern, and `decimals.parse` reads them.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any, TypeVar

import msgspec

from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.products import PRODUCTS
from deals.terms import Terms

_generic = msgspec.json.Decoder()

S = TypeVar("S", bound=msgspec.Struct)


class Unreadable(Invalid):
    code = "unreadable"
    title = gettext_noop("The input cannot be read")
    detail = gettext_noop("%(why)s")
    hint = gettext_noop("Send one JSON object, in UTF-8, as the documentation shows.")
    malformed = True


class WrongShape(Invalid):
    code = "invalid-input"
    title = gettext_noop("The input does not have the right shape")
    detail = gettext_noop("%(count)s problems were found.")
    hint = gettext_noop("Mend the members named in errors.")
    malformed = True


def read_terms(raw: bytes) -> Terms:
    """The terms in a JSON object. Raises Unreadable or WrongShape, with all problems at once."""
    return terms_of(read_document(raw))


def object_in(
    raw: bytes | str, decode: Callable[[bytes | str], Any] = msgspec.json.decode
) -> dict[str, Any]:
    """The JSON object that a text is. Raises Unreadable."""
    try:
        document = decode(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise Unreadable(why=str(error)) from None
    if not isinstance(document, dict):
        raise Unreadable(why="A JSON object is expected.")
    return document


def read_document(raw: bytes) -> dict[str, Any]:
    """A JSON object in which no member stands twice. Raises Unreadable or WrongShape."""
    document = object_in(raw, _generic.decode)
    if raw.count(b'"') != _quotes(document) or b"\\" in raw:
        _refuse_duplicates(raw)
    return document


def terms_of(document: dict[str, Any]) -> Terms:
    """The terms in a decoded object; used by files and pages as well."""
    name = document.get("product")
    product = PRODUCTS.get(name) if isinstance(name, str) else None
    if product is None:
        problems = list(_explain_product(document))
        raise WrongShape(problems, count=len(problems))
    return shaped(document, product.terms)


def shaped(document: Mapping[str, Any], shape: type[S]) -> S:
    """The decoded object as what it should be. Raises WrongShape, with all problems at once."""
    try:
        return msgspec.convert(document, shape)
    except (msgspec.ValidationError, TypeError, RecursionError):
        problems = list(explain(document, shape))
        raise WrongShape(problems or [_unexplained()], count=len(problems) or 1) from None


def _explain_product(document: dict[str, Any]) -> Iterator[FieldProblem]:
    """What the document lacks to be any product, and what is wrong with the members of all."""
    yield FieldProblem(
        "/product", "unknown-product",
        gettext_noop("The product is not one that is known here."),
        gettext_noop("Known are: %(known)s."), {"known": ", ".join(PRODUCTS)},
    )  # fmt: skip
    for problem in explain(document, Terms):
        if problem.code != "unknown-member" and problem.pointer != "/product":
            yield problem


def _unexplained() -> FieldProblem:
    return FieldProblem("", "invalid", gettext_noop("The input is not as documented."))


def _quotes(value: Any) -> int:
    """How many quotation marks the JSON of a decoded value has when no name stands twice."""
    if isinstance(value, str):
        return 2
    if isinstance(value, dict):
        return sum(2 + _quotes(member) for member in value.values())
    if isinstance(value, list):
        return sum(_quotes(member) for member in value)
    return 0


def _refuse_duplicates(raw: bytes) -> None:
    twice: list[str] = []

    def pairs(members: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in members]
        twice.extend(sorted({name for name in names if names.count(name) > 1}))
        return dict(members)

    try:
        json.loads(raw, object_pairs_hook=pairs)
    except (ValueError, RecursionError) as error:
        raise Unreadable(why=str(error)) from None
    if twice:
        raise WrongShape(
            [
                FieldProblem(
                    f"/{_pointer(name)}", "duplicate-member",
                    gettext_noop("The member stands there twice."),
                    gettext_noop("Say it once."),
                )
                for name in twice
            ],
            count=len(twice),
        )  # fmt: skip


def explain(value: Any, expected: Any, pointer: str = "") -> Iterator[FieldProblem]:
    """Everything wrong with a decoded value, member by member, in the order of the Struct."""
    if not (isinstance(expected, type) and issubclass(expected, msgspec.Struct)):
        yield from _explain_leaf(value, expected, pointer)
        return
    if not isinstance(value, dict):
        yield FieldProblem(
            pointer, "wrong-type", gettext_noop("An object is expected."),
            gettext_noop("Write it as {...}."),
        )  # fmt: skip
        return
    fields = {field.encode_name: field for field in msgspec.structs.fields(expected)}
    for name in value.keys() - fields.keys():
        yield FieldProblem(
            f"{pointer}/{_pointer(name)}", "unknown-member", gettext_noop("No such member is known."),
            gettext_noop("Leave it out, or see the documentation for its name."),
        )  # fmt: skip
    for name, field in fields.items():
        where = f"{pointer}/{name}"
        if name not in value:
            if field.required:
                yield FieldProblem(
                    where, "required", gettext_noop("The member is missing."),
                    gettext_noop("Add it."),
                )  # fmt: skip
        else:
            yield from _explain_member(value[name], field.type, where)


def _explain_member(value: Any, expected: Any, pointer: str) -> Iterator[FieldProblem]:
    nested = _struct_in(expected)
    if nested is None or value is None:
        yield from _explain_leaf(value, expected, pointer)
    elif getattr(expected, "__origin__", None) is list:
        yield from _explain_list(value, nested, pointer)
    else:
        yield from explain(value, nested, pointer)


def _explain_list(
    value: Any, element: type[msgspec.Struct], pointer: str
) -> Iterator[FieldProblem]:
    if not isinstance(value, list):
        yield FieldProblem(
            pointer, "wrong-type", gettext_noop("A list is expected."),
            gettext_noop("Write it as [...]."),
        )  # fmt: skip
        return
    for number, each in enumerate(value):
        yield from explain(each, element, f"{pointer}/{number}")


def _struct_in(expected: Any) -> type[msgspec.Struct] | None:
    """The Struct that a member's type holds: itself, optional, or as elements of a list."""
    for part in (expected, *getattr(expected, "__args__", ())):
        if isinstance(part, type) and issubclass(part, msgspec.Struct):
            return part
    return None


def _explain_leaf(value: Any, expected: Any, pointer: str) -> Iterator[FieldProblem]:
    try:
        msgspec.convert(value, expected)
    except (msgspec.ValidationError, TypeError) as error:
        yield FieldProblem(
            pointer, "invalid", gettext_noop("%(why)s"), _hint_for(expected), {"why": str(error)}
        )


def _hint_for(expected: Any) -> str:
    if "[0-9]{1,15}" in repr(expected):
        return gettext_noop(
            "Send a string in plain decimal notation: at most 15 digits before the point and 12 after."
        )
    return gettext_noop("See the documentation of this member.")


def _pointer(name: str) -> str:
    """A member's name inside a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")
