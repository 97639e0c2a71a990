"""What a letter says about a fail, in the language of who reads it, and how it is kept. Pure but for translation."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from decimal import Decimal
from email.utils import format_datetime
from typing import NamedTuple

from django.utils import translation
from django.utils.formats import number_format
from django.utils.translation import gettext

from backoffice.kernel.decimals import plain

FORMAT = "MAIL"
_ENDS = "\n\n"


class Failing(NamedTuple):
    """What is left of a settlement that fails, by its names in both languages; `digits` are those of its currency."""

    ours: str
    theirs: str  # empty where they named none
    us: Mapping[str, str]
    them: Mapping[str, str]
    security: Mapping[str, str]
    isin: str
    quantity: Decimal  # zero of a payment
    amount: Decimal  # zero where it is free of payment
    currency: str
    digits: int
    place: Mapping[str, str]
    delivers: bool
    matched: bool
    since: date


class Letter(NamedTuple):
    to: str
    subject: str
    message_id: str
    dated: datetime
    text: str


def told(failing: Failing, *, name: str, language: str) -> tuple[str, str]:
    """The subject and the text of a letter that asks for what fails."""
    with translation.override(language):
        facts = {
            "ours": failing.ours, "theirs": failing.theirs or gettext("not known to us"), "name": name,
            "us": failing.us[language], "them": failing.them[language],
            "amount": f"{_grouped(failing.amount, failing.digits)} {failing.currency}",
            "place": failing.place[language], "since": f"{failing.since:%Y-%m-%d}",
            "security": failing.security[language], "isin": failing.isin,
            "quantity": _grouped(Decimal(plain(failing.quantity))),
        }  # fmt: skip
        subject = gettext("Fails since %(since)s: our reference %(ours)s, %(security)s") % facts
        lines = [
            gettext("Dear %(name)s,") % facts,
            gettext("a settlement between %(us)s and %(them)s has failed since %(since)s.") % facts,
            "\n".join(line % facts for line in _lines(failing)),
            _asked(failing),
            gettext("Please answer to this letter with our reference %(ours)s.") % facts,
            facts["us"],
        ]
    return subject, _ENDS.join(lines)


def _grouped(number: Decimal, digits: int | None = None) -> str:
    return str(number_format(number, digits, force_grouping=True))


def _lines(failing: Failing) -> list[str]:
    found = [
        gettext("Our reference: %(ours)s"), gettext("Your reference: %(theirs)s"),
        gettext("Place: %(place)s"),
        gettext("We deliver") if failing.delivers else gettext("We receive"),
    ]  # fmt: skip
    if failing.quantity:
        found.append(gettext("Security: %(security)s, ISIN %(isin)s"))
        found.append(gettext("Quantity: %(quantity)s"))
    if failing.amount:
        found.append(gettext("Amount: %(amount)s"))
    return found


def _asked(failing: Failing) -> str:
    """What the other side can do about it, by how far it has come."""
    if not failing.matched:
        return gettext("Please instruct on your side, or tell us what of ours differs from yours.")
    if failing.delivers:
        return gettext(
            "Both instructions match. Please tell us what holds it up, and have the money there."
        )
    return gettext(
        "Both instructions match. Please deliver, and tell us by when you will have the securities."
    )


def kept(letter: Letter) -> bytes:
    """A letter as it is kept, and shown: a line for each of its members, an empty one, and the text."""
    head = "\n".join(
        [
            f"To: {letter.to}", f"Subject: {letter.subject}", f"Message-ID: {letter.message_id}",
            f"Date: {letter.dated.isoformat()}",
        ]
    )  # fmt: skip
    return f"{head}{_ENDS}{letter.text}\n".encode()


def read(content: bytes) -> Letter:
    """The letter that was kept, to the last sign."""
    head, _, text = content.decode().partition(_ENDS)
    members = dict(line.split(": ", 1) for line in head.split("\n"))
    dated = datetime.fromisoformat(members["Date"])
    return Letter(
        members["To"], members["Subject"], members["Message-ID"], dated, text.removesuffix("\n")
    )


def headers(letter: Letter) -> dict[str, str]:
    """The same of every try: whose post takes it twice may know it by them."""
    return {"Message-ID": letter.message_id, "Date": format_datetime(letter.dated)}
