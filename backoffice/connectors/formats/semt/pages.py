"""What the statements of semt have in common: their page, their number, when they are of and whether they are whole."""

from __future__ import annotations

from backoffice.connectors.formats.sese.elements import Node


def page_of(node: Node, name: str = "Pgntn", *, required: bool = True) -> tuple[int, str]:
    """The number of the page, and ONLY, MORE or LAST as MT says it."""
    found = node.child(name, required=required)
    if found is None:
        return 1, "ONLY"
    number = found.value("PgNb", required=True)
    last = found.flag("LastPgInd")
    if last is None:
        found.problem("missing-element", found.where, missing="LastPgInd")
    if not number.isascii() or not number.isdigit() or not 1 <= int(number[:6] or "0") <= 99_999:
        found.problem("wrong-value", found.where, number, form="1–99999")
        return 1, "ONLY"
    page = int(number)
    return page, "MORE" if not last else "ONLY" if page == 1 else "LAST"


def number_of(general: Node) -> str:
    return general.value("RptNb/Shrt") or general.value("RptNb/Lng")
