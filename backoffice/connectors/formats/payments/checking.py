"""What a message of payments must be before a byte of it is written. Pure; every problem with its place."""

from __future__ import annotations

import re
from collections import Counter
from decimal import Decimal

from backoffice.connectors.formats.amounts import places_of
from backoffice.connectors.formats.payments.model import (
    Address,
    AddressRule,
    Agent,
    Characters,
    PaymentGroup,
    PaymentOrderFile,
    PaymentParty,
    Profile,
    Transfer,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.kernel.identifiers import problem_with, problem_with_account
from backoffice.kernel.money import Money

VERSIONS = ("03", "09", "12")
LATIN = re.compile(r"[A-Za-z0-9/\-?:().,'+ ]*\Z", re.ASCII)
CURRENCY = re.compile(r"[A-Z]{3}\Z", re.ASCII)
COUNTRY = re.compile(r"[A-Z]{2}\Z", re.ASCII)
CODE = re.compile(r"[A-Z0-9]{1,4}\Z", re.ASCII)
UETR = re.compile(r"[a-f0-9]{8}-[a-f0-9]{4}-4[a-f0-9]{3}-[89ab][a-f0-9]{3}-[a-f0-9]{12}\Z")
IBAN_LIKE = re.compile(r"[A-Z]{2}[0-9]{2}")
MOST_LINES, LONGEST_LINE = 2, 70  # beside town and country
DIGITS = 18
RUSSIAN_CLEARING = "RUCBC"


class Checks:
    """The checks of one message by one profile."""

    def __init__(self, profile: Profile, problems: Problems) -> None:
        self.profile = profile
        self.problems = problems

    def file(self, file: PaymentOrderFile) -> None:
        if self.profile.version not in VERSIONS:
            self.problems.add(
                "unknown-version", "file", self.profile.version, known=", ".join(VERSIONS)
            )
        self.text(file.message_id, "MsgId", 35)
        if file.created_at.tzinfo is None:
            self.problems.add("wrong-date", "CreDtTm", str(file.created_at), form="+03:00")
        self.party(file.initiator, "InitgPty", addressed=False)
        count = sum(1 for _ in file.transfers)
        if count > self.profile.most_transfers:
            most = self.profile.most_transfers
            self.problems.add("not-permitted", "NbOfTxs", str(count), reason=f"≤ {most}")
        if not file.groups:
            self.problems.add("required", "file", missing="PmtInf")
        self.unique([group.id for group in file.groups], "PmtInfId")
        for number, group in enumerate(file.groups, 1):
            self.group(group, f"PmtInf[{number}]")

    def group(self, group: PaymentGroup, where: str) -> None:
        self.text(group.id, f"{where}/PmtInfId", 35)
        self.party(group.debtor, f"{where}/Dbtr", addressed=True)
        self.agent(group.debtor_agent, f"{where}/DbtrAgt")
        self.account(group.debtor_account, group.debtor_agent, f"{where}/DbtrAcct")
        self._matches(CURRENCY, group.currency, f"{where}/DbtrAcct/Ccy", "wrong-currency")
        self._code(group.service_level, f"{where}/PmtTpInf/SvcLvl")
        if not group.transfers:
            self.problems.add("required", where, missing="CdtTrfTxInf")
        self.unique([each.end_to_end_id for each in group.transfers], f"{where}/EndToEndId")
        for number, each in enumerate(group.transfers, 1):
            self.transfer(each, f"{where}/CdtTrfTxInf[{number}]")

    def transfer(self, each: Transfer, where: str) -> None:
        self.identified(each.end_to_end_id, each.instruction_id, each.uetr, where)
        self.amount(each.amount, f"{where}/Amt")
        if each.intermediary:
            self.agent(each.intermediary, f"{where}/IntrmyAgt1")
        self.agent(each.creditor_agent, f"{where}/CdtrAgt")
        self.party(each.creditor, f"{where}/Cdtr", addressed=True)
        self.account(each.creditor_account, each.creditor_agent, f"{where}/CdtrAcct")
        self._code(each.purpose, f"{where}/Purp")
        self.text(each.text, f"{where}/RmtInf/Ustrd", 140, empty=True)
        self.text(each.structured_reference, f"{where}/RmtInf/Strd", 35, empty=True)
        if each.text and each.structured_reference:
            self.problems.add("not-permitted", f"{where}/RmtInf", each.text, reason="Ustrd + Strd")

    def identified(self, end_to_end_id: str, instruction_id: str, uetr: str, where: str) -> None:
        self.text(end_to_end_id, f"{where}/EndToEndId", 35)
        self.text(instruction_id, f"{where}/InstrId", 35, empty=True)
        if uetr and self.profile.version == "03":
            self.problems.add("not-permitted", f"{where}/UETR", uetr, reason="pain.001.001.03")
        elif uetr and not UETR.match(uetr):
            self.problems.add("wrong-value", f"{where}/UETR", uetr, form="UUIDv4")

    def amount(self, money: Money, where: str) -> None:
        amount, currency = money.amount, money.currency
        if not CURRENCY.match(currency):
            self.problems.add("wrong-currency", where, currency)
            return
        places = places_of(currency)
        unit = Decimal(1).scaleb(-places)
        fits = amount.is_finite() and 0 < amount < Decimal(10) ** (DIGITS - places)
        if not fits or amount != amount.quantize(unit):
            self.problems.add("wrong-amount", where, f"{amount:f}")

    def party(self, party: PaymentParty, where: str, *, addressed: bool) -> None:
        """The initiator is known to the bank; whoever pays or is paid has town and country."""
        self.text(party.name, f"{where}/Nm", 140)
        self._identifier("BIC", party.bic, f"{where}/AnyBIC")
        if party.lei and self.profile.version == "03":
            self.problems.add("not-permitted", f"{where}/LEI", party.lei, reason="pain.001.001.03")
        self._identifier("LEI", party.lei, f"{where}/LEI")
        self.text(party.other_id, f"{where}/Othr", 35, empty=True)
        self._code(party.other_scheme, f"{where}/Othr/SchmeNm")
        if party.address:
            self.address(party.address, f"{where}/PstlAdr")
        elif addressed:
            self.problems.add("required", where, missing="PstlAdr")

    def address(self, address: Address, where: str) -> None:
        if not COUNTRY.match(address.country):
            self.problems.add("wrong-value", f"{where}/Ctry", address.country, form="2!a")
        self.text(address.town, f"{where}/TwnNm", 35)
        for name, text, most in (
            ("PstCd", address.post_code, 16), ("StrtNm", address.street, 70),
            ("BldgNb", address.building, 16), ("CtrySubDvsn", address.subdivision, 35),
        ):  # fmt: skip
            self.text(text, f"{where}/{name}", most, empty=True)
        if address.lines and self.profile.addresses is AddressRule.STRUCTURED:
            self.problems.add(
                "not-permitted", f"{where}/AdrLine", address.lines[0], reason="STRUCTURED"
            )
        if len(address.lines) > MOST_LINES:
            found = "; ".join(address.lines)
            self.problems.add("not-permitted", f"{where}/AdrLine", found, reason=f"≤ {MOST_LINES}")
        for line in address.lines:
            self.text(line, f"{where}/AdrLine", LONGEST_LINE)

    def agent(self, agent: Agent, where: str) -> None:
        if not agent.bic and not agent.member:
            self.problems.add("required", where, missing="BICFI")
        self._identifier("BIC", agent.bic, f"{where}/BICFI")
        if agent.clearing == RUSSIAN_CLEARING:
            self._identifier("BIK", agent.member, f"{where}/MmbId")
        self._matches(
            re.compile(r"[A-Z0-9]{1,5}\Z"), agent.clearing, f"{where}/ClrSysId", "wrong-value"
        )
        self.text(agent.member, f"{where}/MmbId", 35, empty=not agent.clearing)
        self.text(agent.name, f"{where}/Nm", 140, empty=True)
        if agent.address:
            self.address(agent.address, f"{where}/PstlAdr")

    def account(self, number: str, agent: Agent, where: str) -> None:
        """An IBAN by its check digits, a Russian account by its key with its bank's BIK."""
        problem: str | None = None
        if IBAN_LIKE.match(number):
            problem = problem_with("IBAN", number)
        elif agent.clearing == RUSSIAN_CLEARING and not problem_with("BIK", agent.member):
            problem = problem_with_account(number, agent.member)
        elif not LATIN.match(number):
            problem = "characters"
        if problem:
            self.problems.add("wrong-value", where, number, form=problem)
        self.text(number, where, 34)

    def text(self, text: str, where: str, most: int, *, empty: bool = False) -> None:
        wrong = {c for c in text if not c.isprintable()}
        if self.profile.characters is Characters.LATIN:
            wrong |= {c for c in text if not LATIN.match(c)}
        if wrong:
            told = " ".join(sorted(map(repr, wrong)))
            self.problems.add("wrong-characters", where, text, characters=told)
        if len(text) > most:
            self.problems.add("too-long", where, text, most=most)
        if not text and not empty:
            self.problems.add("required", where, missing=where.rpartition("/")[2])
        elif text != text.strip():
            self.problems.add("wrong-value", where, text, form="‹…›")

    def _identifier(self, scheme: str, value: str, where: str) -> None:
        if value and problem_with(scheme, value):
            self.problems.add("wrong-value", where, value, form=scheme)

    def _code(self, text: str, where: str) -> None:
        self._matches(CODE, text, where, "wrong-value")

    def _matches(self, form: re.Pattern[str], text: str, where: str, code: str) -> None:
        if text and not form.match(text):
            self.problems.add(code, where, text, form=form.pattern.removesuffix("\\Z"))

    def unique(self, ids: list[str], where: str) -> None:
        for id, count in Counter(ids).items():
            if count > 1:
                self.problems.add("repeated-field", where, id)
