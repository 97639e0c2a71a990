"""MT535 as we write it: what an account holds of each security, one page. Refused before a byte is written.

Order of sequences and fields: SWIFT Standards, Category 5, MT535 (A, B, B1).
"""

from __future__ import annotations

from itertools import groupby

from backoffice.connectors.formats.amounts import swift
from backoffice.connectors.formats.holdings import Holding, Holdings
from backoffice.connectors.formats.mt.spelling import LONGEST, Addresses, Block
from backoffice.connectors.formats.refusing import Problems


def write_mt_holdings(statement: Holdings, addresses: Addresses | None = None) -> bytes:
    """One statement of holdings, the lines of each account together. Raises Refused with everything that is wrong."""
    problems = Problems("MT535")
    if statement.continuation != "ONLY" or statement.page != 1:
        problems.add("not-permitted", "page", str(statement.page), reason="ONLY")
    block = Block(problems)
    with block.sequence("GENL"):
        _general(block, statement)
    for account, lines in groupby(statement.lines, key=lambda line: line.account):
        with block.sequence("SUBSAFE"):
            block.account(account, "account")
            block.field("17B", "ACTI", "Y")
            for line in lines:
                _holding(block, line, problems)
    return block.written("535", addresses)


def _general(block: Block, statement: Holdings) -> None:
    block.lines.append(":28E:1/ONLY")
    if statement.number:
        block.field("13A", "STAT", statement.number)
    block.reference("SEME", statement.reference, "reference")
    block.lines.append(":23G:NEWM")
    block.day("STAT", statement.as_of)
    block.code("SFRE", "DAIL", "frequency")
    block.code("CODE", "DELT" if statement.is_update else "COMP", "update")
    block.code("STTY", "CUST", "type")
    block.code("STBA", statement.basis or "SETT", "basis")
    block.account(statement.account, "account")
    block.field("17B", "ACTI", "Y" if statement.lines else "N")
    block.field("17B", "CONS", "Y" if _is_shared(statement) else "N")


def _is_shared(statement: Holdings) -> bool:
    return any(line.account != statement.account for line in statement.lines)


def _holding(block: Block, line: Holding, problems: Problems) -> None:
    with block.sequence("FIN"):
        block.isin(line.isin)
        text = swift(abs(line.quantity.amount))
        if len(text) > LONGEST:
            problems.add("wrong-amount", f"line {line.position}", text)
        sign = "N" if line.quantity.amount < 0 else ""
        block.field("93B", "AGGR", f"{line.quantity.kind}/{sign}{text}")
