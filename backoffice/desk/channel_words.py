"""Channels, messages and allegements in words: what happened, what waits and why, and what a message says."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from backoffice.access.problems import translated
from backoffice.connectors.formats.mt.securities import read_mt_securities
from backoffice.connectors.formats.recognising import read_securities
from backoffice.connectors.formats.refusing import Refused
from backoffice.kernel.decimals import plain
from backoffice.kernel.money import Money

TITLES: dict[str, Any] = {
    "message.queue": _("Queued for its channel"),
    "message.stop": _("Stopped: something is missing"),
    "message.retry": _("To be written again"),
    "message.write": _("Written"),
    "message.send": _("Left"),
    "message.resend": _("To leave once more"),
    "message.acknowledge": _("Acknowledged"),
    "message.refuse": _("Refused by the place"),
    "message.mark_outside": _("Said to be sent outside"),
    "message.take_back": _("Not sent outside"),
    "message.confirm_outside": _("Sent outside, as two people say"),
    "message.drop": _("Not needed any more"),
    "message.doubt": _("In doubt after a restore"),
    "message.miss": _("The place does not have it"),
    "channelline.freeze": _("Frozen"),
    "channelline.thaw": _("Goes on"),
    "allegement.receive": _("Told by the place"),
    "allegement.answer": _("Matched by ours"),
    "allegement.withdraw": _("Taken back by the other side"),
    "allegement.dismiss": _("Set aside"),
    "settlement.differ": _("The place settled something else"),
    "settlement.deny_command": _("The place did not do what was asked"),
}
ITEM_TITLES: dict[str, Any] = {
    "message-stopped": _("A message cannot leave: something is missing"),
    "message-refused": _("A place refused a message"),
    "message-outside": _("A message sent outside waits for other eyes"),
    "allegement": _("Somebody instructed against us"),
    "place-differs": _("A place says something else than we instructed"),
}
NEXT_STEPS: dict[str, Any] = {
    "message-stopped": _("Mend what is missing, then let it be written again"),
    "message-refused": _("Read why, then mend it or call the place"),
    "message-outside": _("Compare with what the place confirms"),
    "allegement": _("Compare with ours; instruct, or set it aside"),
    "place-differs": _("Ask the place, then record its document"),
}
STEP_REASONS: dict[str, tuple[Any, Any]] = {
    "message.retry": (
        _("What was missing has to be there now."),
        _("Until it leaves, its place knows nothing of it."),
    ),
    "message.confirm_outside": (
        _("A colleague says that the place has it from another way; other eyes agree."),
        _("Until then it stays here and leaves no other way."),
    ),
    "message.miss": (
        _("The place was asked and does not have it."),
        _("The channel stays frozen while anything is in doubt."),
    ),
    "allegement.dismiss": (
        _("It means nothing of ours, and the other side was told."),
        _("While it is open the other side waits for our instruction."),
    ),
}  # fmt: skip
STEP_TITLES: dict[str, Any] = {
    "retry": _("Write again"), "resend": _("Let it leave once more"),
    "mark_outside": _("It was sent outside"), "take_back": _("It was not sent outside"),
    "confirm_outside": _("Confirm: sent outside"), "miss": _("The place does not have it"),
    "freeze": _("Stop the channel"), "thaw": _("Let the channel go on"),
}  # fmt: skip
PARTS: dict[str, Any] = {
    "reference": _("Reference"), "function": _("Function"), "previous": _("Of message"),
    "direction": _("Direction"), "against_payment": _("Against payment"), "quantity": _("Quantity"),
    "settlement_date": _("Settlement date"), "trade_date": _("Trade date"), "account": _("Account"),
    "isin": _("ISIN"), "money": _("Money"), "price": _("Price"), "accrued": _("Accrued interest"),
    "place": _("Place"), "agent": _("Agent of the other side"), "counterparty": _("Counterparty"),
    "type": _("Type"), "on_hold": _("On hold"), "partial": _("In parts"), "minimum": _("Minimum"),
    "priority": _("Priority"), "links": _("Links"), "cash_account": _("Cash account"),
    "instruction": _("Instruction"), "hold": _("Hold"), "prepared_on": _("Prepared"),
}  # fmt: skip

ALLEGED: dict[str, Any] = {
    "payment": _("Against payment"), "date": _("Settlement date"), "quantity": _("Quantity"),
    "money": _("Money"),
}  # fmt: skip


def problem_lines(problems: list[dict[str, Any]]) -> list[tuple[str, str, str]]:
    """Where, what and what to do, of each thing that was missing."""
    return [
        (
            str(PARTS.get(each["where"], each["where"])), translated(each["detail"], each["facts"]),
            translated(each["hint"], each["facts"]),
        )
        for each in problems
    ]  # fmt: skip


def shown(content: bytes, format: str) -> str:
    """A message as it stands, readable: what is no UTF-8 is the bank's older letters."""
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("cp1251", "replace")
    return text.replace("\r\n", "\n").strip()


def meaning(content: bytes, format: str) -> list[tuple[Any, str]]:
    """What our own reader makes of a message of securities; of others nothing."""
    try:
        if format.startswith("MT"):
            (found,) = read_mt_securities(content, kind=format[2:])
        elif format.startswith("sese."):
            (found,) = read_securities(content)
        else:
            return []
    except (Refused, ValueError):
        return []
    return list(_members(found))


def _members(said: Any) -> Iterator[tuple[Any, str]]:
    for each in fields(said):
        value = getattr(said, each.name)
        if each.name == "terms":
            yield from _members(value)
        elif each.name in PARTS and value not in ("", None, (), False):
            yield PARTS[each.name], _written(value)


def _written(value: Any) -> str:
    if isinstance(value, bool):
        return gettext("yes") if value else gettext("no")
    if isinstance(value, Money):
        return f"{plain(value.amount)} {value.currency}"
    if isinstance(value, Enum):
        return str(value.value)
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return ", ".join(_written(each) for each in value)
    if is_dataclass(value):
        members = (getattr(value, each.name) for each in fields(value))
        return " ".join(_written(each) for each in members if each)
    return str(value)
