"""seev.033 both ways: our choice among the options of a corporate action.

Like a request to cancel it has its reference in the header alone, which the answer (seev.034) names. It has no way to
cancel: that is a message of its own (seev.040), which no place that we know asks for. Its schema is not at hand:
our own model here is what refuses what is structurally wrong.
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import Election
from backoffice.connectors.formats.mt.electing import check_election
from backoffice.connectors.formats.seev.parts import event_of, option_of, words_in
from backoffice.connectors.formats.sese.elements import Node, reference_in
from backoffice.connectors.formats.sese.instructing import WRAPPER, prepared_on
from backoffice.connectors.formats.sese.terms import (
    NO_QUANTITY,
    quantity_of,
    security_of,
    write_quantity,
)
from backoffice.connectors.formats.sese.versions import written as version_of
from backoffice.connectors.formats.sese.writing import Document, Header
from backoffice.connectors.formats.terms import Function
from backoffice.kernel.identifiers import problem_with

NARRATIVE = 350


def write_seev_election(election: Election, header: Header, *, wrapper: str = WRAPPER) -> bytes:
    """Raises Refused: what is wrong in the election, and what this message cannot say."""
    document = Document(version_of("seev.033"))
    problems, branch = document.problems, document.branch
    check_election(election, problems)
    if election.function is Function.CANCEL:
        problems.add("not-permitted", "function", election.function, reason="seev.033")
    if header.reference != election.reference:
        problems.add("wrong-value", "header", header.reference, form=election.reference)
    if problem_with("ISIN", election.isin):
        problems.add("wrong-value", "isin", election.isin, form="ISIN")
    if election.announcement:
        other = branch.into("OthrDocId")
        other.reference("Id/AcctSvcrDocId", election.announcement, "announcement")
        other.put("LkgTp/Cd", "INFO")
    general = branch.into("CorpActnGnlInf")
    general.reference("CorpActnEvtId", election.event, "event")
    if election.official:
        general.reference("OffclCorpActnEvtId", election.official, "official")
    general.code("EvtTp/Cd", election.kind, "kind")
    general.put("UndrlygScty/FinInstrmId/ISIN", election.isin)
    branch.into("AcctDtls").short("SfkpgAcct", election.account, "account")
    chosen = branch.into("CorpActnInstr")
    chosen.put("OptnNb/Nb", election.option)
    chosen.code("OptnTp/Cd", election.option_type, "option_type")
    counted = chosen.into("SctiesQtyOrInstdAmt/SctiesQty/InstdQty/Qty")
    write_quantity(counted, election.quantity, "quantity")
    if election.text:
        text = " ".join(election.text.split())
        chosen.short("AddtlInf/InstrAddtlInf", text, "text", most=NARRATIVE)
    return document.written(header, wrapper)


def election_of(node: Node, header: Node | None, format: str) -> Election:
    general = node.child("CorpActnGnlInf", required=True) or node
    event, official, kind = event_of(general)
    isin, _ = security_of(general.child("UndrlygScty", required=True) or general)
    chosen = node.child("CorpActnInstr", required=True) or node
    number, option_type = option_of(chosen)
    counted = quantity_of(chosen.child("SctiesQtyOrInstdAmt/SctiesQty/InstdQty", required=True))
    account = node.child("AcctDtls", required=True) or node
    return Election(
        reference=reference_in(header), event=event,
        kind=kind, account=account.value("SfkpgAcct", required=True), isin=isin, option=number,
        option_type=option_type, quantity=counted or NO_QUANTITY,
        announcement=node.value("OthrDocId/Id/AcctSvcrDocId"), official=official,
        prepared_on=prepared_on(header), text=words_in(chosen.child("AddtlInf")), format=format,
        kept=node.kept(),
    )  # fmt: skip
