"""Whether a file of payment orders keeps to 1CClientBankExchange 1.03. It knows nothing of what wrote it.

After rules.md section 9 and the table of the exchange standard: lines of `key=value` in windows-1251, a header,
documents with their ends, days as dd.mm.yyyy, amounts with a dot, and the key of each account with its bank's BIK.
"""

from __future__ import annotations

import re

ONCE = ("ВерсияФормата", "Кодировка", "Отправитель", "ДатаНачала", "ДатаКонца")
OF_A_DOCUMENT = (
    "Номер", "Дата", "Сумма", "ПлательщикСчет", "ПлательщикБИК", "Плательщик1", "ПолучательСчет", "ПолучательБИК",
    "Получатель1", "ВидОплаты", "Очередность", "НазначениеПлатежа",
)  # fmt: skip
FORMS = {
    "Номер": "[1-9][0-9]{0,5}", "Сумма": r"[0-9]{1,15}\.[0-9]{2}", "ВидОплаты": "01", "Очередность": "[1-5]",
    "НазначениеПлатежа": ".{1,210}", "Плательщик1": ".{1,160}", "Получатель1": ".{1,160}", "Кодировка": "Windows",
    "ВерсияФормата": r"1\.03",
    **dict.fromkeys(("Дата", "ДатаНачала", "ДатаКонца", "ДатаСоздания"), r"[0-3][0-9]\.[01][0-9]\.[0-9]{4}"),
    **dict.fromkeys(("ПлательщикСчет", "ПолучательСчет"), "[0-9]{20}"),
    **dict.fromkeys(("ПлательщикБИК", "ПолучательБИК"), "[0-9]{9}"),
    **dict.fromkeys(("ПлательщикИНН", "ПолучательИНН"), "0|[0-9]{5}|[0-9]{10}|[0-9]{12}"),
}  # fmt: skip


def wrong_in(raw: bytes) -> list[str]:
    """What a bank would send the file back for."""
    try:
        text = raw.decode("cp1251")
    except UnicodeDecodeError:
        return ["not windows-1251"]
    lines = text.split("\r\n")
    if lines[0] != "1CClientBankExchange" or lines[-2:] != ["КонецФайла", ""]:
        return ["no beginning or no end"]
    problems: list[str] = []
    header: list[tuple[str, str]] = []
    payers: set[str] = set()
    document: list[tuple[str, str]] | None = None
    count = 0
    for line in lines[1:-2]:
        key, equals, value = line.partition("=")
        if line == "КонецДокумента" and document is not None:
            problems += _document(document)
            payers |= {value for name, value in document if name == "ПлательщикСчет"}
            document = None
        elif not equals:
            problems.append(f"no key: {line!r}")
        elif key == "СекцияДокумент" and document is None and value == "Платежное поручение":
            document, count = [], count + 1
        else:
            problems += _value(key, value)
            (header if document is None else document).append((key, value))
    told = [key for key, _ in header]
    problems += [f"{key}: not once" for key in ONCE if told.count(key) != 1]
    if {value for key, value in header if key == "РасчСчет"} != payers:
        problems.append("РасчСчет: not those of the payers")
    if not count or document is not None:
        problems.append("no document, or one that does not end")
    return problems


def _value(key: str, value: str) -> list[str]:
    if any(not c.isprintable() for c in value) or value != value.strip():
        return [f"{key}: {value!r}"]
    return [] if re.fullmatch(FORMS.get(key, ".*"), value) else [f"{key}: {value!r}"]


def _document(found: list[tuple[str, str]]) -> list[str]:
    keys = [key for key, _ in found]
    problems = [f"{key}: not once" for key in OF_A_DOCUMENT if keys.count(key) != 1]
    problems += [f"{key}: twice" for key in set(keys) if keys.count(key) > 1]
    told = dict(found)
    if told.get("Сумма", "1.00") == "0.00":
        problems.append("a payment of nothing")
    for side in ("Плательщик", "Получатель"):
        account, bik = told.get(f"{side}Счет", ""), told.get(f"{side}БИК", "")
        if len(account) == 20 and len(bik) == 9 and not _has_its_key(account, bik):
            problems.append(f"{side}: {account} has not the key of {bik}")
    return problems


def _has_its_key(account: str, bik: str) -> bool:
    """Weights 7, 1, 3 over three digits of the bank and the account; in the Bank of Russia they are other three."""
    if account.startswith("03"):
        return True
    in_central_bank = account.startswith("301") or bik[6:] in ("000", "001", "002")
    lead = f"0{bik[4:6]}" if in_central_bank else bik[6:]
    total = sum(int(c) * w for c, w in zip(lead + account, (7, 1, 3) * 8, strict=False))
    return total % 10 == 0
