"""Taking in FIX logs: every fill is kept as an executed deal, then booked by the rule in force for it.

Orders are recognised and counted; they are no deals. A fill is known by its session and its ExecID:
bringing it again adds nothing, in whatever file.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from backoffice.access.models import User
from backoffice.connectors.fix_mapping import replay_mapped
from backoffice.connectors.formats.fix import MAX_BYTES, Dump, Fill, conflicting, read_dump
from backoffice.connectors.models import InboundContent, InboundFile
from backoffice.kernel.errors import FieldProblem, Invalid
from backoffice.kernel.i18n import gettext_noop
from deals.capturing.checking import LARGEST_AMOUNT
from deals.models import Inbound
from deals.repairing.receiving import Received, keep_received, known_of
from refdata.selectors import ReferenceData, reference_data

CHUNK = 2_000
FORMAT = "FIX"
KEPT_PROBLEMS = 500  # of one file, each with what was received


class NotFix(Invalid):
    code = "not-fix"
    title = gettext_noop("The file holds no FIX messages")
    detail = gettext_noop("%(name)s has no message that begins with 8=FIX.")
    hint = gettext_noop("Send the log as it was written, tag=value, separated by SOH or |.")


class FileTooLarge(Invalid):
    code = "file-too-large"
    title = gettext_noop("The file is too large")
    detail = gettext_noop("At most %(megabytes)s MB are taken in one file.")
    hint = gettext_noop("Split the log between two messages.")
    status = 413


@dataclass(frozen=True, slots=True)
class FixImport:
    """What a log held and what became of it."""

    file: InboundFile
    dump: Dump
    added: int
    known: int
    captured: int
    waiting: int


def import_fix(raw: bytes, *, name: str, actor: User, at: datetime) -> FixImport:
    """Take in a log. Each chunk is a commit: what was cut short goes on when it is brought again.

    Raises NotFix, FileTooLarge. A message that cannot be read is listed with its number and tag.
    """
    if len(raw) > MAX_BYTES:
        raise FileTooLarge(megabytes=MAX_BYTES // 1024 // 1024)
    dump = read_dump(raw)
    if not dump.messages or not any((dump.orders, dump.others, dump.fills, _readable(dump))):
        raise NotFix(name=name[:200])
    conflicts, reference = conflicting(dump.fills), reference_data()
    added = known = 0
    ids: list[int] = []
    for start in range(0, len(dump.fills), CHUNK):
        chunk = dump.fills[start : start + CHUNK]
        received = [_received(fill, conflicts, reference) for fill in chunk]
        keys = {(each.source, each.external_ref) for each in received}
        before = known_of(sorted(keys))
        rows = keep_received(received, actor=actor, at=at)
        ids += [row.pk for row in rows]
        added, known = added + len(rows) - before, known + len(chunk) - len(rows) + before
        replay_mapped(ids=[row.pk for row in rows], actor=actor, at=at)
    states = list(Inbound.objects.filter(pk__in=ids).values_list("state", flat=True))
    captured = states.count("REPLAYED")
    file, _ = InboundFile.objects.get_or_create(
        sha256=hashlib.sha256(raw).hexdigest(),
        defaults={
            "name": name[:200], "format": FORMAT, "lines": dump.messages, "received_at": at,
            "size": len(raw), "received_by": actor, "added": added, "duplicates": known,
            "counts": counts_of(dump), "problems": _kept(dump),
        },
    )  # fmt: skip
    InboundContent.objects.get_or_create(file=file, defaults={"content": raw})
    return FixImport(file, dump, added, known, captured, len(states) - captured)


def counts_of(dump: Dump) -> dict[str, int]:
    return {
        "messages": dump.messages, "orders": dump.orders, "others": dump.others,
        "fills": len(dump.fills), "unreadable": len({p.message for p in dump.problems}),
        "tolerated": len(dump.notes),
    }  # fmt: skip


def _readable(dump: Dump) -> bool:
    return any(problem.code != "not-fix" for problem in dump.problems)


def _kept(dump: Dump) -> list[dict[str, Any]]:
    return [
        {"line": p.message, "tag": p.tag, "code": p.code, "detail": p.detail}
        for p in dump.problems[:KEPT_PROBLEMS]
    ]


def source_of(fill: Fill) -> str:
    return f"{FORMAT} {fill.sender}>{fill.target}"


def external_ref_of(fill: Fill) -> str:
    """Session and ExecID; one that is too long to be kept is replaced by its hash."""
    text = f"{fill.sender}>{fill.target}/{fill.exec_id}"
    return text if len(text) <= 64 else f"FIX-{hashlib.sha256(text.encode()).hexdigest()[:56]}"


def _received(fill: Fill, conflicts: set[str], reference: ReferenceData) -> Received:
    members: dict[str, Any] = {
        "external_ref": external_ref_of(fill), "product": "equity", "side": fill.side,
        "instrument": fill.security_id or fill.symbol, "quantity": fill.quantity,
        "price": fill.price, "traded_at": fill.executed_at.isoformat(), "stage": "executed",
        "origin": FORMAT,
    }  # fmt: skip
    if fill.currency:
        members["currency"] = fill.currency
    if fill.settlement_date:
        members["settlement"] = {"method": "DVP", "date": fill.settlement_date}
    worth = fill.worth
    return Received(
        source=source_of(fill), external_ref=members["external_ref"], members=members,
        raw=fill.raw.decode("utf-8", "replace").replace("\x01", "|").replace("\x00", ""),
        problems=list(_problems_of(fill, conflicts, reference)),
        worth=worth if worth < LARGEST_AMOUNT else None, currency=fill.currency[:12],
    )  # fmt: skip


def _problems_of(
    fill: Fill, conflicts: set[str], reference: ReferenceData
) -> Iterator[FieldProblem]:
    """Why it cannot be booked as it is. A fill never names our book nor our counterparty."""
    if fill.corrects:
        yield FieldProblem(
            "", "execution-corrected", gettext_noop("It cancels or corrects an earlier report.")
        )
    by_id = reference.instruments.get(fill.security_id)
    by_symbol = reference.instruments.get(fill.symbol)
    differ = by_id is not None and by_symbol is not None and by_id.code != by_symbol.code
    if fill.security_id in conflicts or differ:
        yield FieldProblem(
            "/instrument", "identifier-conflict",
            gettext_noop("%(value)s stands for more than one symbol, %(symbol)s among them."), "",
            {"value": fill.security_id, "symbol": fill.symbol},
        )  # fmt: skip
    elif by_id is None and by_symbol is None:
        yield FieldProblem(
            "/instrument", "unknown-instrument", gettext_noop("%(value)s is not known."), "",
            {"value": fill.security_id or fill.symbol},
        )  # fmt: skip
    missing: Sequence[str] = ("book", "counterparty", *(() if fill.currency else ("currency",)))
    for name in missing:
        yield FieldProblem(f"/{name}", "required", gettext_noop("The member is missing."))
