"""The employees of the demonstration, and the payroll journal of the month before, which waits for the manager.

Everything is invented; running again changes nothing.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta

from backoffice.access.models import User
from backoffice.demonstration.fails import Rules, load_rules
from backoffice.demonstration.instructions import SINCE
from backoffice.demonstration.ruble_bank import BIK
from expenses.payroll.models import PayrollJournal
from expenses.payroll.services import receive_journal
from refdata.models import IndividualDetails, Party

# code, name, Russian name, passport, account; cost centre, accrued, deductions, base, tax, contributions, net
EMPLOYEES = (
    ("EM-ORLOV", "Petr Orlov", "Орлов Пётр Ильич", "4511 201201", "40817810800000000201",
     "DESK;2000;180000;;180000;13=23400;;54000;156600"),
    ("EM-BELOVA", "Irina Belova", "Белова Ирина Сергеевна", "4512 202202", "40817810100000000202",
     "BACK;2000;120000;126=1400;118600;13=15418;;36000;104582"),
    ("EM-GROMOV", "Sergei Gromov", "Громов Сергей Павлович", "4513 203203", "40817810400000000203",
     "MGMT;2000;450000;;450000;13=58500;;90000;391500"),
)  # fmt: skip
TOTALS = {"accrued": 750_000, "ndfl": 97_318, "held": 0, "contributions": 180_000, "net": 652_682}
HEADINGS = "person;inn;resident;centre;code;accrued;deductions;base;ndfl;held;contributions;net;account;bik"
# Where the firm is on the tax register.
RULES: Rules = (("ndfl.oktmo", "RUS", {"oktmo": "45380000"}, {}, "45380000"),)


def load_pay(people: dict[str, User], *, today: date, at: datetime) -> None:
    load_rules(RULES, people, at=at)
    for code, name, name_ru, passport, account, _told in EMPLOYEES:
        party, new = Party.objects.get_or_create(
            code=code,
            defaults={
                "name": name, "name_ru": name_ru, "kind": "INDIVIDUAL", "roles": ["EMPLOYEE"],
                "country": "RU", "town": "Moscow",
            },
        )  # fmt: skip
        if new:
            IndividualDetails.objects.create(
                party=party, birth_date=date(1985, 6, 1), identity_kind="PASSPORT_RU",
                identity_number=passport, identity_issued_by="ГУ МВД России по г. Москве",
                identity_issued_on=date(2011, 7, 1), address="г. Москва, ул. Полевая, д. 3",
                bank_name="Демо Рублёвый банк", bank_bik=BIK, bank_correspondent="",
                bank_account=account, valid_from=SINCE,
            )  # fmt: skip
    if PayrollJournal.objects.exists():
        return
    month = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    receive_journal(
        content=_file(month, today + timedelta(days=5)), document=f"pay-{month:%Y-%m}.csv",
        actor=people["accountant"], at=at,
    )  # fmt: skip


def _file(month: date, pay_date: date) -> bytes:
    """As the payroll writes it, in our own layout."""
    facts = {
        "entity": "RUS", "number": f"{month:%m}-1", "month": month.isoformat(), "pay date": pay_date.isoformat(),
    } | {f"total {name}": str(total) for name, total in TOTALS.items()}  # fmt: skip
    told = [f"{name};{text}" for name, text in facts.items()]
    rows = [f"{code};;yes;{row};;" for code, _name, _ru, _passport, _account, row in EMPLOYEES]
    return "\n".join(["payroll journal;1", *told, "", HEADINGS, *rows, ""]).encode()
