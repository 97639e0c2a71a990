"""FIX (tag=value) messages in a dump: what each says, and what is wrong with it. Pure.

Lenient where dumps are: BodyLength and CheckSum may be zeroed or wrong (that is reported, not
refused), the separator may be SOH or `|`, messages may follow each other with or without lines.
Strict about what a fill is booked from: no tag twice, plain decimal numbers, its own ExecID.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal

from backoffice.kernel.decimals import parse

SOH = b"\x01"
MAX_BYTES = 50 * 1024 * 1024
MAX_TAGS = 2_000
LONGEST = 64  # characters of an identifier
BEGIN = re.compile(rb"8=FIX(?:T)?\.[0-9]\.[0-9]")
TAG = re.compile(rb"([0-9]{1,6})=", re.ASCII)
ORDERS = {
    "D": "new order",
    "s": "new cross order",
    "E": "order list",
    "G": "replace",
    "F": "cancel",
}
EXECUTION = "8"
FILLED = ("1", "2", "F")  # ExecType: partial fill, fill (4.2), trade (4.3 and later)
SIDES = {"1": "buy", "2": "sell"}
# Groups whose tags stand several times by design are not looked into: fills have none of these.
COUNTERS = frozenset({"453", "552", "382", "555", "73", "146", "268", "711", "78", "124", "232"})


@dataclass(frozen=True, slots=True)
class FixProblem:
    """What is wrong with a message: which one, which tag, and in words."""

    message: int
    tag: str
    code: str
    detail: str


@dataclass(frozen=True, slots=True)
class FixMessage:
    """One message: its number in the dump, its bytes as received, and its tags."""

    number: int
    raw: bytes
    tags: Mapping[str, str]
    problems: tuple[FixProblem, ...] = ()
    pairs: tuple[tuple[str, str], ...] = ()  # all of them, in their order: groups repeat tags

    @property
    def kind(self) -> str:
        return self.tags.get("35", "")

    @property
    def wrong(self) -> list[FixProblem]:
        """What is wrong and not tolerated."""
        return [problem for problem in self.problems if problem.code not in TOLERATED]


@dataclass(frozen=True, slots=True)
class Fill:
    """An execution as its report tells it. Quantity and price are those of this execution."""

    number: int
    raw: bytes
    sender: str
    target: str
    exec_id: str
    side: str
    symbol: str
    security_id: str
    quantity: str
    price: str
    currency: str
    settlement_date: str
    executed_at: datetime
    account: str
    last_market: str
    corrects: bool = False  # a cancel or a correction of an earlier report

    @property
    def worth(self) -> Decimal:
        return Decimal(self.quantity) * Decimal(self.price)


@dataclass(slots=True)
class Dump:
    """What a dump holds: fills, how many orders and other messages, and what cannot be read."""

    messages: int = 0
    orders: int = 0
    others: int = 0
    fills: list[Fill] = field(default_factory=list)
    problems: list[FixProblem] = field(default_factory=list)
    notes: list[FixProblem] = field(default_factory=list)  # tolerated: length and checksum


def read_dump(raw: bytes) -> Dump:
    """Everything in a dump. Nothing raises: a message that cannot be read is a problem."""
    dump = Dump()
    for message in messages_in(raw):
        dump.messages += 1
        dump.notes += [p for p in message.problems if p.code in TOLERATED]
        bad = message.wrong
        if not bad and message.kind == EXECUTION:
            bad = _take(dump, message)
        elif not bad and message.kind in ORDERS:
            dump.orders += 1
        elif not bad:
            dump.others += 1
        dump.problems += bad
    if not dump.messages:
        dump.problems.append(FixProblem(0, "8", "not-fix", "There is no FIX message in it."))
    return dump


TOLERATED = frozenset({"body-length", "checksum"})


def messages_in(raw: bytes) -> Iterator[FixMessage]:
    """The messages of a dump, each from its BeginString to the next."""
    starts = [found.start() for found in BEGIN.finditer(raw) if _begins(raw, found.start())]
    if raw[: starts[0] if starts else None].strip(b"\r\n\x01| \t\xef\xbb\xbf"):
        yield FixMessage(
            0, raw[: starts[0] if starts else 200], {},
            (FixProblem(0, "8", "not-fix", "What stands before the first message is no FIX."),),
        )  # fmt: skip
    ends = [*starts[1:], len(raw)][: len(starts)]
    for number, (start, end) in enumerate(zip(starts, ends, strict=True), 1):
        yield _message(number, raw[start:end].strip(b"\r\n"))


def _begins(raw: bytes, start: int) -> bool:
    return start == 0 or raw[start - 1] in b"\x01|\r\n \xbf"


def _message(number: int, raw: bytes) -> FixMessage:
    separator = SOH if SOH in raw else b"|"
    parts = [part.strip(b"\r\n") for part in raw.split(separator)]
    parts = [part for part in parts if part]
    if len(parts) <= 1 and b"\n" in raw:
        parts = [part.strip() for part in raw.splitlines() if part.strip()]
    tags: dict[str, str] = {}
    pairs: list[tuple[str, str]] = []
    problems: list[FixProblem] = []
    twice: list[str] = []
    for part in parts[:MAX_TAGS]:
        found = TAG.match(part)
        if not found:
            shown = part[:40].decode("ascii", "replace")
            problems.append(FixProblem(number, "", "not-a-tag", f"{shown!r} is no tag=value."))
            continue
        tag = found[1].decode()
        if tag in tags:
            twice.append(tag)
        value = part[found.end() :].decode("utf-8", "replace")
        tags.setdefault(tag, value)
        pairs.append((tag, value))
    if len(parts) > MAX_TAGS:
        problems.append(FixProblem(number, "", "too-long", f"More than {MAX_TAGS} tags."))
    if not COUNTERS & tags.keys():
        problems += [
            FixProblem(number, tag, "duplicate-tag", f"Tag {tag} stands there more than once.")
            for tag in sorted(set(twice), key=int)
        ]
    problems += [
        FixProblem(number, tag, "missing-tag", f"Tag {tag} is missing.")
        for tag in ("35", "49", "56")
        if not tags.get(tag)
    ]
    if "10" not in tags:
        problems.append(FixProblem(number, "10", "cut-off", "The message has no end."))
    if not problems:
        problems += _frame(number, raw, separator, tags)
    return FixMessage(number, raw, tags, tuple(problems), tuple(pairs))


def _frame(
    number: int, raw: bytes, separator: bytes, tags: Mapping[str, str]
) -> Iterator[FixProblem]:
    """Length and checksum, where they are not what the standard says: reported, and tolerated."""
    wire = raw.replace(separator, SOH).strip(b" \r\n")
    head = wire.find(SOH, wire.find(b"\x019=") + 1)
    tail = wire.rfind(b"\x0110=")
    length, total = tail - head, sum(wire[: tail + 1]) % 256
    if tags.get("9") != str(length):
        yield FixProblem(number, "9", "body-length", f"{tags.get('9')} is said, {length} it is.")
    if tags.get("10") != f"{total:03d}":
        yield FixProblem(number, "10", "checksum", f"{tags.get('10')} is said, {total:03d} it is.")


def _take(dump: Dump, message: FixMessage) -> list[FixProblem]:
    """Put the execution report of a message where it belongs; what is wrong with it."""
    tags = message.tags
    if tags.get("150", tags.get("39")) not in FILLED:
        dump.others += 1
        return []
    problems = list(_wrong_with(message))
    if not problems:
        dump.fills.append(_fill(message))
    return problems


def _wrong_with(message: FixMessage) -> Iterator[FixProblem]:
    tags, number = message.tags, message.number
    for tag in ("17", "54", "55", "32", "31"):
        if not tags.get(tag):
            yield FixProblem(number, tag, "missing-tag", f"Tag {tag} is missing.")
    for tag in ("17", "48", "49", "55", "56"):
        value = tags.get(tag, "")
        if len(value) > LONGEST or not value.isprintable() or "\ufffd" in value:
            yield FixProblem(number, tag, "bad-text", f"Tag {tag} is not a plain text of 64.")
    for tag, scale in (("32", 8), ("31", 12)):
        if tags.get(tag) and not is_plain(tags[tag], scale):
            yield FixProblem(number, tag, "not-a-number", f"{tags[tag][:40]!r} is no plain number.")
    if tags.get("54") and tags["54"] not in SIDES:
        yield FixProblem(number, "54", "unknown-side", f"Side {tags['54'][:10]!r} is not 1 or 2.")
    if _instant(tags.get("60") or tags.get("52", "")) is None:
        yield FixProblem(number, "60", "not-an-instant", "TransactTime is not a UTC time.")


def is_plain(text: str, scale: int) -> bool:
    """A decimal that is not negative. Zero is one: fills of nothing are reported as well."""
    try:
        return parse(text, scale=scale) >= 0
    except ValueError:
        return False


def _instant(text: str) -> datetime | None:
    """`YYYYMMDD-HH:MM:SS`, with or without a fraction; FIX times are UTC."""
    for pattern in ("%Y%m%d-%H:%M:%S", "%Y%m%d-%H:%M:%S.%f"):
        try:
            return datetime.strptime(text, pattern).replace(tzinfo=UTC)
        except ValueError:
            continue
    return None


def _fill(message: FixMessage) -> Fill:
    tags = message.tags
    executed_at = _instant(tags.get("60") or tags.get("52", ""))
    assert executed_at is not None
    return Fill(
        number=message.number, raw=message.raw, sender=tags["49"], target=tags["56"],
        exec_id=tags["17"], side=SIDES[tags["54"]], symbol=tags["55"],
        security_id=tags.get("48", ""), quantity=tags["32"], price=tags["31"],
        currency=tags.get("15", ""), settlement_date=day_of(tags.get("64", "")),
        executed_at=executed_at, account=tags.get("1", ""), last_market=tags.get("30", ""),
        corrects=tags.get("20", "0") in ("1", "2"),
    )  # fmt: skip


def day_of(text: str) -> str:
    try:
        return datetime.strptime(text, "%Y%m%d").replace(tzinfo=UTC).date().isoformat()
    except ValueError:
        return ""


def conflicting(fills: list[Fill]) -> set[str]:
    """The security identifiers that stand for more than one symbol."""
    symbols: dict[str, set[str]] = {}
    for fill in fills:
        if fill.security_id:
            symbols.setdefault(fill.security_id, set()).add(fill.symbol)
    return {id for id, names in symbols.items() if len(names) > 1}
