"""How the numbers of documents are written: a dated rule for each kind of document."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from backoffice.documents.kinds import DocumentKind
from backoffice.documents.rules import written_number
from refdata.dated_rules.kinds import RuleKind, declare

Pattern = Annotated[
    str,
    msgspec.Meta(
        max_length=30, pattern=r"^[^{}\x00-\x1f]*(\{year\}[^{}\x00-\x1f]*)?\{number\}[^{}\x00-\x1f]*$"
    ),
]  # fmt: skip


class NumberFormat(Struct, frozen=True, forbid_unknown_fields=True):
    """A pattern with `{year}` and `{number}`, and to how many digits the number is filled."""

    pattern: Pattern
    digits: Annotated[int, msgspec.Meta(ge=1, le=9)] = 5


class Numbered(Struct, frozen=True, forbid_unknown_fields=True):
    number: Annotated[int, msgspec.Meta(ge=1)]
    year: int


NUMBER_FORMAT = RuleKind(
    name="documents.number",
    title=_("Documents: how their numbers are written"),
    keys=tuple(DocumentKind),
    value=NumberFormat,
    given=Numbered,
    found=str,
    compute=lambda rule, given: written_number(
        rule.pattern, rule.digits, number=given.number, year=given.year
    ),
)
# Where no rule is in force a series still begins: a document must not wait for how it is numbered.
PLAIN = {kind: NumberFormat(f"{kind[:3]}-{{year}}/{{number}}") for kind in DocumentKind}

declare(NUMBER_FORMAT)
