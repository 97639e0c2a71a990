"""camt.052, 053 and 054 of versions 02 to 13, alone or in an envelope, with any number of statements.

Read as a stream: an entry is let go of when its line is made, so that a day of a large account stays small.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from backoffice.connectors.formats.camt import versions
from backoffice.connectors.formats.camt.entries import line_of
from backoffice.connectors.formats.camt.values import ZERO, Values
from backoffice.connectors.formats.cash import (
    Account,
    Balance,
    CashLine,
    CashStatement,
    StatementKind,
    Turnover,
)
from backoffice.connectors.formats.checking import checked
from backoffice.connectors.formats.refusing import Problems, at_line
from backoffice.connectors.formats.xml import Node, check_against_schema, elements_of

NAME = "camt"


@dataclass(slots=True)
class Reader:
    """One file being read, element by element."""

    problems: Problems
    values: Values
    statements: list[CashStatement] = field(default_factory=list)
    documents: int = 0
    family: versions.Family | None = None
    format: str = ""
    header: Node | None = None
    lines: list[CashLine] = field(default_factory=list)

    def begins(self, node: Node) -> None:
        if node.name != "Document":
            return
        self.documents += 1
        self.format = node.namespace.rpartition(":")[2]
        self.family, version = versions.version_of(self.format)
        self.header = None
        if self.family is None:
            self.problems.add("wrong-kind", node, self.format or node.name)
        elif version not in versions.VERSIONS:
            known = f"{versions.VERSIONS[0]}–{versions.VERSIONS[-1]}"
            self.problems.add("unknown-version", node, self.format, known=known)
            self.family = None

    def ends(self, node: Node) -> None:
        family = self.family
        if family is None:
            return
        parent = node.element.getparent()
        above = Node(parent).name if parent is not None else ""
        if node.name == "Ntry" and above != family.statement:
            self.problems.add("misplaced", node, node.name)
        elif node.name == "Ntry":
            self.lines.append(line_of(node, len(self.lines) + 1, self.values))
            node.forget()
        elif node.name == "GrpHdr" and above == family.message:
            self.header = node
        elif node.name == family.statement and above == family.message:
            statement = self._statement(node, family)
            self.statements.append(checked(statement))
            self.lines = []
            node.forget()
        elif node.name == family.message and above == "Document":
            self._message_ends(node, family)
        elif node.name == "Document":
            self._document_ends(node, family)

    def _message_ends(self, node: Node, family: versions.Family) -> None:
        if not self.header:
            self.problems.add("missing-element", node, missing="GrpHdr")
        else:
            self.values.required(self.header, "MsgId")
            self.values.required(self.header, "CreDtTm")
        if not node.children(family.statement):
            self.problems.add("missing-element", node, missing=family.statement)
        self.values.known(node, frozenset({"GrpHdr", family.statement, "SplmtryData"}))

    def _document_ends(self, node: Node, family: versions.Family) -> None:
        if len(node.children(family.message)) != 1:
            self.problems.add("missing-element", node, missing=family.message)
        self.values.known(node, frozenset({family.message}))
        self.family = None

    def _statement(self, node: Node, family: versions.Family) -> CashStatement:
        values = self.values
        values.known(node, versions.IN_STATEMENT)
        values.once(node, versions.ONCE_IN_STATEMENT)
        account = node.find("Acct")
        balances = [_balance(each, values) for each in node.children("Bal")]
        currency = account.text("Ccy") if account else ""
        chosen = _chosen(balances, family.kind, currency)
        opening, closing = chosen.opening, chosen.closing
        first = opening or closing
        currency = currency or (first.currency if first else "")
        if not currency and self.lines:
            currency = self.lines[0].currency
        period = node.find("FrToDt")
        header = self.header or node
        return CashStatement(
            format=self.format, kind=family.kind, account=self._account(node, account),
            currency=currency, reference=values.required(node, "Id"),
            number=node.text("ElctrncSeqNb", "LglSeqNb"),
            sequence=node.text("StmtPgntn/PgNb", "RptPgntn/PgNb", "NtfctnPgntn/PgNb"),
            from_date=_day_of(period, "Fr", values) or (opening.day if opening else None),
            until_date=_day_of(period, "To", values) or (closing.day if closing else None),
            opening=opening, closing=closing, available=chosen.available,
            forward=tuple(chosen.forward), other=tuple(chosen.other),
            turnover=_turnover(node, values), lines=tuple(self.lines), text=node.text(family.text),
            created_at=values.moment(node, "CreDtTm") or values.moment(header, "CreDtTm"),
            created_text=node.text("CreDtTm") or header.text("CreDtTm"),
            message_id=header.text("MsgId"), encoding="xml",
        )  # fmt: skip

    def _account(self, node: Node, account: Node | None) -> Account:
        number = account.text(*versions.ACCOUNT) if account else ""
        if not number:
            self.problems.add("missing-element", node, missing="Acct/Id")
        servicer = account.find("Svcr") if account else None
        return Account.of(number, servicer.text(*versions.BANK) if servicer else "")


@dataclass(slots=True)
class Chosen:
    """Which of the balances of a statement is which."""

    opening: Balance | None = None
    closing: Balance | None = None
    available: Balance | None = None
    forward: list[Balance] = field(default_factory=list)
    other: list[Balance] = field(default_factory=list)


def _chosen(balances: list[Balance], kind: StatementKind, currency: str) -> Chosen:
    """Booked opening and closing; within a day the first and the last interim balance stand for them.

    Where a balance stands there in several currencies, the account's is taken.
    """

    def one(*codes: str) -> Balance | None:
        for code in codes:
            found = [each for each in balances if each.code == code]
            own = [each for each in found if each.currency == currency] or found
            if own:
                return own[0]
        return None

    opening, closing, available = one("OPBD", "PRCD"), one("CLBD"), one("CLAV")
    if kind is StatementKind.INTRADAY:
        interim = sorted(
            (each for each in balances if each.code == "ITBD"),
            key=lambda each: (each.day or date.min, each.at.timestamp() if each.at else 0.0),
        )
        if len(interim) > 1:
            opening = opening or interim[0]
        closing = closing or (interim[-1] if interim else None)
        available = available or one("ITAV")
    chosen = Chosen(opening, closing, available)
    taken = [id(each) for each in (opening, closing, available) if each]
    for each in balances:
        if id(each) not in taken:
            (chosen.forward if each.code == "FWAV" else chosen.other).append(each)
    return chosen


def _balance(node: Node, values: Values) -> Balance:
    amount = node.find("Amt")
    if not amount:
        values.problems.add("missing-element", node, missing="Amt")
    money = values.money(amount) if amount else None
    day, at = values.day(node, "Dt")
    return Balance(
        code=node.text("Tp/CdOrPrtry/Cd", "Tp/CdOrPrtry/Prtry"), day=day,
        amount=values.sign(node) * (money.amount if money else ZERO),
        currency=money.currency if money else "", at=at,
        intermediate=node.text("Tp/SubTp/Cd") == "INTM",
    )  # fmt: skip


def _day_of(period: Node | None, end: str, values: Values) -> date | None:
    """The day of `FrDtTm` or `FrDt`."""
    if not period:
        return None
    for name in (f"{end}DtTm", f"{end}Dt"):
        found = period.find(name)
        if found:
            return values.day_in(found)
    return None


def _turnover(node: Node, values: Values) -> Turnover | None:
    summary = node.find("TxsSummry")
    if not summary:
        return None
    total, credit, debit = (summary.find(f"Ttl{part}Ntries") for part in ("", "Cdt", "Dbt"))
    net_node = next((f for path in versions.NET if total and (f := total.find(path))), None)
    net = values.decimal(net_node) if net_node else None
    if total and net is not None and total.text(*versions.NET_SIGN) == "DBIT":
        net = -net
    sums = [f.find("Sum") if f else None for f in (total, credit, debit)]
    gross, credits, debits = (values.decimal(each) if each else None for each in sums)
    counts = [values.number(f, "NbOfNtries") if f else None for f in (total, credit, debit)]
    return Turnover(
        credits=credits, debits=debits, credit_count=counts[1], debit_count=counts[2],
        count=counts[0], gross=gross, net=net,
    )  # fmt: skip


def read_camt(raw: bytes, schemas: Path | None = None) -> list[CashStatement]:
    """The statements, reports and notifications of a file, checked. Raises Refused.

    With a folder of schemas, a document whose schema is in it must be valid against it as well.
    """
    problems = Problems(NAME)
    reader = Reader(problems, Values(problems))
    for event, node in elements_of(raw, NAME, versions.READ):
        if event == "start":
            reader.begins(node)
        else:
            reader.ends(node)
    if not reader.documents:
        problems.add("missing-element", at_line(1), missing="Document")
    schema = schemas / f"{reader.format}.xsd" if schemas and reader.format else None
    if schema and schema.is_file():
        check_against_schema(raw, schema, NAME, problems)
    problems.refuse_if_any()
    return reader.statements
