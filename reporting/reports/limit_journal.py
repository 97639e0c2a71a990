"""Limit journal: what happened to limits, their breaches and their changes, who decided it and why."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from limits.state import BreachCause, BreachState, ChangeState, LimitKind
from reporting.reports.base import LETTERS, Column, Parameter, Report, asked_of, reference

# All from events, which never change. A new limit is there once it is applied; before that its proposal names none.
# An `opening` is here that of a limit; of entries it is an opening balance.
LETTERS_OF_LIMITS = LETTERS | {
    "limit": "L", "breach": "BR", "override": "OV", "cap": "LC", "opening": "LO", "closing": "LE",
}  # fmt: skip
_ROWS = f"""
SELECT n.code, (v.recorded_at AT TIME ZONE %(firm_zone)s)::date,
       to_char(v.recorded_at AT TIME ZONE %(firm_zone)s, 'HH24:MI:SS'), 'L-' || l.id, l.kind, v.subject_type,
       {reference("v.subject_type", "v.subject_id", LETTERS_OF_LIMITS)},
       v.kind, v.source, v.target, trim_scale((v.facts ->> 'amount')::numeric), l.currency, v.facts ->> 'cause',
       u.username, nullif(v.reason, '')
  FROM events_event v
  LEFT JOIN LATERAL (
       SELECT v.subject_id AS limit_id WHERE v.subject_type = 'limit'
        UNION ALL
       SELECT b.limit_id FROM limits_breach b WHERE v.subject_type = 'breach' AND b.id = v.subject_id
        UNION ALL
       SELECT o.limit_id FROM limits_override o WHERE v.subject_type = 'override' AND o.id = v.subject_id
        UNION ALL
       SELECT c.limit_id FROM limits_capchange c WHERE v.subject_type = 'cap' AND c.id = v.subject_id
        UNION ALL
       SELECT e.limit_id FROM limits_closing e WHERE v.subject_type = 'closing' AND e.id = v.subject_id
        UNION ALL
       SELECT p.limit_id FROM limits_opening p WHERE v.kind = 'opening.apply' AND p.id = v.subject_id) x ON true
  LEFT JOIN limits_limit l ON l.id = x.limit_id
  LEFT JOIN refdata_entity n ON n.id = v.entity_id
  LEFT JOIN access_user u ON u.id = v.actor_id
 WHERE v.subject_type IN ('limit', 'breach', 'override', 'cap', 'opening', 'closing') AND v.tx < %(horizon)s
   AND (v.recorded_at AT TIME ZONE %(firm_zone)s)::date BETWEEN %(happened_from)s AND %(happened_until)s
   AND (%(entities)s::bigint[] IS NULL OR v.entity_id = ANY(%(entities)s::bigint[]))
 ORDER BY v.id
"""  # noqa: S608


SUBJECTS = {
    "limit": _("Limit"), "breach": _("Breach"), "override": _("Override"), "cap": _("New cap"),
    "opening": _("New limit"), "closing": _("End of a limit"),
}  # fmt: skip
STATES = dict(ChangeState.choices) | dict(BreachState.choices)

REPORT = Report(
    name="limit-journal",
    title=_("Limit journal"),
    purpose=_(
        "What happened to limits between two dates: breaches, overrides, new caps, new limits and their ends,"
        " by whom and why."
    ),
    parameters=(
        Parameter("happened_from", _("Happened from")),
        Parameter("happened_until", _("Happened until")),
    ),
    columns=(
        Column("entity", _("Entity")),
        Column("day", _("Day"), "date"),
        Column("time", _("Time")),
        Column("limit", _("Limit")),
        Column("limit_kind", _("Kind of limit"), labels=dict(LimitKind.choices)),
        Column("what", _("What"), labels=SUBJECTS),
        Column("reference", _("Reference")),
        Column("event", _("Event")),
        Column("before", _("From"), labels=STATES, printed=False),
        Column("state", _("State"), labels=STATES),
        Column("amount", _("Amount"), "money", currency="currency"),
        Column("currency", _("Currency")),
        Column("cause", _("Caused by"), labels=dict(BreachCause.choices)),
        Column("actor", _("Who")),
        Column("reason", _("Reason")),
    ),
    rows=asked_of(_ROWS),
)
