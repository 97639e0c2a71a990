"""The Bank of Russia's directory of BIKs (ED807): participants, their SWIFT codes and accounts."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import NamedTuple
from xml.etree.ElementTree import Element

from django.db import transaction

from backoffice.kernel.identifiers import problem_with_account
from refdata.loading.importing import (
    WORDS,
    Loaded,
    Problem,
    add_or_change,
    identifier,
    sorted_out,
)
from refdata.loading.reading import Unreadable, read_xml
from refdata.models import Bank

SOURCE = "CBR ED807"


class BankLine(NamedTuple):
    scheme: str
    code: str
    name: str
    country: str
    city: str
    licence: str
    swift: str
    status: str
    valid_from: date | None
    valid_until: date | None
    source: str


class AccountLine(NamedTuple):
    bik: str
    number: str
    kind: str
    kept_at: str
    status: str
    valid_from: date | None
    valid_until: date | None


def parse_directory(path: Path) -> Iterator[BankLine | AccountLine | Problem]:
    """Each participant and, behind it, its accounts."""
    root = read_xml(path)
    if root.tag != "ED807":
        raise Unreadable(f"the document is {root.tag}, not ED807")
    for row, entry in enumerate(root.findall("BICDirectoryEntry"), start=1):
        bank = _bank(row, entry)
        yield bank
        if isinstance(bank, BankLine):
            for account in entry.findall("Accounts"):
                yield _account(row, bank.code, account)


def _bank(row: int, entry: Element) -> BankLine | Problem:
    bik, about = entry.get("BIC", ""), entry.find("ParticipantInfo")
    if problem := identifier("BIK", bik, row, "BIC"):
        return problem
    if about is None or not about.get("NameP"):
        return Problem(row, "NameP", "the participant has no name", code="missing-value")
    # The default code first; a few participants have one that is not marked as such.
    codes = sorted(entry.findall("SWBICS"), key=lambda each: each.get("DefaultSWBIC") != "1")
    swift = codes[0].get("SWBIC", "") if codes else ""
    if swift and (problem := identifier("BIC", swift, row, "SWBIC")):
        return problem
    try:
        since, until = _day(about, "DateIn"), _day(about, "DateOut")
    except ValueError as error:
        return Problem(row, "DateIn", str(error))
    city = " ".join(filter(None, (about.get("Tnp"), about.get("Nnp"))))
    return BankLine(
        "BIK", bik, about.get("NameP", "")[:200], about.get("CntrCd", "")[:2], city[:120],
        about.get("RegN", "")[:12], swift, about.get("ParticipantStatus", "")[:4], since, until,
        SOURCE,
    )  # fmt: skip


def _account(row: int, bik: str, account: Element) -> AccountLine | Problem:
    """The key of an account is computed with the BIK of the unit that keeps it."""
    number, kept_at = account.get("Account", ""), account.get("AccountCBRBIC", "")
    if code := problem_with_account(number, kept_at):
        detail = f"{number!r} is no account at BIK {kept_at!r}: {WORDS[code]}"
        return Problem(row, "Account", detail, code=code)
    try:
        since, until = _day(account, "DateIn"), _day(account, "DateOut")
    except ValueError as error:
        return Problem(row, "DateIn", str(error))
    kind, status = account.get("RegulationAccountType", ""), account.get("AccountStatus", "")
    return AccountLine(bik, number, kind[:4], kept_at, status[:4], since, until)


def _day(element: Element, name: str) -> date | None:
    text = element.get(name)
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        raise ValueError(f"{text!r} is not a date") from None


@transaction.atomic
def load_directory(path: Path) -> Loaded:
    """Add and change participants and their accounts; those that left the directory stay."""
    rows, problems = sorted_out(parse_directory(path))
    banks = [row for row in rows if isinstance(row, BankLine)]
    found = add_or_change("refdata_bank", ("scheme", "code"), BankLine._fields, banks)
    ids = dict(Bank.objects.filter(scheme="BIK").values_list("code", "pk"))
    accounts = [(ids[row.bik], *row[1:]) for row in rows if isinstance(row, AccountLine)]
    columns = ("bank_id", *AccountLine._fields[1:])
    kept = add_or_change("refdata_bankaccount", ("bank_id", "number"), columns, accounts)
    found.also = {"accounts": kept.good, "accounts new or changed": kept.added + kept.changed}
    return found.and_also(Loaded(problems=problems))
