"""What charts and their legends are written with."""

from __future__ import annotations

from typing import Any

from django import template

from backoffice.desk import charts
from backoffice.desk.charts import DayPicture
from limits.state import BreachCause
from reporting.formats.pictures import Drawn

register = template.Library()


@register.filter
def cause_label(cause: str) -> Any:
    """What brought more under a limit than it allows, in words."""
    return BreachCause(cause).label


@register.filter
def unlocalised(number: int) -> str:
    """A number as SVG reads it, in every language."""
    return str(number)


@register.filter
def days_of(drawn: Drawn) -> DayPicture:
    """A picture by day, measured out."""
    return charts.days_of(drawn)


@register.filter
def without_year(day: str) -> str:
    """A day under its bar: `24 Nov`, `24.11`."""
    return day.rsplit(" " if " " in day else ".", 1)[0]
