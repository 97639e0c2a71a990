"""The kinds of dated rules there are: each declared once, by the app whose computation it rules.

An app declares its kinds in `<app>/rule_kinds.py`, found when the applications are loaded. A kind
says what the value of a row looks like, what its vectors are given and expect, and the pure function
they exercise, which is the one that computes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import msgspec
from django.utils.module_loading import autodiscover_modules

from backoffice.kernel.decimals import PLAIN
from backoffice.kernel.errors import Broken, Invalid
from backoffice.kernel.i18n import gettext_noop

Value = TypeVar("Value", bound=msgspec.Struct)

# A number as people write it; msgspec's own Decimal would take NaN and 1e400 as well.
Number = Annotated[str, msgspec.Meta(pattern=f"^{PLAIN.pattern}")]


def require_zone(name: str) -> None:
    """Of a value that names a zone. Raises ValueError where the tz database does not know it."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError("zone is not in the tz database") from None


class UnknownRuleKind(Invalid):
    code = "unknown-rule-kind"
    title = gettext_noop("There is no such kind of rule")
    detail = gettext_noop("%(kind)s is not among the kinds of rules: %(known)s.")
    hint = gettext_noop("Choose one of these kinds.")


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleKind(Generic[Value]):
    """`keys` are the scopes a row may be for, without any: one row for all, its key empty.

    Scopes that are data, such as markets, are told by `key_pattern`, the shape of such a key.
    `compute(value, given)` finds what a vector expects, of the type `found`.
    """

    name: str
    title: Any
    value: type[Value]
    given: type[msgspec.Struct]
    found: Any
    compute: Callable[[Value, Any], Any]
    keys: Sequence[str] = ("",)
    key_pattern: str = ""

    def takes(self, key: str) -> bool:
        return key in self.keys or bool(
            self.key_pattern and re.fullmatch(self.key_pattern, key, re.ASCII)
        )


KINDS: dict[str, RuleKind[Any]] = {}


def declare(*kinds: RuleKind[Any]) -> None:
    for kind in kinds:
        if KINDS.setdefault(kind.name, kind) is not kind:
            raise Broken(f"two kinds of rules are named {kind.name}")


def discover() -> None:
    """Import `rule_kinds` of every installed app, so that all kinds are declared."""
    autodiscover_modules("rule_kinds")


def kind_named(name: str) -> RuleKind[Any]:
    """Raises UnknownRuleKind."""
    if name not in KINDS:
        raise UnknownRuleKind(kind=name, known=", ".join(sorted(KINDS)))
    return KINDS[name]
