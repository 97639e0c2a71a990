"""What a place says of corporate actions, spelt as its messages are."""

from __future__ import annotations

from tests.connectors.channels.playing import _message

SBER = "RU0009029540"
OWN, CLIENTS = "NSD-RUS-DEPO", "NSD-RUS-CLIENTS"


def mt564(
    *, reference: str = "N1", called: str = "CA77", function: str = "NEWM", kind: str = "DVCA",
    whom: str = "MAND", status: str = "COMP", rate: str = "RUB33,335", record: str = "20261125",
    payment: str = "20261201", options: list[str] | None = None, isin: str = SBER, text: str = "",
) -> str:  # fmt: skip
    """A dividend in money of 33.335 rubles a share, unless something else is said."""
    paid = options if options is not None else cash_option(rate, payment)
    words = [":16R:ADDINFO", f":70E::ADTX//{text}", ":16S:ADDINFO"] if text else []
    return _message("564", [
        ":16R:GENL", f":20C::CORP//{called}", f":20C::SEME//{reference}", f":23G:{function}",
        f":22F::CAEV//{kind}", f":22F::CAMV//{whom}", f":25D::PROC//{status}", ":16S:GENL",
        ":16R:USECU", f":35B:ISIN {isin}", ":16R:ACCTINFO", f":97A::SAFE//{OWN}", ":93B::ELIG//UNIT/1000,",
        ":16S:ACCTINFO", ":16S:USECU",
        ":16R:CADETL", f":98A::RDTE//{record}", f":98A::XDTE//{record}", ":16S:CADETL", *paid, *words,
    ])  # fmt: skip


def cash_option(
    rate: str, payment: str, *, number: str = "001", default: bool = True, deadline: str = "",
    takes: str = "", since: str = "",
) -> list[str]:  # fmt: skip
    gone = []
    if takes:
        gone = [
            ":16R:SECMOVE",
            ":22H::CRDB//DEBT",
            f":35B:ISIN {takes}",
            f":98A::PAYD//{payment}",
            ":16S:SECMOVE",
        ]
    return [
        *_option(number, "CASH", default, deadline, since), *gone,
        ":16R:CASHMOVE", ":22H::CRDB//CRED", f":98A::PAYD//{payment}", f":92F::GRSS//{rate}", ":16S:CASHMOVE",
        ":16S:CAOPTN",
    ]  # fmt: skip


def lapse_option(number: str = "002", *, default: bool = True, deadline: str = "") -> list[str]:
    return [*_option(number, "NOAC", default, deadline, ""), ":16S:CAOPTN"]


def units_option(
    ratio: str, isin: str, *, number: str = "001", kind: str = "SECU", default: bool = True,
    fractions: str = "", takes: str = "", deadline: str = "", price: str = "", payment: str = "20261201",
) -> list[str]:  # fmt: skip
    gone = [
        ":16R:SECMOVE",
        ":22H::CRDB//DEBT",
        f":35B:ISIN {takes}",
        f":98A::PAYD//{payment}",
        ":16S:SECMOVE",
    ]
    return [
        *_option(number, kind, default, deadline, ""), *(gone if takes else []),
        ":16R:SECMOVE", ":22H::CRDB//CRED", f":35B:ISIN {isin}",
        *([f":22F::DISF//{fractions}"] if fractions else []), f":92D::{ratio}", f":98A::PAYD//{payment}",
        *([f":90B::PRPP//ACTU/{price}"] if price else []), ":16S:SECMOVE", ":16S:CAOPTN",
    ]  # fmt: skip


def _option(number: str, kind: str, default: bool, deadline: str, since: str) -> list[str]:
    return [
        ":16R:CAOPTN", f":13A::CAON//{number}", f":22F::CAOP//{kind}",
        f":17B::DFLT//{'Y' if default else 'N'}", *([f":98C::RDDT//{deadline}"] if deadline else []),
        *([f":69A::PWAL//{since}/20261220"] if since else []),
    ]  # fmt: skip


def mt566(
    *, account: str = OWN, amount: str = "", reference: str = "C1", called: str = "CA77", option: str = "001",
    kind: str = "CASH", function: str = "NEWM", moves: list[tuple[str, str, str]] | None = None,
    posted: str = "20261127", isin: str = SBER,
) -> str:  # fmt: skip
    """What was booked: money, and securities as (CRED or DEBT, ISIN, quantity)."""
    lines = [
        ":16R:GENL", f":20C::CORP//{called}", f":20C::SEME//{reference}", f":23G:{function}",
        ":22F::CAEV//DVCA", *([":16R:LINK", ":20C::PREV//C0", ":16S:LINK"] if function == "REVR" else []), ":16S:GENL",
        ":16R:USECU", f":97A::SAFE//{account}", f":35B:ISIN {isin}", ":93B::CONB//UNIT/1000,", ":16S:USECU",
        ":16R:CACONF", f":13A::CAON//{option}", f":22F::CAOP//{kind}",
    ]  # fmt: skip
    for side, moved, quantity in moves or ():
        lines += [
            ":16R:SECMOVE", f":22H::CRDB//{side}", f":35B:ISIN {moved}", f":36B::PSTA//UNIT/{quantity}",
            f":98A::POST//{posted}", ":16S:SECMOVE",
        ]  # fmt: skip
    if amount:
        side = "DEBT" if amount.startswith("-") else "CRED"
        lines += [
            ":16R:CASHMOVE", f":22H::CRDB//{side}", f":19B::PSTA//{amount.lstrip('-')}", f":98A::POST//{posted}",
            ":16S:CASHMOVE",
        ]  # fmt: skip
    return _message("566", [*lines, ":16S:CACONF"])


def mt567(
    about: str, code: str, *, reference: str = "T1", called: str = "CA77", why: str = ""
) -> str:
    reason = [":16R:REAS", f":24B::{code}//{why}", ":16S:REAS"] if why else []
    return _message("567", [
        ":16R:GENL", f":20C::CORP//{called}", f":20C::SEME//{reference}", ":23G:INST", ":22F::CAEV//TEND",
        ":16R:LINK", f":20C::RELA//{about}", ":16S:LINK",
        ":16R:STAT", f":25D::IPRC//{code}", *reason, ":16S:STAT", ":16S:GENL",
    ])  # fmt: skip


def mt568(text: str, *, reference: str = "W1", called: str = "CA77") -> str:
    return _message("568", [
        ":16R:GENL", f":20C::CORP//{called}", f":20C::SEME//{reference}", ":23G:NEWM", ":22F::CAEV//DVCA", ":16S:GENL",
        ":16R:USECU", f":97A::SAFE//{OWN}", f":35B:ISIN {SBER}", ":16S:USECU",
        ":16R:ADDINFO", f":70F::ADTX//{text}", ":16S:ADDINFO",
    ])  # fmt: skip
