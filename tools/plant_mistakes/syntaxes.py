"""How each format spells a statement of cash."""

from __future__ import annotations

import re
from collections.abc import Sequence
from decimal import Decimal
from typing import ClassVar


class Syntax:
    """How a format spells a statement of cash. The text is cut at its lines, whatever stands between them is kept."""

    codec = "utf-8"
    lines: re.Pattern[str]
    amounts: re.Pattern[str]  # of a line: its groups are what stands before, the amount, and after
    ours: re.Pattern[str]
    bank: re.Pattern[str]
    value_date: re.Pattern[str]
    balances: ClassVar[dict[str, re.Pattern[str]]]
    marks: tuple[str, str]  # of a balance: in credit, in debit
    account: re.Pattern[str]
    currency: re.Pattern[str]
    day_form = "%Y-%m-%d"

    def spelt(self, amount: Decimal) -> str:
        return f"{amount:.2f}"

    def amount(self, text: str) -> Decimal:
        return Decimal(text.replace(",", ".").rstrip("."))

    def is_credit(self, line: str, account: str) -> bool:
        raise NotImplementedError

    def turned(self, line: str) -> str:
        """The line with the other sign."""
        raise NotImplementedError

    def moved(self, line: str, old: str, new: str) -> str:
        """The line on another account."""
        return line

    def named(self, line: str, old: str, new: str) -> str:
        """The line with another reference of ours, in its field and wherever its words have it."""
        line = self.ours.sub(lambda m: f"{m[1]}{new}{m[3]}", line, count=1)
        return re.sub(rf"(?<![\w-]){re.escape(old)}(?![0-9])", lambda _: new, line)

    def summed(self, text: str, amounts: Sequence[Decimal]) -> str:
        """What stands around the lines, with the totals that it states of them."""
        return text

    def broken(self, line: str) -> str:
        """The line with an amount that is none."""
        return self.amounts.sub(lambda m: f"{m[1]}{m[2][:-1]}x{m[3]}", line, count=1)


class Camt(Syntax):
    lines = re.compile(r"[ \t]*<Ntry>.*?</Ntry>[ \t]*\r?\n?", re.DOTALL)
    amounts = re.compile(r'(<Amt Ccy="[A-Z]{3}">)([0-9.]+)(</Amt>)')
    ours = re.compile(r"(<InstrId>)(.*?)(</InstrId>)")
    bank = re.compile(r"(<AcctSvcrRef>)(.*?)(</AcctSvcrRef>)")
    value_date = re.compile(r"(<ValDt>\s*<Dt>)(.*?)(</Dt>)")
    balances: ClassVar = {
        name: re.compile(
            rf'<Cd>{code}</Cd>(?:(?!</Bal>).)*?<Amt Ccy="[A-Z]{{3}}">(?P<amount>[0-9.]+)'
            r"</Amt>\s*<CdtDbtInd>(?P<sign>CRDT|DBIT)</CdtDbtInd>",
            re.DOTALL,
        )
        for name, code in (("opening", "OPBD"), ("closing", "CLBD"))
    }
    marks = ("CRDT", "DBIT")
    account = re.compile(r"<Acct>\s*<Id>\s*(?:<Othr>\s*<Id>|<IBAN>)(.*?)</")
    currency = re.compile(r'<Bal>.*?Ccy="([A-Z]{3})"', re.DOTALL)
    signs: ClassVar = {"CRDT": "DBIT", "DBIT": "CRDT"}
    sides: ClassVar = {"Dbtr": "Cdtr", "Cdtr": "Dbtr"}

    def is_credit(self, line: str, account: str) -> bool:
        return "<CdtDbtInd>CRDT" in line

    def turned(self, line: str) -> str:
        line = re.sub(r"(?<=<CdtDbtInd>)(CRDT|DBIT)", lambda m: self.signs[m[1]], line)
        return re.sub(r"(?<=[</])(Dbtr|Cdtr)(?=Acct>|Agt>|>)", lambda m: self.sides[m[1]], line)


class Mt940(Syntax):
    codec = "latin-1"
    lines = re.compile(r"^:61:.*?(?=^:61:|^:62[FM]:|\Z)", re.DOTALL | re.MULTILINE)
    amounts = re.compile(r"(^:61:[0-9]{6}(?:[0-9]{4})?R?[CD][A-Z]?)([0-9]+,[0-9]*)()(?=[NSF])")
    ours = re.compile(r"(^:61:[^\r\n]*?[NSF][A-Z0-9]{3})([^\r\n/]+)()")
    bank = re.compile(r"(:61:[^\r\n]*//)([^\r\n]+)()")
    value_date = re.compile(r"(:61:)([0-9]{6})()")
    balances: ClassVar = {
        name: re.compile(rf":{tag}:(?P<sign>[CD])[0-9]{{6}}[A-Z]{{3}}(?P<amount>[0-9]+,[0-9]*)")
        for name, tag in (("opening", "60F"), ("closing", "62F"))
    }
    marks = ("C", "D")
    account = re.compile(r":25:(?:[^\r\n]*/)?([^\r\n/]+)")
    currency = re.compile(r":60F:[CD][0-9]{6}([A-Z]{3})")
    day_form = "%y%m%d"
    mark = re.compile(r"(:61:[0-9]{6}(?:[0-9]{4})?R?)([CD])")

    def spelt(self, amount: Decimal) -> str:
        whole, _, rest = f"{amount:f}".partition(".")
        return f"{whole},{rest.rstrip('0')}"

    def is_credit(self, line: str, account: str) -> bool:
        found = self.mark.search(line)
        return found is not None and found[2] == "C"

    def turned(self, line: str) -> str:
        return self.mark.sub(lambda m: m[1] + ("D" if m[2] == "C" else "C"), line, count=1)

    def broken(self, line: str) -> str:
        return self.amounts.sub(lambda m: f"{m[1]}{m[2]}x", line, count=1)


class OneC(Syntax):
    codec = "cp1251"
    lines = re.compile(r"СекцияДокумент=.*?КонецДокумента\r?\n", re.DOTALL)
    amounts = re.compile(r"(^Сумма=)([0-9.]+)(\r?$)", re.MULTILINE)
    ours = re.compile(r"(^НазначениеПлатежа=)(\S+)()", re.MULTILINE)
    bank = re.compile(r"(^Номер=)([^\r\n]*)()", re.MULTILINE)
    value_date = re.compile(r"(^(?:ДатаСписано|ДатаПоступило)=)([0-9.]{10})()", re.MULTILINE)
    balances: ClassVar = {
        name: re.compile(rf"^{key}=(?P<sign>-?)(?P<amount>[0-9.]+)", re.MULTILINE)
        for name, key in (("opening", "НачальныйОстаток"), ("closing", "КонечныйОстаток"))
    }
    marks = ("", "-")
    account = re.compile(r"СекцияРасчСчет.*?^РасчСчет=(.*?)\r?$", re.MULTILINE | re.DOTALL)
    currency = re.compile(r"^РасчСчет=.{5}(.{3})", re.MULTILINE)
    day_form = "%d.%m.%Y"
    sides: ClassVar = {
        "Плательщик": "Получатель", "Получатель": "Плательщик", "ДатаСписано": "ДатаПоступило",
        "ДатаПоступило": "ДатаСписано",
    }  # fmt: skip

    def is_credit(self, line: str, account: str) -> bool:
        return (
            re.search(rf"^ПолучательСчет={re.escape(account)}\r?$", line, re.MULTILINE) is not None
        )

    def turned(self, line: str) -> str:
        return re.sub(
            r"^(Плательщик|Получатель|ДатаСписано|ДатаПоступило)",
            lambda m: self.sides[m[1]], line, flags=re.MULTILINE,
        )  # fmt: skip

    def moved(self, line: str, old: str, new: str) -> str:
        return line.replace(old, new)

    def summed(self, text: str, amounts: Sequence[Decimal]) -> str:
        came = sum((each for each in amounts if each > 0), Decimal(0))
        left = -sum((each for each in amounts if each < 0), Decimal(0))
        for key, total in (("ВсегоПоступило", came), ("ВсегоСписано", left)):
            text = re.sub(
                rf"^{key}=[0-9.]+", f"{key}={self.spelt(total)}", text, flags=re.MULTILINE
            )
        return text
