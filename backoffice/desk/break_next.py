"""What a person does about a break: said in words, with what is known already filled in."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.desk.labels import SUBJECTS
from backoffice.templatetags import desk
from reconciliation.breaks.pointing import FITS, OWNER, STANDS
from reconciliation.breaks.state import BreakKind
from reconciliation.matching.state import Why
from reconciliation.models import Break
from refdata.models import Party
from refdata.selectors import reference_data

NEXT: dict[str, Any] = {
    BreakKind.BANK: _("Say what it is by a remedy, find its entry on the workbench, or ask the bank."),
    BreakKind.BOOKS: _("Ask the bank where it is: once a statement has it, it goes by itself. What never comes is"
                       " written off."),
    BreakKind.AMOUNT: _("Say what the difference is by a remedy, or ask the bank."),
    BreakKind.OPENING: _("Ask which of both is right. It goes when the books have what was missing, or a corrected"
                         " statement comes."),
    BreakKind.BALANCE: _("Ask the bank for a corrected statement: it goes by itself when that comes."),
    BreakKind.GAP: _("Ask the bank for the statement between the two: it goes by itself when that comes."),
    BreakKind.MISSING: _("Ask the bank for it, and bring its file: it goes by itself."),
    BreakKind.POSITION: _("Ask the place, or correct the books. Compared again, it goes when both say the same."),
    BreakKind.PARTY: _("Ask the counterparty, or correct our deal or settlement. Compared again, it goes when both say"
                       " the same."),
    BreakKind.SYSTEM: _("Find which of both is right, and mend the other. Compared again, it goes when both say"
                        " the same."),
    BreakKind.PENALTY: _("Appeal or accept it on its own page, until the day of its appeal."),
}  # fmt: skip
ASKED: dict[str, Any] = {
    BreakKind.BANK: _("Asked %(place)s what its line of %(day)s is."),
    BreakKind.BOOKS: _("Asked %(place)s where %(of)s of %(day)s is."),
    BreakKind.AMOUNT: _("Asked %(place)s why its amount of %(day)s differs."),
    BreakKind.OPENING: _("Asked %(place)s for its balance before %(day)s."),
    BreakKind.BALANCE: _("Asked %(place)s for a corrected statement of %(day)s."),
    BreakKind.GAP: _("Asked %(place)s for the statement before that of %(day)s."),
    BreakKind.MISSING: _("Asked %(place)s for its statement of %(day)s."),
    BreakKind.POSITION: _("Asked %(place)s for its positions of %(day)s."),
    BreakKind.PARTY: _("Asked %(of)s what is due on %(due)s."),
    BreakKind.SYSTEM: _("Asked those who keep the other system about its figure of %(day)s."),
    BreakKind.PENALTY: _("Asked %(place)s about its penalty of %(day)s."),
}  # fmt: skip


def asked_words(row: Break) -> str:
    """Whom one asks about it, and what: what a person most often notes."""
    facts = {"place": desk.name(row.place), "day": desk.day(row.day), "of": _what(row)}
    if due := row.facts.get("due"):
        facts |= {"due": desk.day(date.fromisoformat(due)), "of": party_of(row)}
    return str(ASKED[row.kind]) % facts


def _what(row: Break) -> str:
    """What an entry is of, as the bank was told; else the entry."""
    if row.entry is None:
        return ""
    _page, prefix = SUBJECTS.get(row.entry.source_type, ("", ""))
    return f"{prefix}-{row.entry.source_id}" if prefix else str(row.entry)


def look_again_on(row: Break, today: date) -> date:
    """The next business day of its place."""
    return reference_data().calendars[row.place.calendar.code].add(today, 1)


def pointers(row: Break, owner: Any = None) -> list[Any]:
    """What else is known of it, in sentences with links; without its name an owner is told by its code."""
    found = []
    if told := row.facts.get(OWNER):
        facts = {"owner": owner or told["owner"], "of": desk.by_reference(told["of"])}
        found.append(format_html(gettext("It is money of {owner}: {of}."), **facts))
    if told := row.facts.get(STANDS):
        link = desk.by_reference(told)
        found.append(
            format_html(
                gettext("Its line stands on an account of somebody else: {line}."), line=link
            )
        )
    if told := row.facts.get(FITS):
        link = desk.by_reference(told)
        found.append(format_html(gettext("It would have fitted {match} as well, made before it was there."),
                                 match=link))  # fmt: skip
    return found


def why_words(row: Break) -> Any:
    """Why it differs, as far as rules found, and what else is known of it."""
    said: list[Any] = [Why(row.why).label] if row.why else []
    if due := row.facts.get("due"):
        said.append(gettext("Due %(day)s.") % {"day": desk.day(date.fromisoformat(due))})
    return format_html_join(" ", "{}", ([each] for each in [*said, *pointers(row)]))


def owner_of(row: Break) -> Any:
    """The name of whose money it is, where it stands on an account of somebody else."""
    code = row.facts.get(OWNER, {}).get("owner")
    return desk.name(Party.objects.get(code=code)) if code else None


def party_of(row: Break) -> str:
    """The counterparty that states another position."""
    code = row.facts.get("party")
    return desk.name(Party.objects.get(code=code)) if code else ""
