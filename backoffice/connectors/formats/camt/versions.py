"""What differs between the messages and versions of camt, as data. One reader goes by local names over all of them."""

from __future__ import annotations

import re
from dataclasses import dataclass

from backoffice.connectors.formats.cash import LineStatus, StatementKind

NAME = re.compile(r"(camt\.05[234]\.001)\.([0-9]{2})\Z", re.ASCII)
VERSIONS = tuple(f"{n:02d}" for n in range(2, 14))
NAMESPACE = "urn:iso:std:iso:20022:tech:xsd:"


@dataclass(frozen=True, slots=True)
class Family:
    """The names that one of the three messages has for the same things."""

    message: str
    statement: str
    text: str
    kind: StatementKind


FAMILIES = {
    "camt.052.001": Family("BkToCstmrAcctRpt", "Rpt", "AddtlRptInf", StatementKind.INTRADAY),
    "camt.053.001": Family("BkToCstmrStmt", "Stmt", "AddtlStmtInf", StatementKind.END_OF_DAY),
    "camt.054.001": Family(
        "BkToCstmrDbtCdtNtfctn", "Ntfctn", "AddtlNtfctnInf", StatementKind.ADVICE
    ),
}
# The elements that the reader stops at.
READ = ("Document", "GrpHdr", "Ntry", *(
    name for family in FAMILIES.values() for name in (family.message, family.statement)
))  # fmt: skip

# The same thing by the names it has had. The newest stands first; banks mix them, so all are looked for.
BANK = ("FinInstnId/BICFI", "FinInstnId/BIC", "FinInstnId/ClrSysMmbId/MmbId", "FinInstnId/Nm")
PARTY = ("Pty/Nm", "Nm", "Agt/FinInstnId/BICFI", "Agt/FinInstnId/Nm")  # `Pty` since 08
STATUS = ("Sts/Cd", "Sts")  # a choice since 08
ACCOUNT = ("Id/IBAN", "Id/Othr/Id", "Id/PrtryAcct/Id", "Id/BBAN", "Prxy/Id")
NET = ("TtlNetNtry/Amt", "TtlNetNtryAmt")  # an element of its own since 04
NET_SIGN = ("TtlNetNtry/CdtDbtInd", "CdtDbtInd")

STATUSES = {
    "BOOK": LineStatus.BOOKED, "PDNG": LineStatus.PENDING, "FUTR": LineStatus.FUTURE,
    "INFO": LineStatus.INFORMATION,
}  # fmt: skip
SIGNS = {"CRDT": 1, "DBIT": -1}

# What may stand in a statement and in an entry, over all versions: a name that is none of these
# may be an entry that is spelt wrongly, and money would be lost with it.
IN_STATEMENT = frozenset({
    "Id", "StmtPgntn", "RptPgntn", "NtfctnPgntn", "ElctrncSeqNb", "RptgSeq", "LglSeqNb", "CreDtTm",
    "FrToDt", "CpyDplctInd", "RptgSrc", "Acct", "RltdAcct", "Intrst", "Bal", "TxsSummry", "Ntry",
    "AddtlStmtInf", "AddtlRptInf", "AddtlNtfctnInf",
})  # fmt: skip
IN_ENTRY = frozenset({
    "NtryRef", "Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef", "Avlbty",
    "BkTxCd", "ComssnWvrInd", "AddtlInfInd", "AmtDtls", "Chrgs", "TechInptChanl", "Intrst", "CardTx",
    "NtryDtls", "AddtlNtryInf",
})  # fmt: skip
ONCE_IN_STATEMENT = ("Id", "Acct", "TxsSummry", "CreDtTm", "FrToDt")
ONCE_IN_ENTRY = ("Amt", "CdtDbtInd", "RvslInd", "Sts", "BookgDt", "ValDt", "AcctSvcrRef")


def version_of(name: str) -> tuple[Family | None, str]:
    """The message of `camt.053.001.08` and its version; no message for another name."""
    match = NAME.match(name)
    return (FAMILIES[match[1]], match[2]) if match else (None, "")
