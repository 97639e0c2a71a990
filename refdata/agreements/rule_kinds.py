"""The dated rule of agreements: how many days before its end one asks to be looked at."""

from __future__ import annotations

from typing import Annotated

import msgspec
from django.utils.translation import gettext_lazy as _
from msgspec import Struct

from refdata.dated_rules.kinds import RuleKind, declare


class Notice(Struct, frozen=True, forbid_unknown_fields=True):
    days: Annotated[int, msgspec.Meta(ge=1, le=365)]


class Left(Struct, frozen=True, forbid_unknown_fields=True):
    """Calendar days until the end."""

    days: int


NOTICE = RuleKind(
    name="agreements.notice",
    title=_("Agreements: days before the end at which somebody is told"),
    value=Notice,
    given=Left,
    found=bool,
    compute=lambda rule, given: 0 < given.days <= rule.days,
)

declare(NOTICE)
