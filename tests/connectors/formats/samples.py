"""What the tests of formats share: the files that were written down by hand, and small texts of our own."""

from __future__ import annotations

import csv
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path

EXPECTED = Path(__file__).resolve().parents[2] / "expected" / "imports.csv"

VECTOR_MT940 = """:20:ST261123
:25:40702810200000000001
:28C:228/1
:60F:C261120RUB100000,00
:61:2611231123D40000,00NTRF20261123000017//B778
:86:OPLATA CENNYH BUMAG PO DOGOVORU 17
:61:2611231123C25000,50NDIVNONREF
:62F:C261123RUB85000,50
"""

VECTOR_ONE_C = """1CClientBankExchange
ВерсияФормата=1.03
Кодировка=Windows
Отправитель=Бэк-офис
ДатаНачала=23.11.2026
ДатаКонца=23.11.2026
РасчСчет=40602810700000000025
СекцияРасчСчет
ДатаНачала=23.11.2026
ДатаКонца=23.11.2026
РасчСчет=40602810700000000025
НачальныйОстаток=100000.00
ВсегоПоступило=25000.50
ВсегоСписано=40000.00
КонечныйОстаток=85000.50
КонецРасчСчет
СекцияДокумент=Платежное поручение
Номер=42
Дата=23.11.2026
Сумма=40000.00
ПлательщикСчет=40602810700000000025
ПлательщикБИК=049805746
ПлательщикИНН=7707083893
ПолучательСчет=40702810200000000001
ПолучательБИК=044525225
ПолучательИНН=7736050003
НазначениеПлатежа=Оплата ценных бумаг по договору 17. Без НДС
КонецДокумента
КонецФайла
"""


@dataclass
class Expected:
    """One file of `imports.csv`: its outcome, and each statement's outcome, lines and sums."""

    file: str
    outcome: str = ""
    lines: int = 0
    statements: dict[int, tuple[str, int, dict[str, Decimal]]] = field(default_factory=dict)


def expected_files(folder: str) -> list[Expected]:
    found: dict[str, Expected] = {}
    with EXPECTED.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            if not row["file"].startswith(folder):
                continue
            each = found.setdefault(row["file"], Expected(row["file"]))
            pairs = (sum.partition("=") for sum in row["sums"].split())
            sums = {name: Decimal(value) for name, _, value in pairs}
            if row["row"] == "*":
                each.outcome, each.lines = row["outcome"], int(row["count"])
            else:
                each.statements[int(row["row"])] = (row["outcome"], int(row["count"]), sums)
    return list(found.values())
