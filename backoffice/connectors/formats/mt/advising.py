"""MT548: how an instruction, a request to cancel or a command of ours stands, with every reason that is given."""

from __future__ import annotations

from backoffice.connectors.formats.mt.blocks import Sequence
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import linked, place_references, related
from backoffice.connectors.formats.statuses import Axis, Reason, Status, StatusAdvice

FUNCTIONS = ("INST", "CAST")
AXES = tuple(axis for axis in Axis if axis is not Axis.EVENT)


def advice_of(reading: Reading) -> StatusAdvice:
    """Our reference is in 20C RELA. Statuses of other axes (SPRC, CALL) are kept and not read."""
    general = reading.sequence("GENL")
    function_in(reading, FUNCTIONS)
    about = related(reading, general)
    if not about:
        reading.missing(":20C::RELA", general.line)
    statuses = statuses_in(reading, general, AXES)
    return StatusAdvice(
        reference=reading.text(general, "20C", "SEME", required=True), about=about,
        statuses=statuses, instruction=linked(reading, general, "PREV"),
        told_at=reading.told_at(general),
        references=place_references(reading, general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip


def statuses_in(reading: Reading, general: Sequence, axes: tuple[Axis, ...]) -> tuple[Status, ...]:
    """What is told on these axes, with its reasons; nothing at all is wrong."""
    statuses = [
        status
        for each in general.sequences("STAT")
        if (status := status_in(reading, each, axes)) is not None
    ]
    if not statuses:
        reading.missing(":16R:STAT", general.line)
    _each_axis_once(reading, statuses)
    return tuple(statuses)


def status_in(reading: Reading, inside: Sequence, axes: tuple[Axis, ...]) -> Status | None:
    """What a sequence tells on one of these axes, with its reasons."""
    found = reading.one(inside, "25D", *axes)
    if found is None:
        return None
    reasons = [_reason(reading, each) for each in inside.sequences("REAS")]
    return Status(
        Axis(found.qualifier), found.value.strip(), tuple(r for r in reasons if r), found.scheme
    )


def _reason(reading: Reading, inside: Sequence) -> Reason | None:
    """24B has the status as its qualifier (`:24B::PEND//LACK`), 70D the place's own words."""
    codes = list(reading.fields(inside, "24B"))
    text = " ".join(reading.text(inside, "70D", "REAS").split())
    if not codes:
        reading.missing(":24B:", inside.line)
        return None
    reading.seen.update(each.field.line for each in codes)
    for again in codes[1:]:
        reading.problems.add("repeated-field", again.field.where, again.field.value)
    return Reason(codes[0].value.strip(), text, codes[0].scheme)


def _each_axis_once(reading: Reading, statuses: list[Status]) -> None:
    """Two words on one axis contradict each other, or add reasons: the first is not simply taken."""
    told: dict[Axis, str] = {}
    for status in statuses:
        if status.scheme:
            continue
        before = told.setdefault(status.axis, status.code)
        if before != status.code:
            where = reading.sequence("GENL").line
            reading.problems.add(
                "repeated-field", f"line {where}, :25D::{status.axis}", status.code
            )
