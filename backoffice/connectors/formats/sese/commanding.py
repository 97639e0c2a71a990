"""sese.030: hold or release, priority, partial settlement and links of what was instructed before.

Like a request to cancel it has its reference in the header alone, which the answer (sese.031) names.
"""

from __future__ import annotations

from backoffice.connectors.formats.mt.commanding import LINKING, check_command
from backoffice.connectors.formats.securities import Command
from backoffice.connectors.formats.sese.elements import Node, reference_in
from backoffice.connectors.formats.sese.instructing import (
    WRAPPER,
    links_of,
    prepared_on,
    priority_of,
)
from backoffice.connectors.formats.sese.versions import written as version_of
from backoffice.connectors.formats.sese.writing import Branch, Document, Header
from backoffice.connectors.formats.terms import LinkKind, Partial


def write_sese_command(command: Command, header: Header, *, wrapper: str = WRAPPER) -> bytes:
    """Raises Refused: nothing asked for, or what cannot stand there."""
    document = Document(version_of("sese.030"))
    check_command(command, document.problems)
    if header.reference != command.reference:
        form = command.reference
        document.problems.add("wrong-value", "header", header.reference, form=form)
    document.branch.short("SfkpgAcct/Id", command.account, "account")
    _request(document.branch.into("ReqDtls"), command)
    return document.written(header, wrapper)


def _request(branch: Branch, command: Command) -> None:
    branch.reference("Ref/AcctOwnrTxId", command.instruction, "instruction")
    if command.linked is not None:
        branch.put("Lkg/Cd", "LINK" if command.linked else "UNLK")
    if command.priority is not None:
        branch.put("Prty/Nmrc", f"{command.priority:04d}")
    if command.partial:
        branch.put("PrtlSttlmInd", command.partial)
    if command.hold is not None:
        branch.put("HldInd/Ind", "true" if command.hold else "false")
    for link in command.links:
        if link.kind is LinkKind.INFORMATION:
            branch.problems.add("wrong-code", "links", link.kind, known="AFTE, BEFO, WITH")
        linked = branch.into("Lnkgs")
        linked.put("PrcgPos/Cd", link.kind)
        linked.reference("Ref/SctiesSttlmTxId", link.reference, "links")


def commands_of(node: Node, header: Node | None, format: str) -> list[Command]:
    asked = node.children("ReqDtls")
    if not asked:
        node.problem("missing-element", node.where, missing="ReqDtls")
    found = []
    for each in asked:
        partial = each.coded("PrtlSttlmInd", [*Partial])
        found.append(
            Command(
                reference=reference_in(header),
                account=node.value("SfkpgAcct/Id"),
                instruction=each.value("Ref/AcctOwnrTxId", required=True),
                hold=each.flag("HldInd/Ind"), priority=priority_of(each),
                partial=Partial(partial) if partial else None,
                linked=LINKING.get(each.coded("Lkg/Cd", LINKING)), links=links_of(each),
                prepared_on=prepared_on(header), format=format,
            )
        )  # fmt: skip
    return found
