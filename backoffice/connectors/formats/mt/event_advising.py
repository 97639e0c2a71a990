"""MT567: how an election of ours stands, or a request to cancel one, or the event itself.

SWIFT Standards, Category 5, MT567 (A GENL with LINK and STAT, B CADETL, C ADDINFO).
"""

from __future__ import annotations

from backoffice.connectors.formats.corporate_actions import EventStatus
from backoffice.connectors.formats.mt.advising import statuses_in
from backoffice.connectors.formats.mt.event_parts import event_of
from backoffice.connectors.formats.mt.generic import Reading
from backoffice.connectors.formats.mt.instructing import function_in
from backoffice.connectors.formats.mt.terms import related
from backoffice.connectors.formats.statuses import Axis

FUNCTIONS = ("INST", "CAST", "EVST")
EVENT = "EVST"  # of the event: it is about no election


def event_status_of(reading: Reading) -> EventStatus:
    general = reading.sequence("GENL")
    told = function_in(reading, FUNCTIONS)
    event, _, kind = event_of(reading, general)
    about = related(reading, general)
    if told != EVENT and not about:
        reading.missing(":20C::RELA", general.line)
    details = reading.sequence("CADETL", required=False)
    return EventStatus(
        reference=reading.text(general, "20C", "SEME", required=True), event=event, kind=kind,
        statuses=statuses_in(reading, general, (Axis.PROCESSING, Axis.CANCELLATION, Axis.EVENT)),
        about=about, account=reading.account(details, "SAFE"),
        option=reading.text(details, "13A", "CAON"), option_type=reading.code(details, "22", "CAOP"),
        quantity=reading.quantity(reading.first(details, "36B", "STAQ", "QINS")),
        told_at=reading.told_at(general), format=reading.format, kept=reading.kept(),
    )  # fmt: skip
