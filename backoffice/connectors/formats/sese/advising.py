"""sese.024, the status of an instruction, sese.027 of a request to cancel, sese.031 of a command.

Each axis is told in the codes of MT548, so that whoever reads a status needs no second table. Reasons stand under
the status that they are of, all of them, the market's codes and the place's own.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from backoffice.connectors.formats.sese.elements import Node, created_at, reference_in
from backoffice.connectors.formats.statuses import Axis, Reason, Status, StatusAdvice
from backoffice.connectors.formats.terms import NO_REFERENCES, PlaceReferences

Codes = Mapping[str, str]
INSTRUCTION: Codes = MappingProxyType(
    {
        "AckdAccptd": "PACK", "PdgPrcg": "PPRC", "Rjctd": "REJT", "Rpr": "REPR", "Canc": "CAND",
        "PdgCxl": "CANP", "CxlReqd": "CPRC", "ModReqd": "MPRC",
    }
)  # fmt: skip
MATCHING: Codes = MappingProxyType({"Mtchd": "MACH", "Umtchd": "NMAT"})
SETTLEMENT: Codes = MappingProxyType({"Pdg": "PEND", "Flng": "PENF"})
CANCELLATION: Codes = MappingProxyType(
    {
        "PdgCxl": "CANP", "Rjctd": "REJT", "Rpr": "REPR", "AckdAccptd": "PACK", "Dnd": "DEND",
        "Canc": "CAND",
    }
)  # fmt: skip
COMMAND: Codes = MappingProxyType(
    {"AckdAccptd": "PACK", "Rjctd": "REJT", "Cmpltd": "COMP", "Dnd": "DEND", "Pdg": "PEND"}
)
AXES: tuple[tuple[str, Axis, Codes], ...] = (
    ("PrcgSts", Axis.PROCESSING, INSTRUCTION), ("IfrrdMtchgSts", Axis.INFERRED, MATCHING),
    ("MtchgSts", Axis.MATCHING, MATCHING), ("SttlmSts", Axis.SETTLEMENT, SETTLEMENT),
    ("InstrPrcgSts", Axis.PROCESSING, INSTRUCTION),  # as statements call it
)  # fmt: skip


def advice_of(node: Node, header: Node | None, format: str) -> StatusAdvice:
    """sese.024."""
    ids = node.child("TxId", required=True) or node
    statuses = [
        status
        for name, axis, codes in AXES
        if (found := node.child(name)) and (status := _status(found, axis, codes))
    ]
    if not statuses and not node.reading.problems:
        node.problem(
            "missing-element", node.where, missing=" | ".join(name for name, *_ in AXES[:4])
        )
    about = ids.value("AcctOwnrTxId", required=True)
    return _advice(node, header, format, about, statuses, references=references_of(ids))


def statuses_of(node: Node, name: str) -> tuple[Status, ...]:
    """What is told on each axis in elements of a name; a place's own status alone is of its processing."""
    found: list[Status] = []
    for each in node.children(name):
        for axis_name, axis, codes in AXES:
            told = each.child(axis_name)
            status = _status(told, axis, codes) if told else None
            found += [status] if status else []
        own = each.child("Prtry/PrtrySts")
        if own:
            code = own.value("Id", required=True)
            found.append(Status(Axis.PROCESSING, code, (), own.value("Issr")))
    return tuple(found)


def cancellation_advice_of(node: Node, header: Node | None, format: str) -> StatusAdvice:
    """sese.027: about our request, and the instruction where it is named."""
    about = node.value("CxlReqRef", required=True)
    ids = node.child("TxId")
    instruction = ids.value("AcctOwnrTxId/SctiesSttlmTxId/TxId") if ids else ""
    return _advice(
        node, header, format, about, _processing(node, Axis.CANCELLATION, CANCELLATION),
        instruction=instruction, references=references_of(ids),
    )  # fmt: skip


def command_advice_of(node: Node, header: Node | None, format: str) -> StatusAdvice:
    """sese.031: about our command, and the instruction where it is named."""
    about = node.value("ReqRef", required=True)
    instruction = node.value("ReqDtls/Ref/AcctOwnrTxId")
    statuses = _processing(node, Axis.COMMAND, COMMAND)
    return _advice(node, header, format, about, statuses, instruction=instruction)


def references_of(ids: Node | None) -> PlaceReferences:
    if ids is None:
        return NO_REFERENCES
    return PlaceReferences(
        servicer=ids.value("AcctSvcrTxId"), infrastructure=ids.value("MktInfrstrctrTxId"),
        common=ids.value("CmonId"),
    )  # fmt: skip


def _advice(
    node: Node, header: Node | None, format: str, about: str, statuses: list[Status], *,
    instruction: str = "", references: PlaceReferences = NO_REFERENCES,
) -> StatusAdvice:  # fmt: skip
    return StatusAdvice(
        reference=reference_in(header), about=about,
        statuses=tuple(statuses), instruction=instruction,
        told_at=created_at(header), references=references, format=format,
        kept=node.kept(),
    )  # fmt: skip


def _processing(node: Node, axis: Axis, codes: Codes) -> list[Status]:
    found = node.child("PrcgSts", required=True)
    status = _status(found, axis, codes) if found else None
    return [status] if status else []


def _status(node: Node, axis: Axis, codes: Codes) -> Status | None:
    told = node.choice(*codes)
    if told is None:
        return None
    if told.name == "Prtry":
        own = told.child("PrtrySts") or told
        code, scheme = own.value("Id", required=True), own.value("Issr")
        return Status(axis, code, _reasons(told), scheme)
    return Status(axis, codes[told.name], _reasons(told))


def _reasons(told: Node) -> tuple[Reason, ...]:
    """`Rsn/Cd/Cd` with words beside it, `Rsn/Cd/Prtry/Id`, or a reason of the place alone; NORE is none."""
    told.value("NoSpcfdRsn")
    found = []
    for each in told.children("Rsn"):
        code = each.value("Cd/Cd")
        own = each.child("Cd/Prtry") or (each if each.children("Id") else None)
        scheme = own.value("Issr") if own and not code else ""
        code = code or (own.value("Id") if own else "")
        if not code:
            each.problem("missing-element", each.where, missing="Cd")
        found.append(Reason(code, each.value("AddtlRsnInf"), scheme))
    words = told.value("AddtlRsnInf")
    return (*found, Reason("", words)) if words else tuple(found)
