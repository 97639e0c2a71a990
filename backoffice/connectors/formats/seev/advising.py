"""seev.034: how an election of ours stands. Told in the codes of MT567."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backoffice.connectors.formats.corporate_actions import EventStatus
from backoffice.connectors.formats.seev.parts import event_of, option_of
from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.sese.terms import quantity_of
from backoffice.connectors.formats.statuses import Axis, Reason, Status

INSTRUCTION: Mapping[str, str] = MappingProxyType(
    {
        "Canc": "CAND", "AccptdForFrthrPrcg": "PACK", "Rjctd": "REJT", "Pdg": "PEND",
        "DfltActn": "DFLA", "StgInstr": "STIN",
    }
)  # fmt: skip


def status_of(node: Node, header: Node | None, format: str) -> EventStatus:
    general = node.child("CorpActnGnlInf", required=True) or node
    event, _, kind = event_of(general)
    chosen = node.child("CorpActnInstr")
    number, option_type = option_of(chosen) if chosen else ("", "")
    statuses = tuple(s for each in node.children("InstrPrcgSts") if (s := _status(each)))
    if not statuses and not node.reading.problems:
        node.problem("missing-element", f"{node.where}/InstrPrcgSts", missing="InstrPrcgSts")
    return EventStatus(
        reference=reference_in(header), event=event,
        kind=kind, statuses=statuses, about=node.value("InstrId/Id", required=True),
        account=chosen.value("SfkpgAcct") if chosen else "", option=number,
        option_type=option_type, quantity=quantity_of(chosen.child("StsQty")) if chosen else None,
        told_at=created_at(header), format=format, kept=node.kept(),
    )  # fmt: skip


def _status(node: Node) -> Status | None:
    told = node.choice(*INSTRUCTION, "PrtrySts")
    if told is None:
        return None
    own = told.child("PrtrySts") if told.name.startswith("Prtry") else None
    if own:
        return Status(Axis.PROCESSING, own.value("Id", required=True), (), own.value("Issr"))
    return Status(Axis.PROCESSING, INSTRUCTION.get(told.name, ""), _reasons(told))


def _reasons(told: Node) -> tuple[Reason, ...]:
    told.value("NoSpcfdRsn")
    found = []
    for each in told.children("Rsn"):
        own = each.child("RsnCd/Prtry")
        code = each.value("RsnCd/Cd") or (own.value("Id") if own else "")
        if not code:
            each.problem("missing-element", f"{each.where}/RsnCd", missing="RsnCd")
        found.append(Reason(code, each.value("AddtlRsnInf"), own.value("Issr") if own else ""))
    return tuple(found)
