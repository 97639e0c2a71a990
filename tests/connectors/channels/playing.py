"""The other end of a channel, played: it reads what we wrote by our readers, and answers in words of its own."""

from __future__ import annotations

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.utils import timezone

from backoffice.access.models import User
from backoffice.connectors.channels.models import Channel
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.securities import Command, Instruction
from backoffice.connectors.formats.terms import Direction, Terms
from backoffice.connectors.models import OutboundMessage
from backoffice.connectors.tasks import exchange_folder, work_on_channel
from refdata.models import Party, PartyIdentifier, Place
from settlements.models import Settlement
from settlements.tasks import continue_runs
from tests.following import follow_events

US, THEY, BANK = "SABRRUMMXXX", "MICURUMMXXX", "IRVTUS3NXXX"
SINCE = date(2020, 1, 1)
KINDS = {
    (Direction.RECEIVE, False): "544", (Direction.RECEIVE, True): "545",
    (Direction.DELIVER, False): "546", (Direction.DELIVER, True): "547",
}  # fmt: skip


def channel(code: str = "NSD-OUT", way: str = "OUT", format: str = "MT", **more: Any) -> Channel:
    """A channel of the depository, in a folder; all is as a firm would set it up."""
    told: dict[str, Any] = {
        "place": Place.objects.get(code="NSD"), "transport": "DIRECTORY",
        "address": f"nsd/{way.lower()}", "own_bic": US, "their_bic": THEY, "valid_from": SINCE,
    }  # fmt: skip
    return Channel.objects.create(code=code, way=way, format=format, **told | more)


def known_to_the_place() -> None:
    """The depository and the bank have their BIC, as messages name them."""
    Place.objects.filter(code="NSD").update(bic=THEY)
    bank = Party.objects.get(code="999900DEMOBANKTWO062")
    PartyIdentifier.objects.create(party=bank, scheme="BIC", value=BANK)


def released(api: Any, sample: dict[str, Any], **more: Any) -> Settlement:
    """A deal whose settlement at the depository has been let go, and is not in a run yet."""
    outside = sample | {"counterparty": "999900DEMOBANKTWO062"} | more
    deal = api("dealer").post("/deals/", outside).json()["reference"]
    api("clerk").post(f"/deals/{deal}/confirm/")
    api("checker").post(f"/deals/{deal}/approve/")
    follow_events()
    row = Settlement.objects.get(source_type="deal", source_id=int(deal.removeprefix("D-")))
    assert api("checker").post(f"/settlements/{row}/release/").status_code == 200
    return row


def sent(api: Any, sample: dict[str, Any], **more: Any) -> Settlement:
    """The same, sent by a run: its message is queued."""
    row = released(api, sample, **more)
    api("clerk").post("/settlement-runs/", {"business_date": row.due_date.isoformat()})
    continue_runs()
    follow_events()
    return row


def work(*codes: str) -> None:
    """What happened is followed, then each channel is looked at once."""
    follow_events()
    for code in codes or ("NSD-OUT",):
        work_on_channel(code=code)
    follow_events()


def written(folder: str = "nsd/out") -> list[Path]:
    """The files that stand in a folder of ours, in their order."""
    return sorted(p for p in (exchange_folder() / folder).glob("*") if p.is_file())


def read(path: Path) -> Instruction | Command:
    (found,) = read_securities(path.read_bytes())
    assert isinstance(found, Instruction | Command)
    return found


def answer(content: str | bytes, *, name: str = "answer.fin", folder: str = "nsd/in") -> None:
    """A file from the place, and two looks at it: one finds it, the next one finds it as it was."""
    path = exchange_folder() / folder
    path.mkdir(parents=True, exist_ok=True)
    (path / name).write_bytes(content if isinstance(content, bytes) else content.encode())
    work("NSD-IN")
    work("NSD-IN")


def _message(kind: str, lines: list[str]) -> str:
    head = f"{{1:F01{US[:8]}A{US[8:]}0001000001}}{{2:O{kind}1704261124{THEY[:8]}A{THEY[8:]}00010000012611241604N}}"
    return "\r\n".join([f"{head}{{4:", *lines, "-}"]) + "\r\n"


def _general(reference: str, about: str, function: str = "NEWM") -> list[str]:
    return [
        ":16R:GENL", f":20C::SEME//{reference}", f":23G:{function}",
        ":16R:LINK", f":20C::RELA//{about}", ":16S:LINK",
    ]  # fmt: skip


def mt548(about: str, *statuses: str, reference: str = "ST1", function: str = "INST") -> str:
    """`MTCH//MACH`, or with reasons behind it: `SETT//PEND LACK MINO`."""
    lines = _general(reference, about, function)
    for status in statuses:
        told, *reasons = status.split()
        axis, _, code = told.partition("//")
        lines += [":16R:STAT", f":25D::{axis}//{code}"]
        for reason in reasons:
            lines += [":16R:REAS", f":24B::{code}//{reason}", ":16S:REAS"]
        lines.append(":16S:STAT")
    return _message("548", [*lines, ":16S:GENL"])


def confirmed(
    instruction: Instruction, *, reference: str = "CF1", quantity: Decimal | None = None,
    amount: Decimal | None = None, part: str = "", function: str = "NEWM", isin: str = "",
    at: datetime | None = None,
) -> str:  # fmt: skip
    """MT544 to 547 of an instruction: what was instructed, unless something else is said."""
    terms = instruction.terms
    moment = at or timezone.now()
    number = f"{quantity if quantity is not None else terms.quantity.amount}".replace(".", ",")
    number = number if "," in number else f"{number},"
    lines = _general(reference, instruction.reference, function)
    if part:
        lines.insert(3, f":22F::PARS//{part}")
    lines += [
        ":16S:GENL", ":16R:TRADDET", f":98A::SETT//{terms.settlement_date:%Y%m%d}",
        f":98E::ESET//{moment.astimezone():%Y%m%d%H%M%S}/00", f":35B:ISIN {isin or terms.isin}", ":16S:TRADDET",
        ":16R:FIAC", f":36B::ESTT//{terms.quantity.kind}/{number}", f":97A::SAFE//{terms.account}", ":16S:FIAC",
        ":16R:SETDET", f":22F::SETR//{instruction.type}", *_money(terms, amount), ":16S:SETDET",
    ]  # fmt: skip
    return _message(KINDS[terms.direction, terms.against_payment], lines)


def _money(terms: Terms, amount: Decimal | None) -> list[str]:
    if terms.money is None:
        return []
    whole, _, fraction = f"{amount if amount is not None else terms.money.amount:f}".partition(".")
    told = f":19A::ESTT//{terms.money.currency}{whole},{fraction.rstrip('0')}"
    return [":16R:AMT", told, ":16S:AMT"]


def messages(state: str = "") -> list[OutboundMessage]:
    rows = OutboundMessage.objects.order_by("id")
    return list(rows.filter(state=state) if state else rows)


def clerk() -> User:
    return User.objects.get(username="clerk")
