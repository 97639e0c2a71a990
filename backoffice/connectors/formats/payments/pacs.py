"""pacs.008 (of customers) and pacs.009 (of banks), for a firm that takes part in a payment system itself.

Written strictly: a payment between banks has a UETR, and names both banks and the day on which it settles.
The application header (head.001) belongs to the channel that carries the message.
"""

from __future__ import annotations

from decimal import Decimal

from backoffice.connectors.formats.payments.checking import Checks
from backoffice.connectors.formats.payments.model import (
    Agent,
    BankTransfer,
    CustomerTransfer,
    InterbankFile,
    Profile,
    SettlementMethod,
    Transfer,
)
from backoffice.connectors.formats.payments.pain001 import (
    NAMES,
    NAMESPACE,
    Content,
    account_content,
    agent_content,
    party_content,
    plain,
    remittance_content,
)
from backoffice.connectors.formats.refusing import Problems
from backoffice.connectors.formats.xml import written

CUSTOMERS, BANKS = "FIToFICstmrCdtTrf", "FICdtTrf"
VERSIONS = {"008": ("08", "12"), "009": ("08", "11")}
MESSAGES = {"008": CUSTOMERS, "009": BANKS}
WORDING = NAMES["09"]  # of banks, parties and days: the same in every version that is written


def write_pacs(file: InterbankFile, profile: Profile) -> bytes:
    """pacs.008 or pacs.009 by what the file pays. Raises Refused with everything that is wrong in it."""
    kind = "008" if file.payments and isinstance(file.payments[0], CustomerTransfer) else "009"
    format = f"pacs.{kind}.001.{profile.version}"
    problems = Problems(format)
    if profile.version not in VERSIONS[kind]:
        known = ", ".join(VERSIONS[kind])
        problems.add("unknown-version", "file", profile.version, known=known)
    _check(file, Checks(profile, problems))
    problems.refuse_if_any()
    payments = [("CdtTrfTxInf", _payment(each, file)) for each in file.payments]
    message = (MESSAGES[kind], [("GrpHdr", _header(file)), *payments])
    return written(NAMESPACE + format, ("Document", [message]))


def _check(file: InterbankFile, checks: Checks) -> None:
    problems = checks.problems
    checks.text(file.message_id, "MsgId", 35)
    if file.created_at.tzinfo is None:
        problems.add("wrong-date", "CreDtTm", str(file.created_at), form="+03:00")
    if len(file.payments) > checks.profile.most_transfers:
        most = checks.profile.most_transfers
        problems.add("not-permitted", "NbOfTxs", str(len(file.payments)), reason=f"≤ {most}")
    if not file.payments:
        problems.add("required", "file", missing="CdtTrfTxInf")
    if len({type(each) for each in file.payments}) > 1:
        problems.add("misplaced", "CdtTrfTxInf", BankTransfer.__name__)
    checks.agent(file.instructing, "InstgAgt")
    checks.agent(file.instructed, "InstdAgt")
    clearing = file.method is SettlementMethod.CLEARING
    checks.text(file.clearing, "SttlmInf/ClrSys", 5, empty=not clearing)
    if file.clearing and not clearing:
        problems.add("not-permitted", "SttlmInf/ClrSys", file.clearing, reason=file.method.value)
    if file.settlement_account:
        checks.account(file.settlement_account, file.instructed, "SttlmInf/SttlmAcct")
    checks.unique([_of(each).end_to_end_id for each in file.payments], "EndToEndId")
    for number, each in enumerate(file.payments, 1):
        where = f"CdtTrfTxInf[{number}]"
        if not _of(each).uetr:
            problems.add("required", where, missing="UETR")
        if isinstance(each, CustomerTransfer):
            checks.transfer(each.transfer, where)
            checks.party(each.debtor, f"{where}/Dbtr", addressed=True)
            checks.account(each.debtor_account, each.debtor_agent, f"{where}/DbtrAcct")
            checks.agent(each.debtor_agent, f"{where}/DbtrAgt")
        else:
            _check_bank(each, where, checks)


def _check_bank(each: BankTransfer, where: str, checks: Checks) -> None:
    checks.identified(each.end_to_end_id, each.instruction_id, each.uetr, where)
    checks.amount(each.amount, f"{where}/IntrBkSttlmAmt")
    checks.text(each.text, f"{where}/RmtInf/Ustrd", 140, empty=True)
    for name, agent in (
        ("Dbtr", each.debtor), ("Cdtr", each.creditor), ("CdtrAgt", each.creditor_agent),
        ("IntrmyAgt1", each.intermediary),
    ):  # fmt: skip
        if agent:
            checks.agent(agent, f"{where}/{name}")
    if each.creditor_account:
        agent = each.creditor_agent or each.creditor
        checks.account(each.creditor_account, agent, f"{where}/CdtrAcct")


def _of(each: CustomerTransfer | BankTransfer) -> Transfer | BankTransfer:
    return each.transfer if isinstance(each, CustomerTransfer) else each


def _agent(agent: Agent | None) -> Content:
    return agent_content(agent, WORDING) if agent else []


def _header(file: InterbankFile) -> Content:
    total = sum((_of(each).amount.amount for each in file.payments), Decimal(0))
    account = account_content(file.settlement_account) if file.settlement_account else []
    clearing: Content = [("Cd", file.clearing)] if file.clearing else []
    return [
        ("MsgId", file.message_id), ("CreDtTm", file.created_at.isoformat(timespec="seconds")),
        ("NbOfTxs", str(len(file.payments))), ("CtrlSum", plain(total)),
        ("SttlmInf", [("SttlmMtd", file.method.value), ("SttlmAcct", account), ("ClrSys", clearing)]),
        ("InstgAgt", _agent(file.instructing)), ("InstdAgt", _agent(file.instructed)),
    ]  # fmt: skip


def _payment(each: CustomerTransfer | BankTransfer, file: InterbankFile) -> Content:
    what = _of(each)
    head: Content = [
        ("PmtId", [
            ("InstrId", what.instruction_id), ("EndToEndId", what.end_to_end_id), ("UETR", what.uetr),
        ]),
        ("IntrBkSttlmAmt", ({"Ccy": what.amount.currency}, plain(what.amount.amount))),
        ("IntrBkSttlmDt", file.settlement_date.isoformat()),
    ]  # fmt: skip
    between: Content = [("IntrmyAgt1", _agent(what.intermediary))]
    if isinstance(each, BankTransfer):
        account = account_content(each.creditor_account) if each.creditor_account else []
        return [
            *head, *between, ("Dbtr", _agent(each.debtor)), ("CdtrAgt", _agent(each.creditor_agent)),
            ("Cdtr", _agent(each.creditor)), ("CdtrAcct", account),
            ("RmtInf", [("Ustrd", each.text)] if each.text else []),
        ]  # fmt: skip
    transfer = each.transfer
    return [
        *head, ("ChrgBr", each.charges.value), *between,
        ("Dbtr", party_content(each.debtor, WORDING)),
        ("DbtrAcct", account_content(each.debtor_account)), ("DbtrAgt", _agent(each.debtor_agent)),
        ("CdtrAgt", _agent(transfer.creditor_agent)),
        ("Cdtr", party_content(transfer.creditor, WORDING)),
        ("CdtrAcct", account_content(transfer.creditor_account)),
        ("Purp", [("Cd", transfer.purpose)] if transfer.purpose else []),
        ("RmtInf", remittance_content(transfer)),
    ]  # fmt: skip
