"""The page on which a block is shared out: a line for each share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from backoffice.desk.changing import REASON, ChangePage
from backoffice.desk.inputs import Input
from backoffice.kernel.decimals import parse
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.allocating.rules import Share
from settlements.changing.allocating import allocate_deal

SHARES = Input(
    name="shares", title=_("Shares, one a line: 300 or 33.34 %; book; client; account"), kind="json"
)


class UnreadableShare(Invalid):
    code = "unreadable-share"
    title = gettext_noop("A share cannot be read")
    detail = gettext_noop("%(count)s lines cannot be read.")
    hint = gettext_noop("Write one a line: 300; EQ-RU or 33.34 %%; EQ-CL; CL-ANNA; 1.")


class AllocateDeal(ChangePage):
    permission = "deals.allocate_deal"
    acts = ()
    heading, button = _("Allocate"), _("Allocate the block")
    explanation = _(
        "The shares sum to the block: by quantity, or to 100 %. What is left over by rounding goes to the"
        " largest remainders, of securities, money, fees and flows alike."
    )

    def inputs(self, deal: Any) -> Sequence[Input]:
        return [SHARES, REASON]

    def start(self, deal: Any) -> Mapping[str, str]:
        return {"shares": f"100 %; {deal.book.code}"}

    def change(self, deal: Any, typed: Mapping[str, str]) -> None:
        allocate_deal(
            id=deal.pk, shares=read_shares(typed["shares"]), reason=typed["reason"][:500],
            actor=self.user, at=timezone.now(),
        )  # fmt: skip


def read_shares(text: str) -> list[Share]:
    """The shares in the lines of a text. Raises UnreadableShare, naming each line that is none."""
    shares, problems = [], []
    for number, line in enumerate(text.splitlines(), start=1):
        if line.strip():
            try:
                shares.append(_share(line))
            except ValueError:
                problems.append(
                    FieldProblem(
                        "/shares", UnreadableShare.code, gettext_noop("Line %(line)s: %(text)s"),
                        UnreadableShare.hint, {"line": number, "text": line.strip()[:80]},
                    )
                )  # fmt: skip
    if problems:
        raise UnreadableShare(problems, count=len(problems))
    return shares


def _share(line: str) -> Share:
    size, book, *rest = (part.strip() for part in line.split(";"))
    client, account = (*rest, "", "")[:2]
    if len(rest) > 2 or not book:
        raise ValueError(line)
    percent = size.endswith("%")
    value: Decimal = parse(size.removesuffix("%").strip(), scale=8)
    return Share(
        book=book, quantity=None if percent else value, percent=value if percent else None,
        capacity="CLIENT" if client else "OWN", client=client, account=account,
    )  # fmt: skip
