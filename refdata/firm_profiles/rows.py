"""The profiles that hold, as rows: those approved now, or those known to be at a horizon."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from django.db import connection

from backoffice.kernel.errors import Conflict
from backoffice.kernel.i18n import gettext_noop
from refdata.firm_profiles.state import PROFILE_LIFECYCLE


class NoFirmProfile(Conflict):
    code = "no-firm-profile"
    title = gettext_noop("The entity has no profile on that day")
    detail = gettext_noop("No approved profile of %(entity)s holds on %(day)s.")
    hint = gettext_noop("Have one proposed and approved under Reference data, Firm profiles.")


class ProfileRow(NamedTuple):
    """What an entity, by its code, is from a day until its next row."""

    entity: str
    valid_from: date
    jurisdiction: str
    licence: str
    tax_agent: bool
    swift: str

    @property
    def withholds_ndfl(self) -> bool:
        """Whether the entity reckons and withholds the income tax of Russia for others."""
        return self.jurisdiction == "RU" and self.tax_agent


@dataclass(frozen=True, slots=True)
class ProfileBook:
    """The profiles that hold, the youngest first."""

    rows: Sequence[ProfileRow]

    def find(self, entity: str, on: date) -> ProfileRow | None:
        """What holds for an entity on a day; None where nothing was approved."""
        fits = (row for row in self.rows if row.entity == entity and row.valid_from <= on)
        return next(fits, None)

    def of(self, entity: str, on: date) -> ProfileRow:
        """Raises NoFirmProfile."""
        row = self.find(entity, on)
        if row is None:
            raise NoFirmProfile(entity=entity, day=on.isoformat())
        return row


_NAMES = "n.code, p.valid_from, p.jurisdiction, p.licence, p.tax_agent, p.swift"
_NOW = f"""
SELECT {_NAMES} FROM refdata_firmprofile p JOIN refdata_entity n ON n.id = p.entity_id
 WHERE p.state = 'APPROVED' ORDER BY p.valid_from DESC, p.id DESC
"""  # noqa: S608
_KNOWN = f"""
SELECT {_NAMES} FROM refdata_firmprofile p JOIN refdata_entity n ON n.id = p.entity_id
 WHERE p.recorded_tx < %(horizon)s AND 'APPROVED' = (
       SELECT e.target FROM events_event e
        WHERE e.subject_type = 'profile' AND e.subject_id = p.id AND e.tx < %(horizon)s
          AND e.kind = ANY(%(steps)s) ORDER BY e.tx DESC, e.id DESC LIMIT 1)
 ORDER BY p.valid_from DESC, p.id DESC
"""  # noqa: S608


def profiles_now() -> ProfileBook:
    with connection.cursor() as cursor:
        cursor.execute(_NOW)
        return ProfileBook([ProfileRow(*row) for row in cursor.fetchall()])


def profiles_as_known(horizon: int) -> ProfileBook:
    """Those that were approved by what was recorded below a horizon, from the steps alone."""
    steps = [f"{PROFILE_LIFECYCLE.subject}.{name}" for name in PROFILE_LIFECYCLE.transitions]
    with connection.cursor() as cursor:
        cursor.execute(_KNOWN, {"horizon": horizon, "steps": steps})
        return ProfileBook([ProfileRow(*row) for row in cursor.fetchall()])
