"""A rule's own vectors: what is given and what the rule must make of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import Any, NamedTuple, TypeVar

import msgspec

from backoffice.kernel.decimals import parse, plain
from backoffice.kernel.errors import Conflict, Invalid, Refusal
from backoffice.kernel.i18n import gettext_noop
from refdata.dated_rules.kinds import RuleKind

Value = TypeVar("Value", bound=msgspec.Struct)
MOST_VECTORS = 100
MOST_BYTES = 100_000  # of a value, and of all vectors together


class RuleMalformed(Invalid):
    code = "rule-malformed"
    title = gettext_noop("The rule does not say what its kind asks for")
    detail = gettext_noop("%(what)s: %(problem)s.")
    hint = gettext_noop("Write it as the rules of that kind that are in force are written.")


class RuleWithoutVectors(Conflict):
    code = "rule-without-vectors"
    title = gettext_noop("The rule brings no vectors")
    detail = gettext_noop("%(rule)s has nothing that shows what it computes.")
    hint = gettext_noop("Propose it again with at least one example and its expected result.")


class VectorFails(Conflict):
    code = "rule-vector-fails"
    title = gettext_noop("The rule does not compute what its own vector expects")
    detail = gettext_noop("%(vector)s: expected %(expected)s, computed %(computed)s.")
    hint = gettext_noop("Find out which of the two is wrong, then propose the rule again.")


class Vector(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    given: dict[str, Any]
    expected: Any


class Tried(NamedTuple):
    """What a vector came to; `expected` and `computed` as they are shown."""

    name: str
    given: dict[str, Any]
    expected: str
    computed: str
    passes: bool


def require_storable(what: str, raw: Any) -> None:
    """Raises RuleMalformed for JSON that the database cannot hold, or that nobody would read."""
    try:
        written = msgspec.json.encode(raw)
    except (UnicodeEncodeError, RecursionError):
        raise RuleMalformed(what=what, problem="not text") from None
    if b"\\u0000" in written or len(written) > MOST_BYTES:
        raise RuleMalformed(what=what, problem=f"a NUL, or more than {MOST_BYTES} bytes")


def value_of(kind: RuleKind[Value], raw: Any) -> Value:
    """The value as its kind reads it. Raises RuleMalformed."""
    try:
        return msgspec.convert(raw, kind.value)
    except msgspec.ValidationError as error:
        raise RuleMalformed(what="value", problem=str(error)) from None


def vectors_of(kind: RuleKind[Any], raw: Any) -> list[Vector]:
    """The vectors, each given and expecting what its kind computes with. Raises RuleMalformed."""
    try:
        vectors = msgspec.convert(raw, list[Vector])
    except msgspec.ValidationError as error:
        raise RuleMalformed(what="vectors", problem=str(error)) from None
    if len(vectors) > MOST_VECTORS:
        raise RuleMalformed(what="vectors", problem=f"more than {MOST_VECTORS}")
    for vector in vectors:
        try:
            msgspec.convert(vector.given, kind.given)
            _expected(kind, vector.expected)
        except (msgspec.ValidationError, ValueError) as error:
            raise RuleMalformed(what=vector.name, problem=str(error)) from None
    return vectors


def try_vectors(kind: RuleKind[Any], value: Any, vectors: Sequence[Vector]) -> list[Tried]:
    """Run each vector through the function that computes."""
    return [_tried(kind, value, vector) for vector in vectors]


def require_vectors(rule: str, tried: Sequence[Tried]) -> None:
    """Raises RuleWithoutVectors, or VectorFails for the first one that does not hold."""
    if not tried:
        raise RuleWithoutVectors(rule=rule)
    for each in tried:
        if not each.passes:
            raise VectorFails(vector=each.name, expected=each.expected, computed=each.computed)


def _tried(kind: RuleKind[Any], value: Any, vector: Vector) -> Tried:
    expected = _expected(kind, vector.expected)
    try:
        found = kind.compute(value, msgspec.convert(vector.given, kind.given))
    except Refusal as refusal:
        return Tried(vector.name, vector.given, _shown(expected), refusal.filled(), passes=False)
    return Tried(vector.name, vector.given, _shown(expected), _shown(found), found == expected)


def _expected(kind: RuleKind[Any], raw: Any) -> Any:
    if kind.found is Decimal:
        return parse(msgspec.convert(raw, str))
    return msgspec.convert(raw, kind.found)


def _shown(found: Any) -> str:
    if isinstance(found, Decimal):
        return plain(found)
    built = msgspec.to_builtins(found)
    if isinstance(built, dict):
        return ", ".join(f"{name} = {value}" for name, value in built.items())
    return str(built)
